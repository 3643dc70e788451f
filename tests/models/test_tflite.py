"""The models that come along, converted as docs/convert.md does, paint as the SavedModels do."""

import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "convert.md").read_text()
SIDE = 64  # of inputs that have any size
CLASSES = 10  # that all label maps' models have at least


def filled(name, shape, dtype, rng):
    """Random values of an input."""
    sides = [side or (1 if axis == 0 else SIDE) for axis, side in enumerate(shape)]
    if name == "mask":
        return (rng.random(sides) < 0.1).astype(np.float32)
    if dtype == tf.float32:
        return rng.standard_normal(sides).astype(np.float32)
    return rng.integers(0, 256 if sides[-1] == 3 else CLASSES, sides).astype(dtype.as_numpy_dtype)


@pytest.mark.parametrize("name", ["portraits", "painted", "edited", "parser"])
def test_it_paints_as_the_savedmodel_does(name):
    folder = str(ROOT / "models" / name / "1")
    converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["serving_default"])
    lite = tf.lite.Interpreter(model_content=converter.convert())
    model = tf.saved_model.load(folder)
    signature = model.signatures["serving_default"]
    inputs = signature.structured_input_signature[1]
    rng = np.random.default_rng(0)
    given = {key: filled(key, spec.shape, spec.dtype, rng) for key, spec in inputs.items()}
    wanted = signature(**{key: tf.constant(value) for key, value in given.items()})
    found = lite.get_signature_runner("serving_default")(**given)
    assert {*found} == {*wanted}
    for key, value in found.items():
        apart = np.abs(value.astype(int) - wanted[key].numpy())
        assert apart.max() <= (0 if key == "labels" else 1), key
        assert value.std() > 0


def test_the_pages_code_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(code, names)
    assert names["image"].shape == (1, 64, 64, 3) and names["image"].dtype == np.uint8
