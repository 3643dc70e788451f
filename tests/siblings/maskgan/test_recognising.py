import numpy as np
import pytest

from siblings.maskgan import recognising
from siblings.maskgan.recognising import BLENDER, MASK_VAE, PAINTER
from tests.networks.image_to_image import release
from tests.siblings.maskgan import recordings

NAMES = {"dense_mapping_network": PAINTER, "alpha_blender": BLENDER, "mask_vae": MASK_VAE}


def weights(name):
    recording = recordings.read(name)
    return {key[6:]: recording[key] for key in recording if key.startswith("param/")}


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_known_by_what_it_holds(name):
    assert recognising.kind(weights(name)) == NAMES[name]


@pytest.mark.parametrize(
    "arrays",
    [
        {"model.1.weight": np.zeros([4, 19, 7, 7])},  # pix2pixHD's generator
        {"e1.weight": np.zeros([4, 19, 4, 4])},
        {"e1.weight": np.zeros([4]), "fc1.weight": np.zeros([4, 4])},
        {},
    ],
)
def test_others_are_known_to_be_none(arrays):
    assert recognising.kind(arrays) == ""


def test_shapes_are_those_that_the_recordings_tell():
    painter = weights("dense_mapping_network")
    told = recordings.settings(recordings.read("dense_mapping_network"))
    found = recognising.of_painter(painter)
    assert {*found} == {"width", "downs", "blocks", "style_width"}
    assert found["width"] == len(painter["model.1.bias"])
    assert found["style_width"] == 16
    numbers = len(painter["enc_style.model_last.1.bias"])
    assert numbers == found["blocks"] * 4 * found["width"] * 2 ** found["downs"]
    assert {told[name] for name in told if name in found} <= {*found.values()}
    blender = recognising.of_blender(weights("alpha_blender"))
    assert {*blender} == {"blender_width", "blender_downs", "blender_blocks"}
    vae = weights("mask_vae")
    assert recognising.of_mask_vae(vae) == {
        "vae_width": len(vae["e1.bias"]),
        "latent": len(vae["fc1.bias"]),
    }
    assert recognising.side(vae) == 512
    assert recognising.classes(vae) == recognising.classes(painter) == 19
    assert release.FIXTURES.is_dir()
