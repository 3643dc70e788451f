"""An export, used as strangers use it: by TensorFlow alone."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.label_sets import LabelSet
from interface.command_line import UserError
from serving import saved_model, synthesize_labels
from serving.about import About
from serving.styles import Styles
from siblings.pix2pixhd import export, restoring
from tests.serving.label_models import CLASSES
from tests.siblings.pix2pixhd import tiny_runs
from tests.siblings.pix2pixhd.tiny_runs import SIDE, STEP, edges, means, scene, write_run

TABLE = {0: [[0.5, -0.5, 0.25]], 1: [[-1, 0, 1], [1, 1, -1], [0.1, 0.2, 0.3]], 2: [[0, 0.9, -0.9]]}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tiny_runs.write_records(tmp_path_factory.mktemp("streets") / "labels")


def exported(folder, *words):
    export.main([f"--run_dir={folder}", f"--out={folder / 'streets' / '1'}", *words])
    return folder / "streets" / "1"


def write_styles(folder, of="instance"):
    clusters = {each: np.array(rows, np.float32) for each, rows in TABLE.items()}
    digest = restoring.restore(str(folder)).digest
    Styles(digest, of, 3, clusters).write(folder / "phase_3" / "styles.json")


@pytest.fixture(scope="module")
def styled(data_dir, tmp_path_factory):
    """A run of phase 3 with an enhancer, and its export."""
    folder = tmp_path_factory.mktemp("styled")
    write_run(folder, data_dir, enhancers=1)
    write_styles(folder)
    return folder, exported(folder)


@pytest.fixture(scope="module")
def plain(data_dir, tmp_path_factory):
    """A run of phase 1, and its export."""
    folder = tmp_path_factory.mktemp("plain")
    write_run(folder, data_dir, phase=1)
    return folder, exported(folder)


def maps(height, width):
    pairs = [scene(number, height, width) for number in range(2)]
    return tuple(np.stack(each) for each in zip(*pairs))


def called(model, name, **inputs):
    given = {key: tf.constant(value) for key, value in inputs.items()}
    (output,) = tf.saved_model.load(str(model)).signatures[name](**given).values()
    return output.numpy()


def check_painted(image, restored, *channels):
    """A picture is what the generator makes of dense channels, rounded."""
    wanted = restored.generator(np.concatenate(channels, axis=3).astype("f")).numpy()
    assert image.dtype == np.uint8 and image.shape == wanted.shape
    assert np.abs(image - (wanted + 1) * 127.5).max() <= 0.51


@pytest.mark.parametrize(("height", "width"), [(16, 16), (20, 36)])
def test_it_paints_what_the_generator_paints(styled, plain, height, width):
    label, ids = maps(height, width)
    one_hot, edge = np.eye(3)[label], edges(ids)
    image = called(plain[1], "serving_default", labels=label, instances=ids)
    check_painted(image, restoring.restore(str(plain[0])), one_hot, edge)
    features = np.random.default_rng(0).uniform(-1, 1, [2, height, width, 3]).astype("f")
    image = called(styled[1], "serving_default", labels=label, instances=ids, features=features)
    check_painted(image, restoring.restore(str(styled[0])), one_hot, edge, features)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (20, 36)])
def test_it_encodes_means_over_regions(styled, height, width):
    photo = np.random.default_rng(0).integers(0, 256, [2, height, width, 3]).astype(np.uint8)
    _, ids = maps(height, width)
    encoded = called(styled[1], "encode", image=photo, instances=ids)
    values = restoring.restore(str(styled[0])).encoder((photo / 127.5 - 1).astype("f")).numpy()
    wanted = [means(*each) for each in zip(values, ids)]
    np.testing.assert_allclose(encoded, wanted, atol=1e-4)


def test_what_edges_are_not_drawn_of_is_not_asked_for(data_dir, tmp_path):
    write_run(tmp_path, data_dir, instances=False, features="label")
    write_styles(tmp_path, "label")
    model, restored = exported(tmp_path), restoring.restore(str(tmp_path))
    known = saved_model.load(str(model))
    assert not known.about.instances and known.metadata["features"] == "label"
    assert {name: {*each.inputs} for name, each in known.signatures.items()} == {
        "serving_default": {"labels", "features"},
        "sample": {"labels", "seed"},
        "encode": {"image", "instances"},
    }
    label, _ = maps(SIDE, SIDE)
    features = np.random.default_rng(0).uniform(-1, 1, [2, SIDE, SIDE, 3]).astype("f")
    image = called(model, "serving_default", labels=label, features=features)
    check_painted(image, restored, np.eye(3)[label], features)
    sampled = called(model, "sample", labels=label, seed=np.array([1, 2]))
    assert sampled.shape == (2, SIDE, SIDE, 3)


def test_it_says_what_it_is(styled, plain):
    told = json.loads((styled[1] / "assets" / "metadata.json").read_text())
    assert label_sets.parsed(told.pop("classes"), "classes") == CLASSES
    assert told == {
        "system": "pix2pixhd",
        "asks": "labels",
        "multiple_of": 4,  # one step down in the enhancer, one in what is inside
        "instances": True,
        "style": "clusters",
        "trained_steps": STEP,
        "stage": "phase_3",
        "trained_size": [SIDE, SIDE],
        "features": "instance",
    }
    about = About("pix2pixhd", "labels", None, 2, CLASSES, True, "none", STEP)
    known = saved_model.load(str(plain[1]))
    assert known.about == about and [*known.signatures] == ["serving_default"]
    assert "features" not in known.metadata
    styles = styled[0] / "phase_3" / "styles.json"
    assert (styled[1] / "assets" / "styles.json").read_text() == styles.read_text()
    assert [path.name for path in (plain[1] / "assets").iterdir()] == ["metadata.json"]


def test_the_encoder_may_want_larger_multiples(data_dir, tmp_path):
    write_run(tmp_path, data_dir, encoder_downs=3)
    assert export.metadata(restoring.restore(str(tmp_path)))["multiple_of"] == 8


def test_a_phase_before_the_last_is_exported_where_it_is_told(data_dir, tmp_path):
    write_run(tmp_path, data_dir)
    write_run(tmp_path, data_dir, phase=1)
    model = exported(tmp_path, "--phase=1")
    assert json.loads((model / "assets" / "metadata.json").read_text())["stage"] == "phase_1"


def test_what_can_not_be_exported_is_told(styled, data_dir, tmp_path):
    with pytest.raises(UserError, match="already there; give the next version's number"):
        exported(styled[0])
    with pytest.raises(UserError, match="no checkpoint in .*phase_1; train it first"):
        exported(tmp_path)
    with pytest.raises(UserError, match="--best: .* kept none; train with --eval_every"):
        export.main([f"--run_dir={styled[0]}", f"--out={tmp_path / '1'}", "--best"])
    write_run(tmp_path, data_dir, seed=1)
    path = tmp_path / "phase_3" / "styles.json"
    with pytest.raises(UserError, match="styles.json: no such file; make it: python -m siblings"):
        exported(tmp_path)
    shutil.copy(styled[0] / "phase_3" / "styles.json", path)
    with pytest.raises(UserError, match="styles.json: of another encoder than this checkpoint's"):
        exported(tmp_path)
    path.write_text("{")
    with pytest.raises(UserError, match="styles.json: damaged; make it: python -m siblings"):
        exported(tmp_path)
    assert not (tmp_path / "streets").exists() or not [*(tmp_path / "streets").iterdir()]


@pytest.mark.parametrize("instances", [True, False])
def test_where_there_are_no_classes_pictures_are_painted_from(instances, tmp_path):
    records = tiny_runs.write_records(tmp_path / "labels", LabelSet(()), instances)
    run, ids = tmp_path / "run", scene(0)[1]
    write_run(run, records, phase=1, instances=instances)
    model = exported(run)
    pixels = np.random.default_rng(0).integers(0, 256, [SIDE, SIDE, 3]).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "sketch.png")
    Image.fromarray(ids.astype(np.uint16)).save(tmp_path / "ids.png")
    words = [f"--model={model}", f"--label={tmp_path / 'sketch.png'}", f"--out={tmp_path}/out.png"]
    synthesize_labels.main([*words, *[f"--instance={tmp_path / 'ids.png'}"] * instances])
    with Image.open(tmp_path / "out.png") as image:
        painted = np.asarray(image)[None]
    channels = [pixels[None] / 127.5 - 1, *[edges(ids[None])] * instances]
    check_painted(painted, restoring.restore(str(run)), *channels)
