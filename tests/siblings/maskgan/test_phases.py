import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.label_maps.known_sets import CELEBAMASK, NYU
from input_pipeline.label_maps.record_files import Records
from interface.command_line import UserError
from siblings.maskgan import phases, train
from siblings.maskgan.config import Config, from_flags
from tests.siblings.maskgan.editor_runs import TINY


def records(*sizes):
    return Records((), np.zeros([5, 3], np.int64), CELEBAMASK, sizes)


def settings(phase, *words):
    return from_flags([f"--phase={phase}", "--data_dir=faces", *words])


@pytest.mark.parametrize(
    "phase, size, words",
    [
        (1, (32, 32), []),
        (1, (1024, 1024), []),
        (3, (64, 64), []),
        (2, (48, 80), []),
        (2, (36, 44), ["--downs=2"]),
    ],
)
def test_sizes_that_networks_can_halve_are_taken(phase, size, words):
    assert phases.size(settings(phase, *words), records(size)) == size


@pytest.mark.parametrize(
    "phase, sizes, told",
    [
        (
            1,
            [(64, 64), (64, 32)],
            "records of 2 sizes; wanted one: prepare the records with --size",
        ),
        (1, [], "no size; wanted one"),
        (1, [(64, 32)], "records of 64x32; wanted squares of 32, 64, … or 1024 pixels"),
        (3, [(96, 96)], "records of 96x96; wanted squares"),
        (1, [(16, 16)], "records of 16x16; wanted squares"),
        (2, [(40, 48)], "records of 40x48; wanted multiples of 16 from 32 on"),
        (2, [(16, 16)], "records of 16x16; wanted multiples of 16 from 32 on"),
    ],
)
def test_others_are_one_line(phase, sizes, told):
    with pytest.raises(UserError) as caught:
        phases.size(settings(phase), records(*sizes))
    assert f"--data_dir faces: {told}" in str(caught.value) and "\n" not in str(caught.value)


def test_the_blender_may_halve_more_often_than_the_painter():
    with pytest.raises(UserError, match="wanted multiples of 64 from 128 on"):
        phases.size(settings(3, "--blender_downs=6", "--downs=1"), records((32, 32)))


@pytest.mark.parametrize(
    "words, phase", [(["--downs=5"], 2), (["--downs=1", "--blender_downs=5"], 3)]
)
def test_two_pixels_are_left_for_residual_blocks(words, phase):
    """They reflect the one beside the border."""
    assert phases.size(settings(phase, *words), records((64, 64))) == (64, 64)
    with pytest.raises(UserError, match="32x32; wanted multiples of 32 from 64 on"):
        phases.size(settings(phase, *words), records((32, 32)))
    told = settings(phase, *words)
    deep = {**TINY, "phase": phase, "downs": told.downs, "blender_downs": told.blender_downs}
    alone = tf.distribute.get_strategy()
    trainer = train.build_trainer(Config(**deep).settled(1), 19, (64, 64), alone)
    batch = {"image": np.zeros([1, 64, 64, 3], np.float32), "label": np.zeros([1, 64, 64], "uint8")}
    assert trainer.paint(batch).shape == (1, 64, 64, 3)
    if phase == 3:
        assert trainer.edit(batch)[2].shape == (1, 64, 64, 3)


def test_only_classes_of_left_and_right_are_mirrored():
    phases.check_mirrors(settings(2), CELEBAMASK)
    phases.check_mirrors(settings(2, "--nomirror"), NYU)
    with pytest.raises(UserError, match=r"--data_dir faces: its classes know no left and right"):
        phases.check_mirrors(settings(2), NYU)


@pytest.mark.parametrize(
    "phase, names",
    [
        (1, {"vae_width", "latent"}),
        (2, {"width", "downs", "discriminators"}),
        (3, {"vae_width", "width", "blender_width", "discriminator_layers"}),
    ],
)
def test_a_phases_networks_follow_from_their_settings(phase, names):
    found = phases.networks(settings(phase))
    assert names <= {*found}
    assert found == {name: getattr(settings(phase), name) for name in found}
    fields = {field.name for field in dataclasses.fields(settings(phase))}
    widths = {name for name in fields if name.endswith(("width", "downs", "blocks", "latent"))}
    assert phase != 3 or widths <= {*found}
