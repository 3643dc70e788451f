import json
import math

import pytest

from interface.command_line import UserError
from training.run import health


def test_the_first_step_that_is_not_finite_is_named():
    guard = health.Guard(patience=3)
    guard(1, {"loss": 1.0})
    guard(2, {"loss": 2.0, "penalty": math.inf})
    with pytest.raises(health.NotFiniteError, match="penalty = inf at step 2") as error:
        guard(3, {"loss": math.nan})
    assert error.value.step == 2


def test_nothing_is_written_after_a_step_that_is_not_finite():
    guard, written = health.Guard(patience=100), []
    action = guard.before(lambda step, _: written.append(step))
    guard(1, {"loss": 1.0})
    action(1, {})
    guard(2, {"loss": -math.inf})
    with pytest.raises(health.NotFiniteError, match="loss = -inf at step 2"):
        action(2, {})
    assert written == [1]


def test_scalars_are_looked_at_once_in_a_while():
    """A look waits for the device."""

    class Scalar(float):
        looks = 0

        def __float__(self):
            Scalar.looks += 1
            return 1.0

    guard = health.Guard(patience=10)
    for step in range(1, 10):
        guard(step, {"loss": Scalar()})
    assert Scalar.looks == 0
    guard(10, {"loss": Scalar()})
    assert Scalar.looks == 10


BAD = health.NotFiniteError(17, "critic_loss = nan")


def test_three_rollbacks_each_halve_the_rate_and_are_remembered(tmp_path, capsys):
    for number in (1, 2, 3):
        rollbacks = health.Rollbacks(tmp_path)
        assert rollbacks.rate_scale() == 0.5 ** (number - 1)
        rollbacks.decide(BAD, 10, "rollback", chief=True)
        assert f"going back to it with {0.5**number:g} ×" in capsys.readouterr().out
    noted = json.loads((tmp_path / "rollbacks.json").read_text())
    assert noted == [{"step": 17, "found": "critic_loss = nan", "back_to": 10}] * 3
    with pytest.raises(UserError, match="rolled back 3 times already"):
        health.Rollbacks(tmp_path).decide(BAD, 10, "rollback", chief=True)


def test_stopping_names_the_step_and_the_last_good_checkpoint(tmp_path):
    message = "critic_loss = nan at step 17; the last good checkpoint is of step 10; try a lower"
    with pytest.raises(UserError, match=message):
        health.Rollbacks(tmp_path).decide(BAD, 10, "stop", chief=True)
    assert list(tmp_path.iterdir()) == []


def test_other_workers_halve_their_rate_and_leave_the_note_to_the_chief(tmp_path):
    rollbacks = health.Rollbacks(tmp_path)
    rollbacks.decide(BAD, 10, "rollback", chief=False)
    assert rollbacks.rate_scale() == 0.5
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    ["", '[{"step": 1', "null", "7", '{"step": 1}', '[{"step": 1, "found": "x", "to": 2}]', "[3]"],
)
def test_a_damaged_note_of_rollbacks_is_one_line(tmp_path, content):
    (tmp_path / "rollbacks.json").write_text(content)
    with pytest.raises(UserError, match="rollbacks.json: damaged; restore it, or delete it"):
        health.Rollbacks(tmp_path)
