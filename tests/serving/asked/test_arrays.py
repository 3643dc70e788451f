import numpy as np
import pytest

from interface.command_line import UserError
from serving.about import About
from serving.asked import arrays
from serving.signatures import Signature, Tensor
from tests.serving.label_models import CLASSES, FREE, STYLED

LABELS = [[0, 1, 2, 0]] * 4


def asked(value, shape=(None, None), dtype="u1", about=FREE, name="labels"):
    signature = Signature(dict, {name: Tensor(shape, np.dtype(dtype))})
    return arrays.of_columns({name: value}, signature, about)[name]


@pytest.mark.parametrize(
    ("value", "shape", "dtype"),
    [
        ([LABELS, LABELS], (None, None), "u1"),
        ([LABELS], (4, 4), "i8"),
        ([np.zeros([4, 8, 1], int).tolist()], (None, None, 1), "i4"),
    ],
)
def test_label_maps_of_every_integer_type_and_free_size_are_taken(value, shape, dtype):
    array = asked(value, shape, dtype)
    assert array.dtype == dtype
    np.testing.assert_array_equal(array, value)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [([0.5, 1], "f4"), ([3, 2**63 - 1], "i8"), ([0, 255], "u1"), ([2**64 - 1], "u8")],
)
def test_numbers_are_taken_up_to_their_types_ends(value, dtype):
    array = asked(value, (), dtype, About(), "seed")
    assert (array.tolist(), array.dtype) == (value, dtype)


def test_yes_and_no_are_taken_where_they_are_wanted():
    assert asked([True, False], (), "?", About(), "edges").tolist() == [True, False]


@pytest.mark.parametrize(
    ("value", "dtype", "words"),
    [
        ([300], "u1", "seed: 300; wanted uint8 numbers, from 0 to 255"),
        ([-1], "u1", "seed: -1; wanted uint8 numbers, from 0 to 255"),
        ([1, 40_000], "i2", "seed: 40000; wanted int16 numbers, from -32768 to 32767"),
        ([2**63], "i8", f"seed: {2**63}; wanted int64 numbers"),
        ([-1], "u8", "seed: -1; wanted uint64 numbers"),
        ([-(2**63) - 1], "i8", "seed: wanted int64"),
        ([1.5], "i8", "seed: wanted int64 numbers"),
        (["3"], "i8", "seed: wanted int64 numbers"),
        ([None], "i8", "seed: wanted int64 numbers"),
        ([True], "i8", "seed: wanted int64 numbers"),
        ([True], "f4", "seed: wanted float32 numbers"),
        ([1], "?", "seed: wanted bool"),
        ([1e300], "f4", "seed: wanted finite float32 numbers"),
        ([[3]], "i8", r"seed: .* shape \[N\]"),
        (3, "i8", r"seed: .* shape \[N\]"),
    ],
)
def test_other_numbers_are_refused_by_name_value_and_limit(value, dtype, words):
    with pytest.raises(UserError, match=words):
        asked(value, (), dtype, About(), "seed")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([[[0, 1, 2, 3]] * 4], "labels: 3; wanted ids of classes, from 0 to 2"),
        ([[[0, 1, 2, 300]] * 4], "labels: 300; wanted uint8 numbers, from 0 to 255"),
        ([[[0] * 4] * 6], "labels: 6x4 pixels; wanted multiples of 4"),
        ([[[0] * 6] * 4], "labels: 4x6 pixels; wanted multiples of 4"),
        ([[]], r"labels: .* shape \[N, any, any\]"),
        ([[[], []]], r"labels: .* shape \[N, any, any\]"),
        ([LABELS, LABELS[:2]], "labels: .* nested lists"),
        (LABELS, r"labels: .* shape \[N, any, any\]"),
    ],
)
def test_label_maps_that_the_model_does_not_paint_are_refused(value, words):
    with pytest.raises(UserError, match=words):
        asked(value)


def test_a_size_that_the_model_names_is_kept_where_its_input_is_free():
    about = About("x", "labels", (4, 8), classes=CLASSES)
    assert asked([[[0] * 8] * 4], about=about).shape == (1, 4, 8)
    with pytest.raises(UserError, match="labels: 8x4 pixels; wanted 4x8"):
        asked([[[0] * 4] * 8], about=about)


def test_instances_lie_on_the_labels():
    maps = Tensor((None, None, 1), np.dtype("i8"))
    signature = Signature(dict, {"labels": maps, "instances": maps})
    columns = {"labels": [[[[0], [1]]]], "instances": [[[[7], [9]]]]}
    assert arrays.of_columns(columns, signature, STYLED).keys() == columns.keys()
    with pytest.raises(UserError, match="instances: wanted 1x2 pixels, as labels has"):
        arrays.of_columns({**columns, "instances": [[[[7]]]]}, signature, STYLED)


MASK = {"mask": [[[1]]], "latent": [[0.0] * 3]}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"mask": []}, "inputs: found mask; wanted mask, latent"),
        ({**MASK, "seed": [1]}, "inputs: found mask, latent, seed; wanted mask, latent"),
        (3, "inputs: found no object; wanted mask, latent"),
        ({**MASK, "latent": [[1.0]]}, r"latent: wanted numbers in nested lists of shape \[N, 3\]"),
        ({**MASK, "latent": [[[1], [1, 2]]]}, "latent: .* nested lists"),
        ({**MASK, "latent": [[0.0] * 3] * 2}, "as many rows"),
    ],
)
def test_each_input_is_wanted_once_with_as_many_rows(columns, words):
    inputs = {"mask": Tensor((1, 1), np.dtype("f4")), "latent": Tensor((3,), np.dtype("f4"))}
    with pytest.raises(UserError, match=words):
        arrays.of_columns(columns, Signature(dict, inputs), About())
