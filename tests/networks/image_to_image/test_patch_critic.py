import numpy as np
import pytest

from networks.image_to_image.patch_critic import PatchCritic, PatchCritics
from siblings.pix2pixhd import released
from tests.catalogue import count_weights, noise
from tests.networks.image_to_image import release


def test_all_layers_at_both_scales_match_release():
    recording = release.read("multiscale_discriminator")
    image = release.channels_last(recording["in/image"])
    given = np.concatenate([release.label_and_edge(recording), image], axis=-1)
    critics = PatchCritics(width=4)
    critics(given)
    release.assign(recording, released.of_critics(critics))
    for scale, maps in enumerate(critics(given)):
        assert len(maps) == 5
        for layer, made in enumerate(maps):
            wanted = release.channels_last(recording[f"out/scale{scale}_layer{layer}"])
            np.testing.assert_allclose(made, wanted, atol=1e-4, rtol=0)


def test_parameters_are_as_many_as_in_the_release():
    assert count_weights(PatchCritic, [1, 32, 32, 39]) == 2_801_601
    assert count_weights(lambda: PatchCritics(3), [1, 64, 64, 39]) == 3 * 2_801_601


def test_sides_are_those_of_the_release():
    """Of 512 pixels: 257, 129, 65, 66, 67."""
    maps = PatchCritic(width=2)(noise(1, 512, 16, 3))
    assert [each.shape[1] for each in maps] == [257, 129, 65, 66, 67]


@pytest.mark.parametrize("layers, widths", [(1, [2, 4, 1]), (4, [2, 4, 8, 16, 16, 1])])
def test_layers_grow_no_wider_than_eight_times(layers, widths):
    maps = PatchCritic(width=2, layers=layers)(noise(1, 64, 64, 3))
    assert [each.shape[-1] for each in maps] == widths
