"""Arrays of the release's state dicts → which network's they are, and the shape of that network.

Names and shapes alone are read here; whether every array has its place is for `porting.assign`.
"""

from __future__ import annotations

from siblings.maskgan.phases import SMALLEST
from training.porting import Arrays, count, downs, is_kernel

PAINTER, BLENDER, MASK_VAE = "painter", "blender", "MaskVAE"
FIRST, OF_STYLES, OF_MASKS = "model.1.weight", "enc_style.model.0.conv.weight", "e1.weight"
OF_LATENT = "fc1.weight"
BLOCK = r"model\.(\d+)\.conv_block\.0\.conv\.weight"
PICTURES = 6  # channels of the two that a blender sees


def kind(arrays: Arrays) -> str:
    """PAINTER, BLENDER, MASK_VAE, or nothing where it is of another network."""
    if is_kernel(arrays, OF_MASKS) and is_kernel(arrays, OF_LATENT, axes=2):
        return MASK_VAE
    if not is_kernel(arrays, FIRST):
        return ""
    if is_kernel(arrays, OF_STYLES):
        return PAINTER
    return BLENDER if arrays[FIRST].shape[1] == PICTURES else ""


def of_painter(arrays: Arrays) -> dict[str, int]:
    """The settings that a painter's shape follows from."""
    shape = {"width": len(arrays[FIRST]), "style_width": len(arrays[OF_STYLES])}
    return {**shape, **_depth(arrays)}


def of_blender(arrays: Arrays) -> dict[str, int]:
    """The settings that a blender's shape follows from."""
    shape = {"width": len(arrays[FIRST]), **_depth(arrays)}
    return {f"blender_{name}": value for name, value in shape.items()}


def of_mask_vae(arrays: Arrays) -> dict[str, int]:
    """The settings that MaskVAE's shape follows from."""
    return {"vae_width": len(arrays[OF_MASKS]), "latent": len(arrays[OF_LATENT])}


def side(arrays: Arrays) -> int:
    """Pixels a side of MaskVAE's label maps: each of its steps down halves them."""
    return SMALLEST * 2 ** count(arrays, r"e(\d+)\.weight")


def classes(arrays: Arrays) -> int:
    """Of the label maps that a painter or MaskVAE sees."""
    return arrays[OF_MASKS if OF_MASKS in arrays else FIRST].shape[1]


def _depth(arrays: Arrays) -> dict[str, int]:
    return {"downs": downs(arrays), "blocks": count(arrays, BLOCK)}
