import numpy as np
import pytest

from interface.command_line import UserError
from siblings.maskgan import restoring
from tests.serving.label_models import CLASSES
from tests.siblings.maskgan.editor_runs import STEP, write_run


def assert_same(ours, theirs):
    assert len(ours.variables) == len(theirs.variables) > 0
    for our, their in zip(ours.variables, theirs.variables):
        np.testing.assert_array_equal(our, their)


def test_all_networks_come_back_with_the_weights_they_had(tmp_path):
    trainer = write_run(tmp_path)
    restored = restoring.restore(str(tmp_path))
    assert (restored.step, restored.classes, restored.stage.name) == (STEP, CLASSES, "phase_3")
    assert_same(restored.painter, trainer.painter)
    assert_same(restored.editing.vae, trainer.editing.vae)
    assert_same(restored.editing.blender, trainer.editing.blender)


def test_the_last_phase_counts_unless_one_is_told(tmp_path):
    earlier = write_run(tmp_path, phase=2, seed=1)
    write_run(tmp_path, phase=3)
    assert restoring.restore(str(tmp_path)).editing
    restored = restoring.restore(str(tmp_path), phase=2)
    assert restored.editing is None
    assert_same(restored.painter, earlier.painter)


def test_the_best_may_be_wanted(tmp_path):
    trainer = write_run(tmp_path, phase=2, best=True)
    write_run(tmp_path, phase=2, seed=1)
    assert_same(restoring.restore(str(tmp_path), best=True).painter, trainer.painter)


def test_short_floats_come_back_as_float32(tmp_path):
    write_run(tmp_path, phase=2, precision="mixed_bfloat16")
    assert restoring.restore(str(tmp_path)).painter.compute_dtype == "float32"


def test_where_nothing_paints_it_is_said(tmp_path):
    with pytest.raises(UserError, match="no checkpoint in .*phase_2; train it first"):
        restoring.restore(str(tmp_path))
    with pytest.raises(UserError, match="--phase 1: MaskVAE paints nothing; wanted 2 or 3"):
        restoring.restore(str(tmp_path), phase=1)
