import json
import pickle

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from siblings.flowers import export, import_weights, train
from tests.siblings.flowers.conftest import FIXTURES, recorded
from training import porting


@pytest.fixture(autouse=True)
def recordings(monkeypatch):
    monkeypatch.setattr(porting, "read", recorded)


def test_imported_weights_paint_as_the_release_does(tmp_path):
    import_weights.main(["generator.pth", f"--run_dir={tmp_path}", "--class_name=rose"])
    generator, about = export.restore(str(tmp_path))
    assert (about["places"], about["generator_width"], about["use_mask"]) == (["rose"], 4, True)
    recording = np.load(FIXTURES / "flowers_generator.npz")
    given = {
        key: np.moveaxis(recording[key], 1, -1) for key in recording if key[:2] in ("in", "ou")
    }
    masks = [given[f"in/mask{side}"] for side in (2, 4, 8, 16, 32)]
    np.testing.assert_allclose(generator(given["in/z"], masks), given["out/image"], atol=5e-5)


def test_training_goes_on_from_both_networks(label_records_dir, tmp_path, capsys):
    import_weights.main(["generator.pth", "discriminator.pth", f"--run_dir={tmp_path}"])
    words = ["--generator_width=4", "--discriminator_width=4", "--batch_size=4", "--class_name=1"]
    where = [f"--data_dir={label_records_dir}", f"--run_dir={tmp_path}"]
    train.main([*words, *where, "--steps=1", "--lr=0", "--log_every=1"])
    assert "goes on from step 0" in capsys.readouterr().out
    state = tf.train.load_checkpoint(str(tmp_path / "flowers/checkpoints/step_00000001/state"))
    (first,) = (
        state.get_tensor(name)
        for name in state.get_variable_to_shape_map()
        if name.startswith("discriminator/convs/0/kernel/.ATTR")
    )
    recorded = np.load(FIXTURES / "flowers_discriminator.npz")["param/layer1.0.weight"]
    np.testing.assert_array_equal(first, recorded.transpose(2, 3, 1, 0))


@pytest.mark.parametrize(
    "files, told",
    [
        (["discriminator.pth"], "discriminator.pth: of another network: wanted layer1.0.weight to"),
        (["generator.pth"] * 2, "generator.pth: of another network: it holds also layer1.2.bias"),
        (["generator.pth"] * 3, "3 files; wanted the generator's and a discriminator's"),
    ],
)
def test_weights_of_another_network_are_refused_and_nothing_is_written(tmp_path, files, told):
    with pytest.raises(UserError, match=told):
        import_weights.main([*files, f"--run_dir={tmp_path / 'run'}"])
    assert [*tmp_path.iterdir()] == []


def test_a_run_that_is_there_is_not_written_over(tmp_path):
    import_weights.main(["generator.pth", f"--run_dir={tmp_path}"])
    before = (tmp_path / "flowers" / "config.json").read_text()
    with pytest.raises(UserError, match="has a flowers already; give another"):
        import_weights.main(["generator.pth", f"--run_dir={tmp_path}"])
    assert (tmp_path / "flowers" / "config.json").read_text() == before
    assert json.loads(before)["generator_width"] == 4


def test_a_pickle_that_would_run_something_does_not(tmp_path, monkeypatch):
    monkeypatch.undo()
    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps({"layer1.0.weight": print}))
    with pytest.raises(UserError, match="holds builtins.print, not weights alone"):
        import_weights.main([str(path), f"--run_dir={tmp_path / 'run'}"])
