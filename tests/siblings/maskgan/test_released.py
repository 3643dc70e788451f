"""The names of all recordings, which other tests assign; here, those of networks of full size."""

import pytest
import tensorflow as tf

from siblings.maskgan import released
from siblings.maskgan.mask_vae import MaskVAE
from siblings.maskgan.networks import Blender, Painter


@pytest.fixture(autouse=True)
def without_memory():
    """In a graph weights take none."""
    with tf.Graph().as_default():
        yield


def names(slots, start=""):
    kernels = [name[: -len(".weight")] for name in slots if name.endswith(".weight")]
    return [name for name in kernels if name.startswith(start)]


def test_a_painters_names_are_of_its_backbone_and_of_two_encoders():
    painter, label = Painter(), tf.zeros([1, 32, 32, 19])
    painter(label, tf.zeros([1, 32, 32, 3]), label)
    slots = released.of_painter(painter)
    found = names(slots, "model.")
    assert found[:5] == ["model.1", "model.4", "model.7", "model.10", "model.13"]
    assert found[5:7] == ["model.16.conv_block.0.conv", "model.16.conv_block.1.conv"]
    assert found[-5:] == ["model.20", "model.23", "model.26", "model.29", "model.33"]
    assert names(slots, "enc_label.")[2:4] == [
        "enc_label.model.2.conv",
        "enc_label.model_last.1.conv",
    ]
    assert len(names(slots, "enc_label.")) == 6
    assert len(names(slots, "enc_style.")) == 6 + 2 * 4 + 1
    last = slots["enc_style.model_last.1.weight"].variable
    assert tuple(last.shape) == (1, 1, 64, 16_384)


def test_a_blenders_last_convolution_has_the_last_number():
    blender, picture = Blender(), tf.zeros([1, 16, 16, 3])
    blender(picture, picture)
    found = names(released.of_blender(blender))
    assert found[4:6] == ["model.13.conv_block.0.conv", "model.13.conv_block.1.conv"]
    assert found[-4:] == ["model.16", "model.19", "model.22", "model.26"]


@pytest.mark.parametrize("resolution, downs", [(64, 4), (512, 7)])
def test_batch_norms_are_numbered_from_the_encoder_to_the_decoder(resolution, downs):
    network = MaskVAE(resolution=resolution)
    network(tf.zeros([1, resolution, resolution, 19]), tf.zeros([1, 1024]))
    slots = released.of_mask_vae(network)
    found = {name.rpartition(".")[0] for name in slots if name.endswith(".running_var")}
    assert found == {f"bn{number}" for number in range(1, 2 * downs)}
    assert names(slots)[-1] == f"d{downs + 1}"
    first_of_decoder = slots[f"bn{downs + 1}.running_mean"].variable
    assert first_of_decoder is network.ups[0].norm.mean
