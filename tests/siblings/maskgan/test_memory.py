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


def test_edited_masks_are_painted_and_judged_as_well():
    alone, edited = (
        memory.estimated(trainer_of(phase), 2, CLASSES, (SIDE, SIDE)) for phase in (2, 3)
    )
    held = [4 * FLOAT * weights(trainer_of(phase)) + memory.BESIDE for phase in (2, 3)]
    assert 1.5 < (edited - held[1]) / (alone - held[0]) < 3.5


@pytest.mark.parametrize("phase", [1, 2, 3])
def test_a_checkpoint_is_as_large_as_it_says(phase, tmp_path):
    trainer = trainer_of(phase, latent=50)
    trainer.checkpoint.write(str(tmp_path / "state"))
    size = (tmp_path / "state.data-00000-of-00001").stat().st_size
    np.testing.assert_allclose(memory.checkpoint(trainer), size, rtol=0.15)
