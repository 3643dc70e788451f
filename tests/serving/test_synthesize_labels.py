import json

import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from serving import synthesize_labels
from serving.styles import Styles
from tests.metrics import painted_models
from tests.serving.label_models import BRIGHT, DARK, PALETTE

IDS = np.random.default_rng(0).integers(0, 3, (8, 12)).astype(np.uint8)


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(PALETTE[IDS]).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_the_map_has_ids_and_is_shown_in_colours(segmenter_model, photo, tmp_path, capsys):
    out = tmp_path / "map.png"
    synthesize_labels.main([f"--model={segmenter_model}", f"--photo={photo}", f"--out={out}"])
    assert capsys.readouterr().out == f"{out}: 8x12 pixels; sky, left bank, right bank\n"
    with Image.open(out) as picture:
        np.testing.assert_array_equal(np.asarray(picture), IDS)
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), PALETTE[IDS])
    with Image.open(tmp_path / "map_seen.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), PALETTE[IDS])
    with Image.open(tmp_path / "map_coloured.png") as picture:
        pixels = np.asarray(picture)
    times = 512 // 12
    tile = PALETTE[IDS].repeat(times, 0).repeat(times, 1)
    np.testing.assert_array_equal(pixels[2:-2, -2 - 12 * times : -2], tile)


@pytest.mark.parametrize(
    "words, told",
    [
        (["--out=map.jpg"], "--out map.jpg: wanted a file name that ends in .png"),
        (["--model=nowhere"], "--model nowhere: no such folder"),
        (["--photo=nowhere.png"], "--photo nowhere.png: unreadable"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(segmenter_model, photo, tmp_path, words, told):
    out = tmp_path / "out"
    out.mkdir()
    common = [f"--model={segmenter_model}", f"--photo={photo}", f"--out={out / 'map.png'}"]
    with pytest.raises(UserError) as caught:
        synthesize_labels.main([*common, *words])
    assert told in str(caught.value)
    assert [*out.iterdir()] == []


@pytest.fixture
def drawing(tmp_path):
    """White where the disc is to be; 32 × 64 pixels."""
    mask = np.zeros([32, 64], np.uint8)
    mask[8:20, 30:50] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path / "mask.png"


def paint(model, drawing, out, *words):
    synthesize_labels.main([f"--model={model}", f"--label={drawing}", f"--out={out}", *words])
    with Image.open(out) as picture:
        return np.asarray(picture)


def test_of_one_seed_the_picture_is_written_alone(disc_painter, drawing, tmp_path, capsys):
    out = tmp_path / "picture.png"
    pixels = paint(disc_painter, drawing, out, "--seed=3")
    there = np.asarray(Image.open(drawing)) > 0
    np.testing.assert_array_equal(pixels[..., 0], np.where(there, BRIGHT, DARK) + 3)
    assert capsys.readouterr().out == f"{out}: 1 of 32x64 pixels, seeds from 3\n"


def test_of_more_there_is_a_sheet_that_begins_with_the_map(disc_painter, drawing, tmp_path):
    pixels = paint(disc_painter, drawing, tmp_path / "sheet.png", "--count=10", "--seed=2")
    height, width = 4 * 32 + 2, 4 * 64 + 2
    assert pixels.shape == (2 * height + 2, 9 * width + 2, 3)
    assert tuple(pixels[2 + 4 * 10, 2 + 4 * 40]) == (230, 60, 120)
    first_row = [pixels[4, 4 + width * column, 0] for column in range(1, 9)]
    assert first_row == [DARK + seed for seed in range(2, 10)]
    assert [pixels[4 + height, 4 + width * column, 0] for column in (0, 1, 2)] == [50, 51, 255]


@pytest.mark.parametrize(
    "words, told",
    [
        (["--photo=me.jpg"], "of what? Give a --photo to label, a --label map to paint, or a"),
        (["--label="], "of what? Give a --photo"),
        (["--label=nowhere.png"], "--label nowhere.png: No such file"),
        (["--count=0"], "count"),
    ],
)
def test_mistakes_of_painting_are_one_line(disc_painter, drawing, tmp_path, words, told):
    with pytest.raises(UserError) as caught:
        paint(disc_painter, drawing, tmp_path / "sheet.png", *words)
    assert told in str(caught.value)
    assert not (tmp_path / "sheet.png").exists()


def test_a_segmenter_does_not_paint(segmenter_model, drawing, tmp_path):
    with pytest.raises(UserError, match="wanted one that paints label maps$"):
        paint(segmenter_model, drawing, tmp_path / "sheet.png")


def test_a_model_without_seeds_paints_one_picture(free_model, tmp_path, capsys):
    Image.fromarray(IDS).save(tmp_path / "ids.png")
    out = tmp_path / "picture.png"
    np.testing.assert_array_equal(paint(free_model, tmp_path / "ids.png", out), PALETTE[IDS])
    assert capsys.readouterr().out == f"{out}: 1 of 8x12 pixels\n"
    with pytest.raises(UserError, match="--count 2: seeds mean nothing to"):
        paint(free_model, tmp_path / "ids.png", out, "--count=2")
    with pytest.raises(UserError, match="--style me.jpg: this model has no styles to choose from"):
        paint(free_model, tmp_path / "ids.png", out, "--style=me.jpg")
    with pytest.raises(UserError, match="--instance ids.png: this model takes no map of instances"):
        paint(free_model, tmp_path / "ids.png", out, "--instance=ids.png")


CLUSTERS = {0: [[16, 32, 48]], 1: [[64, 80, 96]], 2: [[8, 0, 0], [0, 120, 0]]}


@pytest.fixture(scope="module")
def painted_model(tmp_path_factory):
    """With styles of instances, see `painted_models`."""
    folder = painted_models.write_styled(tmp_path_factory.mktemp("painted") / "1")
    clusters = {each: np.array(rows, np.float32) for each, rows in CLUSTERS.items()}
    Styles("abc", "instance", 3, clusters).write(folder / "assets" / "styles.json")
    return folder


@pytest.fixture
def street(tmp_path):
    """A label map of 8 x 12 pixels and its instances: ids alike, but for two of class 2."""
    label = np.zeros([8, 12], np.uint8)
    label[4:], label[1:3, 2:9] = 1, 2
    instance = label.copy()
    instance[1:3, 6:9] = 3
    Image.fromarray(label).save(tmp_path / "label.png")
    Image.fromarray(instance).save(tmp_path / "instance.png")
    return label, instance


def shown(features):
    """What `painted_models.write_styled` makes of features [H, W, 3]."""
    return (features / 2 + features.mean(axis=(0, 1)) / 4).astype(int)


def paint_street(model, folder, *words):
    words = f"--instance={folder / 'instance.png'}", *words
    return paint(model, folder / "label.png", folder / "picture.png", *words)


def test_instances_go_along(painted_model, street, tmp_path, capsys):
    pixels = paint_street(painted_model, tmp_path, "--seed=3")
    np.testing.assert_array_equal(pixels, PALETTE[street[0]] + 3)
    assert capsys.readouterr().out.endswith(": 1 of 8x12 pixels, seeds from 3\n")


def test_styles_are_those_of_a_photo(painted_model, street, tmp_path, capsys):
    photo = np.random.default_rng(0).integers(0, 256, [8, 12, 3]).astype(np.uint8)
    Image.fromarray(photo).save(tmp_path / "me.png")
    pixels = paint_street(painted_model, tmp_path, f"--style={tmp_path / 'me.png'}")
    features = np.zeros([8, 12, 3])
    for id in range(4):
        features[street[1] == id] = photo[street[1] == id].mean(axis=0)
    assert np.abs(pixels - shown(features)).max() <= 1
    assert capsys.readouterr().out.endswith(": 1 of 8x12 pixels\n")
    # A larger one of that shape is scaled.
    large = Image.fromarray(np.full([24, 36, 3], 40, np.uint8))
    large.save(tmp_path / "me.png")
    pixels = paint_street(painted_model, tmp_path, f"--style={tmp_path / 'me.png'}")
    assert (pixels == 30).all()


def test_styles_are_those_that_a_file_chooses(painted_model, street, tmp_path):
    (tmp_path / "chosen.json").write_text(json.dumps({"2": 0, "3": 1}))
    pixels = paint_street(painted_model, tmp_path, f"--style={tmp_path / 'chosen.json'}")
    centres = np.array([CLUSTERS[0][0], CLUSTERS[1][0], *CLUSTERS[2]], float)
    np.testing.assert_array_equal(pixels, shown(centres[street[1]]))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["--instance="],
            "--instance is missing: this model wants a map of instances",
        ),
        (["--instance=nowhere.png"], "--instance nowhere.png: No such file"),
        (["--style=nowhere.jpg"], "--style nowhere.jpg: unreadable"),
        (["--style=nowhere.json"], "--style nowhere.json: No such file"),
        (["--style=wide.png"], "wide.png: 8x24 pixels; wanted the shape of --label, 8x12"),
        (["--style=wide.png", "--count=2"], "--count 2: of a photo's styles there is one picture"),
    ],
)
def test_mistakes_of_styles_are_one_line(painted_model, street, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.zeros([8, 24, 3], np.uint8)).save("wide.png")
    with pytest.raises(UserError) as caught:
        paint_street(painted_model, tmp_path, *words)
    assert told in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "picture.png").exists()


def test_of_records_there_is_a_sheet(tmp_path, capsys):
    model = painted_models.write_styled(tmp_path / "model", "label")
    data_dir = painted_models.write_records(tmp_path / "records")
    out = tmp_path / "sheet.png"
    words = [f"--model={model}", f"--data_dir={data_dir}", f"--out={out}", "--count=2"]
    synthesize_labels.main([*words, "--seed=5"])
    told = capsys.readouterr().out
    assert told.startswith(f"{out}: ") and "their" not in told
    with Image.open(out) as picture:
        pixels = np.asarray(picture)
    height, width = (side * 8 + 2 for side in painted_models.SIZE)  # as large as 256 pixels allow
    columns = 5  # map, photo, its styles, two seeds
    assert pixels.shape[1] == columns * width + 2 and (pixels.shape[0] - 2) % height == 0
    first = [pixels[4, 4 + width * column].astype(int) for column in range(columns)]
    # Each is brighter than the map by what the photo is, or the seed.
    for column, seed in ((3, 5), (4, 6)):
        np.testing.assert_array_equal(first[column], first[0] + seed)
    assert len({*(first[1] - first[0]).tolist()}) == 1
    with pytest.raises(UserError, match="wanted a painter with styles of labels"):
        other = painted_models.write_styled(tmp_path / "other")
        synthesize_labels.main([f"--model={other}", *words[1:]])
