import time

import numpy as np
import pytest
from PIL import Image

from benchmarks import metrics_speed
from input_pipeline.faces import landmarks
from interface.command_line import UserError
from metrics import sliced_wasserstein


@pytest.fixture
def folder(tmp_path, photo):
    photo.save(tmp_path / "a.png")
    photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "b.png")
    (tmp_path / "no_photo.txt").write_text("text")
    return str(tmp_path)


def test_the_table_has_a_row_for_each_measure(folder, capsys):
    metrics_speed.main([f"--photos={folder}", "--images=2", "--faces=3"])
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [len(row) for row in rows] == [7] * 4
    distance, faces = rows[2:]
    assert (distance[0], distance[1]) == ("sliced Wasserstein distance", "4 of 64²")
    assert (faces[0], faces[1]) == ("landmarks, one core", "3 of 64²")
    # Of so few images a ratio may be nearly nothing: that it is one is all that can be asked.
    assert float(distance[6].removeprefix("plain: ").rstrip(" ×")) >= 0
    assert float(faces[6].removeprefix("predictor: ").rstrip(" ×")) >= 0
    assert all(float(row[4].replace(",", "")) > 0 for row in (distance, faces))


def test_cells_tell_time_of_the_clock_and_of_the_processor():
    images, seconds, worked, rate = metrics_speed.timed(3000, lambda: time.sleep(0.3)).split(" | ")
    assert images == "3,000 of 64²"
    assert float(seconds) >= 0.3 > float(worked)
    assert 0 < float(rate.replace(",", "")) <= 10_000


def test_the_plain_distance_is_ours():
    rng = np.random.default_rng(0)
    one, other, along = (rng.standard_normal([count, 147], np.float32) for count in (90, 90, 40))
    ours = sliced_wasserstein.distance(one, other, along)
    assert metrics_speed.plain_distance(one, other, along) == pytest.approx(ours, rel=1e-5)


def test_faces_come_again_with_other_noise_where_their_landmarks_say(folder):
    images, points = metrics_speed.noisy_faces(folder, 6)
    assert (images.shape, images.dtype) == ((6, 64, 64, 3), np.uint8)
    np.testing.assert_array_equal(points[:2], points[4:])
    difference = images[:2].astype(float) - images[4:]
    assert 0.5 * metrics_speed.NOISE < difference.std() < 2 * metrics_speed.NOISE
    detected = landmarks.found_again(images, points, landmarks.INSTALLED)
    assert np.abs(detected - points).mean() < 2  # pixels


def test_a_folder_without_a_face_is_refused(tmp_path):
    Image.new("RGB", (128, 128), "grey").save(tmp_path / "grey.png")
    with pytest.raises(UserError, match="no face found; give a folder of portraits"):
        metrics_speed.noisy_faces(str(tmp_path), 3)
