"""A folder of photos, local or behind a URL."""

from __future__ import annotations

import dataclasses

from input_pipeline import photos, storage
from input_pipeline.faces.in_photo import Photo
from input_pipeline.sharding import finished
from interface.command_line import UserError

CELEBA_HQ = ("CelebA-HQ-img", "data1024x1024")  # where its two distributions keep the photos


@dataclasses.dataclass(frozen=True)
class Folder:
    """All files below a folder, whatever their names end in; hidden ones are left out.

    Attributes:
      folder: local folder or URL.
      flag: that named it, for messages.
      max_pixels: to decode of a photo.
    """

    folder: str
    flag: str = "images"
    max_pixels: int = photos.PIXEL_LIMIT

    def names(self) -> list[str]:
        """Paths relative to the folder, sorted.

        Raises:
          UserError: no such folder, or nothing in it.
        """
        try:
            names = sorted(storage.files_below(self.folder, finished.is_data_set))
        except (FileNotFoundError, NotADirectoryError):
            problem = "not a folder" if storage.exists(self.folder) else "no such folder"
            raise UserError(f"--{self.flag} {self.folder}: {problem}") from None
        if not names:
            raise UserError(f"--{self.flag} {self.folder}: no file in it")
        return names

    def photo(self, name: str, enough: int | None = None) -> Photo:
        """Decode one; see `photos.read`."""
        return Photo(*photos.read(storage.join(self.folder, name), enough, self.max_pixels))

    def has_landmarks(self) -> bool:
        """No."""
        return False


def celeba_hq(folder: str, max_pixels: int = photos.PIXEL_LIMIT) -> Folder:
    """CelebA-HQ's photos: in its folder as it is distributed, or in that of the photos itself."""
    inside = [name for name in CELEBA_HQ if name in storage.names(folder)]
    place = storage.join(folder, inside[0]) if inside else folder
    return Folder(place, "celeba_hq", max_pixels)
