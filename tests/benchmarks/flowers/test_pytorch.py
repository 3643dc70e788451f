"""The plain networks that ours are timed beside compute what ours do."""

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.flowers import Size
from siblings.flowers import import_weights
from siblings.flowers.networks import (
    DISCRIMINATOR_SCALES,
    GENERATOR_SCALES,
    Discriminator,
    Generator,
)
from tests.catalogue import masks_of, noise
from training import porting

pytestmark = pytest.mark.pytorch


def first_channels(array):
    import torch

    return torch.tensor(np.moveaxis(np.asarray(array), -1, 1))


def weights_of(module, norm, shift, last):
    arrays = {}
    for name, value in module.state_dict().items():
        kind, *rest = name.split(".")
        if kind == "last":
            arrays[f"layer{last}.0.weight"] = value.numpy()
        elif rest[1] != porting.COUNTED:
            number = int(rest[0]) + 1 + (shift if kind == "norms" else 0)
            arrays[f"layer{number}.{norm if kind == 'norms' else 0}.{rest[1]}"] = value.numpy()
    return arrays


@pytest.mark.parametrize("training", [False, True])
def test_the_generator_paints_the_same(training):
    from benchmarks.flowers import pytorch as flowers

    plain = flowers.Generator(4).train(training)
    ours, latent, masks = Generator(4), noise(2, 2, 2, 32), masks_of(64, 64, GENERATOR_SCALES)
    ours(latent, masks)
    slots = import_weights.of_generator(ours)
    porting.assign(weights_of(plain, 2, 0, None), slots, "plain")
    theirs = plain(first_channels(latent), [*map(first_channels, masks)]).detach().numpy()
    made = ours(tf.constant(latent), [*map(tf.constant, masks)], training=training)
    np.testing.assert_allclose(np.moveaxis(made.numpy(), -1, 1), theirs, atol=1e-5)
    statistics = plain.state_dict()["norms.1.running_var"].numpy()
    np.testing.assert_allclose(ours.norms[1].variance, statistics, rtol=1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_the_discriminator_judges_the_same(training):
    from benchmarks.flowers import pytorch as flowers

    plain = flowers.Discriminator(4).train(training)
    ours, photo, masks = Discriminator(4), noise(2, 64, 64, 3), masks_of(64, 64, (4, 8, 16))
    assert DISCRIMINATOR_SCALES == (4, 8, 16)
    ours(photo, masks)
    porting.assign(weights_of(plain, 1, 1, 5), import_weights.of_discriminator(ours), "plain")
    theirs = plain(first_channels(photo), [*map(first_channels, masks)]).detach().numpy()
    made = ours(tf.constant(photo), [*map(tf.constant, masks)], training=training)
    np.testing.assert_allclose(made, theirs, atol=1e-5)


def test_a_step_and_a_picture_run():
    from benchmarks.flowers import pytorch as flowers

    kinds = flowers.kinds(Size(2, 2, 4))
    for once in kinds.values():
        once()
    assert [*kinds] == ["step", "picture"]
