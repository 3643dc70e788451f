import json
import shutil

import numpy as np
import pytest

from interface import pictures
from interface.command_line import UserError
from serving import about, examples
from serving.examples import Options
from tests.serving.label_models import CLASSES, PALETTE

LABELS = np.random.default_rng(0).integers(0, 3, [8, 12]).astype(np.uint8)


@pytest.fixture
def copied(tmp_path):
    """A SavedModel that may be written to."""

    def copy(model):
        shutil.copytree(model, tmp_path / "1")
        return tmp_path / "1"

    return copy


@pytest.fixture
def records(tmp_path, small_photo_folder):
    """Of three photos whose label maps have the models' classes, with instances."""
    from input_pipeline import prepare_labels

    photos, ids = small_photo_folder(tmp_path)
    classes = tmp_path / "classes.json"
    classes.write_text(json.dumps(CLASSES.to_json()))
    out = tmp_path / "records"
    prepare_labels.main(
        [
            *(f"--images={photos}", f"--labels={ids}", f"--instances={ids}"),
            *(f"--classes={classes}", "--label_count=3", "--size=8,12", f"--out={out}"),
        ]
    )
    return out


@pytest.fixture
def small_photo_folder():
    def make(folder):
        photos, ids = folder / "photos", folder / "ids"
        for each in (photos, ids):
            each.mkdir()
        for number in range(3):
            label = np.roll(LABELS, number, axis=1)
            (photos / f"{number}.png").write_bytes(pictures.png(PALETTE[label]))
            (ids / f"{number}.png").write_bytes(pictures.png(label))
        return photos, ids

    return make


def of(folder):
    return examples.of_model(folder, about.of_folder(folder))


def say_size(folder):
    path = folder / "assets" / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "trained_size": [8, 12]}))


def written(folder, records, count=2):
    examples.main([f"--model={folder}", f"--data_dir={records}", f"--count={count}"])
    return of(folder)


def test_a_models_examples_are_label_maps_of_records(free_model, copied, records, capsys):
    folder = copied(free_model)
    assert of(folder) == ()
    say_size(folder)
    made = written(folder, records)
    assert [each.name for each in made] == ["Example 1", "Example 2"]
    known = {np.roll(LABELS, number, axis=1).tobytes() for number in range(3)}
    assert {each.scene.label.tobytes() for each in made} <= known
    assert all(each.scene.instance is None and each.reference is None for each in made)
    assert "2 of train to begin with, 8x12 pixels" in capsys.readouterr().out


def test_with_what_else_a_model_wants(styled_model, edited_model, copied, records, tmp_path):
    folder = copied(edited_model)
    for each in written(folder, records):
        np.testing.assert_array_equal(each.reference.label, each.scene.label)
        np.testing.assert_array_equal(each.reference.photo, PALETTE[each.scene.label])
    shutil.rmtree(folder)
    folder = copied(styled_model)
    say_size(folder)
    for each in written(folder, records):
        np.testing.assert_array_equal(each.scene.instance, each.scene.label)


def test_files_that_can_not_be_used_are_left_out(free_model, copied):
    folder = copied(free_model)
    good = folder / "assets" / "example_two_banks.png"
    good.write_bytes(pictures.palette_png(LABELS, PALETTE))
    (folder / "assets" / "example_odd.png").write_bytes(b"no picture")
    (folder / "assets" / "example_foreign.png").write_bytes(pictures.png(LABELS + 9))
    assert [each.name for each in of(folder)] == ["Two banks"]


def test_other_models_and_records_are_refused(
    segmenter_model, free_model, small_model, records, tmp_path
):
    def refused(model, data_dir=records):
        with pytest.raises(UserError) as caught:
            examples.main([f"--model={model}", f"--data_dir={data_dir}"])
        return str(caught.value)

    assert "wanted one that paints label maps of classes" in refused(segmenter_model)
    assert "wanted one that paints label maps of classes" in refused(small_model)
    assert "no SavedModel in it" in refused(tmp_path)
    assert str(tmp_path / "nowhere") in refused(free_model, tmp_path / "nowhere")
    assert Options("m", "d").count == 4
