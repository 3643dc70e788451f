import numpy as np
import tensorflow as tf

from siblings.segmenter import networks
from tests.catalogue import count_weights


def double_conv(inputs, width):
    """Two kernels without bias, a scale and an offset behind each."""
    return 9 * inputs * width + 9 * width * width + 4 * width


def test_the_number_of_weights_is_that_of_the_paper_drawing():
    """By hand, layer by layer, of widths 16-32-64-128-128 and back."""
    down = [double_conv(*pair) for pair in ((3, 16), (16, 32), (32, 64), (64, 128), (128, 128))]
    up = [double_conv(*pair) for pair in ((256, 64), (128, 32), (64, 16), (32, 16))]
    assert count_weights(lambda: networks.UNet(19), [1, 32, 48, 3]) == sum(down + up) + 17 * 19


def test_height_and_width_are_free_multiples_of_sixteen():
    network = networks.UNet(5, features=2)
    for height, width in ((16, 16), (48, 32)):
        assert network(tf.zeros([2, height, width, 3])).shape == [2, height, width, 5]


def test_every_pixel_has_its_most_likely_class():
    network = networks.UNet(3, features=2)
    photos = np.random.default_rng(0).integers(0, 256, (2, 16, 32, 3)).astype(np.uint8)
    labelled = networks.labelled(network, tf.constant(photos)).numpy()
    assert (labelled.dtype, labelled.shape) == (np.uint8, (2, 16, 32))
    logits = network(tf.constant(photos / 127.5 - 1, tf.float32)).numpy()
    np.testing.assert_array_equal(labelled, logits.argmax(-1))
