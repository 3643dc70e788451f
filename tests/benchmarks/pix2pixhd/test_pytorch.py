"""The plain networks that ours are timed beside compute what ours do."""

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.pix2pixhd import NARROW
from networks.image_to_image.patch_critic import PatchCritics
from siblings.pix2pixhd import released
from siblings.pix2pixhd.networks import Encoder, Generator
from siblings.pix2pixhd.trainer import Pix2PixHDTrainer, Plan
from tests.catalogue import noise
from training import porting

pytestmark = pytest.mark.pytorch
CHANNELS = 6
NORMS = ("instance", "batch")


def first_channels(array):
    import torch

    return torch.tensor(np.moveaxis(np.asarray(array), -1, 1))


def kept(plain, ours, slots, x):
    """Give ours its weights; returns what both compute."""
    ours(x)
    arrays = {name: value.numpy() for name, value in plain.state_dict().items()}
    names = [name for name in arrays if not name.endswith(porting.COUNTED)]
    porting.assign({name: arrays[name] for name in names}, slots(ours), "plain")
    return plain.eval()(first_channels(x)), ours(tf.constant(x))


def assert_alike(theirs, found):
    np.testing.assert_allclose(np.moveaxis(found.numpy(), -1, 1), theirs.detach(), atol=2e-5)


def norm_of(name):
    from torch import nn

    return {"instance": nn.InstanceNorm2d, "batch": nn.BatchNorm2d}[name]


@pytest.mark.parametrize("norm", NORMS)
def test_the_generator_paints_the_same(norm):
    from benchmarks.pix2pixhd import pytorch

    plain = pytorch.Translator(CHANNELS, 4, 2, 2, norm_of(norm))
    ours = Generator(4, 0, 2, 2, norm=norm)
    assert_alike(*kept(plain, ours, released.of_generator, noise(2, 16, 24, CHANNELS)))


@pytest.mark.parametrize("norm", NORMS)
def test_the_generator_with_an_enhancer_paints_the_same(norm):
    from benchmarks.pix2pixhd import pytorch

    plain = pytorch.Enhanced(CHANNELS, 4, 2, 2, norm_of(norm), enhancer_blocks=1)
    ours = Generator(2, 1, 2, 2, 1, norm)
    assert_alike(*kept(plain, ours, released.of_generator, noise(2, 32, 24, CHANNELS)))


def test_the_encoder_encodes_the_same():
    from benchmarks.pix2pixhd import pytorch

    slots = lambda ours: released.of_translator(ours.whole)  # noqa: E731
    plain, ours = pytorch.Translator(3, 4, 2, 0), Encoder(3, 4, 2)
    assert_alike(*kept(plain, ours, slots, noise(2, 16, 24, 3)))


@pytest.mark.parametrize("norm", NORMS)
def test_the_critics_judge_the_same(norm):
    from benchmarks.pix2pixhd import pytorch

    plain, ours = pytorch.Critics(CHANNELS, 4, norm_of(norm)), PatchCritics(2, 4, 3, norm)
    theirs, found = kept(plain, ours, released.of_critics, noise(2, 33, 48, CHANNELS))
    for maps, others in zip(theirs, found):
        for each, other in zip(maps, others):
            assert_alike(each, other)


def test_the_losses_and_the_scene_are_the_same():
    from benchmarks.pix2pixhd import pytorch

    classes, side = 3, 32
    generator, critics = Generator(2, 0, 1, 1), PatchCritics(2, 2)
    plan = Plan(1, (side, side), classes, lambda step: tf.constant(0.01), seed=0)
    trainer = Pix2PixHDTrainer(tf.distribute.get_strategy(), generator, critics, plan)
    painter = pytorch.Translator(classes + 1, 2, 1, 1)
    judge = pytorch.Critics(classes + 4, 2)
    for plain, slots in (
        (painter, released.of_generator(generator)),
        (judge, released.of_critics(critics)),
    ):
        arrays = {name: value.numpy() for name, value in plain.state_dict().items()}
        porting.assign(arrays, slots, "plain")
    ids = np.random.default_rng(0).integers(0, classes, [1, side // 4, side // 4])
    ids, photo = ids.repeat(4, 1).repeat(4, 2), np.tanh(noise(1, side, side, 3))
    batch = {"image": photo, "label": ids.astype(np.uint8), "instance": ids.astype(np.int32)}
    scalars = trainer.train_step({name: tf.constant(value) for name, value in batch.items()})
    label = first_channels(ids[..., None])[:, 0]
    given = pytorch.scene(label, label, classes)
    assert given[:, -1].mean() > 0.1
    told = pytorch.losses(judge, given, first_channels(photo), painter(given))
    for name, wanted in zip(("critic_loss", "generator_loss"), told):
        np.testing.assert_allclose(scalars[name], wanted.item(), rtol=1e-4)


def test_a_step_and_a_picture_run():
    from benchmarks.pix2pixhd import pytorch

    kinds = pytorch.kinds(NARROW)
    for once in kinds.values():
        once()
    assert [*kinds] == ["step", "picture"]
