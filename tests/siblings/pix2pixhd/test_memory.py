import tensorflow as tf

from networks.image_to_image.patch_critic import PatchCritics
from siblings.pix2pixhd import memory
from siblings.pix2pixhd.networks import Encoder, Generator
from siblings.pix2pixhd.trainer import Pix2PixHDTrainer, Plan

CLASSES = 2
PLAN = Plan(2, (8, 8), CLASSES, lambda step: tf.constant(0.01), seed=0)
FLOAT = 4  # bytes


def trainer_of(encoder=None, recompute=False, **shape):
    generator = Generator(**{"width": 2, "downs": 1, "blocks": 0, **shape})
    if recompute:
        generator.recompute()
    critics = PatchCritics(1, width=2, layers=1)
    return Pix2PixHDTrainer(tf.distribute.get_strategy(), generator, critics, PLAN, encoder)


def numbers(network):
    return sum(int(tf.size(weight)) for weight in network.trainable_variables)


# Of 8 × 8 pixels: 2 channels, 4 at half the size, 2 again (a row and a column are cut off), and the
# picture.
OF_GENERATOR = 8 * 8 * 2 + 4 * 4 * 4 + 9 * 9 * 2 + 8 * 8 * 3
# Of a pad of 2 around each: 5 × 5 of stride 2, 6 × 6, and 7 × 7 scores.
OF_CRITIC = 5 * 5 * 2 + 6 * 6 * 4 + 7 * 7
OF_ENCODER = 8 * 8 * 3 + 4 * 4 * 6 + 9 * 9 * 3 + 8 * 8 * 1


def test_it_is_weights_and_moments_and_what_the_passes_keep():
    trainer = trainer_of()
    weights = 4 * FLOAT * (numbers(trainer.generator) + numbers(trainer.critics))
    kept = 2 * FLOAT * (5 * OF_GENERATOR + 9 * OF_CRITIC)
    assert memory.estimated(trainer, 2) == weights + kept + memory.BESIDE


def test_samples_are_kept_each_and_weights_once():
    trainer = trainer_of(enhancers=1, blocks=1)
    one, two, five = (memory.estimated(trainer, batch) for batch in (1, 2, 5))
    assert two - one == (five - two) / 3 > 0


def test_the_encoder_and_its_features_count():
    trainer = trainer_of(encoder=Encoder(1, width=3, downs=1))
    networks = trainer.generator, trainer.critics, trainer.encoder
    kept = 5 * (OF_GENERATOR + OF_ENCODER) + 9 * OF_CRITIC
    weights = 4 * FLOAT * sum(map(numbers, networks))
    assert memory.estimated(trainer, 2) == weights + 2 * FLOAT * kept + memory.BESIDE
    first = trainer.generator.whole.first.conv.kernel
    assert first.shape[2] == CLASSES + 1 + 1  # edges and a feature


def test_what_is_made_again_is_kept_less_often():
    kept, again = (memory.estimated(trainer_of(recompute=r), 2) for r in (False, True))
    assert kept - again == 2 * FLOAT * (5 - 2) * OF_GENERATOR
