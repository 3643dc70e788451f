import pytest

from interface.command_line import UserError
from siblings.pix2pixhd import config


def test_without_flags_it_is_the_papers_training():
    settings = config.from_flags(["--phase=1"])
    assert (settings.lr, settings.batch_size, settings.loss) == (0.0002, 1, "lsgan")
    assert (settings.width, settings.downs, settings.blocks) == (64, 4, 9)
    assert (settings.enhancers, settings.enhancer_blocks) == (1, 3)
    assert (settings.discriminators, settings.discriminator_width) == (2, 64)
    assert (settings.feature_weight, settings.perceptual_weight) == (10, 10)
    assert (settings.features, settings.feature_channels) == ("instance", 3)
    assert settings.fix_global_epochs == 10


def test_what_networks_follow_from():
    settings = config.from_flags(["--phase=2", "--width=8", "--noinstances"])
    shape = {"width": 8, "downs": 4, "blocks": 9, "norm": "instance", "instances": False}
    assert settings.generator() == shape
    assert settings.enhancer() == {"enhancers": 1, "enhancer_blocks": 3}
    assert {*settings.discriminator()} == {
        "discriminators",
        "discriminator_width",
        "discriminator_layers",
    }
    assert settings.encoder() == {
        "features": "instance",
        "feature_channels": 3,
        "encoder_width": 16,
        "encoder_downs": 4,
    }


@pytest.mark.parametrize("words", [["--crop_size=32"], ["--crop_size=32,64"], ["--enhancers=0"]])
def test_what_goes_together(words):
    config.from_flags(["--phase=1", "--width=6", *words])


@pytest.mark.parametrize(
    "words, told",
    [
        (
            ["--phase=1", "--width=6", "--enhancers=2"],
            "--width 6: --enhancers 2 halve it so often; wanted a multiple of 4",
        ),
        (
            ["--phase=2", "--enhancers=0"],
            "--phase 2 trains enhancers; wanted --enhancers 1 or more, or phase 3",
        ),
        (
            ["--phase=1", "--recompute", "--dropout=0.5"],
            "--recompute: --dropout would differ when made again; leave one out",
        ),
        (
            ["--phase=1", "--recompute", "--norm=batch"],
            "--recompute: --norm batch would differ when made again; leave one out",
        ),
        (
            ["--phase=1", "--from_scratch", "--load_pretrain=runs/x"],
            "--from_scratch and --load_pretrain: wanted one of them",
        ),
        (
            ["--phase=1", "--crop_size=32,64,3"],
            "--crop_size 32,64,3: wanted a side or height,width",
        ),
        (["--phase=1", "--crop_size=32,0"], "--crop_size 32,0: wanted a side or height,width"),
        (["--phase=4"], "--phase=4: 4 is not an integer in the range [1, 3]"),
        ([], "--phase"),
    ],
)
def test_what_does_not_go_together_is_told_in_one_line(words, told):
    with pytest.raises(UserError) as caught:
        config.from_flags(words)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
