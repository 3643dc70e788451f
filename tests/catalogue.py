"""Every network and every system, small: how to build it, and what goes in. A new one is a line.

What all of them promise is tested in `tests/test_promises.py`.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

import config
import train
from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.record_files import Records
from networks.critic import Critic
from networks.generator import Generator
from networks.image_to_image.patch_critic import PatchCritics
from networks.image_to_image.translator import Translator
from networks.mask_encoder import MaskEncoder
from siblings.flowers import train as flowers
from siblings.flowers.config import Config as FlowersConfig
from siblings.flowers.networks import DISCRIMINATOR_SCALES, GENERATOR_SCALES, Discriminator
from siblings.flowers.networks import Generator as FlowersGenerator
from siblings.maskgan import train as maskgan
from siblings.maskgan.config import Config as MaskGANConfig
from siblings.maskgan.mask_vae import MaskVAE
from siblings.maskgan.networks import Blender, Painter
from siblings.pix2pixhd import phases as pix2pixhd_phases
from siblings.pix2pixhd import train as pix2pixhd
from siblings.pix2pixhd.config import Config as Pix2PixHDConfig
from siblings.pix2pixhd.networks import Encoder
from siblings.pix2pixhd.networks import Generator as Pix2PixHDGenerator
from siblings.segmenter import train as segmenter
from siblings.segmenter.config import Config as SegmenterConfig
from siblings.segmenter.networks import UNet
from training.run.loop import Trainer


class Network(NamedTuple):
    build: Callable[[], tf.keras.Model]
    inputs: tuple  # arrays, or lists of such


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def mask(side, count=2):
    return (noise(count, side, side, 1) > 1).astype(np.float32)


def image(side, count=2):
    return noise(count, side, side, 3).clip(-1, 1)


def masks_of(height, width, scales):
    return [noise(2, height // scale, width // scale, 1) for scale in scales]


NARROW, ALPHA = {"max_features": 8}, np.float32(0.25)
EMBEDDED = {**NARROW, "embedding_hidden": 8}
NETWORKS = {
    "generator": Network(lambda: Generator(16, **EMBEDDED), (mask(16), noise(2, 464))),
    "fading generator": Network(
        lambda: Generator(16, fading=True, **EMBEDDED), (mask(16), noise(2, 464), ALPHA)
    ),
    "generator without embedding": Network(
        lambda: Generator(8, use_embedding=False, **NARROW), (mask(8), noise(2, 512))
    ),
    "critic": Network(lambda: Critic(8, **NARROW), (image(8), mask(8))),
    "fading critic": Network(
        lambda: Critic(16, fading=True, **NARROW), (image(16), mask(16), ALPHA)
    ),
    "mask encoder": Network(lambda: MaskEncoder(32, hidden=8), (mask(32),)),
    "mask encoder without embedding": Network(lambda: MaskEncoder(16, size=0), (mask(16),)),
    "flowers' generator": Network(
        lambda: FlowersGenerator(2), (noise(2, 2, 4, 32), masks_of(64, 128, GENERATOR_SCALES))
    ),
    "flowers' generator without masks": Network(lambda: FlowersGenerator(2), (noise(2, 2, 2, 32),)),
    "flowers' discriminator": Network(
        lambda: Discriminator(2), (image(64), masks_of(64, 64, DISCRIMINATOR_SCALES))
    ),
    "pix2pixHD's generator": Network(
        lambda: Pix2PixHDGenerator(2, downs=2, blocks=1), (image(16),)
    ),
    "pix2pixHD's generator with enhancers": Network(
        lambda: Pix2PixHDGenerator(2, enhancers=2, downs=1, blocks=1, enhancer_blocks=1),
        (noise(2, 16, 24, 5),),
    ),
    "pix2pixHD's encoder": Network(lambda: Encoder(3, width=2, downs=2), (image(16),)),
    "translator": Network(lambda: Translator(width=2, downs=2, blocks=1), (image(16),)),
    "translator with batch norm": Network(
        lambda: Translator(width=2, downs=1, blocks=1, norm="batch"), (image(8),)
    ),
    "patch critics": Network(lambda: PatchCritics(width=2), (image(32),)),
    "MaskGAN's painter": Network(
        lambda: Painter(2, downs=2, blocks=2, style_width=1),
        (noise(2, 16, 24, 5), image(32), noise(2, 32, 32, 5)),
    ),
    "MaskGAN's blender": Network(lambda: Blender(2, downs=2, blocks=1), (image(16), -image(16))),
    "MaskGAN's mask VAE": Network(
        lambda: MaskVAE(5, 64, width=1, latent=3), (noise(2, 64, 64, 5), noise(2, 3))
    ),
    "u-net": Network(lambda: UNet(5, features=2), (image(32),)),
}


def count_weights(build, *shapes):
    """Of a network that is called with tensors of these shapes, or with lists of such; in a graph,
    where none is drawn."""
    with tf.Graph().as_default():
        network = build()
        network(*([*map(tf.zeros, s)] if isinstance(s[0], tuple) else tf.zeros(s) for s in shapes))
        return sum(math.prod(weight.shape) for weight in network.trainable_variables)


class System(NamedTuple):
    """What trains several networks together.

    Attributes:
      build: (strategy, precision) → its trainer, the same weights every time; float64 too.
      batch: {name: array [N, …]} of a step, for all replicas together.
      first: a step at which every part of the loss counts.
      fixed: networks that learn nothing.
    """

    build: Callable[[tf.distribute.Strategy, str], Trainer]
    batch: dict[str, np.ndarray]
    first: int
    fixed: tuple[str, ...] = ()


def progressive_gan(*words):
    narrow = ["--max_features=4", "--embedding_hidden=4", "--batch_size=8", "--use_embedding"]

    def build(replicas, precision):
        settings = config.from_flags([*narrow, *words, "--steps=12"]).with_steps(0)
        return train.build_trainer(dataclasses.replace(settings, precision=precision), replicas)

    return build


def a_segmenter(replicas, precision):
    settings = SegmenterConfig(features=2, size=(32, 32), batch_size=8, lr=0.01, steps=12)
    records = Records((), np.zeros([0, 3], np.int64), label_sets.numbered(5), (), {0: 9, 4: 1})
    settings = dataclasses.replace(settings, precision=precision, rarity=0.5)
    return segmenter.build_trainer(settings, records, replicas)


def some_flowers(replicas, precision):
    """With all the tricks."""
    settings = FlowersConfig(generator_width=2, discriminator_width=2, batch_size=8, lr=0.01)
    settings = dataclasses.replace(settings, precision=precision, class_name=("3", "4"), steps=12)
    records = Records((), np.zeros([20, 3], np.int64), label_sets.numbered(5))
    return flowers.build_trainer(settings, records, replicas)


def pix2pixhd_with_styles(replicas, precision):
    """Its last phase, and fakes of earlier steps."""
    settings = Pix2PixHDConfig(phase=3, batch_size=8, lr=0.01, steps=12, pool_size=12)
    small = {"width": 4, "downs": 1, "blocks": 1, "enhancer_blocks": 1, "encoder_downs": 1}
    small.update(discriminator_width=2, discriminator_layers=1, encoder_width=2)
    settings = dataclasses.replace(settings, precision=precision, **small)
    (part,) = pix2pixhd_phases.parts(settings)
    return pix2pixhd.build_trainer(settings, part, 5, (16, 16), replicas)


def maskgan_of(phase):
    small = {"width": 4, "downs": 1, "blocks": 1, "style_width": 2, "vae_width": 2, "latent": 4}
    small.update(blender_width=2, blender_downs=1, blender_blocks=1)
    small.update(discriminator_width=2, discriminator_layers=1)

    def build(replicas, precision):
        settings = MaskGANConfig(phase=phase, batch_size=8, lr=0.01, steps=12, **small)
        settings = dataclasses.replace(settings, precision=precision)
        trainer = maskgan.build_trainer(settings, 5, (32, 32), replicas)
        if phase > 1:  # what comes of so narrow encoders is nothing to Adam at first
            for encoder in (trainer.painter.label_encoder, trainer.painter.style_encoder):
                for weight in encoder.trainable_variables:
                    weight.assign(10 * weight)
        return trainer

    return build


def with_instances(batch):
    """As many as there are classes, which lie elsewhere."""
    return {**batch, "instance": batch["label"][:, ::-1].astype(np.int32)}


def labelled_photos(side):
    """With pixels of every class, and some that do not count."""
    ids = np.random.default_rng(1).choice([*range(5), 255], (8, side, side)).astype(np.uint8)
    return {"image": image(side, 8), "label": ids}


def faces(side):
    return {"image": image(side, 8), "mask": mask(side, 8)}


SYSTEMS = {
    # Half of the fade is over; every tenth step has the logistic loss's penalty.
    "fading": System(progressive_gan("--phase=2", "--smooth"), faces(16), first=3),
    "stable": System(progressive_gan("--phase=1", "--loss=logistic"), faces(8), first=8),
    "flowers": System(some_flowers, labelled_photos(64), first=3),
    "segmenter": System(a_segmenter, labelled_photos(32), first=0),
    "pix2pixHD": System(pix2pixhd_with_styles, with_instances(labelled_photos(16)), first=3),
    "MaskGAN's masks": System(maskgan_of(1), labelled_photos(32), first=3),
    "MaskGAN": System(maskgan_of(3), labelled_photos(32), first=3, fixed=("vae",)),
}
