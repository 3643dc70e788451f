import pytest
import tensorflow as tf

from interface.command_line import UserError
from training.run import strategy


def two_replicas():
    return tf.distribute.MirroredStrategy(["/CPU:0", "/CPU:1"])


@pytest.mark.parametrize(
    ("batch", "replicas"), [(1, 1), (2, 1), (3, 1), (4, 1), (128, 8), (6, 2), (2, 2)]
)
def test_batches_that_divide_pass(batch, replicas):
    strategy.check_batch_size(batch, replicas)


@pytest.mark.parametrize(("batch", "replicas"), [(5, 1), (6, 1), (7, 2), (12, 2), (100, 3), (1, 2)])
def test_batches_that_do_not_divide_are_refused_and_the_advice_is_good(batch, replicas):
    with pytest.raises(UserError, match=f"--batch_size {batch}: ") as error:
        strategy.check_batch_size(batch, replicas)
    first, second = str(error.value).split(" take ")[1].split(" or ")
    strategy.check_batch_size(int(first), replicas)
    strategy.check_batch_size(int(second), replicas)


@pytest.mark.parametrize(
    ("batch", "replicas", "passes"), [(2, 1, True), (16, 2, True), (3, 3, False)]
)
def test_samples_that_are_compared_two_by_two_come_in_even_numbers(batch, replicas, passes):
    strategy.check_batch_size(batch, replicas)
    if passes:
        strategy.check_batch_size(batch, replicas, in_pairs=True)
        return
    with pytest.raises(UserError, match="--mode_seeking") as error:
        strategy.check_batch_size(batch, replicas, in_pairs=True)
    for advised in str(error.value).split(" take ")[1].split(" or "):
        strategy.check_batch_size(int(advised), replicas, in_pairs=True)


def test_more_gpus_than_there_are_are_refused():
    found = len(tf.config.list_logical_devices("GPU"))
    with pytest.raises(UserError, match=f"--GPU {found + 1}: found {found}"):
        strategy.make_strategy(found + 1)


def test_replicas_get_consecutive_elements_of_the_stream():
    replicas = two_replicas()
    counts = []

    def make(count, served):
        counts.append((count, served))
        return tf.data.Dataset.range(100).map(lambda i: i[None])

    batches = strategy.Batches(replicas, make)
    for step in range(3):
        values = replicas.experimental_local_results(next(batches))
        assert [int(value[0]) for value in values] == [2 * step, 2 * step + 1]
    assert counts == [(2, range(2))]
    assert batches.waited > 0


def test_a_record_damaged_inside_is_one_line():
    def explode(number):
        return tf.io.parse_tensor(tf.strings.as_string(number), tf.float32)

    batches = strategy.Batches(
        strategy.make_strategy(0), lambda count, served: tf.data.Dataset.range(3).map(explode)
    )
    with pytest.raises(UserError, match="a record of --data_dir is damaged inside"):
        next(batches)


@pytest.mark.parametrize(
    "text",
    [
        "noise",
        "{}",
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": "x"}, "task": {"type": "worker", "index": 0}}',
        '{"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}',
        '{"cluster": {"ps": [], "worker": ["b:1"]}, "task": {"type": "worker", "index": 0}}',
    ],
)
def test_a_cluster_that_makes_no_sense_is_refused(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UserError, match='TF_CONFIG=.*wanted {"cluster"'):
        strategy.make_strategy(0)


def test_a_cluster_of_one_trains_alone(monkeypatch):
    one = '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}'
    monkeypatch.setenv("TF_CONFIG", one)
    assert strategy.make_strategy(0).cluster_resolver is None


def test_the_devices_are_named():
    found = len(tf.config.list_logical_devices("GPU"))
    words = strategy.describe(strategy.make_strategy(0))
    assert words.startswith(f"{found} × " if found else "CPU, ")
