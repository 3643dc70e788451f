import dataclasses

import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import landmarks, upright
from input_pipeline.faces.landmarks import INSTALLED, Search

LARGEST = Search(largest_only=True)
TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


@pytest.fixture(scope="module")
def face(photo):
    """The photo's face, as it is found where it stands upright."""
    (face,) = INSTALLED.faces(photo, LARGEST)
    return face


def turned(photo, points, degrees):
    """A photo turned anticlockwise about its centre, on grey, and where its points are then."""
    image = photo.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(128, 128, 128))
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle, there = ((np.array(each.size) - 1) / 2 for each in (photo, image))
    return image, (points - middle) @ turn.T + there


def apart(face, points):
    """Mean distance of landmarks, in distances of the eyes."""
    eyes = points[36:42].mean(axis=0) - points[42:48].mean(axis=0)
    return np.linalg.norm(face.landmarks - points, axis=1).mean() / np.hypot(*eyes)


def test_an_upright_face_stays_where_the_detector_sees_it(photo, face):
    (found,) = upright.found(INSTALLED, photo, LARGEST)
    np.testing.assert_array_equal(found.landmarks, face.landmarks)
    assert found.sure and found.score == face.score > 1


@pytest.mark.parametrize("degrees", [90, 180, 270, 45, -45, 60, -120, 150])
def test_a_photo_that_lies_some_way_gives_the_same_face(photo, face, degrees):
    image, points = turned(photo, face.landmarks, degrees)
    (found,) = upright.found(INSTALLED, image, LARGEST)
    assert found.sure and apart(found, points) < 0.1


@pytest.mark.parametrize("degrees", TURNS)
def test_pixels_of_a_turned_photo_are_places_in_it(degrees):
    """Photos that are not square: a mark is brought back to where it is."""
    pixels = np.zeros((30, 50, 3), np.uint8)
    pixels[7, 41] = 255
    image = Image.fromarray(pixels)
    seen, place = list(upright._ways(image))[1 + degrees // 90]
    assert seen.size == ((50, 30) if degrees == 180 else (30, 50))
    np.testing.assert_array_equal(np.asarray(seen), np.asarray(image.transpose(TURNS[degrees])))
    row, column = np.argwhere(np.asarray(seen)[..., 0])[0]
    np.testing.assert_array_equal(place(np.array([[column, row]], float)), [[41, 7]])


def test_a_face_that_fills_its_photo_is_found_with_its_edge_repeated(photo, face):
    cut_off = 0.09 * np.ptp(face.landmarks, axis=0)
    first, last = face.landmarks.min(axis=0) + cut_off, face.landmarks.max(axis=0) - cut_off
    box = [round(edge) for edge in (*first, *last)]
    tight = photo.crop(box)
    tight = tight.resize((2 * tight.width, 2 * tight.height))
    assert INSTALLED.faces(tight, LARGEST) == []
    (found,) = upright.found(INSTALLED, tight, LARGEST)
    assert found.sure and apart(found, landmarks.scaled(face.landmarks - box[:2], 2)) < 0.1


class Mistaken:
    """A detector that sees one face, always in the middle of what it is shown, or nothing."""

    def __init__(self, face, near_by):
        self.face, self.near_by = face, near_by

    def faces(self, photo, search):
        if photo.size in [(upright.SIDE,) * 2, (round(upright.SIDE * upright.WIDER),) * 2]:
            return self.near_by
        return [self.face]


def test_what_is_not_found_again_is_doubtful(face):
    image = Image.new("RGB", (300, 200))
    (found,) = upright.found(Mistaken(face, []), image, LARGEST)
    assert not found.sure
    weak = dataclasses.replace(face, score=0.05)
    (found,) = upright.found(Mistaken(face, [weak]), image, LARGEST)
    assert not found.sure


def test_a_photo_without_anything_that_looks_like_a_face():
    assert upright.found(INSTALLED, Image.new("RGB", (300, 200)), LARGEST) == []


def test_all_faces_of_a_group_are_looked_at(photo, face):
    both = Image.new("RGB", (2 * photo.width, photo.height))
    both.paste(photo, (0, 0))
    both.paste(photo.transpose(TURNS[180]), (photo.width, 0))
    found = upright.found(INSTALLED, both, landmarks.EVERYBODY)
    upside_down = np.array([2 * photo.width - 1, photo.height - 1]) - face.landmarks
    for each in found:
        assert min(apart(each, face.landmarks), apart(each, upside_down)) < 0.1
    assert min(apart(each, face.landmarks) for each in found) < 0.02


@pytest.mark.parametrize("degrees", TURNS)
def test_all_faces_of_a_group_that_lies_are_found(photo, degrees):
    group = Image.new("RGB", (4 * photo.width, photo.height))
    for place in range(4):
        group.paste(photo, (place * photo.width, 0))
    lying = group.transpose(TURNS[degrees])
    found = upright.found(INSTALLED, lying, landmarks.EVERYBODY)
    assert len(found) == len(upright.found(INSTALLED, group, landmarks.EVERYBODY)) == 4
