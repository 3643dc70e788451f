"""In fresh processes, on whichever stack this is."""

import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

import interface
from interface import tensorflow_start

ROOT = pathlib.Path(interface.__file__).parents[1]
KERAS_2 = ("keras.src.engine.training", "tf_keras.src.engine.training")  # Keras 3 has no engine
# Each is the first of ours that a process imports, and comes after TensorFlow.
EACH_FIRST = """
import os, sys, tensorflow
for name in ("networks.generator", "training.trainer", "metrics.inception", "serving.export"):
    if not os.fork():
        __import__(name)
        print("interface" in sys.modules, tensorflow.keras.Model.__module__, flush=True)
        os._exit(0)
    os.wait()
"""


def run(text):
    env = {name: value for name, value in os.environ.items() if name != "TF_USE_LEGACY_KERAS"}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=env,
    )
    return done.returncode, done.stdout.split(), done.stderr


def test_whatever_comes_first_the_keras_is_version_2():
    _, words, errors = run(EACH_FIRST)
    assert words[::2] == ["True"] * 4, errors
    assert {*words[1::2]} <= {*KERAS_2}


@pytest.mark.parametrize(("version", "told"), [((3, 11), None), ((3, 12), "1")])
def test_tensorflow_is_told_so_where_there_are_two(monkeypatch, version, told):
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "")  # comes back afterwards
    monkeypatch.delenv("TF_USE_LEGACY_KERAS")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", version)
        tensorflow_start.use_keras_2()
    assert os.environ.get("TF_USE_LEGACY_KERAS") == told


def test_onednn_is_on_unless_somebody_says_otherwise(monkeypatch):
    for told, held in ((None, "1"), ("0", "0")):
        monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
        if told is not None:
            monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", told)
        tensorflow_start.use_onednn()
        assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == held


def test_a_program_loads_tensorflow_without_a_word():
    program = """
        import sys
        from interface import command_line

        def main(argv):
            import tensorflow
            print(tensorflow.keras.Model.__module__)
            print("mine", file=sys.stderr)

        command_line.run(main)
    """
    code, (place,), told = run(program)
    assert (code, told) == (0, "mine\n")
    assert place in KERAS_2


def test_what_a_failing_load_says_is_shown(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os, sys\nos.write(2, b'no AVX\\n')\nraise ImportError('broken')\n"
    )
    program = f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from interface import command_line
        command_line.run(lambda argv: __import__("tensorflow"))
    """
    code, _, told = run(program)
    assert code == 1
    assert told.startswith("no AVX\nerror: ImportError: broken (")


def test_what_is_said_meanwhile_is_shown_and_nothing_else(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os\nfrom interface import tensorflow_start\n"
        "os.write(2, b'chatter')\ntensorflow_start.say('interrupted')\n"
    )
    program = f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from interface import command_line, tensorflow_start
        command_line.run(lambda argv: __import__("tensorflow"))
        tensorflow_start.say("later")
    """
    assert run(program) == (0, [], "interrupted\nlater\n")


def test_it_loads_where_standard_error_is_closed(tmp_path):
    (tmp_path / "tensorflow.py").write_text("print('loaded')")
    program = f"""
        import os, sys
        os.close(2)
        sys.path.insert(0, {str(tmp_path)!r})
        from interface import command_line
        command_line.run(lambda argv: __import__("tensorflow"))
    """
    assert run(program)[:2] == (0, ["loaded"])
