import json
import pathlib

import pytest

from input_pipeline.label_maps.label_sets import Label, LabelSet
from interface.command_line import UserError
from serving import about
from serving.about import About

PORTRAITS = pathlib.Path(__file__).parents[2] / "models" / "portraits" / "1"
EYES = LabelSet(
    (
        Label("background", (0, 0, 0), 0),
        Label("left eye", (255, 0, 0), 2),
        Label("right eye", (0, 255, 0), 1),
    )
)
ROWS = [
    {"id": 0, "name": "background", "colour": [0, 0, 0], "mirror": 0},
    {"id": 1, "name": "left eye", "colour": [255, 0, 0], "mirror": 2},
    {"id": 2, "name": "right eye", "colour": [0, 255, 0], "mirror": 1},
]


@pytest.mark.parametrize(
    ("model", "written"),
    [
        (
            About(size=(64, 64), trained_steps=7),
            {
                "system": "mask_embedding",
                "asks": "landmarks",
                "size": [64, 64],
                "style": "seed",
                "trained_steps": 7,
            },
        ),
        (
            About("pix2pixhd", "labels", None, 32, EYES, True, "clusters"),
            {
                "system": "pix2pixhd",
                "asks": "labels",
                "multiple_of": 32,
                "classes": ROWS,
                "instances": True,
                "style": "clusters",
            },
        ),
        (
            About("flowers", "photo", style="none"),
            {"system": "flowers", "asks": "photo", "style": "none"},
        ),
    ],
)
def test_what_is_written_is_read_again(model, written):
    text = json.dumps(model.metadata())
    assert json.loads(text) == written
    assert about.of_metadata({"other": 3, **json.loads(text)}, "here") == model


def test_a_model_from_before_asks_for_landmarks_and_takes_seeds(tmp_path):
    older = about.of_metadata(about.read(PORTRAITS), PORTRAITS)
    assert (older.asks, older.style, older.size) == ("landmarks", "seed", (64, 64))
    assert older.trained_steps == 7024
    assert about.of_metadata(about.read(tmp_path), "") == About()  # nor a file


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"system": 3}, "the system's name"),
        ({"asks": "poems"}, "asks: landmarks, labels, photo"),
        ({"asks": ["labels"]}, "asks: "),
        ({"style": "baroque"}, "style: seed, clusters, reference, none"),
        ({"size": [64]}, "size: "),
        ({"size": [64, 0]}, "size: "),
        ({"size": 64}, "not iterable"),
        ({"trained_size": None}, "trained_size: "),
        ({"trained_size": [64, "64"]}, "trained_size: "),
        ({"trained_size": {"64": 64}}, "trained_size: "),
        ({"records_side": [64]}, "records_side: "),
        ({"records_side": None}, "records_side: "),
        ({"resolution": "64"}, "size: "),
        ({"multiple_of": 0}, "multiple_of: "),
        ({"multiple_of": True}, "multiple_of: "),
        ({"instances": 1}, "instances: "),
        ({"trained_steps": -1}, "trained_steps: "),
        ({"asks": "labels"}, "classes, since it asks for labels"),
        ({"asks": "photo", "gives": "labels"}, "classes, since it gives labels"),
        ({"gives": "poems"}, "gives: image, labels"),
        ({"classes": 3}, "classes: 3; wanted a list"),
        ({"classes": [{**ROWS[0], "colour": [0, 0, 256]}]}, "class 0 has colour"),
    ],
)
def test_nonsense_is_told_in_a_line(given, words):
    with pytest.raises(UserError, match=f"^faces/1: .*{words}") as refused:
        about.of_metadata(given, "faces/1")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["{", "3", "[1]", "null"])
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / about.FILE).write_text(text)
    with pytest.raises(UserError, match=r"metadata\.json: damaged; export the model again"):
        about.read(tmp_path)


def test_sizes_that_are_not_taken_are_told_with_what_is_wanted():
    free = about.About(multiple_of=64)
    assert (free.refused(64, 128), free.refused(64, 100)) == ("", "multiples of 64")
    fixed = about.About(size=(8, 12))
    assert (fixed.refused(8, 12), fixed.refused(12, 8)) == ("", "8x12")
