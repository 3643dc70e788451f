"""Where faces are that nobody told of."""

import dataclasses
import types

import numpy as np
import pytest

from input_pipeline.faces import landmarks
from input_pipeline.faces.landmarks import Face
from interface.command_line import UserError
from metrics.evaluation import found_faces, of_faces
from metrics.evaluation.measures import MEASURES
from metrics.evaluation.real_statistics import RealStatistics


@dataclasses.dataclass(frozen=True)
class Bright:
    """Sees a face, and a smaller one, in bright pictures."""

    def faces(self, photo, search):
        assert search.largest_only
        level = np.asarray(photo)[0, 0, 0]
        points = np.full([68, 2], float(level))
        return [Face(points, 9.0), Face(points + 1, 4.0)] if level > 100 else []


def pictures(*levels):
    return np.stack([np.full([4, 6, 3], level, np.uint8) for level in levels])


def test_photos_without_a_face_are_left_out_and_counted(tmp_path):
    levels = [101, 50, 102, 103, 104, 105, 106, 60, 107, 108]
    photos, images = pictures(*levels), pictures(*range(10))
    statistics = RealStatistics(tmp_path, photos)
    seen = found_faces.found(photos, images, 3, statistics, Bright())
    there = [level > 100 for level in levels]
    assert (seen.photos.count, seen.left_out, seen.seed) == (8, 2, 3)
    np.testing.assert_array_equal(seen.wanted[:, 5, 1], [v for v in levels if v > 100])
    np.testing.assert_array_equal(seen.images[:, 0, 0, 0], np.arange(10)[there])
    assert seen.images.shape == seen.photos.image.shape == (8, 6, 6, 3)
    assert not seen.images[:, 4:].any()
    with pytest.raises(UserError, match="a face is found in 7 of 9 photos; wanted 8 or more"):
        short = photos[:9]
        found_faces.found(short, short, 0, RealStatistics(tmp_path, short), Bright())


def test_squares_stay_as_they_are():
    image = np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3)
    np.testing.assert_array_equal(found_faces.squared(image), image)
    tall = np.arange(36, dtype=np.uint8).reshape(1, 4, 3, 3)
    np.testing.assert_array_equal(found_faces.squared(tall)[:, :, :3], tall)


def test_faces_are_described_where_dlib_finds_them(photo, tmp_path):
    """Ten crops of one photo, wider than high, and one without a face."""
    crops = [
        np.asarray(photo.crop((x, y, x + 240, y + 200))) for x in (0, 8) for y in range(0, 50, 10)
    ]
    photos = np.stack([*crops, np.zeros_like(crops[0])])
    statistics = RealStatistics(tmp_path, photos)
    seen = found_faces.found(photos, photos, 0, statistics, landmarks.INSTALLED)
    assert seen.left_out == 1
    (face, *_) = landmarks.INSTALLED.faces(photo.crop((0, 0, 240, 200)))
    np.testing.assert_allclose(seen.wanted[0], face.landmarks, atol=3)
    figures = of_faces.faces(seen)
    assert figures["frechet_distance"] == pytest.approx(0, abs=1e-3)
    assert figures["precision"] == figures["recall"] == 1
    subject = types.SimpleNamespace(
        with_faces=seen, photos=types.SimpleNamespace(count=len(photos))
    )
    told = MEASURES["faces"].protocol(subject)
    assert f"1 of {len(photos)} photos without one are left out" in told
