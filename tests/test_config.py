import dataclasses

import pytest

import config
from interface.command_line import UserError
from training import phases

# The table of the specification: phase, records, batch, lr, iterations of the fade and in all.
RELEASE = [
    (2, 32, 128, 0.001, 21_875, 51_953),
    (3, 64, 64, 0.001, 21_875, 65_625),
    (4, 128, 32, 0.001, 21_875, 56_875),
    (5, 256, 32, 0.0012, 21_875, 56_875),
    (6, 256, 32, 0.0018, 21_875, 56_875),
    (7, 512, 16, 0.00185, 21_875, 131_250),
]


def settings(*argv, records=100):
    return config.from_flags(list(argv)).with_steps(records)


@pytest.mark.parametrize(("phase", "size", "batch", "lr", "fade", "steps"), RELEASE)
def test_a_phase_alone_gives_its_row_of_the_schedule(phase, size, batch, lr, fade, steps):
    stable = settings("--phase", str(phase), "--use_embedding")
    assert (stable.size, stable.batch_size, stable.lr) == (size, batch, lr)
    assert (stable.steps, stable.smooth, stable.n_critic) == (steps, False, 1)
    fading = settings("--phase", str(phase), "--smooth")
    assert fading.steps == fade
    assert fading.lr == (0.0018 if phase == 7 else lr)
    assert stable.resolution == 4 * 2**phase


def test_help_shows_each_phases_own_numbers(capsys):
    with pytest.raises(SystemExit):
        config.from_flags(["--help"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[-8:]]
    assert rows[0] == ["1", "8", "16", "128", "0.001", "51953", "–", "–"]
    assert rows[6] == ["7", "512", "512", "16", "0.00185", "131250", "0.0018", "21875"]


def test_the_releases_command_line_works():
    line = (
        "--GPU 4 --phase 2 --smooth 1 --size 32 --epoch 40 --batch_size 128 --lr 0.001 "
        "--n_critic 1 --use_embedding 1"
    )
    given = settings(*line.split(), records=27_000)
    assert (given.GPU, given.smooth, given.use_embedding) == (4, True, True)
    assert given.steps == 8438  # 40 passes of 27,000 records in batches of 128, rounded up


@pytest.mark.parametrize(
    ("words", "expected"),
    [("--use_embedding", True), ("--nouse_embedding", False), ("--use_embedding 0", False)],
)
def test_switches_are_read_as_they_are_written(words, expected):
    assert settings("--phase", "2", *words.split()).use_embedding is expected


def test_steps_go_before_epochs_and_epochs_before_the_schedule():
    assert settings("--phase", "2", "--epoch", "3", "--steps", "7").steps == 7
    given = settings("--phase", "2", "--epoch", "3", "--batch_size", "8", "--n_critic", "2")
    assert given.steps == 19  # 300 samples, 16 a step


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "--phase is missing"),
        ("--phase 9", "--phase"),
        ("--phase 0", "--phase"),
        ("--phase two", "--phase"),
        ("--phase 1 --smooth", "--smooth: phase 1"),
        ("--phase 2 --batch 8", "'batch'"),
        ("--phase 2 fast", "stray word 'fast'"),
        ("--phase 2 --steps 0", "--steps"),
        ("--phase 3 --size 16", "--size 16: phase 3 reads one of 32, 64,"),
        ("--phase 2 --size 48", "--size 48"),
        ("--phase 2 --seed 4294967295", "--seed"),
    ],
)
def test_mistakes_are_one_line_that_names_the_flag(words, message):
    with pytest.raises(UserError) as error:
        config.from_flags(words.split())
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings("--phase", "2").lr = 1.0


def test_no_two_phases_or_seeds_share_their_draws():
    seeds = {
        settings("--phase", str(phase), "--seed", str(seed)).stage_seed
        for phase in phases.SCHEDULE
        for seed in range(3)
    }
    assert len(seeds) == 3 * len(phases.SCHEDULE)


def test_a_learning_rate_that_has_no_time_to_rise_and_fall_is_refused():
    words = ["--phase=2", "--steps=20", "--lr_warmup=11", "--lr_decay=10"]
    with pytest.raises(UserError, match="--lr_warmup 11 and --lr_decay 10 do not fit into 20"):
        config.from_flags(words).with_steps(100)
    assert config.from_flags([*words, "--smooth"]).with_steps(100).steps == 20  # no decay there


def test_others_masks_are_refused_where_scores_have_no_floor():
    with pytest.raises(UserError, match="--other_masks with --loss wasserstein: .*logistic"):
        settings("--phase=2", "--other_masks=1")
    assert settings("--phase=2", "--other_masks=1", "--loss=logistic").in_pairs
    assert settings("--phase=2", "--mode_seeking=1").in_pairs
    assert not settings("--phase=2").in_pairs
