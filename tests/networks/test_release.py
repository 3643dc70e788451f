"""Small networks recorded from the 2019 release: the same weights must give the same outputs."""

import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

from networks.critic import Critic
from networks.generator import Generator

FIXTURES = sorted((pathlib.Path(__file__).parents[1] / "fixtures").glob("mask_embedding_*.npz"))


def meta_of(recording):
    """`phase=3 smooth=1 …` as numbers; words that are no setting are passed over."""
    return {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", str(recording["meta"]))}


def set_weights(layer, recording, name):
    """Give a layer the weights that the release's constant was already multiplied into."""
    layer.kernel.assign(recording[f"effective/{name}/weight"] / layer.constant)
    layer.bias.assign(recording[f"effective/{name}/bias"])


def name_of_shape(recording, pattern, shape):
    """The recorded layer of this shape: no two steps down of the encoder have the same."""
    weights = [re.fullmatch(f"effective/({pattern})/weight", key) for key in recording.files]
    names = [m[1] for m in weights if m and recording[m[0]].shape == tuple(shape)]
    assert len(names) == 1, names
    return names[0]


def load_generator(generator, recording, phase):
    encoder = generator.encoder
    first, second = encoder.full.values()
    set_weights(first, recording, "Generator/mask_to_fetures/mask_fetures")
    set_weights(second, recording, "Generator/mask_to_fetures/mask_fetures_l")
    for conv, down in encoder.downs.values():
        name = name_of_shape(recording, r"Generator/mask_\d+/mask_conv_\d+", conv.kernel.shape)
        set_weights(conv, recording, name)
        set_weights(down, recording, f"{name}_l")
    if encoder.size:
        hidden, out = encoder.dense.values()
        set_weights(hidden, recording, "Generator/Mask_Embedding/embedding_latent_0_size")
        set_weights(out, recording, "Generator/Mask_Embedding/embedding_out")
    start = "Generator/Input_Level/Input_Projection"
    set_weights(generator.first_dense, recording, f"{start}/Dense_1")
    set_weights(generator.first_conv, recording, f"{start}/Projection_Conv")
    for i, block in enumerate(generator.blocks.values()):
        set_weights(block.up, recording, f"Generator/block_{i}/c2d_trs_p{i + 1}")
        set_weights(block.conv, recording, f"Generator/block_{i}/conv_p{i + 1}_l")
    side = 4 * 2**phase
    set_weights(generator.to_rgb[f"r{side}"], recording, "Generator/output_projection/to_rgb")
    if generator.fading:
        old = "Generator/smooth_connection/smooth_projection/to_rgb"
        set_weights(generator.to_rgb[f"r{side // 2}"], recording, old)


def load_critic(critic, recording, phase):
    sides = {4 * 2**phase: "from_rgb_mask"}
    if critic.fading:
        sides[2 * 2**phase] = "smooth_connection/from_rgb_smooth"
    for side, name in sides.items():
        layer = critic.from_rgb[f"r{side}"]
        set_weights(layer.mask_conv, recording, f"Discriminator/{name}/mask_conv")
        set_weights(layer.conv, recording, f"Discriminator/{name}/to_feature_space")
    for i in range(1, phase + 1):
        block = critic.blocks[f"r{4 * 2**i}"]
        set_weights(block.conv, recording, f"Discriminator/p{i}/conv_p{i}")
        set_weights(block.down, recording, f"Discriminator/p{i}/conv_p{i}_l")
    end = "Discriminator/score_projection"
    set_weights(critic.last_conv, recording, f"{end}/conv_reg1_1")
    set_weights(critic.last_dense, recording, f"{end}/Dense_0")
    set_weights(critic.score, recording, f"{end}/Dense")


def release_doubling(image):
    """TensorFlow 1's default: bilinear without half-pixel centres."""
    side = 2 * image.shape[1]
    return tf.compat.v1.image.resize_bilinear(image, [side, side], half_pixel_centers=False)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_output_matches_release(path):
    recording = np.load(path)
    meta = meta_of(recording)
    phase, fading, alpha = int(meta["phase"]), meta["smooth"] == 1, meta["fade_alpha"]
    features, side = int(meta["max_features"]), 4 * 2**phase
    mask = recording["in/mask"].astype(np.float32)
    latent, image = recording["in/latent"], recording["in/image"]

    generator = Generator(
        side,
        use_embedding=meta["use_embedding"] == 1,
        fading=fading,
        max_features=features,
        embedding_hidden=int(meta["embedding_hidden"]),
        embedding_size=int(meta["embedding_size"]),
        normalize_latent=False,
    )
    generator(mask, latent)
    load_generator(generator, recording, phase)
    generated, old = generator.branches(mask, latent)
    if fading:
        generated = alpha * generated + (1 - alpha) * release_doubling(old)
    np.testing.assert_allclose(generated, recording["out/generated"], atol=1e-4, rtol=0)

    critic = Critic(side, fading=fading, max_features=features)
    critic(image, mask)
    load_critic(critic, recording, phase)
    score = critic(image, mask, alpha)
    np.testing.assert_allclose(score, recording["out/score"], atol=1e-4, rtol=0)


def test_there_are_recordings_of_both_stages():
    stages = {meta_of(np.load(path))["smooth"] for path in FIXTURES}
    assert stages == {0, 1}
