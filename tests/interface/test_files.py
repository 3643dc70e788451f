import json
import pathlib
import subprocess
import sys

import pytest

import interface
from interface import files
from interface.command_line import UserError

ROOT = pathlib.Path(interface.__file__).parents[1]


def write_file(path, text):
    path.write_text(text)


def write_folder(path, text):
    (path / "inner").mkdir(parents=True)
    (path / "inner" / "part").write_text(text)


def tree(folder):
    """{relative path: content} of all files below a folder."""
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


FILE = (write_file, "thing")
FOLDER = (write_folder, "thing/inner/part")


@pytest.mark.parametrize("write, where", [FILE, FOLDER])
def test_a_new_thing_is_absent_until_its_block_ends_and_whole_then(write, where, tmp_path):
    path = tmp_path / "thing"
    with files.replacing(path) as aside:
        write(aside, "new")
        assert not path.exists()
    assert tree(tmp_path) == {where: "new"}


@pytest.mark.parametrize("write, where", [FILE, FOLDER])
def test_an_old_thing_stays_until_the_block_ends_and_is_gone_then(write, where, tmp_path):
    write(tmp_path / "thing", "old")
    (tmp_path / "neighbour").write_text("untouched")
    with files.replacing(tmp_path / "thing") as aside:
        write(aside, "new")
        assert (tmp_path / where).read_text() == "old"
    assert tree(tmp_path) == {where: "new", "neighbour": "untouched"}


def test_files_that_only_the_old_folder_had_do_not_survive(tmp_path):
    write_folder(tmp_path / "thing", "old")
    (tmp_path / "thing" / "extra").write_text("old")
    with files.replacing(tmp_path / "thing") as aside:
        write_folder(aside, "new")
    assert tree(tmp_path) == {"thing/inner/part": "new"}


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
@pytest.mark.parametrize("write, where", [FILE, FOLDER])
@pytest.mark.parametrize("there_before", [True, False])
def test_a_block_that_raises_changes_nothing_and_leaves_nothing(
    there_before, write, where, error, tmp_path
):
    if there_before:
        write(tmp_path / "thing", "old")
    with pytest.raises(error), files.replacing(tmp_path / "thing") as aside:
        write(aside, "new")
        raise error
    assert tree(tmp_path) == ({where: "old"} if there_before else {})
    assert [path.name for path in tmp_path.iterdir()] == (["thing"] if there_before else [])


@pytest.mark.parametrize("write, where", [FILE, FOLDER])
def test_a_process_killed_while_writing_leaves_the_old_thing_and_the_next_sweeps_up(
    write, where, tmp_path
):
    path = tmp_path / "thing"
    write(path, "old")
    killed = (
        "import os, pathlib, sys\n"
        "from interface import files\n"
        "with files.replacing(pathlib.Path(sys.argv[1])) as aside:\n"
        "    aside.mkdir()\n"
        "    (aside / 'half').write_text('half')\n"
        "    os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", killed, str(path)], cwd=ROOT, timeout=60)
    assert done.returncode == 9
    assert (tmp_path / where).read_text() == "old"
    with files.replacing(path) as aside:
        write(aside, "new")
    assert tree(tmp_path) == {where: "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["thing"]


def test_a_block_that_writes_nothing_is_an_error_and_the_old_file_stays(tmp_path):
    (tmp_path / "thing").write_text("old")
    with pytest.raises(FileNotFoundError), files.replacing(tmp_path / "thing"):
        pass
    assert tree(tmp_path) == {"thing": "old"}


def test_missing_parents_are_made(tmp_path):
    with files.replacing(tmp_path / "a" / "b" / "thing") as aside:
        aside.write_text("new")
    assert tree(tmp_path) == {"a/b/thing": "new"}


@pytest.mark.parametrize("write, where", [FILE, FOLDER])
def test_what_a_link_points_to_is_replaced_and_the_link_stays(write, where, tmp_path):
    home = tmp_path / "large_disk"
    home.mkdir()
    write(home / "thing", "old")
    link = tmp_path / "link"
    link.symlink_to(home / "thing")
    with files.replacing(link) as aside:
        write(aside, "new")
    assert link.is_symlink()
    assert tree(home) == {where: "new"}


def test_the_folder_one_stands_in_can_be_named_by_a_dot(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with files.replacing(pathlib.Path(".")) as aside:
        write_folder(aside, "new")
    assert tree(tmp_path) == {"here/inner/part": "new"}


def test_json_comes_back_as_it_went(tmp_path):
    content = {"counts": {"8": 3}, "name": "é\udcff", "none": None, "list": [1, 2.5, True]}
    files.write_json(tmp_path / "content.json", content)
    text = (tmp_path / "content.json").read_text()
    assert json.loads(text) == content
    assert text.endswith("}\n")


def test_content_that_is_no_json_leaves_the_old_file(tmp_path):
    (tmp_path / "content.json").write_text("old")
    with pytest.raises(TypeError):
        files.write_json(tmp_path / "content.json", {"a set": {1}})
    assert tree(tmp_path) == {"content.json": "old"}


def test_remove_takes_files_and_folders_and_minds_no_absence(tmp_path):
    write_file(tmp_path / "file", "x")
    write_folder(tmp_path / "folder", "x")
    for name in ("file", "folder", "absent"):
        files.remove(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_be_made_passes_and_leaves_no_trace(tmp_path):
    files.check_folder("out", tmp_path)
    files.check_folder("out", tmp_path / "new" / "newer")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("below", ["", "new", "new/newer"])
def test_a_file_in_the_way_of_a_folder_is_named(tmp_path, below):
    (tmp_path / "taken").write_text("")
    with pytest.raises(UserError, match="--out .*taken is a file"):
        files.check_folder("out", tmp_path / "taken" / below)


def test_a_folder_without_permission_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda path, mode: False)  # tests may run as root
    with pytest.raises(UserError, match="--out .*no permission to write"):
        files.check_folder("out", tmp_path / "new")


def test_a_folder_is_kept_to_one_process_until_that_ends(tmp_path):
    folder = tmp_path / "stage"
    code = f"""
import pathlib, sys
from interface import files
with files.locked(pathlib.Path({str(folder)!r})):
    print("mine", flush=True)
    sys.stdin.read()
"""
    command = [sys.executable, "-c", code]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as other:
        assert other.stdout.readline() == "mine\n"
        message = "stage: another process is at work in it"
        with pytest.raises(UserError, match=message), files.locked(folder):
            pass
        other.kill()
        other.wait()
        with files.locked(folder):
            pass


def test_two_processes_that_write_the_same_at_once_both_write_it_whole(tmp_path):
    """The other one's folder aside is not taken for one that was left behind."""
    path = tmp_path / "model"
    program = (
        "import pathlib, sys\n"
        "from interface import files\n"
        "with files.replacing(pathlib.Path(sys.argv[1])) as aside:\n"
        "    aside.mkdir()\n"
        "    (aside / 'first').write_text('theirs')\n"
        "    print('writing', flush=True)\n"
        "    sys.stdin.readline()\n"
        "    (aside / 'second').write_text('theirs')\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as other:
        assert other.stdout.readline() == "writing\n"
        with files.replacing(path) as aside:
            aside.mkdir()
            for name in ("first", "second"):
                (aside / name).write_text("ours")
        assert tree(path) == {"first": "ours", "second": "ours"}
        other.communicate("go on\n", timeout=60)
    assert other.returncode == 0
    assert tree(tmp_path) == {"model/first": "theirs", "model/second": "theirs"}
