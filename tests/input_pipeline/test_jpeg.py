import io

import numpy as np
import pytest
from PIL import ExifTags, Image

from input_pipeline import photos
from input_pipeline.photos import Rejected


def encoded(photo, **options):
    content = io.BytesIO()
    photo.save(content, "JPEG", quality=92, **options)
    return content.getvalue()


@pytest.mark.parametrize("enough, shrink", [(None, 1), (100, 2)])
@pytest.mark.parametrize("missing", [1, 2, 5, 20])
def test_a_photo_without_its_last_bytes_is_taken(photo, missing, enough, shrink):
    content = encoded(photo)
    whole, _ = photos.decode(content, enough)
    image, by = photos.decode(content[:-missing], enough)
    assert (image.size, by) == (whole.size, shrink)
    same = (np.asarray(image) == np.asarray(whole)).all(axis=2)
    assert same[: -20 // shrink].all()  # smoothed colours reach up a little
    assert same.mean() > 0.97


def test_it_is_upright_and_of_its_colours(photo):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    content = encoded(photo.resize((128, 256)), exif=exif)
    image, _ = photos.decode(content[:-2])
    assert image.size == (256, 128)
    np.testing.assert_array_equal(np.asarray(image), np.asarray(photos.decode(content)[0]))


@pytest.mark.parametrize("part", [0.3, 0.7, 0.9])
def test_a_photo_that_lacks_more_is_rejected(photo, part):
    content = encoded(photo)
    with pytest.raises(Rejected, match="truncated"):
        photos.decode(content[: round(part * len(content))])


def test_of_a_progressive_one_nobody_knows(photo):
    content = encoded(photo, progressive=True)
    with pytest.raises(Rejected, match="truncated"):
        photos.decode(content[:-2])
