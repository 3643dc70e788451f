import json

import numpy as np
import pytest
import tensorflow as tf

from training.run.evaluations import Evaluations
from training.run.logbook import Board


class Painter:
    """A trainer of one weight, which it paints."""

    def __init__(self):
        self.weight = tf.Variable(0.0)
        self.checkpoint = tf.train.Checkpoint(weight=self.weight)

    def sample(self, mask, latent):
        return tf.ones([len(mask), 4, 4, 3]) * self.weight


def measure(paint):
    """How far from mid grey its pictures are."""
    images = paint(np.zeros([2, 4, 4], bool), np.zeros([2, 5], np.float32))
    assert (images.dtype, images.shape) == (np.uint8, (2, 4, 4, 3))
    return {"distance": float(np.abs(images.astype(int) - 128).mean()), "other": 1.0}


def evaluate(folder, start, weights, images=8):
    """Evaluate at steps 10, 20, … after `start`, with these weights."""
    trainer = Painter()
    board = Board(folder / "logs", start)
    evaluations = Evaluations(folder, start, board, trainer, measure, "distance", images)
    for number, weight in enumerate(weights, 1):
        trainer.weight.assign(weight)
        evaluations(start + 10 * number, {})
    return evaluations


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
    # A weight of 0.2 is painted as the level 153: (1 + 0.2) · 127.5.
    assert rows(tmp_path)[1] == {"step": 20, "distance": 25.0, "other": 1.0, "images": 8}


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
