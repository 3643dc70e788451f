import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from serving import signatures
from serving.signatures import Signature, Tensor


@pytest.mark.parametrize(
    ("shape", "rows", "fits"),
    [
        ((2, 3), [5, 2, 3], True),
        ((2, 3), [0, 2, 3], True),
        ((2, 3), [5, 2, 4], False),
        ((2, 3), [5, 2, 3, 1], False),
        ((2, 3), [2, 3], False),
        ((), [5], True),
        ((None, None, 1), [5, 7, 2, 1], True),
        ((None, None, 1), [5, 7, 0, 1], False),
        ((None, None, 1), [5, 7, 2, 3], False),
    ],
)
def test_rows_fit_where_all_that_is_said_of_them_holds(shape, rows, fits):
    assert Tensor(shape, np.dtype("u1")).takes(np.zeros(rows)) == fits


def test_shapes_are_told_as_people_write_them():
    assert str(Tensor((16, 16, 1), np.dtype("f4"))) == "[N, 16, 16, 1]"
    assert str(Tensor((None, None), np.dtype("u1"))) == "[N, any, any]"
    assert str(Tensor((), np.dtype("i8"))) == "[N]"


def test_a_blank_row_takes_a_side_where_one_is_free():
    of_type = {"labels": (None, None, 1), "seed": ()}
    inputs = {name: Tensor(shape, np.dtype("i8")) for name, shape in of_type.items()}
    blank = Signature(dict, inputs).blank(12)
    assert {name: (row.shape, row.dtype) for name, row in blank.items()} == {
        "labels": ((1, 12, 12, 1), np.int64),
        "seed": ((1,), np.int64),
    }


@pytest.fixture
def saved(tmp_path):
    """A function that saves one and gives back its signatures."""

    def save(function, *specs):
        module = tf.Module()
        module.f = tf.function(function, input_signature=specs)
        tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": module.f})
        model = tf.saved_model.load(str(tmp_path))
        return signatures.of_model(model, signatures.definitions_of(tmp_path))

    return save


def test_a_function_is_called_by_its_inputs_names(saved):
    specs = [tf.TensorSpec([None, *s], tf.float32, n) for n, s in (("one", [None]), ("other", [2]))]
    (known,) = saved(lambda one, other: {"y": one - other}, *specs).values()
    assert {name: each.shape for name, each in known.inputs.items()} == {
        "one": (None,),
        "other": (2,),
    }
    other = np.array([[1, 2]], np.float32)
    outputs = known.call(other=other, one=np.array([[5, 5]], np.float32))
    np.testing.assert_array_equal(outputs["y"], [[4, 3]])
    with pytest.raises(UserError, match=r"rows of these sides: one \[3\], other \[2\]"):
        known.call(one=np.zeros([1, 3], np.float32), other=other)


@pytest.mark.parametrize(
    "spec",
    [
        tf.TensorSpec([], tf.float32),
        tf.TensorSpec([1, 4], tf.float32),
        tf.TensorSpec(None, tf.float32),
        tf.TensorSpec([None], tf.string),
    ],
)
def test_what_takes_no_rows_of_numbers_is_refused(saved, spec):
    with pytest.raises(ValueError, match="input x takes no rows of numbers"):
        saved(lambda x: {"y": x}, spec)
