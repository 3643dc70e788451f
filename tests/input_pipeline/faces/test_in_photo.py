import dataclasses
import pickle
from typing import Optional

import numpy as np
import pytest
from PIL import Image

from input_pipeline import photos
from input_pipeline.faces import crop, landmarks
from input_pipeline.faces.framing import Framing
from input_pipeline.faces.in_photo import Faces, Known, Photo
from input_pipeline.faces.landmarks import Face
from input_pipeline.photos import Rejected
from input_pipeline.sources.folder import Folder
from tests.input_pipeline.faces import by_tensorflow


@dataclasses.dataclass(frozen=True)
class Still:
    """A source of one photo, shrunk as a JPEG's decoder would; notes what it was asked for."""

    image: Image.Image
    faces: Optional[tuple] = None
    asked: list = dataclasses.field(default_factory=list)
    shrinks: tuple = (8, 4, 2)

    def photo(self, name, enough=None):
        self.asked.append(enough)
        fitting = [f for f in self.shrinks if enough and min(self.image.size) >= enough * f]
        shrink = max([1, *fitting])
        return Photo(self.image.reduce(shrink), shrink, self.faces)


def unshrunk(still):
    return dataclasses.replace(still, shrinks=(), asked=[])


def averaged(image, resolution):
    """float [R, R, 3]: the means of an image's blocks."""
    k = len(np.asarray(image)) // resolution
    blocks = np.asarray(image, float).reshape(resolution, k, resolution, k, 3)
    return blocks.mean(axis=(1, 3))


def parsed(outcome):
    records = [by_tensorflow.face(record) for _, record in outcome.records]
    assert [stem for stem, _ in outcome.records] == [f"celeba-r{r.resolution}" for r in records]
    return records


@pytest.fixture(scope="module")
def points(photo):
    """The 68 landmarks of the photo's face, some 172 pixels across when cropped."""
    (face,) = landmarks.INSTALLED.faces(photo)
    return face.landmarks


@pytest.fixture
def blind(monkeypatch):
    """Without dlib."""

    def fail(*_):
        raise AssertionError("dlib was asked")

    monkeypatch.setattr(landmarks, "_predictor", fail)


def test_known_landmarks_are_taken_as_they_are(blind, photo, points):
    task = Faces(Still(photo, (Known(landmarks=points),)), (16, 64), cut=Framing.CENTRAL)
    small, large = parsed(task.process("a/b.jpg"))
    for record in (small, large):
        # The whole photo of 256 pixels becomes the record.
        wanted = (points + 0.5) * record.resolution / 256 - 0.5
        np.testing.assert_allclose(record.points, wanted, atol=1e-4)
        np.testing.assert_allclose(record.image, averaged(photo, record.resolution), atol=2)
        assert record.source == "a/b.jpg"
    assert (small.resolution, large.resolution) == (16, 64)


def test_landmarks_within_a_known_box_are_dlibs(photo, landmarks_by_dlib):
    box = (70.2, 74.7, 157.0, 161.4)
    task = Faces(Still(photo, (Known(box=box),)), (256,), cut=Framing.CENTRAL)
    (record,) = parsed(task.process("a.jpg"))
    wanted = landmarks_by_dlib(photo, 70, 75, 157, 161)
    np.testing.assert_allclose(record.points, wanted, atol=1e-4)


@pytest.mark.parametrize("faces, order", [("largest", [1]), ("all", [1, 2, 0])])
def test_of_several_known_faces_the_widest_comes_first(blind, photo, points, faces, order):
    centre = points.mean(axis=0)
    known = tuple(Known(landmarks=centre + (points - centre) * k) for k in (0.5, 1, 0.8))
    task = Faces(Still(photo, known), (256,), cut=Framing.CENTRAL, faces=faces)
    found = parsed(task.process("a.jpg"))
    assert len(found) == len(order)
    for record, face in zip(found, order):
        np.testing.assert_allclose(record.points, known[face].landmarks, atol=1e-3)


@pytest.fixture(scope="module")
def large(photo):
    """A photo of 2048 pixels, its face some 1400 across when cropped."""
    return photo.resize((2048, 2048), Image.Resampling.LANCZOS)


@pytest.mark.parametrize("mark", ["box", "landmarks"])
def test_known_faces_are_in_pixels_of_the_photo_as_it_was(large, points, mark):
    points = (points + 0.5) * 8 - 0.5
    box = (*points[17:].min(axis=0), *points.max(axis=0))
    known = Known(box=box) if mark == "box" else Known(landmarks=points)
    still = Still(large, (known,))
    (found,) = parsed(Faces(still, (64,), cut=Framing.CENTRAL).process("a.jpg"))
    assert still.asked == [960]  # half the photo's size
    (wanted,) = parsed(Faces(unshrunk(still), (64,), cut=Framing.CENTRAL).process("a.jpg"))
    tolerance = 0.5 if mark == "box" else 1e-4  # dlib's whole pixels
    np.testing.assert_allclose(found.points, wanted.points, atol=tolerance)
    np.testing.assert_allclose(found.image, wanted.image, atol=1)


def test_all_sizes_of_a_face_are_one_crop_halved_again_and_again(photo, monkeypatch):
    cuts = []
    cut = crop.cut
    monkeypatch.setattr(crop, "cut", lambda *given: cuts.append(given[2]) or cut(*given))
    still = Still(photo)
    outcome = Faces(still, (8, 16, 64, 128)).process("a.jpg")
    assert (still.asked, cuts) == ([960], [128])  # read once, cut once
    assert outcome.rows[0]["score"] == pytest.approx(1.2, abs=0.1)
    found = parsed(outcome)
    images = {record.resolution: record.image.astype(float) for record in found}
    assert list(images) == [8, 16, 64, 128]
    for coarse, fine, steps in ((64, 128, 1), (16, 64, 2), (8, 16, 1)):
        means = averaged(images[fine], coarse)
        np.testing.assert_allclose(images[coarse], means, atol=0.5 * steps)  # rounding


def test_a_photo_that_lies_upside_down_gives_the_same_record(photo):
    lying = photo.transpose(Image.Transpose.ROTATE_180)
    one, other = (
        parsed(Faces(Still(image), (64,)).process("a.jpg"))[0] for image in (photo, lying)
    )
    assert np.abs(one.image.astype(float) - other.image).mean() < 6
    assert np.abs(one.points - other.points).max() < 2


def test_a_photo_that_can_not_be_decoded_whole_gives_records_as_large_as_what_is_left(photo):
    """A face of 172 pixels, 344 in the file, of which the decoder leaves out every second."""
    twice = photo.resize((512, 512), Image.Resampling.BICUBIC)

    class Halved(Still):
        def photo(self, name, enough=None):
            return Photo(self.image.reduce(2), 2)

    outcome = Faces(Halved(twice), (128, 256, 512)).process("a.jpg")
    assert [record.resolution for record in parsed(outcome)] == [128, 256]
    (plain,) = Faces(Still(photo), (128,)).process("a.jpg").rows
    (row,) = outcome.rows
    assert row["side"] == pytest.approx(plain["side"], abs=3)


def test_a_face_that_is_none_for_sure_is_no_record(photo):
    @dataclasses.dataclass
    class Mistaken:
        seen: Face

        def faces(self, image, search):
            return [self.seen] if image.size[0] >= photo.width else []

    (face,) = landmarks.INSTALLED.faces(photo)
    with pytest.raises(Rejected, match="^no face for sure$"):
        Faces(Still(photo), (64,), detector=Mistaken(face)).process("a.jpg")


@pytest.mark.parametrize(
    "side, max_upscale, fitting",
    [
        (256, 1.0, [64, 128, 256]),
        (256, 2.0, [64, 128, 256, 512]),
        (255, 2.0, [64, 128, 256]),
        (128, 1.5, [64, 128]),
        (300, 0.25, [64]),
    ],
)
def test_a_face_is_left_out_of_resolutions_beyond_its_scale(
    blind, photo, points, side, max_upscale, fitting
):
    still = Still(photo.resize((side, side)), (Known(landmarks=points * side / 256),))
    task = Faces(still, (64, 128, 256, 512), cut=Framing.CENTRAL, max_upscale=max_upscale)
    outcome = task.process("a.jpg")
    assert [record.resolution for record in parsed(outcome)] == fitting
    (row,) = outcome.rows
    assert (row["side"], row["resolution"]) == (side, fitting[-1])


def test_a_face_too_small_for_all_is_rejected_with_its_size(blind, photo, points):
    still = Still(photo.resize((60, 60)), (Known(landmarks=points * 60 / 256),))
    with pytest.raises(Rejected, match="^too small: 60 pixels across$"):
        Faces(still, (128,), cut=Framing.CENTRAL).process("a.jpg")


def test_what_a_photo_does_not_show_of_a_face_does_not_count_as_its_size(blind, photo, points):
    whole = Faces(Still(photo, (Known(landmarks=points),)), (64, 256)).process("a.jpg").rows[0]
    assert whole["filled"] == 0
    # To the left of the face's middle, which is that of its square.
    cut = int(points[27, 0])
    half = Still(photo.crop((cut, 0, *photo.size)), (Known(landmarks=points - [cut, 0]),))
    (row,) = Faces(half, (64, 256)).process("a.jpg").rows
    assert row["filled"] == pytest.approx(0.5, abs=0.03)
    assert row["side"] == pytest.approx(whole["side"] * 0.5**0.5, rel=0.03)
    assert (whole["resolution"], row["resolution"]) == (256, 64)  # 172 pixels, 122


def test_the_size_of_a_face_is_told_in_pixels_of_the_photo_as_it_was(blind, large, points):
    still = Still(large, (Known(landmarks=points * 8),))
    shrunk = Faces(still, (16,)).process("a.jpg").rows
    whole = Faces(unshrunk(still), (16,)).process("a.jpg").rows
    assert still.asked == [960]
    assert shrunk == whole
    assert whole[0]["side"] == pytest.approx(172 * 8, rel=0.1)


def test_a_row_tells_which_way_a_face_is_turned(photo, points):
    (straight,) = Faces(Still(photo, (Known(landmarks=points),)), (8,)).process("a.jpg").rows
    angle = np.deg2rad(20)
    clockwise = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = (points - 128) @ clockwise + 128
    (tilted,) = Faces(Still(photo, (Known(landmarks=turned),)), (8,)).process("a.jpg").rows
    assert list(tilted) == ["file", "side", "resolution", "yaw", "pitch", "roll", "score", "filled"]
    assert tilted["score"] == ""  # nobody looked for it
    assert tilted["roll"] - straight["roll"] == pytest.approx(20, abs=0.2)
    assert abs(straight["roll"]) < 10


@pytest.fixture(scope="module")
def jpegs(tmp_path_factory, photo, large):
    """A large face, and one of a sixteenth of its photo's side; both of 2048 pixels."""
    folder = tmp_path_factory.mktemp("jpegs")
    large.save(folder / "large.jpg", quality=95)
    far = Image.new("RGB", (2048, 2048), "grey")
    far.paste(photo, (900, 700))
    far.save(folder / "far.jpg", quality=95)
    Image.new("RGB", (2048, 2048), "grey").save(folder / "nobody.jpg")
    return folder


class Whole(Folder):
    """Decodes every photo in full."""

    def photo(self, name, enough=None):
        return super().photo(name, None)


@pytest.fixture
def reads(monkeypatch):
    """By how much photos were shrunk when they were decoded, in order."""
    found, read = [], photos.read

    def noting(path, enough=None, limit=None):
        image, shrink = read(path, enough, limit)
        found.append(shrink)
        return image, shrink

    monkeypatch.setattr(photos, "read", noting)
    return found


def test_a_large_face_is_found_in_the_reduced_jpeg_as_in_the_whole_one(jpegs, reads):
    reduced = parsed(Faces(Folder(str(jpegs)), (8, 64)).process("large.jpg"))
    assert reads == [2]
    whole = parsed(Faces(Whole(str(jpegs)), (8, 64)).process("large.jpg"))
    for found, wanted in zip(reduced, whole):
        assert np.abs(found.points - wanted.points).mean() < 0.01 * wanted.resolution
        difference = np.abs(found.image.astype(float) - wanted.image)
        assert difference.mean() < 4


def test_a_face_that_is_not_clear_in_the_reduced_jpeg_is_found_in_the_whole_one(jpegs, reads):
    outcome = Faces(Folder(str(jpegs)), (64,)).process("far.jpg")  # 87 pixels wide, 43 in half
    assert reads == [2, 1]
    assert outcome == Faces(Whole(str(jpegs)), (64,)).process("far.jpg")


def test_a_face_that_would_lose_pixels_is_cut_from_the_whole_jpeg_where_it_was_found(jpegs, reads):
    small, large = (
        parsed(Faces(Folder(str(jpegs)), (side,)).process("large.jpg"))[0] for side in (64, 512)
    )
    assert reads == [2, 2, 1]
    np.testing.assert_allclose((small.points + 0.5) / 64, (large.points + 0.5) / 512, atol=1e-6)
    (whole,) = parsed(Faces(Whole(str(jpegs)), (512,)).process("large.jpg"))
    fine = np.abs(np.diff(large.image.astype(float), axis=1)).mean()
    assert fine > 0.9 * np.abs(np.diff(whole.image.astype(float), axis=1)).mean()


def test_nobody_is_looked_for_in_the_whole_jpeg_too(jpegs, reads):
    with pytest.raises(Rejected, match="^no face$"):
        Faces(Folder(str(jpegs)), (8,)).process("nobody.jpg")
    assert reads == [2, 1]


@pytest.mark.parametrize("min_face, count", [(40, 1), (160, 0)])
def test_the_smallest_face_wanted_is_in_pixels_of_the_whole_photo(jpegs, reads, min_face, count):
    task = Faces(Folder(str(jpegs)), (64,), min_face=min_face)
    if count:
        assert len(task.process("far.jpg").records) == count  # its box is 87 pixels wide
    else:
        with pytest.raises(Rejected, match="^no face$"):
            task.process("far.jpg")
    assert reads == [1]


def test_a_task_travels_to_other_processes_before_and_after_its_work(jpegs):
    task = Faces(Folder(str(jpegs)), (64,))
    fresh = pickle.loads(pickle.dumps(task))
    outcome = fresh.process("large.jpg")
    assert pickle.loads(pickle.dumps(fresh)).process("large.jpg") == outcome
    assert task.stems == fresh.stems == ("celeba-r64",)
