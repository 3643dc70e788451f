import numpy as np
import pytest
from PIL import Image

from input_pipeline.sources.folder import Folder
from input_pipeline.sources.listed import Listed
from interface.command_line import UserError

NAMES = ["a.png", "b/c.png", "b/d.png", "é.png", "b/\udcff.png"]


@pytest.fixture
def folder(tmp_path):
    """Five grey photos, each of another grey."""
    for number, name in enumerate(NAMES):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 64), (50 * number,) * 3).save(path, format="PNG")
    return Folder(str(tmp_path / "photos"))


def listed(folder, tmp_path, content):
    (tmp_path / "list.txt").write_bytes(content)
    return Listed(folder, str(tmp_path / "list.txt"))


def test_the_photos_of_a_list_are_taken_each_once(folder, tmp_path):
    source = listed(folder, tmp_path, b"b/d.png\r\na.png\n\nb/d.png\n")
    assert source.names() == ["a.png", "b/d.png"]
    assert np.asarray(source.photo("b/d.png").image)[0, 0, 0] == 100
    assert not source.has_landmarks()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_list_of_windows_programs_is_read(folder, tmp_path, encoding):
    source = listed(folder, tmp_path, "é.png\r\na.png\r\n".encode(encoding))
    assert source.names() == ["a.png", "é.png"]


def test_names_that_are_no_text_are_found_by_their_bytes(folder, tmp_path):
    source = listed(folder, tmp_path, "é.png\n".encode() + b"b/\xff.png")
    assert source.names() == ["b/\udcff.png", "é.png"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\n\n", "no name in it"),
        (b"a.png\nphotos/a.png\nz.png\n", "2 of 3 names are not among the photos, photos/a.png"),
    ],
)
def test_lists_that_cannot_be_followed_are_refused(folder, tmp_path, content, words):
    with pytest.raises(UserError, match=words):
        listed(folder, tmp_path, content).names()


def test_a_missing_list_is_named(folder, tmp_path):
    with pytest.raises(UserError, match="--names .*/none.txt: no such file"):
        Listed(folder, str(tmp_path / "none.txt")).names()
