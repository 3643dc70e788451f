import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from training import progress


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_metrics_are_one_json_object_a_line_and_tensorboard_events(tmp_path):
    log = progress.MetricsLog(tmp_path, 0)
    log(10, {"loss": np.float32(0.5)})
    log(20, {"loss": np.float32(0.25)})
    assert rows(tmp_path / "metrics.jsonl") == [
        {"step": 10, "loss": 0.5},
        {"step": 20, "loss": 0.25},
    ]
    assert list((tmp_path / "logs").glob("events*"))


@pytest.mark.parametrize("rest", [b'{"step": 30, "lo', b'{"a": 1}', b"\xff\x00", b"[3]"])
def test_rows_after_the_step_gone_on_from_and_damaged_rows_are_dropped(tmp_path, rest):
    path = tmp_path / "metrics.jsonl"
    whole = b'{"step": 10, "loss": 1.0}\n{"step": 20, "loss": 2.0}\n'
    path.write_bytes(whole + rest)
    log = progress.MetricsLog(tmp_path, 10)
    log(20, {"loss": 2.5})
    assert rows(path) == [{"step": 10, "loss": 1.0}, {"step": 20, "loss": 2.5}]


class Painter:
    """Paints what the latent's first value says, and notes the masks it was given."""

    def __init__(self):
        self.masks = []

    def sample(self, mask, latent):
        self.masks.append(mask.numpy())
        return tf.ones([len(latent), 8, 8, 3]) * tf.sign(latent)[:, :1, None, None]


def test_a_sheet_shows_each_mask_its_photo_and_variations(tmp_path):
    mask = np.stack([np.zeros([8, 8, 1]), np.ones([8, 8, 1])]).astype(np.float32)
    photo = np.stack([np.full([8, 8, 3], -1.0), np.full([8, 8, 3], 1.0)])
    painter = Painter()
    sheet = progress.SampleSheet(tmp_path, painter, mask, photo, latent_size=4, seed=1)
    sheet(12, {})
    picture = np.asarray(Image.open(tmp_path / "step_00000012.png"))
    tile = 32
    assert picture.shape == (2 * (tile + 2) + 2, 8 * (tile + 2) + 2, 3)
    centres = picture[[2 + 16, 2 + 34 + 16]][:, [2 + 16 + 34 * i for i in range(8)], 0]
    painted = np.where(sheet.latent.numpy()[:, 0] > 0, 255, 0)
    np.testing.assert_array_equal(centres[0], [0, 0, *painted])
    np.testing.assert_array_equal(centres[1], [255, 255, *painted])
    assert [m.mean() for m in painter.masks] == [0, 1]
