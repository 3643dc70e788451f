import json

import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import crop, drawing, landmarks
from input_pipeline.faces.framing import Framing
from interface.command_line import UserError
from serving.asked import landmarks as masks

RNG = np.random.default_rng(0)


def saved(tmp_path, pixels, name="picture.png"):
    Image.fromarray(pixels).save(tmp_path / name)
    return str(tmp_path / name)


def test_a_photos_mask_is_that_of_its_records(photo, tmp_path):
    photo.save(tmp_path / "photo.png")
    asked = masks.from_photo(str(tmp_path / "photo.png"), 64, 64, Framing.ALIGNED)
    (face,) = landmarks.INSTALLED.faces(photo, landmarks.Search(largest_only=True))
    square = crop.around_face(face.landmarks)
    np.testing.assert_array_equal(asked.photo, np.asarray(crop.cut(photo, square, 64)))
    wanted = drawing.draw(square.locate(face.landmarks, 64), 64)
    np.testing.assert_array_equal(asked.mask, wanted)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), (b"text", "not an image"), ("grey", "no face found")],
)
def test_photos_without_a_face_are_refused(tmp_path, content, words):
    path = tmp_path / "photo.png"
    if content == "grey":
        Image.new("RGB", (100, 100), "grey").save(path)
    elif content:
        path.write_bytes(content)
    with pytest.raises(UserError, match=f"--photo .*photo.png: .*{words}"):
        masks.from_photo(str(path), 64, 64, Framing.ALIGNED)


def test_a_drawing_is_taken_as_it_is(tmp_path):
    mask = RNG.uniform(size=[16, 16]) < 0.3
    path = saved(tmp_path, mask.astype(np.uint8) * 255)
    np.testing.assert_array_equal(masks.from_picture(path, 16).mask, mask)
    masks.to_picture(mask).save(tmp_path / "again.png")
    np.testing.assert_array_equal(masks.from_picture(str(tmp_path / "again.png"), 16).mask, mask)


def test_a_larger_drawing_keeps_every_line(tmp_path):
    large = np.zeros([48, 48, 3], np.uint8)
    large[10, 5:40] = large[7:9, 47] = 255
    mask = masks.from_picture(saved(tmp_path, large), 16).mask
    wanted = np.zeros([16, 16], bool)
    wanted[3, 1:14] = wanted[2, 15] = True  # 10 // 3; 5 // 3 to 39 // 3; 7 // 3 and 47 // 3
    np.testing.assert_array_equal(mask, wanted)


@pytest.mark.parametrize("size", [(16, 32), (24, 24), (8, 8)])
def test_drawings_of_other_sizes_are_refused(tmp_path, size):
    path = saved(tmp_path, np.zeros([size[1], size[0]], np.uint8))
    with pytest.raises(UserError, match=f"{size[0]}x{size[1]} pixels; wanted 16x16"):
        masks.from_picture(path, 16)


def test_landmarks_are_drawn_at_the_models_size(tmp_path):
    points = RNG.uniform(0.2, 0.8, [68, 2])
    (tmp_path / "points.json").write_text(json.dumps(points.tolist()))
    mask = masks.from_landmarks(str(tmp_path / "points.json"), 64, 64).mask
    np.testing.assert_array_equal(mask, drawing.draw(points * 64 - 0.5, 64))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_landmarks_of_windows_programs_are_read(tmp_path, encoding):
    points = RNG.uniform(0.2, 0.8, [68, 2])
    (tmp_path / "points.json").write_bytes(json.dumps(points.tolist()).encode(encoding))
    asked = masks.from_landmarks(str(tmp_path / "points.json"), 64, 64)
    np.testing.assert_array_equal(asked.landmarks, points)


def test_lines_are_as_thick_as_those_of_larger_records_that_training_made_smaller(photo, tmp_path):
    """Training reads 64-pixel records, and a pixel of 32 is drawn where any of its four is."""
    photo.save(tmp_path / "photo.png")
    asked = masks.from_photo(str(tmp_path / "photo.png"), 32, 64, Framing.ALIGNED)
    fine = masks.from_photo(str(tmp_path / "photo.png"), 64, 64, Framing.ALIGNED)
    np.testing.assert_array_equal(asked.photo, fine.photo)
    for y, x in np.ndindex(32, 32):
        assert asked.mask[y, x] == fine.mask[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].any()


def test_masks_of_records_are_those_of_their_photos(photo, tmp_path):
    import tensorflow as tf

    from input_pipeline.faces import schema

    photo.save(tmp_path / "photo.png")
    wanted = masks.from_photo(str(tmp_path / "photo.png"), 32, 64, Framing.ALIGNED)
    (face,) = landmarks.INSTALLED.faces(photo, landmarks.Search(largest_only=True))
    square, drawn = crop.around_face(face.landmarks), RNG.uniform(size=[32, 32]) < 0.1
    image, points = np.asarray(crop.cut(photo, square, 32)), square.locate(face.landmarks, 32)
    with tf.io.TFRecordWriter(str(tmp_path / schema.shard_name(32, 0, 1))) as writer:
        ours = schema.encode(image, drawn, points, "photo.png")
        release = tf.train.Example.FromString(ours)
        del release.features.feature["landmarks"]
        for record in (ours, release.SerializeToString()):
            writer.write(record)
    again, as_it_is = masks.from_records(str(tmp_path), 32, 64, 20)
    np.testing.assert_array_equal(again.photo, image)
    np.testing.assert_array_equal(again.mask, wanted.mask)
    np.testing.assert_array_equal(as_it_is.mask, drawn)


POINTS = [[0.5, 0.5]] * 68


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        "{}",
        "[[1, 2]]",
        json.dumps(POINTS[:-1]),
        json.dumps([*POINTS[:-1], [0.5, "x"]]),
        json.dumps([*POINTS[:-1], [0.5]]),
        json.dumps([*POINTS[:-1], [0.5, float("nan")]]),
        json.dumps([*POINTS[:-1], [0.5, 1e300]]),
        json.dumps([*POINTS[:-1], [0.5, None]]),
    ],
)
def test_what_are_no_landmarks_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "points.json").write_text(content)
    with pytest.raises(UserError, match=r"--landmarks .*points.json: ") as refused:
        masks.from_landmarks(str(tmp_path / "points.json"), 64, 64)
    assert "\n" not in str(refused.value)
