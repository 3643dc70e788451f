import sys

import pytest

from benchmarks import step_profile
from interface.command_line import UserError


def test_kernels_of_a_kind_are_added_up_and_what_is_around_them_left_out():
    events = [
        ("ExecutorState::Process", 50),
        ("train_step", 60),
        ("critic/conv/Conv2D:_MklNativeConv2D", 3),
        ("Conv2D_3:Conv2D", 2),
        ("while/body:StatefulPartitionedCall", 40),
        ("Adam/update:ResourceApplyAdam", 5),
    ]
    assert step_profile.shares(events) == {"Conv2D": 0.5, "ResourceApplyAdam": 0.5}


def test_rows_are_sorted_and_small_ones_are_one():
    phases = [{"MatMul": 0.3, "Conv2D": 0.697, "Sub": 0.003}, {"Pad": 0.999, "Sub": 0.001}]
    assert step_profile.rows(phases) == [
        "| Pad | 0.0 % | 99.9 % |",
        "| Conv2D | 69.7 % | 0.0 % |",
        "| MatMul | 30.0 % | 0.0 % |",
        "| all others | 0.3 % | 0.1 % |",
    ]


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="TensorFlow 2.21 cannot read profiles")
def test_a_real_step_is_mostly_convolutions_and_products():
    of_kinds = step_profile.shares(step_profile.profiled(2, 16))
    assert sum(of_kinds.values()) == pytest.approx(1)
    assert sum(share for name, share in of_kinds.items() if "Conv2D" in name) > 0.1


def test_without_a_reader_it_is_told_which_tensorflow_has_one(monkeypatch):
    monkeypatch.setattr(step_profile, "SCHEMA", "no.such.schema")
    with pytest.raises(UserError, match="takes TensorFlow 2.15"):
        step_profile.profiled(2, 16)
