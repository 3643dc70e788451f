import dataclasses
import itertools

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline import order
from input_pipeline.order import Shares

COUNT = 7


@dataclasses.dataclass(frozen=True)
class Numbers:
    """Records that hold nothing but their own number: neither faces nor label maps."""

    count: int = COUNT

    def read(self, indices):
        return [b"%d" % index for index in indices]


def taken(elements, seed=1, start_step=0, draws=2, **how):
    """The first elements of a stream: {"number": which records, "drawn": their random numbers}."""

    def decode(serialized, drawn):
        return {"number": tf.strings.to_number(serialized, tf.int32), "drawn": drawn}

    shares = Shares(**{"batch_size": 2, **how})
    stream = order.stream(Numbers(), shares, decode, draws, seed=seed, start_step=start_step)
    return list(itertools.islice(stream.as_numpy_iterator(), elements))


def assert_equal(elements, wanted):
    assert len(elements) == len(wanted) > 0
    for left, right in zip(elements, wanted):
        assert left.keys() == right.keys()
        for name in left:
            np.testing.assert_array_equal(left[name], right[name])


@pytest.mark.parametrize("batch_size, passes", [(2, 1), (7, 1), (2, 3), (16, 1)])
def test_each_pass_over_the_records_visits_every_one_once(batch_size, passes):
    elements = taken(14, batch_size=batch_size, passes=passes)
    visited = np.concatenate([element["number"] for element in elements]).tolist()
    epochs = [visited[start : start + COUNT] for start in range(0, 4 * COUNT, COUNT)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(COUNT))] * 4
    assert len({tuple(epoch) for epoch in epochs}) > 1  # each in an order of its own


def test_the_stream_follows_from_its_seed():
    first, other = taken(6), taken(6, seed=2)
    assert_equal(taken(6), first)
    for name in ("number", "drawn"):
        assert any((a[name] != b[name]).any() for a, b in zip(first, other))


@pytest.mark.parametrize("replicas, passes", [(1, 1), (2, 2), (1, 3)])
def test_starting_at_a_step_equals_skipping_the_steps_before(replicas, passes):
    how = {"batch_size": 4, "replicas": replicas, "passes": passes}
    whole = taken(5 * replicas, **how)
    assert_equal(taken(2 * replicas, start_step=3, **how), whole[3 * replicas :])


def test_each_machine_is_served_its_own_replicas():
    """Three machines of two replicas, from step 1 on."""
    how = {"batch_size": 6, "replicas": 6}
    whole = taken(18, **how)
    for first in (0, 2, 4):
        served = taken(4, start_step=1, served=range(first, first + 2), **how)
        assert_equal(served, [whole[6 * step + first + i] for step in (1, 2) for i in (0, 1)])


@pytest.mark.parametrize("passes", [1, 2])
def test_replicas_share_the_very_records_and_draws_of_one_device(passes):
    whole = taken(3, batch_size=4, passes=passes)
    parts = taken(6, batch_size=4, passes=passes, replicas=2)
    for step, element in enumerate(whole):
        for name, value in element.items():
            batches = value.reshape(passes, 4, *value.shape[1:])
            halves = [
                part[name].reshape(passes, 2, *value.shape[1:])
                for part in parts[2 * step : 2 * step + 2]
            ]
            np.testing.assert_array_equal(np.concatenate(halves, axis=1), batches)


def test_a_record_has_new_draws_each_time_it_is_seen():
    elements = taken(4, batch_size=COUNT)
    drawn = np.concatenate([element["drawn"] for element in elements])
    assert len({tuple(row) for row in drawn.tolist()}) == 4 * COUNT
    assert 0 <= drawn.min() < drawn.max() < 1


def test_draws_are_those_of_the_whole_step_by_seed_and_step():
    element = taken(1, batch_size=3, passes=2, seed=5, start_step=4, draws=3)[0]
    wanted = tf.random.stateless_uniform([6, 3], tf.constant([5, 4], tf.int64))
    np.testing.assert_array_equal(element["drawn"], wanted)


def test_the_graph_knows_how_many_records_an_element_has():
    shares = Shares(6, passes=2, replicas=3)
    stream = order.stream(Numbers(), shares, lambda *given: dict(zip("sd", given)), 5, seed=0)
    shapes = {name: spec.shape.as_list() for name, spec in stream.element_spec.items()}
    assert shapes == {"s": [4], "d": [4, 5]}


@pytest.mark.parametrize("count, start, wanted", [(3, 0, 3), (20, 0, COUNT), (3, 6, 1)])
def test_the_first_records_are_those_that_training_sees_first(count, start, wanted):
    numbers = [int(each) for each in order.first(Numbers(), count, seed=1, start=start).numpy()]
    assert numbers == taken(1, batch_size=COUNT)[0]["number"].tolist()[start : start + wanted]


@pytest.mark.parametrize("epoch", [0, 1, 10**12])
def test_the_places_of_one_pass_are_a_permutation(epoch):
    places = np.arange(epoch * 11, (epoch + 1) * 11, dtype=np.int64)
    indices = order.position_to_index(places, 11, seed=4)
    assert sorted(indices.tolist()) == list(range(11))
    np.testing.assert_array_equal(order.position_to_index(places[[6, 2]], 11, 4), indices[[6, 2]])


def test_the_order_of_runs_begun_earlier_stays():
    indices = order.position_to_index(np.arange(14), 7, seed=3)
    assert indices.tolist() == [5, 6, 2, 1, 4, 3, 0, 2, 1, 4, 0, 5, 6, 3]  # as first released
