import pytest
import tensorflow as tf

from interface.command_line import UserError
from training.run import strategy


def two_replicas():
    return tf.distribute.MirroredStrategy(["/CPU:0", "/CPU:1"])


def test_more_gpus_than_there_are_are_refused():
    count = len(tf.config.list_logical_devices("GPU"))
    with pytest.raises(UserError, match=f"--GPU {count + 1}: found {count}"):
        strategy.make_strategy(count + 1)


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
    count = len(tf.config.list_logical_devices("GPU"))
    words = strategy.describe(strategy.make_strategy(0))
    assert words.startswith(f"{count} × " if count else "CPU, ")
