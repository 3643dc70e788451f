import errno
import os
import uuid

import pytest
import tensorflow as tf

from input_pipeline import storage
from input_pipeline.storage import join

LATIN = os.fsdecode(b"na\xefve")  # no UTF-8


@pytest.fixture(params=["local", "url"])
def folder(request, tmp_path):
    """An empty folder, here or in TensorFlow's file system in memory."""
    if request.param == "local":
        return str(tmp_path)
    url = f"ram://{uuid.uuid4().hex}/folder"
    tf.io.gfile.makedirs(url)
    return url


@pytest.fixture
def tree(folder):
    for path in ("a", "sub/b", "sub/deep/c", "sub/.hidden", ".hidden/d", "done/e", "done/deep/f"):
        place = join(folder, path)
        storage.make_folder(os.path.dirname(place))
        storage.write(place, path.encode())
    return folder


@pytest.mark.parametrize(
    "path, url",
    [
        ("gs://bucket/photos", True),
        ("ram://a", True),
        ("/data/photos", False),
        ("photos", False),
        ("C:/photos", False),
    ],
)
def test_a_url_has_a_scheme(path, url):
    assert storage.is_url(path) is url


@pytest.mark.parametrize(
    "folder, name, joined",
    [
        ("gs://bucket", "a", "gs://bucket/a"),
        ("gs://bucket/folder/", "a/b", "gs://bucket/folder/a/b"),
        ("/data", "a", "/data/a"),
        ("data/", "a/b", "data/a/b"),
        ("", "a", "a"),
    ],
)
def test_names_are_joined_to_folders(folder, name, joined):
    assert join(folder, name) == joined


@pytest.mark.parametrize("content", [b"", b"content", bytes(range(256)) * 5000])
def test_what_is_written_is_read(folder, content):
    path = join(folder, "file")
    assert not storage.exists(path)
    storage.write(path, content)
    assert storage.exists(path)
    assert storage.read(path) == content
    assert storage.names(folder) == ["file"]


def test_tensorflow_and_python_see_the_same_file(tree):
    with tf.io.gfile.GFile(join(tree, "sub/b"), "rb") as file:
        assert file.read() == b"sub/b"


def test_a_file_is_written_bit_by_bit_and_read_from_any_place(folder):
    path = join(folder, "file")
    with storage.opened(path, "wb") as file:
        for part in (b"some", b" ", b"content"):
            file.write(part)
    with storage.opened(path, "rb") as file:
        file.seek(5)
        assert (file.read(3), file.tell(), file.read()) == (b"con", 8, b"tent")


def test_an_old_file_is_replaced(folder):
    path = join(folder, "file")
    for content in (b"a longer content", b"short"):
        storage.write(path, content)
        assert storage.read(path) == content


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(folder, monkeypatch):
    path = join(folder, "file")
    storage.write(path, b"old")

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "rename", fail)
    with pytest.raises(KeyboardInterrupt):
        storage.write(path, b"new")
    assert storage.names(folder) == ["file"]
    assert storage.read(path) == b"old"


def test_names_are_sorted_and_hold_folders_and_hidden_files(tree):
    assert storage.names(tree) == [".hidden", "a", "done", "sub"]
    assert storage.names(join(tree, "sub")) == [".hidden", "b", "deep"]


def test_neither_a_missing_folder_nor_a_file_holds_names(tree):
    assert storage.names(join(tree, "nowhere")) == []
    assert storage.names(join(tree, "a")) == []


def test_all_files_below_a_folder_are_found_but_hidden_ones(tree):
    wanted = ["a", "done/deep/f", "done/e", "sub/b", "sub/deep/c"]
    assert sorted(storage.files_below(tree)) == wanted
    assert sorted(storage.files_below(tree + "/")) == wanted


def test_folders_behind_links_are_followed_once_each(tmp_path):
    """Round and round, twice to the same, out of the folder, and to nothing."""
    inside, outside = tmp_path / "photos", tmp_path / "elsewhere"
    for place in (inside / "a", outside / "deep"):
        place.mkdir(parents=True)
        (place / "1.png").touch()
    (inside / "round").symlink_to(inside)
    (inside / "a" / "up").symlink_to("..")
    (inside / "z").symlink_to(outside)
    (inside / "b").symlink_to(outside)
    (outside / "back").symlink_to(inside / "a")
    (inside / "nothing.png").symlink_to("gone.png")
    (inside / "itself").symlink_to("itself")
    (inside / "2.png").symlink_to(outside / "deep" / "1.png")
    os.mkfifo(inside / "pipe")
    (inside / "to_pipe").symlink_to("pipe")
    found = sorted(storage.files_below(str(inside)))
    assert found == ["2.png", "a/1.png", "b/deep/1.png", "itself", "nothing.png"]


def test_a_folder_that_is_passed_over_is_so_with_all_below_it(tree):
    found = storage.files_below(tree, lambda names: "e" in names or "b" in names)
    assert sorted(found) == ["a"]


def test_a_folder_is_chosen_by_its_folders_and_files(tree):
    seen = []
    list(storage.files_below(tree, lambda names: seen.append(sorted(names))))
    assert sorted(seen) == [["a", "done", "sub"], ["b", "deep"], ["c"], ["deep", "e"], ["f"]]


def test_a_folder_may_be_made_twice_with_its_parents(folder):
    for _ in range(2):
        storage.make_folder(join(folder, "a/b"))
    assert storage.names(folder) == ["a"]
    assert storage.exists(join(folder, "a/b"))


def test_a_renamed_file_replaces_another(folder):
    storage.write(join(folder, "a"), b"new")
    storage.write(join(folder, "b"), b"old")
    storage.rename(join(folder, "a"), join(folder, "b"))
    assert storage.names(folder) == ["b"]
    assert storage.read(join(folder, "b")) == b"new"


def test_files_and_whole_folders_are_removed(tree):
    for name in ("a", "sub", "done"):
        storage.remove(join(tree, name))
    assert storage.names(tree) == [".hidden"]
    assert not storage.exists(join(tree, "sub/deep/c"))


def test_removing_what_is_not_there_is_no_mistake(folder):
    storage.remove(join(folder, "nothing"))
    assert storage.names(folder) == []


@pytest.mark.parametrize(
    "fail",
    [
        lambda path: storage.read(path),
        lambda path: storage.rename(path, path + "2"),
        lambda path: list(storage.files_below(path)),
    ],
)
def test_what_is_missing_is_a_file_not_found_and_is_named(folder, fail):
    with pytest.raises(FileNotFoundError) as caught:
        fail(join(folder, "nowhere"))
    assert caught.value.errno == errno.ENOENT
    assert caught.value.filename.rstrip("/") == join(folder, "nowhere")
    assert caught.value.strerror


def test_a_folder_cannot_be_read_as_a_file(folder):
    with pytest.raises(OSError, match="directory"):
        storage.read(folder)


@pytest.mark.parametrize(
    "use",
    [
        storage.exists,
        storage.names,
        storage.read,
        storage.make_folder,
        lambda path: storage.write(path, b""),
        lambda path: storage.rename(path, path + "2"),
        lambda path: list(storage.files_below(path)),
    ],
)
def test_an_unknown_scheme_is_an_error_of_pythons_own(use):
    with pytest.raises(OSError, match="unknown"):
        use("unknown://bucket/folder")


def test_tensorflows_denials_are_permission_errors(monkeypatch):
    class Denied:
        def __init__(self, *_):
            raise tf.errors.PermissionDeniedError(None, None, "not\nyours")

    monkeypatch.setattr(tf.io.gfile, "GFile", Denied)
    with pytest.raises(PermissionError) as caught:
        storage.read("ram://a/b")
    assert (caught.value.strerror, caught.value.filename) == ("not yours", "ram://a/b")


def test_local_names_need_not_be_utf8(tmp_path):
    folder = join(str(tmp_path), LATIN)
    storage.make_folder(folder)
    storage.write(join(folder, LATIN), b"content")
    storage.rename(join(folder, LATIN), join(folder, LATIN + "2"))
    assert storage.names(str(tmp_path)) == [LATIN]
    assert list(storage.files_below(str(tmp_path))) == [f"{LATIN}/{LATIN}2"]
    assert storage.exists(join(folder, LATIN + "2"))
    assert storage.read(join(folder, LATIN + "2")) == b"content"
    assert os.listdir(bytes(tmp_path)) == [b"na\xefve"]
    storage.remove(folder)
    assert storage.names(str(tmp_path)) == []
