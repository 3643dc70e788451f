import tensorflow as tf

from networks.layers import Conv, Dense
from training.run import summary


def test_a_table_has_its_columns_below_each_other():
    text = summary.table({"steps": 12345, "of": "a phase"})
    assert text == "steps  12,345\nof     a phase"


class Network(tf.keras.Model):
    """3x3 convolution to 5 channels, half the resolution; then 7 numbers."""

    resolution, latent_size = 8, 3

    def __init__(self):
        super().__init__()
        self.conv, self.dense = Conv(5, 3, stride=2), Dense(7)

    def call(self, image, other):
        return self.dense(tf.reshape(self.conv(image), [-1, 4 * 4 * 5])), other


def test_sizes_are_those_of_the_layers():
    network = Network()
    network(tf.zeros([1, 8, 8, 1]), tf.zeros([1, 3]))
    assert summary.parameters(network) == 3 * 3 * 5 + 5 + 80 * 7 + 7
    size = summary.activations(network, [[2, 8, 8, 1], [2, 3]])
    assert size == 4 * 2 * (4 * 4 * 5 + 7)  # float32, batch 2
