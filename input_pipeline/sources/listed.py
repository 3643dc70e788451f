"""Some of a source's photos: those that a list names."""

from __future__ import annotations

import dataclasses

from input_pipeline import storage
from input_pipeline.faces.in_photo import Photo, Source
from interface import texts
from interface.command_line import UserError


@dataclasses.dataclass(frozen=True)
class Listed:
    """The photos of `source` whose names stand in a text file, one a line.

    Attributes:
      source: has them, and perhaps others.
      path: of the list, a file or URL.
    """

    source: Source
    path: str

    def names(self) -> list[str]:
        """The names in the list, sorted, each once.

        Raises:
          UserError: no such list, nothing in it, or a name that the source lacks.
        """
        try:
            with storage.opened(self.path, "rb") as file:
                content = file.read()
        except (FileNotFoundError, IsADirectoryError):
            raise UserError(f"--names {self.path}: no such file") from None
        # Bytes that are no text stand in the source's names in the same way.
        lines = texts.of_bytes(content).split("\n")
        wanted = sorted({line.rstrip("\r") for line in lines} - {""})
        if not wanted:
            raise UserError(f"--names {self.path}: no name in it; wanted one a line")
        there = set(self.source.names())
        missing = [name for name in wanted if name not in there]
        if missing:
            raise UserError(
                f"--names {self.path}: {len(missing)} of {len(wanted)} names are not among the "
                f"photos, {missing[0]} for one; wanted paths below the photos' folder"
            )
        return wanted

    def photo(self, name: str, enough: int | None = None) -> Photo:
        """The source's. Raises Rejected as it does."""
        return self.source.photo(name, enough)

    def has_landmarks(self) -> bool:
        """Whether the source has."""
        return self.source.has_landmarks()
