"""The names of all recordings, which other tests assign; here, those of networks of full size."""

import pytest
import tensorflow as tf

from networks.image_to_image.patch_critic import PatchCritics
from networks.image_to_image.translator import Translator
from siblings.pix2pixhd import released
from siblings.pix2pixhd.networks import Generator


@pytest.fixture(autouse=True)
def without_memory():
    """In a graph weights take none."""
    with tf.Graph().as_default():
        yield


def names(slots):
    assert all(name.endswith((".weight", ".bias")) for name in slots)
    return [name[: -len(".weight")] for name in slots if name.endswith(".weight")]


def test_a_global_generators_names_end_with_the_last_convolution():
    generator = Generator()
    generator(tf.zeros([1, 16, 16, 36]))
    found = names(released.of_generator(generator))
    assert found[:5] == ["model.1", "model.4", "model.7", "model.10", "model.13"]
    assert found[5:7] == ["model.16.conv_block.1", "model.16.conv_block.5"]
    assert found[-5:] == ["model.25", "model.28", "model.31", "model.34", "model.38"]
    assert len(found) == 1 + 4 + 2 * 9 + 4 + 1


def test_two_enhancers_are_numbered_and_the_last_alone_has_an_end():
    generator = Generator(enhancers=2, downs=1, blocks=1)
    generator(tf.zeros([1, 16, 16, 36]))
    found = names(released.of_generator(generator))
    assert [name for name in found if name.startswith("model.")][-1] == "model.8"  # its up
    ends = [name for name in found if name.startswith(("model1_2.", "model2_2."))]
    assert [name for name in ends if "conv_block" not in name] == [
        "model1_2.3",
        "model2_2.3",
        "model2_2.7",
    ]


def test_the_encoder_has_no_blocks():
    encoder = Translator(width=16, blocks=0)
    encoder(tf.zeros([1, 16, 16, 3]))
    assert len(names(released.of_translator(encoder))) == 10


def test_the_last_scale_is_full_resolution():
    critics = PatchCritics(3)
    critics(tf.zeros([1, 32, 32, 39]))
    slots = released.of_critics(critics)
    assert len(names(slots)) == 15
    assert slots["scale2_layer0.0.weight"].variable is critics.critics[0].first.kernel


def test_batch_norms_have_the_number_behind_their_convolution():
    generator = Generator(enhancers=1, downs=1, blocks=1, enhancer_blocks=0, norm="batch")
    generator(tf.zeros([1, 16, 16, 36]))
    slots = released.of_generator(generator)
    found = {name.rpartition(".")[0] for name in slots if name.endswith(".running_var")}
    inside = {"model.2", "model.5", "model.7.conv_block.2", "model.7.conv_block.6", "model.9"}
    assert found == {*inside, "model1_1.2", "model1_1.5", "model1_2.1"}
    critics = PatchCritics(1, norm="batch")
    critics(tf.zeros([1, 32, 32, 39]))
    found = {name.rpartition(".")[0] for name in released.of_critics(critics) if "mean" in name}
    assert found == {f"scale0_layer{number}.1" for number in (1, 2, 3)}
