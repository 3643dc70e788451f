import numpy as np
import pytest

from input_pipeline.label_maps.label_sets import numbered
from interface.command_line import UserError
from siblings.maskgan import starts, train
from siblings.maskgan.config import Config
from tests.serving.label_models import CLASSES
from tests.siblings.maskgan.editor_runs import SIDE, STEP, TINY, write_run


def settings(folder, phase=3, **changes):
    given = {**TINY, "phase": phase, "run_dir": str(folder), **changes}
    return Config(**given).settled(1)


def start(folder, phase=3, classes=CLASSES, side=SIDE, **changes):
    return starts.start(settings(folder, phase, **changes), classes, side)


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """Phases 1 and 2, and their trainers."""
    folder = tmp_path_factory.mktemp("before")
    return folder, [write_run(folder, phase, seed=phase) for phase in (1, 2)]


@pytest.mark.parametrize("phase", [1, 2])
def test_the_first_two_start_from_nothing(tmp_path, phase):
    begun = start(tmp_path, phase)
    assert (begun.step, begun.sources, begun.story) == (0, (), "starts from random weights")


def test_the_third_starts_from_both(before):
    folder, (masks, painter) = before
    begun = start(folder)
    assert begun.step == 0
    step = f"step {STEP} of {STEP}"
    assert begun.story == f"starts from {step} of {folder}/phase_1 and {step} of {folder}/phase_2"
    trainer = build(folder)
    begun.apply(trainer)
    assert_same(trainer.editing.vae, masks.vae)
    assert_same(trainer.painter, painter.painter)
    assert_same(trainer.critics, painter.critics)


def build(folder):
    import tensorflow as tf

    alone = tf.distribute.get_strategy()
    return train.build_trainer(settings(folder), CLASSES.count, (SIDE, SIDE), alone)


def assert_same(ours, theirs):
    assert len(ours.variables) == len(theirs.variables) > 0
    for our, their in zip(ours.variables, theirs.variables):
        np.testing.assert_array_equal(our, their)


def test_from_scratch_it_starts_from_the_vae_alone(before):
    folder, (masks, painter) = before
    trainer = build(folder)
    start(folder, from_scratch=True).apply(trainer)
    assert_same(trainer.editing.vae, masks.vae)
    kernels = [each.painter.whole.first.conv.kernel for each in (trainer, painter)]
    assert np.abs(kernels[0] - kernels[1]).max() > 0


def test_it_goes_on_where_it_stopped(tmp_path):
    write_run(tmp_path)
    begun = start(tmp_path, steps=9)
    assert (begun.step, begun.story) == (STEP, f"goes on from step {STEP}")
    with pytest.raises(UserError, match="--width 8: .*phase_3 was trained with --width 4"):
        start(tmp_path, steps=9, width=8)


@pytest.mark.parametrize("missing, phase", [("phase_1", 1), ("phase_2", 2)])
def test_a_missing_phase_is_named_with_what_to_run(tmp_path, missing, phase):
    write_run(tmp_path, phase=3 - phase)
    with pytest.raises(UserError) as caught:
        start(tmp_path)
    assert str(caught.value) == (
        f"phase_3 starts from {missing}, of which {tmp_path} has no checkpoint; train it first: "
        f"the same command with --phase {phase}"
    )


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"classes": numbered(4)}, "phase_1 was trained on other classes: sky, left bank, right"),
        ({"side": 64}, "phase_1 was trained on masks of 32 pixels a side; these records have 64"),
        ({"latent": 6}, "--latent 6: .*phase_1 was trained with --latent 5"),
        ({"blocks": 3}, "--blocks 3: .*phase_2 was trained with --blocks 1"),
    ],
)
def test_phases_of_another_kind_are_refused(before, changes, told):
    with pytest.raises(UserError, match=told):
        start(before[0], **changes)


@pytest.mark.parametrize("phase", [1, 3])
def test_a_vae_does_not_go_on_with_masks_of_another_size(tmp_path, phase):
    write_run(tmp_path, phase)
    told = f"phase_{phase} was trained on masks of 32 pixels a side; these records have 64; use"
    with pytest.raises(UserError, match=told):
        start(tmp_path, phase, steps=9, side=64)


def test_a_painter_goes_on_with_photos_of_another_size(tmp_path):
    write_run(tmp_path, 2)
    assert start(tmp_path, 2, steps=9, side=64).step == STEP
