"""In fresh processes, on whichever stack this is."""

import subprocess
import sys
import textwrap

import pytest

KERAS = "import tensorflow as tf; print(tf.keras.Model.__module__)"
KERAS_2 = ("keras.src.engine.training", "tf_keras.src.engine.training")  # Keras 3 has no engine
MODULES = ("networks.generator", "training.trainer", "metrics.inception", "serving.export")


def run(text):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True
    )
    return done.returncode, done.stdout.split(), done.stderr


@pytest.mark.parametrize("module", MODULES)
def test_whatever_comes_first_the_keras_is_version_2(module):
    _, (place,), _ = run(f"import {module}\n{KERAS}")
    assert place in KERAS_2


def test_it_is_so_when_tensorflow_was_there_before():
    _, (place,), _ = run(f"import tensorflow\nimport networks.generator\n{KERAS}")
    assert place in KERAS_2


def test_a_program_loads_tensorflow_without_a_word():
    program = """
        import sys
        from interface import command_line

        def main(argv):
            import tensorflow
            print(tensorflow.reduce_sum(tensorflow.ones([3])).numpy())
            print("mine", file=sys.stderr)

        command_line.run(main)
    """
    assert run(program) == (0, ["3.0"], "mine\n")


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
    assert told.startswith("no AVX\n")
    assert told.endswith("ImportError: broken\n")


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


def test_it_loads_where_standard_error_is_closed():
    program = """
        import os
        os.close(2)
        from interface import command_line
        command_line.run(lambda argv: print(__import__("tensorflow").constant(1).numpy()))
    """
    assert run(program)[:2] == (0, ["1"])
