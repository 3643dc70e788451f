import pytest

from training import schedule


@pytest.mark.parametrize(
    ("step", "steps", "alpha"),
    [
        (0, 20_000, 0.0),
        (1, 20_000, 0.00005),
        (5_000, 20_000, 0.25),
        (19_999, 20_000, 0.99995),
        (20_000, 20_000, 1.0),
        (21_875, 20_000, 1.0),
        (0, 1, 0.0),
        (1, 1, 1.0),
    ],
)
def test_alpha_rises_evenly_to_one_and_stays(step, steps, alpha):
    assert float(schedule.fade_alpha(step, steps)) == pytest.approx(alpha)


@pytest.mark.parametrize(
    ("stage", "fade"),
    [(21_875, 19_993), (30_000, 20_000), (100_000, 20_000), (1_000, 914), (20, 18), (1, 1)],
)
def test_a_fade_ends_within_its_stage(stage, fade):
    """min(20,000, 0.914 × the stage's steps), worked out by hand."""
    assert schedule.fade_steps(stage) == fade
