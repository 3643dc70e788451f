import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces.framing import Framing
from input_pipeline.faces.in_photo import Brought, largest
from input_pipeline.label_maps import segmenter
from interface.command_line import UserError
from serving.asked import photos
from tests.serving.label_models import write_segmenter


def test_a_whole_photo_is_seen_with_its_shorter_side_as_in_training(segmenter_model, tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (33, 50, 3)).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / "a.png")
    photo, seen = photos.from_photo(str(tmp_path / "a.png"), segmenter.read(str(segmenter_model)))
    np.testing.assert_array_equal(photo, picture)
    assert seen.shape == (8, 12, 3)  # 8 × 12.1, in multiples of 4


def test_of_a_parser_of_faces_the_face_is_cut_out_as_for_records(astronaut, tmp_path):
    model = write_segmenter(tmp_path / "1", framing="aligned", trained_size=[64, 64])
    photo, seen = photos.from_photo(str(astronaut), segmenter.read(str(model)))
    with Image.open(astronaut) as picture:
        read = lambda enough: (picture.convert("RGB"), 1)  # noqa: E731
        wanted, _ = largest(Brought(read), "", 64, Framing.ALIGNED)
    np.testing.assert_array_equal(photo, wanted)
    np.testing.assert_array_equal(seen, wanted)


def test_a_photo_that_gives_nothing_is_told_in_a_line(tmp_path):
    model = segmenter.read(str(write_segmenter(tmp_path / "1", framing="aligned")))
    Image.new("RGB", (64, 64)).save(tmp_path / "grey.png")
    with pytest.raises(UserError, match="--photo .*grey.png: no face found; give one that looks"):
        photos.from_photo(str(tmp_path / "grey.png"), model)
    with pytest.raises(UserError, match="--photo nowhere.png: unreadable"):
        photos.from_photo("nowhere.png", model)
