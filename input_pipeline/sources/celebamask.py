"""CelebAMask-HQ as it is distributed: photos, a mask for each part of a face, and CelebA's splits.

CelebA-HQ-img/123.jpg                            1024×1024
CelebAMask-HQ-mask-anno/0/00123_hair.png         512×512, white on black; 123 // 2000 = 0
CelebA-HQ-to-CelebA-mapping.txt                  idx orig_idx orig_file, as 0 119613 119614.jpg
"""

from __future__ import annotations

import collections
import dataclasses
import json
import re
from typing import Optional

import numpy as np

from input_pipeline import storage
from input_pipeline.label_maps import labels
from input_pipeline.label_maps.label_sets import CELEBAMASK
from input_pipeline.label_maps.labels import Sample
from input_pipeline.photos import Rejected
from interface.command_line import UserError

PHOTOS, MASKS = "CelebA-HQ-img", "CelebAMask-HQ-mask-anno"
MAPPING = "CelebA-HQ-to-CelebA-mapping.txt"
MASKS_PER_FOLDER = 2000
PARTS = CELEBAMASK.names[1:]  # part i has id i + 1 and covers those before it; 0 is background
# CelebA's own: number of the last photo of each split.
SPLITS = {"train": 162770, "validation": 182637, "test": 202599}


@dataclasses.dataclass(frozen=True)
class CelebAMask:
    """Photos with the label maps that their parts' masks are merged to.

    Attributes:
      folder: local folder or URL that holds PHOTOS, MASKS and MAPPING.
    """

    folder: str

    is_complete, packages, framing = True, (), None

    @property
    def splits(self) -> tuple[str, ...]:
        """CelebA's three."""
        return tuple(SPLITS)

    def items(self) -> list[str]:
        """A list of the photo, its split and its parts for each, and all files left alone.

        Raises:
          UserError: something is missing, or the mapping file can't be understood.
        """
        self._check_folders()
        splits = self._splits()
        photos, items = self._photos()
        parts, alone = self._parts(set(photos))
        items += alone
        for number, name in photos.items():
            if number not in parts:
                items.append(labels.left_out(name, f"no mask of it in {MASKS}"))
            elif number not in splits:
                items.append(labels.left_out(name, f"no line in {MAPPING}"))
            else:
                items.append(json.dumps([name, splits[number], parts[number]]))
        if all(labels.unpaired(item) for item in items):
            raise UserError(f"--celebamask {self.folder}: no photo with masks and a split in it")
        return sorted(items)

    def sample(self, item: str) -> Sample:
        """Read a photo and merge its masks. Raises Rejected, naming the file."""
        name, split, parts = json.loads(item)
        number = int(re.findall(r"\d+", name)[-1])
        photo = labels.read_photo(storage.join(self.folder, name))
        return Sample(split, name, photo, self._merged(number, parts))

    def _merged(self, number: int, parts: list[str]) -> np.ndarray:
        """uint8 [H, W]: of the parts that cover a pixel the last one's id."""
        label: Optional[np.ndarray] = None
        first = ""
        for part in sorted(parts, key=PARTS.index):
            name = f"{MASKS}/{number // MASKS_PER_FOLDER}/{number:05d}_{part}.png"
            path = storage.join(self.folder, name)
            mask = labels.read_mask(path)
            if label is None:
                label, first = np.zeros(mask.shape, np.uint8), path
            if mask.shape != label.shape:
                raise Rejected(
                    f"{path}: height {mask.shape[0]}, width {mask.shape[1]}; {first} has height "
                    f"{label.shape[0]}, width {label.shape[1]}"
                )
            label[mask] = PARTS.index(part) + 1
        assert label is not None
        return label

    def _check_folders(self) -> None:
        absent = {PHOTOS, MASKS, MAPPING} - set(storage.names(self.folder))
        if absent:
            raise UserError(
                f"--celebamask {self.folder}: no {' and no '.join(sorted(absent))} in it; wanted "
                f"the folder that holds {PHOTOS}, {MASKS} and {MAPPING}"
            )

    def _photos(self) -> tuple[dict[int, str], list[str]]:
        """{number: path}, and the items of files that are none."""
        photos, items = {}, []
        for name in storage.names(storage.join(self.folder, PHOTOS)):
            path, number = f"{PHOTOS}/{name}", re.fullmatch(r"(0|[1-9]\d*)\.jpg", name)
            if number:
                photos[int(number[1])] = path
            else:
                items.append(labels.left_out(path, "its name is not that of a photo, as 123.jpg"))
        return photos, items

    def _parts(self, photos: set[int]) -> tuple[dict[int, list[str]], list[str]]:
        """{number: names of its parts}, and the items of masks that belong to no photo."""
        parts, items, top = collections.defaultdict(list), [], storage.join(self.folder, MASKS)
        for folder in storage.names(top):
            for name in storage.names(storage.join(top, folder)):
                mask = re.fullmatch(rf"(\d{{5,}})_({'|'.join(PARTS)})\.png", name)
                number = int(mask[1]) if mask else -1
                if not mask or folder != str(number // MASKS_PER_FOLDER):
                    reason = "its name or folder is not that of a mask, as 0/00123_hair.png"
                elif number not in photos:
                    reason = f"no photo of it in {PHOTOS}"
                else:
                    parts[number].append(mask[2])
                    continue
                items.append(labels.left_out(f"{MASKS}/{folder}/{name}", reason))
        return parts, items

    def _splits(self) -> dict[int, str]:
        """{photo's number in CelebA-HQ: split of CelebA}."""
        path = storage.join(self.folder, MAPPING)
        lines = storage.read(path).decode("utf-8", "replace").splitlines()
        splits = {}
        for count, line in enumerate(map(str.split, lines), start=1):
            numbers = re.fullmatch(r"(\d+) \d+ (\d+)\.jpg", " ".join(line))
            if numbers:
                splits[int(numbers[1])] = _split(int(numbers[2]))
            elif line and line[0] != "idx":
                raise UserError(
                    f"{path}: line {count} is {' '.join(line)[:60]!r}; wanted the photo's number, "
                    "CelebA's number and CelebA's file, as 0 119613 119614.jpg"
                )
        return splits


def _split(number: int) -> str:
    return next((split for split, last in SPLITS.items() if number <= last), "test")
