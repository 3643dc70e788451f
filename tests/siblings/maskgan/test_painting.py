import types

import numpy as np
import tensorflow as tf

from siblings.maskgan.painting import Tools


def test_colours_are_clipped_and_rounded():
    painter = types.SimpleNamespace(
        variables=[],
        style_of=lambda photo, label: None,
        painted=lambda label, style: tf.constant([[[[-1.0, 1.5, 0.006]]]]),
    )
    tools = Tools(types.SimpleNamespace(painter=painter, editing=None))
    ids, photo = tf.zeros([1, 1, 1], tf.uint8), tf.zeros([1, 1, 1, 3], tf.uint8)
    image = tools.paint(ids, photo, ids)["image"]
    assert image.dtype == tf.uint8
    np.testing.assert_array_equal(image.numpy().ravel(), [0, 255, 128])
