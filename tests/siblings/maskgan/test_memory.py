import numpy as np
import pytest
import tensorflow as tf

from siblings.maskgan import memory, train
from siblings.maskgan.config import Config
from tests.siblings.maskgan.editor_runs import SIDE, TINY

CLASSES = 3
FLOAT = 4  # bytes


def trainer_of(phase, **changes):
    settings = Config(**{**TINY, "phase": phase, **changes}).settled(1)
    alone = tf.distribute.get_strategy()
    return train.build_trainer(settings, CLASSES, (SIDE, SIDE), alone)


def weights(trainer):
    return sum(
        int(tf.size(w)) for each in trainer.networks.values() for w in each.trainable_weights
    )


# Of 32 × 32 pixels: 2, 4 and 8 channels down to 4 × 4, two vectors of 5 and one of 128, up again.
DOWN = 16 * 16 * 2 + 8 * 8 * 4 + 4 * 4 * 8
UP = 8 * 8 * 4 + 16 * 16 * 2 + 32 * 32 * CLASSES
OF_VAE = DOWN + 2 * 5 + 128 + UP


def test_of_masks_it_is_weights_and_moments_and_what_the_passes_keep():
    trainer = trainer_of(1)
    wanted = 4 * FLOAT * weights(trainer) + 5 * FLOAT * 2 * OF_VAE + memory.BESIDE
    assert memory.estimated(trainer, 2, CLASSES, (SIDE, SIDE)) == wanted


# Of 32 × 32 pixels: 4, 8 and 16 channels down to 8 × 8, two convolutions in the block, up again (a
# row and a column are cut off each time), and the picture.
LOWERED = 32 * 32 * 4 + 16 * 16 * 8 + 8 * 8 * 16
OF_PAINTER = LOWERED + 2 * 8 * 8 * 16 + 17 * 17 * 8 + 33 * 33 * 4 + 32 * 32 * 3
# 7×7 and four or five of stride 2, of 2, 4 and 8 channels; all numbers of the block's norms.
OF_LABELS = 32 * 32 * 2 + 16 * 16 * 4 + 8 * 8 * 8 + (4 * 4 + 2 * 2 + 1) * 8
OF_STYLES = OF_LABELS + 8 * 8 * 4 * 8 + 1 * 4 * 8 + 2 * 2 * 16
# Of a pad of 2 around each, at 32 × 32 and at half of that.
OF_CRITICS = sum(
    (side // 2 + 1) ** 2 * 2 + (side // 2 + 2) ** 2 * 4 + (side // 2 + 3) ** 2 for side in (32, 16)
)


def test_of_pictures_it_is_weights_and_moments_and_what_the_passes_keep():
    trainer = trainer_of(2)
    kept = 2 * FLOAT * (5 * (OF_PAINTER + OF_LABELS + OF_STYLES) + 9 * OF_CRITICS)
    wanted = 4 * FLOAT * weights(trainer) + kept + memory.BESIDE
    assert memory.estimated(trainer, 2, CLASSES, (SIDE, SIDE)) == wanted


def test_the_vae_of_phase_3_has_no_gradients():
    small, large = (trainer_of(3, vae_width=width) for width in (2, 8))
    each = [memory.estimated(trainer, 2, CLASSES, (SIDE, SIDE)) for trainer in (small, large)]
    assert each[1] - each[0] == FLOAT * (weights(large) - weights(small))


def test_edited_masks_are_painted_and_judged_as_well():
    alone, edited = (
        memory.estimated(trainer_of(phase), 2, CLASSES, (SIDE, SIDE)) for phase in (2, 3)
    )
    held = [4 * FLOAT * weights(trainer_of(phase)) + memory.BESIDE for phase in (2, 3)]
    assert 1.5 < (edited - held[1]) / (alone - held[0]) < 3.5


@pytest.mark.parametrize("phase", [1, 2, 3])
def test_a_checkpoint_is_as_large_as_it_says(phase, tmp_path):
    trainer = trainer_of(phase, latent=500, width=16, blender_width=8, discriminator_width=16)
    trainer.checkpoint.write(str(tmp_path / "state"))
    size = (tmp_path / "state.data-00000-of-00001").stat().st_size
    np.testing.assert_allclose(memory.checkpoint(trainer), size, rtol=0.03)
