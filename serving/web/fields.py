"""What a request says and nobody would read: refused, so that nobody believes it was heeded."""

from __future__ import annotations

import collections
from collections.abc import Collection

import fastapi
from starlette.datastructures import FormData

from interface.command_line import UserError


def names(request: fastapi.Request, form: FormData, known: Collection[str]) -> set[str]:
    """The names of a form's fields.

    Args:
      known: that the route reads.

    Raises:
      UserError: one that is not known, or given twice; one in the address, where none is read.
    """
    given = collections.Counter(name for name, _ in form.multi_items())
    unknown = sorted({*given} - {*known})
    if unknown:  # a seed that is misspelt would silently be 0
        raise UserError(f"{unknown[0][:80]}: no such field; there are {', '.join(known)}")
    twice = sorted(name for name, count in given.items() if count > 1)
    if twice:
        raise UserError(f"{twice[0]}: given {given[twice[0]]} times; wanted once")
    asked = sorted(request.query_params.keys())
    if asked:
        raise UserError(f"{asked[0][:80]}: stands in the address; wanted as a field of the form")
    return {*given}
