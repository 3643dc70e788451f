import itertools
import types

import numpy as np
import tensorflow as tf
from PIL import Image

from training.run import progress


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
    painter, shown = Painter(), []
    board = types.SimpleNamespace(png=lambda *event: shown.append(event))
    sheet = progress.SampleSheet(tmp_path, board, painter, mask, photo, latent_size=4, seed=1)
    sheet(12, {})
    picture = np.asarray(Image.open(tmp_path / "step_00000012.png"))
    tile = 32
    assert picture.shape == (2 * (tile + 2) + 2, 8 * (tile + 2) + 2, 3)
    centres = picture[[2 + 16, 2 + 34 + 16]][:, [2 + 16 + 34 * i for i in range(8)], 0]
    painted = np.where(sheet.latent.numpy()[:, 0] > 0, 255, 0)
    np.testing.assert_array_equal(centres[0], [0, 0, *painted])
    np.testing.assert_array_equal(centres[1], [255, 255, *painted])
    assert [m.mean() for m in painter.masks] == [0, 1]
    assert shown == [(12, "samples", tmp_path / "step_00000012.png")]


def test_once_warm_the_bar_says_how_long_it_will_take(monkeypatch, capsys):
    """One step takes 2 s after a first one of 60 s: 196 more take 392 s."""
    clock = itertools.accumulate(itertools.chain([0.0, 60.0], itertools.repeat(6.0)))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.ProgressBar("stage", 0, 200, images=4, interval=1000) as bar:
        for step in range(1, 6):
            bar(step, {"critic_loss": 0.5})
    assert "warm: 2 s a step; expected time to step 200: 06:32\n" in capsys.readouterr().out
