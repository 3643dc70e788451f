"""The plain networks that ours are timed beside compute what ours do."""

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.maskgan import NARROW
from networks.image_to_image.patch_critic import PatchCritics
from siblings.maskgan import released
from siblings.maskgan.networks import Painter
from siblings.maskgan.trainer import PainterTrainer, Plan
from siblings.pix2pixhd.released import of_critics
from tests.catalogue import noise
from training import judging, porting

pytestmark = pytest.mark.pytorch
CLASSES, SIDE = 3, 64
ONE_HOT = np.eye(CLASSES, dtype=np.float32)


def first_channels(array):
    import torch

    return torch.tensor(np.moveaxis(np.asarray(array), -1, 1))


def pair():
    """A plain painter, and ours with its weights; ids and a photo."""
    from benchmarks.maskgan import pytorch

    plain = pytorch.Painter(CLASSES, 2, downs=2, blocks=2, style_width=4)
    ours = Painter(2, downs=2, blocks=2, style_width=4)
    rng = np.random.default_rng(0)
    ids = rng.integers(0, CLASSES, [2, SIDE // 4, SIDE // 4]).repeat(4, 1).repeat(4, 2)
    photo = np.tanh(noise(2, SIDE, SIDE, 3))
    ours(ONE_HOT[ids], photo, ONE_HOT[ids])
    arrays = {name: value.numpy() for name, value in plain.state_dict().items()}
    porting.assign(arrays, released.of_painter(ours), "plain")
    return plain, ours, ids, photo


def test_the_painter_paints_the_same():
    plain, ours, ids, photo = pair()
    other = ids[::-1].copy()
    theirs = plain(*map(first_channels, (ONE_HOT[ids], photo, ONE_HOT[other])))
    found = ours(ONE_HOT[ids], photo, ONE_HOT[other])
    np.testing.assert_allclose(np.moveaxis(found.numpy(), -1, 1), theirs.detach(), atol=2e-5)


def test_the_losses_are_the_same():
    from benchmarks.pix2pixhd import pytorch

    plain, ours, ids, photo = pair()
    judge, critics = pytorch.Critics(CLASSES + 3, 2), PatchCritics(2, 2)
    critics(tf.concat([ONE_HOT[ids], photo], axis=3))
    arrays = {name: value.numpy() for name, value in judge.state_dict().items()}
    porting.assign(arrays, of_critics(critics), "plain")
    plan = Plan(2, lambda step: tf.constant(0.01), judging.Judge())
    trainer = PainterTrainer(tf.distribute.get_strategy(), ours, critics, plan)
    batch = {"image": tf.constant(photo), "label": tf.constant(ids, tf.uint8)}
    scalars = trainer.train_step(batch)
    label = first_channels(ONE_HOT[ids])
    image = first_channels(photo)
    told = pytorch.losses(judge, label, image, plain(label, image, label))
    for name, wanted in zip(("critic_loss", "generator_loss"), told):
        np.testing.assert_allclose(scalars[name], wanted.item(), rtol=1e-4)


def test_a_step_and_a_picture_run():
    from benchmarks.maskgan import pytorch

    kinds = pytorch.kinds(NARROW)
    for once in kinds.values():
        once()
    assert [*kinds] == ["step", "picture"]
