"""Text files as people's programs write them."""

from __future__ import annotations

import codecs

# Windows' programs begin a file with one of these. Those of UTF-32 begin like UTF-16's.
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def of_bytes(content: bytes) -> str:
    """The text of a file, by its byte order mark, else UTF-8.

    Bytes that are no text become what they become in the names of files (surrogates).
    """
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            errors = "surrogateescape" if encoding == "utf-8" else "replace"
            return content[len(mark) :].decode(encoding, errors)
    return content.decode("utf-8", "surrogateescape")
