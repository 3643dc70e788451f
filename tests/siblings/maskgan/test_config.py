import pytest

from interface.command_line import UserError
from siblings.maskgan.config import from_flags


@pytest.mark.parametrize("phase, rate", [(1, 2e-4), (2, 2e-4), (3, 5e-5)])
def test_each_phase_has_the_papers_rate_and_epochs(phase, rate):
    """100 epochs, and 100 in which the rate falls."""
    settings = from_flags([f"--phase={phase}", "--batch_size=4"]).settled(275)
    assert (settings.lr, settings.steps, settings.falling) == (rate, 13_750, 6_875)


def test_what_is_told_counts():
    words = ["--phase=3", "--lr=0.1", "--steps=8", "--epochs=3", "--decay_epochs=1"]
    settings = from_flags(words).settled(275)
    assert (settings.lr, settings.steps, settings.falling) == (0.1, 8, 2)
    assert from_flags(["--phase=1", "--decay_epochs=0"]).settled(8).falling == 0


def test_the_last_step_may_be_cut_short():
    settings = from_flags(["--phase=1", "--batch_size=8", "--epochs=1", "--decay_epochs=0"])
    assert settings.settled(17).steps == 3


@pytest.mark.parametrize(
    "words, told",
    [
        (
            ["--phase=3", "--batch_size=1"],
            "--batch_size 1: phase 3 edits each mask towards another",
        ),
        (["--phase=4"], "--phase=4"),
        ([], "--phase is missing"),
        (["--phase=1", "--width=0"], "--width=0"),
        (["--phase=1", "--widht=3"], "flag 'widht'"),
    ],
)
def test_what_cannot_work_is_refused(words, told):
    with pytest.raises(UserError) as caught:
        from_flags(words)
    assert told in str(caught.value) and "\n" not in str(caught.value)
    assert from_flags(["--phase=2", "--batch_size=1"]).batch_size == 1
