import dataclasses
import errno
import os
import pathlib
import re
import shlex
import subprocess
import sys
from typing import Optional

import pytest
import tensorflow as tf

import interface
from interface import command_line
from interface.command_line import UserError, setting

ROOT = pathlib.Path(interface.__file__).parents[1]


@dataclasses.dataclass(frozen=True)
class Options:
    """Options of a program that does nothing."""

    name: str = setting("a word that must be given")
    count: int = setting("how many", 3, at_least=1, at_most=9)
    rate: float = setting("how fast", 0.5, at_least=0.0)
    smooth: bool = setting("whether it is smooth", False)
    use_embedding: bool = setting("whether it embeds", True)
    sizes: tuple[int, ...] = setting("some sides", (8, 16))
    faces: str = setting("which faces", "largest", choices=("largest", "all"))
    limit: Optional[int] = setting("at most this many", None, at_least=1)
    tints: tuple[str, ...] = setting("some of", (), choices=("red", "green"))
    exact: Optional[bool] = setting("whether it is exact", None)


def run_program(body, *arguments):
    """A process whose `main(argv)` has this body."""
    text = (
        "import errno, os, sys\n"
        "from interface.command_line import UserError, run\n"
        f"def main(argv):\n    {body}\n"
        "run(main)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", text, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )


@pytest.mark.parametrize(
    "words, wanted",
    [
        (["--smooth"], True),
        (["--smooth", "1"], True),
        (["--smooth", "0"], False),
        (["--smooth", "true"], True),
        (["--smooth", "False"], False),
        (["-smooth", "0"], False),
        (["--smooth=1"], True),
        (["--smooth=0"], False),
        (["--smooth=false"], False),
        (["--nosmooth"], False),
        (["--smooth", "1", "--nosmooth"], False),
    ],
)
def test_every_spelling_of_a_switch_is_understood(words, wanted):
    assert command_line.parse(Options, words) == {"smooth": wanted}


def test_a_switch_value_takes_nothing_from_the_flags_around_it():
    argv = ["--count", "1", "--smooth", "1", "--use_embedding", "0", "--name", "0"]
    wanted = {"count": 1, "smooth": True, "use_embedding": False, "name": "0"}
    assert command_line.parse(Options, argv) == wanted


def test_values_arrive_with_the_type_of_their_field():
    argv = ["--name=x y", "--count=9", "--rate", "1e-3", "--sizes=64,8", "--faces=all", "--limit=2"]
    given = command_line.parse(Options, argv)
    wanted = {
        "name": "x y",
        "count": 9,
        "rate": 0.001,
        "sizes": (64, 8),
        "faces": "all",
        "limit": 2,
    }
    assert given == wanted
    assert {name: type(value) for name, value in given.items()} == {
        name: type(value) for name, value in wanted.items()
    }


def test_flags_that_are_not_given_are_left_to_the_dataclass():
    assert command_line.parse(Options, []) == {}


@pytest.mark.parametrize("count", [1, 9])
def test_bounds_themselves_are_allowed(count):
    assert command_line.parse(Options, [f"--count={count}"]) == {"count": count}


@pytest.mark.parametrize(
    "words",
    [
        ["--sizes=3,7"],
        ["--sizes", "3,7"],
        ["--sizes", "3", "7"],
        ["--sizes=3", "7"],
        ["-sizes", "3", "7", "--smooth", "1"],
        ["--smooth", "--sizes", "3", "7"],
        ["--sizes", "3", "--sizes=7"],
    ],
)
def test_a_lists_values_stand_in_one_word_or_in_several(words):
    assert command_line.parse(Options, words)["sizes"] == (3, 7)


@pytest.mark.parametrize(
    "words, told",
    [
        (["--nope"], ["nope"]),
        (["--nope=1"], ["nope"]),
        (["train"], ["'train'", "--name=value"]),
        (["--count=2", "train"], ["'train'", "--name=value"]),
        (["train", "--count=2"], ["'train'", "--name=value"]),
        (["--smooth", "2"], ["'2'"]),
        (["--smooth=1", "0"], ["'0'"]),
        (["--nosmooth", "1"], ["'1'"]),
        (["--nosmooth=1"], ["nosmooth"]),
        (["--smooth=maybe"], ["smooth", "maybe"]),
        (["--count=0"], ["count", "0"]),
        (["--count", "10"], ["count", "10", "[1, 9]"]),
        (["--count=2.5"], ["count", "2.5"]),
        (["--count"], ["count"]),
        (["--limit=0"], ["limit", "0"]),
        (["--rate=-0.1"], ["rate", "-0.1"]),
        (["--rate=fast"], ["rate", "fast"]),
        (["--rate=nan"], ["rate", "nan"]),
        (["--rate=inf"], ["rate", "inf"]),
        (["--faces=some"], ["faces", "some", "largest", "all"]),
        (["--sizes=8,x"], ["sizes", "8,x", "whole numbers"]),
        (["--sizes=8,,16"], ["sizes", "8,,16"]),
        (["--tints=red,blue"], ["tints", "red,blue", "red, green"]),
    ],
)
def test_a_wrong_flag_is_answered_by_one_line_that_names_it(words, told):
    with pytest.raises(UserError) as caught:
        command_line.parse(Options, words)
    message = str(caught.value)
    assert "\n" not in message
    assert [part for part in told if part not in message] == []


def test_a_missing_setting_without_default_is_named_with_its_meaning():
    with pytest.raises(UserError, match="--name is missing: a word that must be given"):
        command_line.require(Options, {"count": 1})


def test_a_setting_with_default_need_not_be_given():
    command_line.require(Options, {"name": "x"})
    with pytest.raises(UserError):
        command_line.require(Options, {})


def test_options_are_what_was_given_over_the_defaults():
    assert command_line.read(Options, ["--name=x"]) == Options(name="x")
    with pytest.raises(UserError, match="--name is missing"):
        command_line.read(Options, [])


def test_lists_of_words_and_switches_without_a_default_are_read_too():
    given = command_line.parse(Options, ["--tints=green,red", "--exact", "0"])
    assert given == {"tints": ("green", "red"), "exact": False}
    assert command_line.parse(Options, ["--exact"]) == {"exact": True}


@dataclasses.dataclass(frozen=True)
class Folders:
    """Options of a program that works on folders."""

    folders: tuple[str, ...] = command_line.words("FOLDER...", "what it works on")
    count: int = setting("how many", 3)
    smooth: bool = setting("whether it is smooth", False)


@pytest.mark.parametrize(
    "words",
    [
        ["a", "b c", "--count=4"],
        ["--count", "4", "a", "b c"],
        ["a", "--count", "4", "b c"],
        ["a", "--count", "4", "--", "b c"],
    ],
)
def test_words_may_stand_before_between_and_after_flags(words):
    assert command_line.read(Folders, words) == Folders(("a", "b c"), count=4)


def test_a_word_after_a_switch_stays_a_word_unless_it_is_the_switchs_value():
    assert command_line.read(Folders, ["--smooth", "a"]) == Folders(("a",), smooth=True)
    assert command_line.read(Folders, ["a", "--smooth", "0"]) == Folders(("a",), smooth=False)
    assert command_line.read(Folders, ["--", "--count"]) == Folders(("--count",))


def test_a_program_that_works_on_words_needs_one():
    with pytest.raises(UserError, match=r"^FOLDER\.\.\. is missing: what it works on$"):
        command_line.read(Folders, ["--count=4"])
    with pytest.raises(UserError, match="nope"):
        command_line.read(Folders, ["a", "--nope"])


def test_help_names_the_words_that_a_program_takes(capsys):
    with pytest.raises(SystemExit):
        command_line.read(Folders, ["--help"])
    assert "  FOLDER...               what it works on" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_shows_purpose_and_every_flag_with_meaning_and_default(word, capsys):
    with pytest.raises(SystemExit) as caught:
        command_line.parse(Options, [word])
    assert caught.value.code == 0
    assert capsys.readouterr().out.splitlines() == [
        "Options of a program that does nothing.",
        "",
        "Required:",
        "  --name                  a word that must be given",
        "",
        "Optional:",
        "  --count                 how many (default: 3)",
        "  --rate                  how fast (default: 0.5)",
        "  --[no]smooth            whether it is smooth (default: off)",
        "  --[no]use_embedding     whether it embeds (default: on)",
        "  --sizes                 some sides (default: 8,16)",
        "  --faces                 which faces: largest or all (default: largest)",
        "  --limit                 at most this many",
        "  --tints                 some of: red, green",
        "  --[no]exact             whether it is exact",
    ]


@dataclasses.dataclass(frozen=True)
class Wordy:
    """Options whose meanings take more than a line, as this one's own does, on an 80-column page.

    And more than a paragraph.
    """

    width_of_the_widest_page: int = setting("its name is longer than its column", 80)
    size: int = setting("of what follows from another flag", 0, otherwise="what that one says")
    rows: int = setting("of which there are so many that they do not stand in a line", 1)


def test_help_is_no_wider_than_a_terminal_and_ends_with_what_the_program_adds(capsys):
    with pytest.raises(SystemExit):
        command_line.parse(Wordy, ["--help"], "More:\n  of it")
    assert capsys.readouterr().out.splitlines() == [
        "Options whose meanings take more than a line, as this one's own does, on an",
        "80-column page.",
        "",
        "And more than a paragraph.",
        "",
        "Optional:",
        "  --width_of_the_widest_page",
        "                          its name is longer than its column (default: 80)",
        "  --size                  of what follows from another flag",
        "                          (default: what that one says)",
        "  --rows                  of which there are so many that they do not stand in a",
        "                          line (default: 1)",
        "",
        "More:",
        "  of it",
    ]


def test_help_shows_the_commands_of_the_programs_own_text(capsys, monkeypatch):
    long = "python -m it --name " + "x" * 40 + " --count 3 --sizes 8 16"
    text = f"It works.\n\n    {long}\n    python -m it --rate 1\n\nOn and on."
    monkeypatch.setattr(sys.modules["__main__"], "__doc__", text)
    with pytest.raises(SystemExit):
        command_line.parse(Options, ["--help"])
    assert capsys.readouterr().out.splitlines()[1:7] == [
        "",
        f"  python -m it --name {'x' * 40} --count 3 \\",
        "      --sizes 8 16",
        "  python -m it --rate 1",
        "",
        "Required:",
    ]


def test_a_program_gets_the_words_after_its_name():
    done = run_program("print(argv)", "--phase", "2")
    assert (done.returncode, done.stdout, done.stderr) == (0, "['--phase', '2']\n", "")


def test_a_users_mistake_ends_a_program_with_one_line_and_exit_code_2():
    done = run_program("raise UserError('--phase 9: wanted 1 to 8')")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: --phase 9: wanted 1 to 8\n"


@pytest.mark.parametrize(
    "statement",
    [
        "raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), 'records')",
        "raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), 'records')",
        "raise RuntimeError('Failed to write:\\nrecords; No space left on device [Op:SaveV2]')",
    ],
)
def test_a_full_disk_ends_a_program_with_one_line_and_exit_code_2(statement):
    done = run_program(statement)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the disk is full; ")
    assert "records" in done.stderr
    assert done.stderr.count("\n") == 1


def test_any_other_error_of_a_program_is_one_line_that_says_where_its_traceback_is():
    done = run_program("raise ValueError('a bug\\nof ours')")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: ValueError: a bug of ours (unexpected: ")
    kept = pathlib.Path(re.search(r"report it with (.+)\)", done.stderr)[1])
    text = kept.read_text()
    kept.unlink()
    assert text.startswith("Traceback") and "line 4, in main" in text
    assert text.endswith("ValueError: a bug\nof ours\n")


def test_without_a_temporary_folder_the_traceback_is_shown():
    body = "import tempfile; tempfile.tempdir = '/nowhere'; raise ValueError('a bug')"
    done = run_program(body)
    assert done.returncode == 1 and done.stderr.startswith("error: ValueError: a bug\nTraceback")


def test_a_reader_that_has_enough_is_no_error():
    body = "print('x\\n' * 100_000)"
    text = f"from interface.command_line import run\ndef main(argv):\n    {body}\nrun(main)\n"
    shell = f"{shlex.quote(sys.executable)} -c {shlex.quote(text)} | head -1"
    done = subprocess.run(shell, shell=True, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.stdout, done.stderr) == ("x\n", "")


def test_a_terminal_of_ascii_alone_gets_what_it_can_show():
    text = (
        "from interface.command_line import run\n"
        "def main(argv):\n    print('\\u00d7 \\u2026')\nrun(main)\n"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, cwd=ROOT, env=environment, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"\\xd7 \\u2026\n", b"")


def test_a_file_that_cannot_be_opened_is_one_line():
    done = run_program("open('no/such/file')")
    assert (done.returncode, done.stderr) == (2, "error: no/such/file: No such file or directory\n")


def test_an_interrupted_program_ends_with_one_line_and_the_shells_exit_code():
    done = run_program("raise KeyboardInterrupt")
    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")


def test_the_error_that_tensorflow_raises_on_a_full_disk_is_known_as_such():
    # Linux's device that is always full.
    with pytest.raises(tf.errors.OpError) as caught, tf.io.TFRecordWriter("/dev/full") as writer:
        writer.write(b"some bytes")
    assert command_line.is_disk_full(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EACCES, os.strerror(errno.EACCES)),
        # What Python itself says goes by its number, whatever a file is called.
        OSError(errno.ENOENT, os.strerror(errno.ENOENT), "no space left on device.txt"),
        RuntimeError("out of memory"),
    ],
)
def test_other_errors_are_not_taken_for_a_full_disk(error):
    assert not command_line.is_disk_full(error)


def test_flags_that_are_not_as_usual_can_be_typed_again():
    options = Options("a", count=4, smooth=True, sizes=(1, 2))
    names = ["smooth", "sizes", "rate", "smooth"]
    assert command_line.unusual(options, names) == ["--smooth", "--sizes", "1,2"]


def test_home_is_meant_by_a_tilde_wherever_a_path_may_stand(monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class Options:
        """Of paths."""

        rest: tuple[str, ...] = command_line.words("DIR", "folders")
        out: str = command_line.setting("a folder", "")
        model: tuple[str, ...] = command_line.setting("folders", ())

    monkeypatch.setenv("HOME", "/home/me")
    words = ["--out=~/rec", "--model=~,a=~/b,c~d,x=y", "~/runs", "~nobody-here/x", "./~"]
    options = command_line.read(Options, words)
    assert options.out == "/home/me/rec"
    assert options.model == ("/home/me", "a=/home/me/b", "c~d", "x=y")
    assert options.rest == ("/home/me/runs", "~nobody-here/x", "./~")
