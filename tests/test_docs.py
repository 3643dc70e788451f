"""What the manual says exists: pages, headings, programs, flags, defaults, files, messages."""

import dataclasses
import errno
import importlib.util
import os
import pathlib
import re
import shlex
import typing

import pytest

from input_pipeline import RESOLUTIONS
from training import phases
from training.run.settings import RunSettings

ROOT = pathlib.Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "models").rglob("README.md")),
]
SOURCES = [
    *ROOT.glob("*.py"),
    *(path for folder in ROOT.glob("[a-z]*/__init__.py") for path in folder.parent.rglob("*.py")),
]
PROGRAMS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in SOURCES
    if "command_line.run(main)" in path.read_text()
)
BLOCK = re.compile(r"^```.*?^```", re.M | re.S)
# The last form is a shell function around train.py, which some pages define.
COMMAND = re.compile(
    r"(?:python -m ([a-z_]+(?:\.[a-z_\d]+)+)|python (train)\.py|^ *(train)(?= --))([^|&;#)`\n]*)",
    re.M,
)


def name_of(path):
    return str(path.relative_to(ROOT))


def options_of(program):
    """{flag: field} of a program, also the negated ones."""
    module = importlib.import_module(program)
    options = module.Options if hasattr(module, "Options") else module.config.Config
    hints = typing.get_type_hints(options)
    fields = [field for field in dataclasses.fields(options) if "words" not in field.metadata]
    switches = [f for f in fields if hints[f.name] in (bool, typing.Optional[bool])]
    return {**{f.name: f for f in fields}, **{f"no{f.name}": f for f in switches}}


def anchors(page):
    """Of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)", BLOCK.sub("", page.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(page):
    """(program, its words) of each command, from code blocks and from the text."""
    for *names, rest in COMMAND.findall(page.read_text().replace("\\\n", " ")):
        yield "".join(names), shlex.split(re.sub("['\"]", " ", rest))


def row_of(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_point_to_something(page):
    text = BLOCK.sub("", page.read_text())
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), f"{target}: no such file"
            assert not anchor or anchor in anchors(there), f"{target}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_name_programs_and_flags_that_exist(page):
    for program, words in commands(page):
        if program not in PROGRAMS:
            assert importlib.util.find_spec(program), f"no program {program}"
            continue
        ours = words[: words.index("--")] if "--" in words else words
        given = [word[2:].partition("=")[0] for word in ours if word.startswith("--")]
        assert {*given} <= {*options_of(program)}, f"{program} {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_flags_in_the_text_exist(page):
    text = BLOCK.sub("", page.read_text())
    known = {"help", *(flag for program in PROGRAMS for flag in options_of(program))}
    assert {*re.findall(r"`--(?!\[)(\w+)", text)} <= known


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_commands_are_given_come_along(page):
    for block in BLOCK.findall(page.read_text()):
        for path in re.findall(r"\b(?:docs|models)/[\w./-]+", block):
            assert (ROOT / path).exists(), path


def flag_tables():
    """{program: {flag: default as the manual has it}}."""
    tables, rows = {}, {}
    for page in PAGES:
        for line in page.read_text().splitlines():
            if line.startswith("## "):
                program = re.match(r"## Flags of `([\w.]+?)(?:\.py)?`", line)
                rows = tables.setdefault(program[1], {}) if program else {}
            elif line.startswith("| `--"):
                flag, default, *_ = row_of(line)
                rows[re.sub(r"`--(\[no\])?(\w+)`", r"\2", flag)] = default
    return tables


def is_told(cell, default):
    """Whether a cell gives a default: as it is typed, or in words where it stands for something."""
    if default is dataclasses.MISSING:
        return cell.startswith("required")
    if isinstance(default, bool):
        return cell == ("on" if default else "off")
    if not default:
        return cell == f"{default}"[:1] or not re.search(r"\d", cell)
    if isinstance(default, tuple):
        return cell == ",".join(map(str, default))
    return cell == (f"{default:g}" if isinstance(default, float) else str(default))


def in_train_md(program):
    """Flags that the page of a sibling need not repeat: those of any run, with their defaults."""
    of_any_run = {field.name: field.default for field in dataclasses.fields(RunSettings)}
    fields = options_of(program).values() if program.startswith("siblings.") else ()
    return {f.name for f in fields if f.name in of_any_run and f.default == of_any_run[f.name]}


def test_tables_have_every_flag_of_every_program_and_its_default():
    tables = flag_tables()
    assert {*tables} == {name for name in PROGRAMS if not name.startswith("benchmarks")}
    for program, rows in tables.items():
        defaults = {field.name: field.default for field in options_of(program).values()}
        assert {*defaults} - in_train_md(program) <= {*rows} <= {*defaults}, program
        wrong = {name: cell for name, cell in rows.items() if not is_told(cell, defaults[name])}
        assert not wrong, program


def test_the_schedule_is_that_of_the_program():
    page = (ROOT / "docs" / "train.md").read_text()
    for phase, row in phases.SCHEDULE.items():
        lr = f"{row.lr}; fade {row.fade_lr}" if row.fade_lr else row.lr
        cells = (phase, RESOLUTIONS[phase - 1], row.size, row.batch_size, lr)
        line = " | ".join(map(str, (*cells, row.fade_steps, row.steps)))
        assert f"| {line} |" in page


def test_messages_are_quoted_as_they_are_printed():
    sources = "\n".join(path.read_text() for path in [*SOURCES, ROOT / "Makefile"])
    sources = re.sub(r'"\s*\n\s*f?"|\\\n\t', "", sources)
    sources += f": {os.strerror(errno.EADDRINUSE)}"
    page = (ROOT / "README.md").read_text()
    table = page[page.index("| it says |") : page.index("## Licences")].splitlines()[2:]
    for line in filter(None, table):
        for message in re.findall(r"`([^`]+)`", row_of(line)[0]):
            for part in message.split("…"):
                assert part.strip() in sources, message


def test_the_front_page_is_short():
    assert len((ROOT / "README.md").read_text().split()) <= 1500
