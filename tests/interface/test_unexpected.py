import pathlib
import re
import tempfile

from interface import unexpected


def raised(error):
    try:
        raise error
    except Exception as caught:
        return caught


def test_a_mistake_of_ours_is_a_line_and_a_file():
    line, code = unexpected.told(raised(ValueError("a bug\nof ours")))
    path = pathlib.Path(re.search(r"report it with (.+)\)$", line)[1])
    text = path.read_text()
    path.unlink()
    assert code == 1 and line.startswith("ValueError: a bug of ours (unexpected: ")
    assert "\n" not in line and text.startswith("Traceback") and "raised" in text


def test_without_a_folder_for_it_all_is_told(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    line, code = unexpected.told(raised(ValueError("a bug")))
    assert code == 1 and line.startswith("ValueError: a bug\nTraceback")


def test_a_users_mistake_that_passed_through_tensorflow_is_one():
    error = RuntimeError("{{node x}} UserError: a.png: damaged\nTraceback (most recent call …")
    assert unexpected.told(error) == ("a.png: damaged", 2)
