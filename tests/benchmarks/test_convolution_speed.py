import re

import pytest
import tensorflow as tf

from benchmarks import convolution_speed
from benchmarks.convolution_speed import Convolution
from networks import convolution


def test_convolutions_of_a_graph_are_found_with_their_shapes_transposed_ones_too():
    with tf.Graph().as_default() as graph:
        x = tf.zeros([2, 8, 6, 3])
        tf.nn.conv2d(x, tf.zeros([4, 4, 3, 5]), 2, "SAME")
        tf.nn.conv2d_transpose(x, tf.zeros([3, 3, 7, 3]), [2, 17, 13, 7], 2, "VALID")
    assert list(convolution_speed.of_graph(graph)) == [
        Convolution((2, 8, 6, 3), (4, 4, 3, 5), (2, 4, 3, 5), 2, "SAME"),
        Convolution((2, 17, 13, 7), (3, 3, 7, 3), (2, 8, 6, 3), 2, "VALID"),
    ]


def test_operations_are_those_of_its_products():
    convolution = Convolution((2, 8, 8, 16), (3, 3, 16, 32), (2, 4, 4, 32), 2, "SAME")
    assert convolution.gflop == pytest.approx(2 * 2 * 4 * 4 * 32 * 9 * 16 / 1e9)
    assert str(convolution) == "2×8×8 → 2×4×4, 16 → 32, 3×3, stride 2"


def test_every_network_has_convolutions_each_listed_once():
    for name in convolution_speed.NETWORKS:
        found = convolution_speed.distinct((name,), 16)
        assert len(found) == len(set(found)) > 5
    encoders = [
        each for each in convolution_speed.distinct(("phase_7",), 16) if each.kernel[0] == 8
    ]
    assert [each.kernel for each in encoders] == [(8, 8, 8, 8), (8, 8, 1, 8)]


def test_both_tables_have_a_row_for_each_and_ratios_of_turns(monkeypatch, capsys):
    some = Convolution((1, 8, 8, 16), (3, 3, 16, 16), (1, 8, 8, 16), 1, "SAME")
    monkeypatch.setattr(convolution_speed, "distinct", lambda *_: [some])
    monkeypatch.setattr(convolution_speed, "matrix_rate", lambda seconds: some.gflop)
    steps = {"theirs": [2.0, 4.0], "ours": [1.0, 1.0]}
    monkeypatch.setattr(convolution_speed, "measured_steps", lambda *_: steps)
    convolution_speed.main(["--steps=5", "--seconds=0"])
    rows = [line for line in capsys.readouterr().out.splitlines() if re.match(r"\| .*\d", line)]
    assert rows[0].startswith("| 1×8×8 → 1×8×8, 16 → 16, 3×3 | 0.00 | ")
    assert rows[1:] == ["| 5 | 128 | 8 | 3.000 | 1.000 | 0.38 |"]


@pytest.mark.slow
def test_a_step_with_tensorflows_gradients_and_one_with_ours_take_turns(monkeypatch):
    fewest, chosen, slow = convolution.FEWEST, [], convolution._is_slow

    def watched(kernel):
        chosen.append(slow(kernel))
        return chosen[-1]

    monkeypatch.setattr(convolution, "_is_slow", watched)
    blocks = convolution_speed.measured_steps(2, 16, 0)
    assert min(blocks["theirs"] + blocks["ours"]) > 0
    assert chosen.index(True) > len(chosen) / 3
    assert fewest == convolution.FEWEST
