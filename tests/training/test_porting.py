"""Files that PyTorch 2.13 wrote are read without it."""

import io
import os
import pathlib
import pickle
import zipfile

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from tests.training.torch_files import torch_file
from training import porting
from training.porting import KERNEL, Slot

FILES = pathlib.Path(__file__).parents[1] / "fixtures"
BASE = np.arange(24, dtype=np.float32)
WRITTEN = {
    "conv.weight": BASE.reshape(2, 3, 2, 2),
    "conv.transposed": BASE.reshape(4, 6).T,  # a view of the same numbers, not in their order
    "conv.part": BASE[8:12],
    "dense.weight": np.arange(6, dtype=np.float64).reshape(2, 3),
    "half": np.array([0.5, -2.0], np.float16),
    "whole": np.array([1, -2, 3]),
    "flag": np.array([True, False]),
    "empty": np.zeros([0, 3], np.float32),
    "scalar": np.float32(2.5),
}


@pytest.mark.parametrize("name", ["state_dict", "state_dict_legacy", "checkpoint"])
def test_every_tensor_is_read(name):
    """Of both of its formats, and of a checkpoint that several GPUs have trained."""
    arrays = porting.read(str(FILES / f"pytorch_{name}.pth"))
    assert arrays.keys() == WRITTEN.keys()
    for key, wanted in WRITTEN.items():
        assert arrays[key].dtype == np.asarray(wanted).dtype
        np.testing.assert_array_equal(arrays[key], wanted)


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("zipped", [False, True])
def test_nothing_that_is_pickled_runs(tmp_path, zipped):
    content = pickle.dumps({"weight": Evil(tmp_path / "ran")})
    if zipped:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("evil/data.pkl", content)
        content = file.getvalue()
    path = tmp_path / "evil.pth"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"evil.pth: holds (posix|nt)\.mkdir, not weights alone"):
        porting.read(str(path))
    assert [*tmp_path.iterdir()] == [path]


def damaged(kind):
    content = (FILES / "pytorch_state_dict_legacy.pth").read_bytes()
    return {
        "cut": content[:-8],
        "text": b"a letter",
        "empty": b"",
        "another pickle": pickle.dumps([1, 2]),
        "cut zip": (FILES / "pytorch_state_dict.pth").read_bytes()[:300],
    }[kind]


@pytest.mark.parametrize("kind", ["cut", "text", "empty", "another pickle", "cut zip"])
def test_what_can_not_be_read_is_told_in_a_line(tmp_path, kind):
    path = tmp_path / "weights.pth"
    path.write_bytes(damaged(kind))
    with pytest.raises(UserError, match="weights.pth: .*wanted what torch.save writes") as caught:
        porting.read(str(path))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="none.pth: No such file or directory"):
        porting.read(str(tmp_path / "none.pth"))


def test_arrays_go_to_their_variables_in_tensorflows_order():
    kernel, bias = tf.Variable(tf.zeros([2, 2, 3, 2])), tf.Variable(tf.zeros([4]))
    weight = WRITTEN["conv.weight"]
    slots = {"conv.weight": Slot(kernel, KERNEL), "conv.part": Slot(bias)}
    arrays = {"conv.weight": weight, "conv.part": WRITTEN["conv.part"]}
    porting.assign(arrays, slots, "file")
    for out, into, row, column in np.ndindex(weight.shape):
        assert kernel[row, column, into, out] == weight[out, into, row, column]
    np.testing.assert_array_equal(bias, [8, 9, 10, 11])


@pytest.mark.parametrize(
    "arrays, told",
    [
        ({}, "it lacks a, b$"),
        ({"a": [1.0], "b": [1.0], "c": [1.0], "d": [1.0]}, "it holds also c, d$"),
        ({"a": [1.0], "c": [1.0]}, "it holds also c; it lacks b$"),
        ({"a": [1.0], "b": [1.0, 2.0]}, r"b has shape \(2,\), wanted \(1,\)$"),
        ({"a": [1.0], "b": [[1.0]]}, r"b has shape \(1, 1\), wanted \(1,\)$"),
    ],
)
def test_arrays_of_another_network_are_refused_and_nothing_is_changed(arrays, told):
    variables = {name: tf.Variable([0.0]) for name in "ab"}
    slots = {"a": Slot(variables["a"]), "b": Slot(variables["b"], (0,))}
    with pytest.raises(UserError, match=f"file: of another network: {told}"):
        porting.assign({name: np.array(value) for name, value in arrays.items()}, slots, "file")
    assert [float(each[0]) for each in variables.values()] == [0, 0]


def test_old_statistics_are_told_from_those_of_batch_norms():
    old = {"model.2.running_mean": np.zeros(4), "model.2.running_var": np.zeros(4)}
    assert porting.used({**old, "model.1.bias": np.zeros(4)}).keys() == {"model.1.bias"}
    batch = {**old, "model.2.weight": np.zeros(4)}
    assert porting.used(batch) == batch


def test_files_are_known_by_what_they_hold(tmp_path):
    def kind(arrays):
        return "sea" if "salt" in arrays else "lake" if "bank" in arrays else ""

    paths = {
        name: torch_file(tmp_path / f"{number}.pth", {name: np.ones(2)})
        for number, name in enumerate(("bank", "salt", "wind"))
    }
    found = porting.read_each([paths["salt"], paths["bank"]], kind, "salt or bank")
    assert found.paths == {"sea": paths["salt"], "lake": paths["bank"]}
    np.testing.assert_array_equal(found.arrays["lake"]["bank"], [1, 1])
    with pytest.raises(UserError, match=r"2.pth: of another network: .* kernel salt or bank$"):
        porting.read_each([*paths.values()], kind, "salt or bank")
    with pytest.raises(UserError, match="0.pth: of the lake, as .*0.pth; wanted one of each"):
        porting.read_each([paths["bank"]] * 2, kind, "salt or bank")


def test_steps_down_are_half_of_the_kernels_outside_of_blocks_that_have_3_pixels_a_side():
    sizes = {1: 7, 4: 3, 7: 3, 11: 3, 14: 3, 18: 7}
    arrays = {f"model.{n}.weight": np.zeros([1, 1, size, size]) for n, size in sizes.items()}
    arrays |= {
        "model.10.conv_block.1.weight": np.zeros([1, 1, 3, 3]),
        "model.5.weight": np.zeros(1),
    }
    assert [*porting.convs(arrays)] == [f"model.{number}.weight" for number in sizes]
    assert porting.downs(arrays) == 2
