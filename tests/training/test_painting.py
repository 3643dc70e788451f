"""What the moving average paints, for people to see."""

import types

import numpy as np
import tensorflow as tf

from training import painting


class Trainer:
    """Paints what the latent's first value says, and notes the masks it was given."""

    generator = types.SimpleNamespace(latent_size=4)

    def __init__(self):
        self.masks = []

    def sample(self, mask, latent):
        self.masks.append(mask.numpy())
        return tf.ones([len(latent), 8, 8, 3]) * tf.sign(latent)[:, :1, None, None]


def test_a_sheet_shows_each_mask_its_photo_and_variations():
    mask = np.stack([np.zeros([8, 8, 1]), np.ones([8, 8, 1])]).astype(np.float32)
    photo = np.stack([np.full([8, 8, 3], -1.0), np.full([8, 8, 3], 1.0)])
    trainer = Trainer()
    sheet = painting.Sheet(trainer, mask, photo, seed=1)
    rows = sheet()
    painted = np.where(sheet.latent.numpy()[:, 0] > 0, 255, 0)
    assert {*painted} == {0, 255}
    assert [[int(tile.mean()) for tile in row] for row in rows] == [
        [0, 0, *painted],
        [255, 255, *painted],
    ]
    assert [masks.mean() for masks in trainer.masks] == [0, 1]


def test_a_painter_takes_and_gives_arrays():
    paint, latent = painting.Painter(Trainer()), np.array([[1, 0, 0, 0], [-1, 0, 0, 0]], np.float32)
    images = paint(np.ones([2, 8, 8], bool), latent)
    assert (images.dtype, images.shape, paint.latent_size) == (np.uint8, (2, 8, 8, 3), 4)
    assert images.mean(axis=(1, 2, 3)).tolist() == [255, 0]
