"""Arrays of the release's state dicts → which network's they are, and the shape of that network.

Names and shapes alone are read here; whether every array has its place is for `porting.assign`.
"""

from __future__ import annotations

from training.porting import Arrays, convs, count, downs, is_kernel

GENERATOR, ENCODER, DISCRIMINATORS = "generator", "encoder", "discriminators"
FIRST, OF_CRITIC = "model.1.weight", "scale0_layer0.0.weight"
BLOCK = r"\.conv_block\.1\.weight"


def kind(arrays: Arrays) -> str:
    """GENERATOR, ENCODER, DISCRIMINATORS, or nothing where it is of another network.

    An encoder sees pictures, of 3 channels, and has no residual blocks, as all generators have.
    """
    if is_kernel(arrays, OF_CRITIC):
        return DISCRIMINATORS
    if not is_kernel(arrays, FIRST):
        return ""
    encodes = arrays[FIRST].shape[1] == 3 and not any("conv_block" in name for name in arrays)
    return ENCODER if encodes else GENERATOR


def norm(arrays: Arrays) -> str:
    """Batch norms have a weight for each channel, instance norms nothing."""
    scales = [each for name, each in arrays.items() if name.endswith(".weight") and each.ndim == 1]
    return "batch" if scales else "instance"


def of_generator(arrays: Arrays) -> dict[str, int]:
    """The settings that a generator's shape follows from."""
    return {
        "width": len(arrays[FIRST]),
        "enhancers": count(arrays, r"model(\d+)_1\.1\.weight"),
        "downs": downs(arrays),
        "blocks": count(arrays, rf"model\.(\d+){BLOCK}"),
        "enhancer_blocks": count(arrays, rf"model1_2\.(\d+){BLOCK}"),
    }


def channels(arrays: Arrays) -> int:
    """That a generator is given."""
    return arrays[FIRST].shape[1]


def of_encoder(arrays: Arrays) -> dict[str, int]:
    """The settings that an encoder's shape follows from."""
    ends = [len(each) for name, each in convs(arrays).items() if each.shape[2] == 7]
    return {
        "feature_channels": ends[-1],
        "encoder_width": len(arrays[FIRST]),
        "encoder_downs": downs(arrays),
    }


def of_discriminators(arrays: Arrays) -> dict[str, int]:
    """The settings that the discriminators' shapes follow from."""
    return {
        "discriminators": count(arrays, r"scale(\d+)_layer0\.0\.weight"),
        "discriminator_width": len(arrays[OF_CRITIC]),
        # Beside those of stride 2 one before the scores, of stride 1, and the scores' own.
        "discriminator_layers": max(count(arrays, r"scale0_layer(\d+)\.0\.weight") - 2, 1),
    }
