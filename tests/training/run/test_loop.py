from training.run import loop


class Counter:
    """A trainer that counts."""

    checkpoint = None

    def __init__(self):
        self.batches = []

    def train_step(self, batch):
        self.batches.append(batch)
        return {"loss": -batch}


def test_each_step_takes_a_batch_and_then_calls_every_action():
    trainer, calls = Counter(), []
    done = loop.run(trainer, iter([10, 11, 12]), 4, 6, [lambda *call: calls.append(call)])
    assert done == 6
    assert trainer.batches == [10, 11]
    assert calls == [(5, {"loss": -10}), (6, {"loss": -11})]


def test_every_fires_at_multiples_and_at_the_end():
    fired = []
    action = loop.every(3, lambda step, _: fired.append(step), also_at=10)
    for step in range(1, 12):
        action(step, {})
    assert fired == [3, 6, 9, 10]


def test_a_finished_stage_trains_nothing():
    trainer = Counter()
    assert loop.run(trainer, iter([]), 5, 5, []) == 5
    assert trainer.batches == []


def test_the_loop_ends_after_the_step_in_which_it_was_asked_to():
    trainer, asked = Counter(), iter([False, True])
    assert loop.run(trainer, iter(range(9)), 0, 9, [], lambda: next(asked)) == 2
    assert trainer.batches == [0, 1]
