"""Flags in, one line of explanation out: how every program of the house starts and says no.

A program's settings are a frozen dataclass; each field is a flag of the same name, with the
help text, bounds and choices that the field's metadata gives (see `setting`). A program that works
on folders named without a flag has one field more (see `words`).
"""

from __future__ import annotations

import dataclasses
import errno
import inspect
import math
import os
import re
import signal
import sys
import textwrap
import typing
from collections.abc import Callable, Sequence
from typing import Any

from absl import flags

from interface import streams, tensorflow_start, unexpected

T = typing.TypeVar("T")
TRUE_WORDS = ("1", "true", "t")  # as absl reads them
FALSE_WORDS = ("0", "false", "f")
WIDTH, INDENT = 80, 26  # of --help's page; where meanings begin, right of the flags' names


class UserError(Exception):
    """A mistake that the user can mend: one line with what was found, wanted, and what to do."""


def setting(help: str, default: Any = dataclasses.MISSING, **about: Any) -> Any:
    """A dataclass field that is also a flag.

    Args:
      help: one line, shown by --help.
      default: its value without the flag; left out, it must be given.
      **about: `at_least` and `at_most` for numbers, `choices` for words and lists of them;
        `otherwise`, where `default` only says that the flag was not given: what holds then;
        whatever else a program knows of its settings.
    """
    about = {"help": help, **about}
    if default is dataclasses.MISSING:
        # A factory, since a field without default could not follow those that are inherited.
        return dataclasses.field(default_factory=_left_out, metadata=about)
    return dataclasses.field(default=default, metadata=about)


def _left_out() -> typing.NoReturn:
    raise TypeError("a setting without default was left out")


def words(name: str, help: str) -> Any:
    """A dataclass field, tuple[str, ...], of the words that belong to no flag: one or more.

    Without such a field a stray word is a mistake.

    Args:
      name: what one of the words is called, as in RUN_DIR.
      help: one line, shown by --help.
    """
    return dataclasses.field(metadata={"help": help, "words": name})


def run(main: Callable[[list[str]], None]) -> None:
    """Run a program's `main(argv)`; a user's mistake ends it with one line and exit code 2."""
    # Programs load TensorFlow inside `main`, so that a wrong flag is answered without that wait.
    tensorflow_start.quietly()
    streams.prepare()
    try:
        main(sys.argv[1:])
        sys.stdout.flush()  # here, where a reader that is gone is noticed
    except UserError as error:
        _exit(str(error))
    except KeyboardInterrupt as stop:
        _exit(str(stop) or "interrupted", code=130)
    except BrokenPipeError:  # `| head -1`: it has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(128 + signal.SIGPIPE) from None
    except Exception as error:
        if is_disk_full(error):
            _exit(
                "the disk is full; free some space and run the same command again "
                f"({' '.join(str(error).split())[:200]})"
            )
        if isinstance(error, OSError) and error.filename:
            _exit(f"{error.filename}: {error.strerror}")
        _exit(*unexpected.told(error))


def is_disk_full(error: Exception) -> bool:
    """Whether `error`, of Python or of TensorFlow's file system, says: no space left."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return os.strerror(errno.ENOSPC).lower() in str(error).lower()


def parse(options: type, argv: Sequence[str], more_help: str = "") -> dict[str, Any]:
    """The settings given on a command line.

    Args:
      options: a dataclass whose fields were made with `setting`, one perhaps with `words`.
      argv: the words after the program's name.
      more_help: stands below the flags.

    Returns:
      {field name: value} for what is given only; defaults stay with the dataclass.

    Raises:
      UserError: for an unknown flag, a value out of its limits or a stray word.
    """
    hints = typing.get_type_hints(options)
    registry = flags.FlagValues()
    flags.DEFINE_bool("help", False, "show this text", flag_values=registry, short_name="h")
    settings = [field for field in dataclasses.fields(options) if "words" not in field.metadata]
    for field in settings:
        _define(registry, field, hints[field.name])
    takers = [field.name for field in dataclasses.fields(options) if "words" in field.metadata]
    switches = {name for name, hint in hints.items() if _plain_type(hint) is bool}
    # Where words have a meaning of their own, a list's values stand in one word.
    lists = {name for name, hint in hints.items() if typing.get_origin(hint) is tuple}
    try:
        _, *stray = registry(["program", *_joined(argv, switches, set() if takers else lists)])
    except (flags.Error, ValueError) as error:  # absl's ValueError: `--noalign=1`
        # absl's bool parser quotes its own arguments: ('Non-boolean …', '2').
        words = re.sub(r"\('(.*)', '.*'\)", r"\1", " ".join(str(error).split()))
        raise UserError(f"{words} (--help lists all flags)") from None
    if registry["help"].value:
        print(_help(options, hints) + (f"\n{more_help}\n" if more_help else ""), end="")
        raise SystemExit(0)
    if stray and not takers:
        raise UserError(f"stray word {stray[0]!r}: every setting is a flag, as in --name=value")
    given = {
        field.name: _converted(registry[field.name].value, hints[field.name], field)
        for field in settings
        if registry[field.name].present
    }
    others = tuple(map(at_home, stray))
    return {**dict.fromkeys(takers if stray else (), others), **given}


def at_home(value: str) -> str:
    """A path with the home folder in `~`'s place, which shells leave in --out=~/a and NAME=~/a."""
    name, equals, path = value.rpartition("=")
    return f"{name}{equals}{os.path.expanduser(path)}" if path.startswith("~") else value


def read(options: type[T], argv: Sequence[str]) -> T:
    """The options that a command line gives; see `parse` and `require`."""
    given = parse(options, argv)
    require(options, given)
    return options(**given)


def split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words before a lone `--`, and those after it, which are another program's."""
    words = [*argv, "--"]
    place = words.index("--")
    return words[:place], words[place + 1 : -1]


def typed(name: str, value: Any) -> list[str]:
    """The words that give a setting: --noalign, or --faces and all."""
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no{name}"]
    return [f"--{name}", as_typed(value)]


def unusual(settings: Any, names: Sequence[str]) -> list[str]:
    """The words that give those of a dataclass's settings that are not as they usually are."""
    usual = {field.name: field.default for field in dataclasses.fields(settings)}
    values = {name: getattr(settings, name) for name in dict.fromkeys(names)}
    other = {name: value for name, value in values.items() if value != usual[name]}
    return [word for name, value in other.items() for word in typed(name, value)]


def as_typed(value: Any) -> str:
    """A setting's value as it is typed, a list with commas between."""
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def require(options: type, given: dict[str, Any]) -> None:
    """Refuse settings that lack a field without default, naming the first one."""
    for field in dataclasses.fields(options):
        if field.default is dataclasses.MISSING and field.name not in given:
            name = field.metadata.get("words", f"--{field.name}")
            raise UserError(f"{name} is missing: {field.metadata['help']}")


def _define(registry: flags.FlagValues, field: dataclasses.Field, hint: Any) -> None:
    kind, limits = _plain_type(hint), field.metadata
    common = {"name": field.name, "default": None, "help": limits["help"], "flag_values": registry}
    if kind is str and "choices" in limits:
        flags.DEFINE_enum(enum_values=list(limits["choices"]), **common)
    elif kind is bool:
        flags.DEFINE_bool(**common)
    elif kind in (int, float):
        define = flags.DEFINE_integer if kind is int else flags.DEFINE_float
        define(lower_bound=limits.get("at_least"), upper_bound=limits.get("at_most"), **common)
    elif kind is str:
        flags.DEFINE_string(**common)
    else:  # a list's flag may be given more than once
        flags.DEFINE_multi_string(**common)


def _plain_type(hint: Any) -> Any:
    """`int` for `Optional[int]`; anything else as it is."""
    members = [member for member in typing.get_args(hint) if member is not type(None)]
    return members[0] if typing.get_origin(hint) is typing.Union else hint


def _converted(value: Any, hint: Any, field: dataclasses.Field) -> Any:
    """What absl leaves to do: its bounds let nan pass, and lists come as strings with commas."""
    if isinstance(value, float) and not math.isfinite(value):
        raise UserError(f"--{field.name}={value}: wanted a finite number")
    if not isinstance(value, list):
        return at_home(value) if isinstance(value, str) else value
    value = [at_home(item.strip()) for given in value if given for item in given.split(",")]
    choices = field.metadata.get("choices")
    try:
        items = tuple(typing.get_args(hint)[0](item) for item in value)
    except ValueError:
        items = None
    if items is None or (choices and not set(items) <= set(choices)):
        wanted = f"some of {', '.join(choices)}" if choices else "whole numbers"
        raise UserError(f"--{field.name}={as_typed(value)}: wanted {wanted} with commas between")
    return items


def _joined(argv: Sequence[str], switches: set[str], lists: set[str]) -> list[str]:
    """One word of what absl would take for stray ones.

    `--smooth 1` becomes `--smooth=true`, and `--interpolate 3 7` becomes `--interpolate=3,7`.
    """
    words: list[str] = []
    last_is_list = False
    for word in argv:
        previous = words[-1] if words else ""
        flag, equals, _ = previous.partition("=")
        is_switch = flag.startswith("-") and not equals and flag.lstrip("-") in switches
        if is_switch and word.lower() in TRUE_WORDS + FALSE_WORDS:
            words[-1] = f"{previous}={str(word.lower() in TRUE_WORDS).lower()}"
        elif last_is_list and not word.startswith("-"):
            words[-1] = f"{previous}{',' if equals else '='}{word}"
        else:
            words.append(word)
            name = word.partition("=")[0]
            last_is_list = name.startswith("-") and name.lstrip("-") in lists
    return words


def _help(options: type, hints: dict[str, Any]) -> str:
    """What the program does, its examples, and its flags, those that must be given first."""
    fields = dataclasses.fields(options)
    required = [field for field in fields if field.default is dataclasses.MISSING]
    blocks = [_wrapped(paragraph) for paragraph in _paragraphs(options.__doc__)]
    commands = _paragraphs(sys.modules["__main__"].__doc__)  # the program's examples, among others
    blocks += [_command(each) for each in commands if each.startswith("python ")]
    for title, part in {"Required:": required, **_optional(options)}.items():
        if part:
            blocks.append("\n".join([title, *(_described(f, hints[f.name]) for f in part)]))
    return "\n\n".join(blocks) + "\n"


def _optional(options: type) -> dict[str, list[dataclasses.Field]]:
    """Fields with a default: the program's own, then those of each class it extends."""
    parts: dict[str, list[dataclasses.Field]] = {"Optional:": []}
    known: set[str] = set()
    for kind in options.__mro__:
        own = {*vars(kind).get("__annotations__", {})} - known
        known |= own
        title = "Optional:" if kind is options else _paragraphs(kind.__doc__)[0].rstrip(".") + ":"
        fields = [field for field in dataclasses.fields(options) if field.name in own]
        parts[title] = [f for f in fields if f.default is not dataclasses.MISSING]
    return parts


def _paragraphs(doc: str | None) -> list[str]:
    return [inspect.cleandoc(part) for part in inspect.cleandoc(doc or "").split("\n\n")]


def _wrapped(text: str, indent: int = 0) -> str:
    """With unbreakable spaces kept together."""
    space = " " * indent
    lines = textwrap.fill(
        text, WIDTH, initial_indent=space, subsequent_indent=space, break_on_hyphens=False
    )
    return lines.replace("\xa0", " ")


def _command(lines: str) -> str:
    """Commands, a line each; a long one goes on in the next, between two flags."""
    unbreakable = [re.sub(r" (?!--)", "\xa0", line) for line in lines.splitlines()]
    parts = [textwrap.wrap(line, WIDTH - 8, break_on_hyphens=False) for line in unbreakable]
    text = "\n".join("  " + " \\\n      ".join(part) for part in parts)
    return text.replace("\xa0", " ")


def _described(field: dataclasses.Field, hint: Any) -> str:
    """A flag's name, what it means, and what holds without it."""
    kind = _plain_type(hint)
    name = f"--[no]{field.name}" if kind is bool else f"--{field.name}"
    name, text = field.metadata.get("words", name), field.metadata["help"]
    if "choices" in field.metadata:
        between = " or " if kind is str else ", "
        text += f": {between.join(filter(None, field.metadata['choices']))}"
    default = field.metadata.get("otherwise", _shown(field.default))
    text += " " + f"(default: {default})".replace(" ", "\xa0") if default else ""
    lines, name = _wrapped(text, INDENT), f"  {name}"
    return f"{name}\n{lines}" if len(name) > INDENT - 2 else name + lines[len(name) :]


def _shown(default: Any) -> str:
    """A default as --help shows it; nothing for what need not be said."""
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, float):
        return f"{default:g}"
    return "" if default in (dataclasses.MISSING, None) else as_typed(default)


def _exit(message: str, code: int = 2) -> typing.NoReturn:
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(code)
