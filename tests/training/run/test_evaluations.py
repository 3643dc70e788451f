import json

import pytest
import tensorflow as tf

from training.run.evaluations import Evaluations
from training.run.logbook import Board
from training.run.stages import Stage


class Distance:
    """How far a weight is from zero."""

    decisive = "distance"

    def __init__(self, weight, images, farthest):
        self.weight, self.images, self.highest_is_best = weight, images, farthest

    def __call__(self):
        return {"distance": float(abs(self.weight)), "other": 1.0}


def evaluate(folder, start, weights, images=8, farthest=False):
    """Evaluate at steps 10, 20, … after `start`, with these weights."""
    weight = tf.Variable(0.0)
    checkpoint = tf.train.Checkpoint(weight=weight)
    board = Board(folder / "logs", start)
    evaluation = Distance(weight, images, farthest)
    evaluations = Evaluations(Stage(folder), start, board, checkpoint, evaluation)
    for number, value in enumerate(weights, 1):
        weight.assign(value)
        evaluations(start + 10 * number, {})


def best_of(folder):
    """(step, weight) of the checkpoint kept, the only one."""
    (path,) = (folder / "best").glob("step_*")
    weight = tf.train.load_variable(str(path / "state"), "weight/.ATTRIBUTES/VARIABLE_VALUE")
    return int(path.name[5:]), pytest.approx(weight)


def rows(folder):
    return [json.loads(line) for line in (folder / "evaluations.jsonl").read_text().splitlines()]


def test_the_checkpoint_with_the_lowest_figure_is_kept(tmp_path):
    evaluate(tmp_path, 0, [0.9, 0.2, 0.5])
    assert best_of(tmp_path) == (20, 0.2)
    assert [row["step"] for row in rows(tmp_path)] == [10, 20, 30]
    wanted = {"step": 20, "distance": pytest.approx(0.2), "other": 1.0, "images": 8}
    assert rows(tmp_path)[1] == wanted


def test_the_highest_figure_may_be_the_best(tmp_path):
    evaluate(tmp_path, 0, [0.2, 0.9, 0.5], farthest=True)
    evaluate(tmp_path, 30, [0.6], farthest=True)
    assert best_of(tmp_path) == (20, 0.9)


def test_a_resumed_run_remembers_what_was_best(tmp_path):
    evaluate(tmp_path, 0, [0.9, 0.2, 0.5])
    evaluate(tmp_path, 30, [0.4, 0.3])
    assert best_of(tmp_path) == (20, 0.2)
    evaluate(tmp_path, 50, [0.1])
    assert best_of(tmp_path) == (60, 0.1)


def test_what_was_best_on_a_course_cut_off_is_found_again(tmp_path):
    evaluate(tmp_path, 0, [0.5, 0.9, 0.2])
    evaluate(tmp_path, 10, [0.9, 0.3])  # goes on from before the best, elsewhere
    assert [row["step"] for row in rows(tmp_path)] == [10, 20, 30]
    assert best_of(tmp_path) == (30, 0.3)


def test_figures_of_other_numbers_of_images_do_not_decide(tmp_path):
    evaluate(tmp_path, 0, [0.2], images=8)
    evaluate(tmp_path, 10, [0.5, 0.4, 0.9], images=4)
    assert best_of(tmp_path) == (30, 0.4)


def test_equal_figures_keep_the_earlier_checkpoint(tmp_path):
    evaluate(tmp_path, 0, [0.2, 0.2])
    assert best_of(tmp_path)[0] == 10
