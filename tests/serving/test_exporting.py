import json

import pytest
import tensorflow as tf

from interface.command_line import UserError
from serving import exporting
from serving.exporting import Made, Options


def made(options):
    module = tf.Module()
    module.double = tf.function(lambda x: {"y": 2 * x}, input_signature=[tf.TensorSpec([None])])
    return Made(module, {"serving_default": module.double}, {"best": options.best})


def test_what_is_made_becomes_a_saved_model_and_is_told(tmp_path, capsys):
    exporting.run(Options(out=str(tmp_path / "1"), best=True), made)
    told = capsys.readouterr().out
    assert told.endswith(f"SavedModel: {tmp_path / '1'}\n")
    assert json.loads(told[: told.index("SavedModel")]) == {"best": True}
    assert json.loads((tmp_path / "1" / "assets" / "metadata.json").read_text()) == {"best": True}
    double = tf.saved_model.load(str(tmp_path / "1")).signatures["serving_default"]
    assert double(x=tf.constant([3.0]))["y"].numpy() == [6.0]


def test_nothing_is_made_where_something_is_already(tmp_path):
    def never(options):
        raise AssertionError

    with pytest.raises(UserError, match="already there; give the next version's number"):
        exporting.run(Options(out=str(tmp_path)), never)
