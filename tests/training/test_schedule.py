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


@pytest.mark.parametrize(
    ("step", "factor"),
    [(0, 0.25), (2, 0.75), (3, 1.0), (7, 1.0), (15, 1.0), (16, 0.8), (18, 0.4), (19, 0.2)],
)
def test_the_rate_rises_first_and_falls_at_the_end(step, factor):
    """20 steps: 4 of warm-up, the last 5 of decay."""
    assert float(schedule.rate_factor(step, 20, warmup=4, decay=5)) == pytest.approx(factor)


@pytest.mark.parametrize("step", [0, 7, 19, 20])
def test_the_rate_is_constant_without_either(step):
    assert float(schedule.rate_factor(step, 20)) == 1.0


@pytest.mark.parametrize(
    ("step", "kept"), [(0, 1 / 10), (1, 2 / 11), (90, 0.91), (8990, 0.999), (10**6, 0.999)]
)
def test_the_average_starts_short_and_ends_as_long_as_wanted(step, kept):
    assert float(schedule.average_decay(step, 0.999)) == pytest.approx(kept)


def test_an_average_of_nothing_is_none():
    assert float(schedule.average_decay(5000, 0.0)) == 0.0
