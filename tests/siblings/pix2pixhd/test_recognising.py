"""Networks whose shapes the recordings' own words and the release's options tell."""

import numpy as np
import pytest

from siblings.pix2pixhd import recognising
from siblings.pix2pixhd.recognising import DISCRIMINATORS, ENCODER, GENERATOR
from tests.networks.image_to_image import release


def weights(name):
    recording = release.read(name)
    return {key[6:]: recording[key] for key in recording if key.startswith("param/")}


@pytest.mark.parametrize(
    "name, kind",
    [
        ("global_generator", GENERATOR),
        ("local_enhancer", GENERATOR),
        ("feature_encoder", ENCODER),
        ("multiscale_discriminator", DISCRIMINATORS),
    ],
)
def test_each_network_is_recognised(name, kind):
    assert recognising.kind(weights(name)) == kind
    assert recognising.norm(weights(name)) == "instance"


def test_a_generator_of_three_channels_is_no_encoder():
    arrays = weights("global_generator")
    arrays["model.1.weight"] = arrays["model.1.weight"][:, :3]
    assert recognising.kind(arrays) == GENERATOR


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros([0, 3, 7, 7])])
def test_names_of_other_networks_are_not(array):
    assert recognising.kind({"model.1.weight": array}) == ""
    assert recognising.kind({"scale0_layer0.0.weight": array}) == ""
    assert recognising.kind({"features.0.weight": np.zeros([4, 3, 3, 3])}) == ""


def test_shapes_are_those_that_the_recordings_tell():
    arrays = weights("global_generator")
    shape = {"width": 4, "enhancers": 0, "downs": 3, "blocks": 2, "enhancer_blocks": 0}
    assert recognising.of_generator(arrays) == shape
    assert recognising.channels(arrays) == 36
    shape = {"width": 4, "enhancers": 1, "downs": 2, "blocks": 2, "enhancer_blocks": 2}
    assert recognising.of_generator(weights("local_enhancer")) == shape
    shape = {"feature_channels": 3, "encoder_width": 4, "encoder_downs": 3}
    assert recognising.of_encoder(weights("feature_encoder")) == shape
    shape = {"discriminators": 2, "discriminator_width": 4, "discriminator_layers": 3}
    assert recognising.of_discriminators(weights("multiscale_discriminator")) == shape


def test_channels_of_features_need_not_be_as_many_as_colours():
    arrays = weights("feature_encoder")
    arrays["model.23.weight"] = np.zeros([5, 4, 7, 7])
    assert recognising.of_encoder(arrays)["feature_channels"] == 5


def test_batch_norms_have_weights():
    assert recognising.norm({"model.2.weight": np.zeros(4)}) == "batch"
