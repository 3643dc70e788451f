import asyncio
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from serving import painter
from serving.asked import landmarks
from serving.batching import Batcher
from serving.limits import Limits
from serving.models import Models
from serving.studio import Studio

MASK = np.random.default_rng(0).uniform(size=[16, 16]) < 0.3


@pytest.fixture(scope="module")
def models(small_model):
    return Models({"faces": small_model.parent})


@pytest.fixture
def studio(models):
    limits = Limits(pixels=1_000_000)
    return Studio(models, Batcher(8, 100, 0.0, limits.images), limits)


@pytest.fixture(scope="module")
def paint(small_model):
    return painter.of_model(str(small_model))


def test_faces_are_those_of_the_seeds(studio, paint):
    faces = asyncio.run(studio.faces(studio.models.get(), MASK, [3, 7]))
    latents = painter.latents_of([3, 7], paint.latent_size)
    wanted = paint(np.stack([MASK, MASK]), latents).astype(int)
    assert faces.dtype == np.uint8 and np.abs(faces - wanted).max() <= 1


def test_between_two_faces_lie_both_ends_and_the_arc(studio, paint):
    version = studio.models.get()
    way = asyncio.run(studio.between(version, MASK, (3, 7), 5)).astype(int)
    ends = asyncio.run(studio.faces(version, MASK, [3, 7]))
    assert np.abs(way[[0, -1]] - ends).max() <= 1
    first, last = painter.latents_of([3, 7], paint.latent_size)
    middle = first / np.linalg.norm(first) + last / np.linalg.norm(last)
    middle *= (np.linalg.norm(first) + np.linalg.norm(last)) / 2 / np.linalg.norm(middle)
    assert np.abs(way[2] - paint(MASK[None], middle[None].astype("f"))[0]).max() <= 1


def test_photos_drawings_and_landmarks_give_what_the_command_line_makes_of_them(
    studio, photo, tmp_path
):
    version, path = studio.models.get(), tmp_path / "photo.png"
    photo.save(path)
    asked = asyncio.run(studio.of_photo(version, path.read_bytes()))
    wanted = landmarks.from_photo(str(path), 16, 16, version.framing)
    np.testing.assert_array_equal(asked.mask, wanted.mask)
    again = asyncio.run(studio.of_landmarks(version, asked.landmarks.tolist()))
    np.testing.assert_array_equal(again.mask, wanted.mask)
    landmarks.to_picture(MASK).save(path)
    drawn = asyncio.run(studio.of_picture(version, path.read_bytes()))
    np.testing.assert_array_equal(drawn.mask, MASK)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no picture", "photo: not an image"), ("large", "photo: too large: 2000x1000")],
)
def test_bad_photos_are_refused(studio, content, words):
    if content == "large":
        large = io.BytesIO()
        Image.new("L", (2000, 1000)).save(large, "PNG")
        content = large.getvalue()
    with pytest.raises(UserError, match=words):
        asyncio.run(studio.of_photo(studio.models.get(), content))


def test_one_image_is_a_png_and_several_are_a_zip(studio):
    images = np.random.default_rng(0).integers(0, 256, [2, 16, 16, 3], np.uint8)
    one = asyncio.run(studio.encoded(images[:1], ["a"]))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(one))), images[0])
    archive = zipfile.ZipFile(io.BytesIO(asyncio.run(studio.encoded(images, ["a", "b"]))))
    assert archive.namelist() == ["a.png", "b.png"]
    second = np.asarray(Image.open(io.BytesIO(archive.read("b.png"))))
    np.testing.assert_array_equal(second, images[1])
