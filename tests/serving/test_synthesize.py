import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from interface.command_line import UserError
from serving import cast, synthesize

RNG = np.random.default_rng(0)
MASK = RNG.uniform(size=[16, 16]) < 0.2
TILE, GAP = 128, 2  # of a model of 16 pixels


@pytest.fixture
def drawn(tmp_path):
    Image.fromarray(MASK.astype(np.uint8) * 255).save(tmp_path / "mask.png")
    return f"--mask={tmp_path / 'mask.png'}"


def tiles(path):
    """[rows, columns, 16, 16, 3]: a pixel of each block of the enlarged pictures."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    down, across = ((side - GAP) // (TILE + GAP) for side in pixels.shape[:2])
    return np.array(
        [
            [
                pixels[GAP + y * (TILE + GAP) :, GAP + x * (TILE + GAP) :][:TILE:8, :TILE:8]
                for x in range(across)
            ]
            for y in range(down)
        ]
    )


def of_model(small_model, seeds):
    """What the model itself samples."""
    sample = tf.saved_model.load(str(small_model)).signatures["sample"]
    mask = tf.constant(np.repeat(MASK[None, ..., None], len(seeds), axis=0), tf.float32)
    return sample(mask=mask, seed=tf.constant(seeds, tf.int64))["image"].numpy()


def test_a_sheet_is_the_mask_and_a_face_for_each_seed(small_model, drawn, tmp_path, capsys):
    out = tmp_path / "sheet.png"
    synthesize.main([f"--model={small_model}", drawn, "--count=11", "--seed=5", f"--out={out}"])
    shown = tiles(out)
    assert shown.shape[:2] == (2, 10)
    np.testing.assert_array_equal(shown[0, 0, ..., 0] > 0, MASK)
    faces = [*shown[0, 1:], *shown[1, :2]]
    difference = np.array(faces, int) - of_model(small_model, range(5, 16))
    assert np.abs(difference).max() <= 1
    assert (shown[1, 2:] == 255).all()  # no more faces
    assert (
        capsys.readouterr().out
        == f"{out}: 11 faces of 16 pixels, seeds 5 6 7 8 9 10 11 12 13 14 15\n"
    )


def test_without_a_seed_the_cast_is_painted_then_others(small_model, drawn, tmp_path, capsys):
    model, out = tmp_path / "model", tmp_path / "sheet.png"
    shutil.copytree(small_model, model)
    cast.write(model, [5, 1, 70])
    synthesize.main([f"--model={model}", drawn, "--count=5", f"--out={out}"])
    difference = tiles(out)[0, 1:].astype(int) - of_model(small_model, [5, 1, 70, 0, 2])
    assert np.abs(difference).max() <= 1
    assert capsys.readouterr().out.endswith(", seeds 5 1 70 0 2\n")


def test_a_photo_stands_beside_its_mask(small_model, photo, tmp_path):
    photo.save(tmp_path / "photo.jpg")
    out = tmp_path / "sheet.png"
    flags = [f"--photo={tmp_path / 'photo.jpg'}", "--count=2", f"--out={out}"]
    synthesize.main([f"--model={small_model}", *flags])
    (shown,) = tiles(out)
    assert len(shown) == 4
    assert {*np.unique(shown[0])} == {0, 255}
    # The face fills the crop: skin in its middle.
    red, _, blue = shown[1, 6:12, 6:10].reshape(-1, 3).mean(axis=0)
    assert red > blue + 10


def test_records_give_a_row_for_each_mask(small_model, records_dir, tmp_path, capsys):
    out = tmp_path / "sheet.png"
    flags = [f"--data_dir={records_dir}", "--rows=3", "--count=2", f"--out={out}"]
    synthesize.main([f"--model={small_model}", *flags])
    shown = tiles(out)
    assert shown.shape[:2] == (3, 4)
    assert all({*np.unique(row[0])} == {0, 255} for row in shown)
    sample = tf.saved_model.load(str(small_model)).signatures["sample"]
    for row in shown:
        mask = np.repeat(row[:1, ..., :1] > 0, 2, axis=0).astype(np.float32)
        wanted = sample(mask=tf.constant(mask), seed=tf.constant([0, 1], tf.int64))["image"]
        assert np.abs(row[2:].astype(int) - wanted.numpy()).max() <= 1
    assert capsys.readouterr().out == f"{out}: 6 faces of 16 pixels, seeds 0 1\n"
    synthesize.main([f"--model={small_model}", *flags, "--noshow_photo"])
    np.testing.assert_array_equal(tiles(out), shown[:, [0, 2, 3]])


def test_an_interpolation_goes_from_one_seeds_face_to_the_others(small_model, drawn, tmp_path):
    out = tmp_path / "sheet.png"
    flags = ["--interpolate=3,7", "--count=5", f"--out={out}"]
    synthesize.main([f"--model={small_model}", drawn, *flags])
    (shown,) = tiles(out)
    ends = of_model(small_model, [3, 7]).astype(int)
    assert np.abs(shown[1] - ends[0]).max() <= 1
    assert np.abs(shown[5] - ends[1]).max() <= 1
    away = [np.abs(face - ends[0]).mean() for face in shown[1:]]
    assert away == sorted(away)


def test_a_gif_goes_there_and_back(small_model, drawn, tmp_path):
    out = tmp_path / "faces.gif"
    flags = ["--interpolate", "3", "7", "--count=5", "--gif", f"--out={out}"]
    synthesize.main([f"--model={small_model}", drawn, *flags])
    with Image.open(out) as animation:
        assert (animation.format, animation.size) == ("GIF", (256, 256))
        assert animation.n_frames == 8  # 1 2 3 4 5 4 3 2
        frames = []
        for number in range(8):
            animation.seek(number)
            frames.append(np.asarray(animation.convert("RGB"), int))
    # A palette of 256 colours, chosen anew for each frame.
    assert np.abs(frames[1] - frames[7]).mean() < 2
    assert np.abs(frames[0] - frames[4]).mean() > 5


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "nothing to follow; wanted one of --photo, --mask, --landmarks"),
        (["--photo=a", "--mask=b"], "--photo and --mask; wanted one of"),
        (["--mask=b", "--interpolate=3"], "two different seeds"),
        (["--mask=b", "--interpolate=3,3"], "two different seeds"),
        (["--mask=b", "--interpolate=-1,3"], "two different seeds"),
        (["--mask=b", "--interpolate=1,9007199254740992"], "two different seeds"),
        (["--mask=b", "--interpolate=1,3", "--seed=4"], "--seed is of a sheet"),
        (["--mask=b", "--seed=9007199254740991", "--count=2"], "wanted 0 to 9007199254740990"),
        (["--mask=b", "--seed=99999999999999999999"], "wanted 0 to "),
        (["--mask=b", "--interpolate=1,3", "--count=1"], "--count of 2"),
        (["--mask=b", "--out=sheet.jpg"], "ends in .png"),
        (["--mask=b", "--gif", "--out=sheet.png"], "ends in .gif"),
        (["--data_dir=b", "--gif"], "--gif shows one mask"),
        (["--mask=b", "--count=0"], "--count=0"),
        (["--mask=b"], "no such folder"),
    ],
)
def test_what_cannot_be_painted_is_refused_in_one_line(tmp_path, monkeypatch, flags, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as refused:
        synthesize.main(["--model=nowhere", *flags])
    assert words in str(refused.value)
    assert not list(tmp_path.iterdir())
