import pytest

from interface.command_line import UserError
from siblings.flowers import config


def test_without_flags_it_is_the_releases_schedule():
    settings = config.from_flags([])
    assert (settings.epochs, settings.batch_size, settings.lr) == (250, 128, 0.0002)
    assert (settings.generator_width, settings.discriminator_width) == (128, 64)
    tricks = ("smooth_labels", "instance_noise", "mask_noise", "other_masks", "lr_decay")
    assert all(getattr(settings, trick) for trick in tricks)


@pytest.mark.parametrize("records, steps", [(896, 1750), (897, 1752), (64, 125)])
def test_steps_are_as_many_as_the_epochs_take(records, steps):
    """250 · records / 128, rounded up."""
    assert config.from_flags([]).settled(records).steps == steps
    assert config.from_flags(["--steps=7"]).settled(records).steps == 7


def test_several_classes_are_one_place():
    assert config.from_flags(["--class_name", "skin,nose"]).class_name == ("skin", "nose")


def test_what_networks_follow_from():
    words = ["--generator_width=8", "--nouse_mask"]
    assert config.from_flags(words).networks() == {
        "generator_width": 8,
        "discriminator_width": 64,
        "use_mask": False,
    }


def test_figures_want_somebody_who_looks():
    with pytest.raises(UserError, match="--eval_every 5: wanted a --segmenter"):
        config.from_flags(["--eval_every=5"])
