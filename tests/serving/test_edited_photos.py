"""Photos edited on the command line, by a model whose pictures are known."""

import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from serving import synthesize_labels
from tests.serving.label_models import PALETTE, edited, write_free

RNG = np.random.default_rng(0)
OWN, WANTED, OTHER = RNG.integers(0, 3, [3, 8, 12]).astype(np.uint8)
PHOTOS = {"me": PALETTE[OWN], "other": PALETTE[OTHER]}  # of which the segmenter tells the classes


@pytest.fixture
def folder(tmp_path):
    for name, photo in PHOTOS.items():
        Image.fromarray(photo).save(tmp_path / f"{name}.png")
    for name, ids in (("own_ids", OWN), ("wanted_ids", WANTED), ("other_ids", OTHER)):
        Image.fromarray(ids).save(tmp_path / f"{name}.png")
    return tmp_path


def edit(model, folder, *words, photo="me"):
    """What comes out; words: of flags, {0} is the folder."""
    out = folder / "out.png"
    given = [f"--photo={folder}/{photo}.png"] if photo else []
    given += [word.format(folder) for word in words]
    synthesize_labels.main([f"--model={model}", f"--out={out}", *given])
    with Image.open(out) as image:
        return np.asarray(image)


def test_an_edited_label_map_is_painted_in_the_photos_own_style(edited_model, folder, capsys):
    words = ["--label={0}/own_ids.png", "--edited_label={0}/wanted_ids.png"]
    picture = edit(edited_model, folder, *words)
    np.testing.assert_array_equal(picture, edited(WANTED, PHOTOS["me"], OWN))
    assert capsys.readouterr().out == (
        f"{folder / 'out.png'}: 8x12 pixels; out_sheet.png shows what it was made of\n"
    )
    with Image.open(folder / "out_sheet.png") as sheet:
        pixels = np.asarray(sheet)
    scale = 256 // 12  # photo, its map, the edited map, the picture
    tiles = [PHOTOS["me"], PALETTE[OWN], PALETTE[WANTED], picture]
    height, width = 8 * scale, 12 * scale
    assert pixels.shape == (height + 4, 4 * (width + 2) + 2, 3)
    for number, tile in enumerate(tiles):
        left = 2 + number * (width + 2)
        shown = pixels[2 : 2 + height, left : left + width]
        np.testing.assert_array_equal(shown[scale // 2 :: scale, scale // 2 :: scale], tile)


def test_a_segmenter_makes_the_label_maps_that_are_not_there(edited_model, segmenter_model, folder):
    words = [f"--segmenter={segmenter_model}", "--style_photo={0}/other.png"]
    picture = edit(edited_model, folder, *words)
    np.testing.assert_array_equal(picture, edited(OWN, PHOTOS["other"], OTHER))


def test_of_the_way_to_the_edited_map_a_part_may_be_gone(edited_model, folder):
    words = ["--label={0}/own_ids.png", "--edited_label={0}/wanted_ids.png", "--weight=0.25"]
    picture = edit(edited_model, folder, *words)
    np.testing.assert_array_equal(picture, edited(OWN, PHOTOS["me"], OWN))  # the nearer one


def test_the_photo_is_blended_with_the_picture(edited_model, folder):
    words = ["--label={0}/own_ids.png", "--edited_label={0}/wanted_ids.png"]
    plain, blend = (edit(edited_model, folder, *words, *more) for more in ([], ["--blend=blender"]))
    np.testing.assert_array_equal(blend, plain // 2 + PHOTOS["me"] // 2)


def test_where_nothing_was_edited_the_photo_comes_back(edited_model, folder):
    words = ["--label={0}/own_ids.png", "--edited_label={0}/own_ids.png", "--blend=difference"]
    np.testing.assert_array_equal(edit(edited_model, folder, *words), PHOTOS["me"])


@pytest.mark.parametrize(
    "words, told",
    [
        (["--photo="], "paints in the style of a photo; wanted a --photo"),
        ([], "--photo has no label map; give it one, or a --segmenter that makes it"),
        (["--label={0}/own_ids.png", "--style_photo={0}/other.png"], "--style_photo has no label"),
        (["--label={0}/own_ids.png", "--style_label={0}/a.png"], "--style_label goes with --style"),
        (["--label={0}/own_ids.png", "--weight=0.5"], "--weight goes with --edited_label"),
        (["--label={0}/no.png"], "--label {0}/no.png: No such file"),
        (["--label={0}/own_ids.png", "--edited_label={0}/me.jpg"], "--edited_label {0}/me.jpg: No"),
        (["--photo={0}/no.png", "--label={0}/own_ids.png"], "--photo {0}/no.png: unreadable"),
        (["--label={0}/own_ids.png", "--seed=3"], "--seed: means nothing to "),
        (["--label={0}/own_ids.png", "--style=me.jpg"], "--style: means nothing to "),
        (["--segmenter=nowhere"], "--segmenter nowhere: no such folder"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(edited_model, folder, words, told):
    with pytest.raises(UserError) as caught:
        edit(edited_model, folder, *words)
    assert told.format(folder) in str(caught.value) and "\n" not in str(caught.value)
    assert not (folder / "out.png").exists()


def test_photo_and_label_map_are_of_one_shape(edited_model, folder):
    Image.fromarray(OWN[:, :8]).save(folder / "square.png")
    with pytest.raises(UserError, match="me.png: 8x12 pixels; wanted the shape of --label, 8x8"):
        edit(edited_model, folder, "--label={0}/square.png")


def test_a_segmenter_of_other_classes_is_refused(edited_model, disc_segmenter, folder):
    with pytest.raises(UserError, match="tells other classes than .* paints"):
        edit(edited_model, folder, f"--segmenter={disc_segmenter}")


def test_models_that_edit_nothing_take_no_such_flags(tmp_path, folder):
    model = write_free(tmp_path / "free")
    with pytest.raises(UserError, match="--blend: means nothing to .*, which edits no photos"):
        edit(model, folder, "--label={0}/own_ids.png", "--blend=difference", photo="")
