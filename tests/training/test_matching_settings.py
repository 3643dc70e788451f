from training.matching_settings import MatchingSettings


def test_discriminators_are_those_of_the_release_unless_told():
    assert MatchingSettings().discriminator() == {
        "discriminators": 2,
        "discriminator_width": 64,
        "discriminator_layers": 3,
    }
    assert MatchingSettings(discriminators=1).discriminator()["discriminators"] == 1


def test_a_comparison_that_weighs_nothing_needs_no_weights():
    assert MatchingSettings().perceived == "imagenet"
    assert MatchingSettings(vgg="x.pth", perceptual_weight=1).perceived == "x.pth"
    assert MatchingSettings(vgg="x.pth", perceptual_weight=0).perceived == "none"
