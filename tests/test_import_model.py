"""A model's weights begin a run; nothing of the model is lost on the way there and back."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

import import_model
import train
from interface.command_line import UserError
from serving import export

FLAGS = ["--max_features=8", "--embedding_hidden=8", "--embedding_size=40", "--batch_size=4"]
FLAGS += ["--use_embedding"]


@pytest.fixture(scope="module")
def trained(records_dir, tmp_path_factory):
    """A folder with exports of phase 1, `fade/1` of phase 2, of a run of two stages."""
    folder = tmp_path_factory.mktemp("trained")
    words = [*FLAGS, f"--data_dir={records_dir}", f"--run_dir={folder / 'run'}", "--size=16"]
    train.main([*words, "--phase=1", "--steps=2", "--average_decay=0.5"])
    train.main([*words, "--phase=2", "--smooth", "--steps=1"])
    for phase, name in ((1, "faces"), (2, "fade")):
        export.main([f"--run_dir={folder / 'run'}", f"--phase={phase}", f"--out={folder / name}/1"])
    return folder


def imported(model, run_dir):
    import_model.main([f"--model={model}", f"--run_dir={run_dir}"])


def painted(model):
    mask = np.zeros([3, 8, 8, 1], np.float32)
    mask[0, 2:6, 2] = mask[1, 1, 1:7] = 1
    latent = np.random.default_rng(0).normal(size=[3, 512 - 40]).astype(np.float32)
    signature = tf.saved_model.load(str(model)).signatures["serving_default"]
    return signature(mask=tf.constant(mask), latent=tf.constant(latent))["image"].numpy()


def test_there_and_back_it_is_the_same_model(trained, tmp_path, capsys):
    imported(trained / "faces" / "1", tmp_path / "run")
    export.main([f"--run_dir={tmp_path / 'run'}", "--phase=1", f"--out={tmp_path / 'again' / '1'}"])
    before, after = painted(trained / "faces" / "1"), painted(tmp_path / "again" / "1")
    assert before.std() > 1
    np.testing.assert_array_equal(before, after)
    files = [
        path / "1" / "assets" / "metadata.json" for path in (trained / "faces", tmp_path / "again")
    ]
    told, again = (json.loads(path.read_text()) for path in files)
    assert again == {**told, "trained_steps": 0}


def test_the_line_tells_with_which_flags_training_goes_on(trained, records_dir, tmp_path, capsys):
    imported(trained / "faces" / "1", tmp_path)
    line = capsys.readouterr().out.strip()
    flags = line.partition("train on with ")[2].partition(",")[0].split()
    assert {"--phase", "1", "--use_embedding", "--max_features", "8"} <= {*flags}
    train.main([*flags, f"--data_dir={records_dir}", f"--run_dir={tmp_path}", "--steps=1"])
    said = capsys.readouterr().out
    assert "goes on from step 0; 12 records; to step 1" in said
    assert "framing" not in said.partition("goes on from")[2]  # nothing to be warned of
    generator, critic = (weights(tmp_path / "phase_1", name) for name in ("generator", "critic"))
    known = weights(trained / "run" / "phase_1", "averaged")
    for name, value in known.items():
        np.testing.assert_array_equal(value, generator[name])  # --critic_first
    assert critic


def weights(stage, network):
    """By name, of the newest checkpoint."""
    newest = max((stage / "checkpoints").iterdir())
    reader = tf.train.load_checkpoint(str(newest / "state"))
    names = [n for n in reader.get_variable_to_shape_map() if n.startswith(f"{network}/")]
    names = [name for name in names if "OPTIMIZER_SLOT" not in name]
    return {name.partition("/")[2]: reader.get_tensor(name) for name in names}


def test_a_larger_phase_grows_from_it(trained, records_dir, tmp_path, capsys):
    imported(trained / "faces" / "1", tmp_path)
    words = [*FLAGS, f"--data_dir={records_dir}", f"--run_dir={tmp_path}", "--size=16"]
    train.main([*words, "--phase=2", "--smooth", "--steps=1", "--critic_first=9"])
    assert "grows from phase_1 (0 of " in capsys.readouterr().out
    grown = weights(tmp_path / "phase_2_fade", "generator")
    known = weights(trained / "run" / "phase_1", "averaged")
    for name in ("blocks/r8/conv/kernel", "to_rgb/r8/kernel"):
        key = f"{name}/.ATTRIBUTES/VARIABLE_VALUE"
        np.testing.assert_array_equal(grown[key], known[key])


@pytest.mark.parametrize(
    "harm, told",
    [
        (lambda model: shutil.rmtree(model), "no such folder"),
        (lambda model: (model / "saved_model.pb").unlink(), "no SavedModel in it"),
        (
            lambda model: say(model, system="pix2pixhd", asks="photo"),
            "of pix2pixhd; wanted one of mask_embedding",
        ),
        (lambda model: say(model, stage="phase_1_fade"), "of a fade stage"),
        (lambda model: say(model, max_features="many"), "does not say what its networks are"),
        (lambda model: say(model, max_features=None), "does not say what its networks are"),
        (lambda model: say(model, resolution=9), "does not say what its networks are"),
        (lambda model: say(model, resolution=[]), "does not say what its networks are"),
        (lambda model: say(model, max_features=16), "damaged or other networks'"),
        (lambda model: say(model, use_embedding=False), "damaged or other networks'"),
        (lambda model: next(model.glob("variables/*data*")).write_bytes(b""), "damaged or other"),
        (lambda model: shutil.rmtree(model / "variables"), "damaged or other"),
    ],
    ids=str,
)
def test_what_is_no_model_of_faces_is_refused_and_nothing_left(trained, tmp_path, harm, told):
    model = tmp_path / "model"
    shutil.copytree(trained / "faces" / "1", model)
    harm(model)
    with pytest.raises(UserError, match=told):
        imported(model, tmp_path / "run")
    assert not [*tmp_path.glob("run/*")]


def say(model, **changed):
    path = model / "assets" / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def test_a_fade_stages_export_is_refused(trained, tmp_path):
    with pytest.raises(UserError, match="of a fade stage; wanted one of a stable stage"):
        imported(trained / "fade" / "1", tmp_path / "run")


def test_a_run_that_is_there_stays(trained):
    with pytest.raises(UserError, match="phase_1 is already there; give another"):
        imported(trained / "faces" / "1", trained / "run")
