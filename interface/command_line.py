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
import sys
import typing
from collections.abc import Callable, Sequence
from typing import Any

from absl import flags

from interface import tensorflow_start

T = typing.TypeVar("T")
TRUE_WORDS = ("1", "true", "t")  # as absl reads them
FALSE_WORDS = ("0", "false", "f")


class UserError(Exception):
    """A mistake that the user can mend: one line with what was found, wanted, and what to do."""


def setting(help: str, default: Any = dataclasses.MISSING, **limits: Any) -> Any:
    """A dataclass field that is also a flag.

    Args:
      help: one line, shown by --help.
      default: its value without the flag; left out, somebody else must supply it.
      **limits: `at_least` and `at_most` for numbers, `choices` for words and lists of them.
    """
    return dataclasses.field(default=default, metadata={"help": help, **limits})


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
    try:
        main(sys.argv[1:])
    except UserError as error:
        _exit(str(error))
    except KeyboardInterrupt as stop:
        _exit(str(stop) or "interrupted", code=130)
    except Exception as error:
        if is_disk_full(error):
            _exit(
                "the disk is full; free some space and run the same command again "
                f"({' '.join(str(error).split())[:200]})"
            )
        if isinstance(error, OSError) and error.filename:
            _exit(f"{error.filename}: {error.strerror}")
        raise


def is_disk_full(error: Exception) -> bool:
    """Whether `error`, of Python or of TensorFlow's file system, says: no space left."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return os.strerror(errno.ENOSPC).lower() in str(error).lower()


def parse(options: type, argv: Sequence[str]) -> dict[str, Any]:
    """The settings given on a command line.

    Args:
      options: a dataclass whose fields were made with `setting`, one perhaps with `words`.
      argv: the words after the program's name.

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
        _print_help(options, hints)
        raise SystemExit(0)
    if stray and not takers:
        raise UserError(f"stray word {stray[0]!r}: every setting is a flag, as in --name=value")
    given = {
        field.name: _converted(registry[field.name].value, hints[field.name], field)
        for field in settings
        if registry[field.name].present
    }
    return {**dict.fromkeys(takers if stray else (), tuple(stray)), **given}


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
        return value
    value = [item.strip() for given in value if given for item in given.split(",")]
    choices = field.metadata.get("choices")
    try:
        items = tuple(typing.get_args(hint)[0](item) for item in value)
    except ValueError:
        items = None
    if items is None or (choices and not set(items) <= set(choices)):
        wanted = f"some of {', '.join(choices)}" if choices else "whole numbers"
        found = ",".join(value)
        raise UserError(f"--{field.name}={found}: wanted {wanted} with commas between")
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


def _print_help(options: type, hints: dict[str, Any]) -> None:
    print(inspect.cleandoc(options.__doc__ or ""), end="\n\n")
    for field in dataclasses.fields(options):
        kind = _plain_type(hints[field.name])
        name = f"--[no]{field.name}" if kind is bool else f"--{field.name}"
        name = field.metadata.get("words", name)
        help, default = field.metadata["help"], field.default
        if "choices" in field.metadata:
            between = " or " if kind is str else ","
            help += f": {between.join(filter(None, field.metadata['choices']))}"
        if isinstance(default, tuple):
            default = ",".join(map(str, default))
        known = default not in (dataclasses.MISSING, None, "") and not help.startswith("*")
        print(f"  {name}: {help}" + (f" (default {default})" if known else ""))


def _exit(message: str, code: int = 2) -> typing.NoReturn:
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(code)
