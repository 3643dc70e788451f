import numpy as np
import pytest

from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.record_files import Records
from interface.command_line import UserError
from siblings.segmenter import config


def records(count=100, sizes=((32, 48),)):
    return Records((), np.zeros([count, 3], np.int64), label_sets.numbered(3), sizes)


def test_size_and_steps_follow_from_the_records():
    settings = config.from_flags(["--epochs=3", "--batch_size=8"]).settled(records())
    assert (settings.size, settings.steps) == ((32, 48), 38)
    assert settings.decay_steps == 29  # three quarters, rounded up
    given = config.from_flags(["--size=64", "--steps=5"]).settled(records())
    assert (given.size, given.steps) == ((64, 64), 5)


@pytest.mark.parametrize(
    "words, sizes, told",
    [
        ([], ((32, 48), (48, 32)), "--size: records of 2 sizes; wanted a side or height,width"),
        (
            [],
            ((30, 48),),
            "--size: 30,48; wanted a side or height,width in pixels, multiples of 16",
        ),
        (["--size=40"], ((32, 32),), "--size: 40,40; wanted"),
        (["--size=16,16,16"], ((32, 32),), "--size: 16,16,16; wanted"),
    ],
)
def test_a_size_that_the_network_cannot_halve_four_times_is_refused(words, sizes, told):
    with pytest.raises(UserError) as caught:
        config.from_flags(words).settled(records(sizes=sizes))
    assert told in str(caught.value)
