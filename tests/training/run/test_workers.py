"""One process alone; several are tested in tests/faults/test_several_workers.py."""

import types

import pytest
import tensorflow as tf

from interface.command_line import UserError
from training.run import strategy
from training.run.workers import Workers


def test_alone_it_is_the_chief_and_agrees_with_itself():
    workers, answer = Workers(strategy.make_strategy(0)), [False]
    question = workers.agreed(lambda: answer[0])
    workers.check_same_start(7)
    assert workers.chief
    assert not question()
    answer[0] = True
    assert question()


@pytest.fixture
def second_of_two():
    """A worker whose means over all workers are those with a silent first one."""
    workers = Workers(strategy.make_strategy(0))
    workers.alone, workers.number, workers.chief = False, 1, False
    workers._mean = lambda value: value / 2
    return workers


def test_one_worker_is_enough_to_stop_all(second_of_two):
    assert second_of_two.agreed(lambda: True)()
    assert not second_of_two.agreed(lambda: False)()


def test_other_starts_elsewhere_are_refused(second_of_two):
    second_of_two.check_same_start(0)
    with pytest.raises(UserError, match="worker 1 starts at step 5.*one folder"):
        second_of_two.check_same_start(5)


def test_other_settings_than_the_chiefs_are_refused_by_all(second_of_two):
    mine = {"lr": 0.1, "sizes": (1, 2), "seed": 3}
    second_of_two.check_same_settings(mine, lambda: {"lr": 0.1, "sizes": [1, 2], "seed": 3, "x": 0})
    told = "worker 1 has seed 3, the chief 4; give all workers the same flags"
    with pytest.raises(UserError, match=told):
        second_of_two.check_same_settings(mine, lambda: {"lr": 0.1, "sizes": [1, 2], "seed": 4})
    second_of_two._mean = lambda value: value / 2 + 0.5  # another worker has found something
    with pytest.raises(UserError, match="another worker has other settings or records"):
        second_of_two.check_same_settings(mine, lambda: {**mine, "sizes": [1, 2]})


def test_alone_there_is_no_chief_to_ask():
    Workers(strategy.make_strategy(0)).check_same_settings({"lr": 1}, lambda: 1 / 0)


@pytest.mark.parametrize("kind", [tf.errors.UnavailableError, tf.errors.DeadlineExceededError])
def test_a_lost_worker_is_one_line(second_of_two, kind):
    message = "worker 1 lost another one; start all"
    with pytest.raises(UserError, match=message) as error, second_of_two.none_may_be_lost():
        raise kind(None, None, "Collective ops\nis aborted: Connection reset by peer")
    assert "\n" not in str(error.value)


def test_alone_such_errors_are_left_as_they_are():
    alone = types.SimpleNamespace(cluster_resolver=None)
    with pytest.raises(tf.errors.UnavailableError), Workers(alone).none_may_be_lost():
        raise tf.errors.UnavailableError(None, None, "something else")
