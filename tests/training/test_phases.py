import pytest

from interface.command_line import UserError
from training import phases


def test_iterations_of_the_schedule_are_the_releases_epochs():
    """An epoch there is 70,000 samples: 40 of them at batch 128 are 21,875 iterations."""
    epochs = {2: (40, 95), 3: (20, 60), 4: (10, 26), 5: (10, 26), 6: (10, 26), 7: (5, 30)}
    for phase, (fade, end) in epochs.items():
        row = phases.SCHEDULE[phase]
        assert row.fade_steps == fade * 70_000 // row.batch_size
        assert row.steps == end * 70_000 // row.batch_size


@pytest.mark.parametrize(
    ("batch", "replicas"), [(1, 1), (2, 1), (3, 1), (4, 1), (128, 8), (6, 2), (2, 2)]
)
def test_batches_that_divide_pass(batch, replicas):
    phases.check_batch_size(batch, replicas)


@pytest.mark.parametrize(("batch", "replicas"), [(5, 1), (6, 1), (7, 2), (12, 2), (100, 3), (1, 2)])
def test_batches_that_do_not_divide_are_refused_and_the_advice_is_good(batch, replicas):
    with pytest.raises(UserError, match=f"--batch_size {batch}: ") as error:
        phases.check_batch_size(batch, replicas)
    first, second = str(error.value).split(" take ")[1].split(" or ")
    phases.check_batch_size(int(first), replicas)
    phases.check_batch_size(int(second), replicas)


@pytest.mark.parametrize(
    ("batch", "replicas", "passes"), [(2, 1, True), (16, 2, True), (3, 3, False)]
)
def test_samples_that_are_compared_two_by_two_come_in_even_numbers(batch, replicas, passes):
    phases.check_batch_size(batch, replicas)
    if passes:
        phases.check_batch_size(batch, replicas, in_pairs=True)
        return
    with pytest.raises(UserError, match="--mode_seeking") as error:
        phases.check_batch_size(batch, replicas, in_pairs=True)
    for advised in str(error.value).split(" take ")[1].split(" or "):
        phases.check_batch_size(int(advised), replicas, in_pairs=True)
