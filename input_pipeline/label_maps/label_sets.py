"""What the ids of label maps mean: names, colours, and which class a mirror makes of another.

A data set says it in its dataset.json, a file of --classes in the same words:
  [{"id": 0, "name": "background", "colour": [0, 0, 0], "mirror": 0}, …]
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import numpy as np

from input_pipeline import storage
from interface import texts
from interface.command_line import UserError

FIELD = "label_set"  # of dataset.json
IGNORED = 255  # the id of pixels that do not count, where a data set has such
MOST = 256  # ids of a label map are of 8 bits
COLOURS = 3  # channels of one that is a picture
SHOWN = 5  # names in a message
FORM = 'wanted a list with {"name": …, "colour": [red, green, blue], "mirror": id} for each id'


@dataclasses.dataclass(frozen=True)
class Label:
    """A class.

    Attributes:
      name: for people.
      colour: red, green and blue, 0 to 255.
      mirror: the id that its pixels have in a mirrored map: a left eye becomes a right one.
    """

    name: str
    colour: tuple[int, int, int]
    mirror: int


@dataclasses.dataclass(frozen=True)
class LabelSet:
    """All classes of a data set, by their ids.

    None, where its label maps are pictures themselves, uint8 [H, W, 3], whatever they show.
    """

    labels: tuple[Label, ...]

    @property
    def count(self) -> int:
        """Ids are 0 to this less one."""
        return len(self.labels)

    @property
    def names(self) -> tuple[str, ...]:
        """By id."""
        return tuple(label.name for label in self.labels)

    @property
    def spoken(self) -> tuple[str, ...]:
        """As people say them, by id."""
        return tuple(_SPOKEN.get(name, name) for name in self.names)

    def by_name(self) -> dict[str, int]:
        """Ids."""
        return {name: id for id, name in enumerate(self.names)}

    def called(self, word: str, flag: str) -> int:
        """The id of a class that people call by its name or its id.

        Raises:
          UserError: there is none; `flag` gave the word.
        """
        known = {**{str(id): id for id in range(self.count)}, **self.by_name()}
        if word not in known:
            raise UserError(f"--{flag} {word}: no such class; there are {', '.join(self.names)}")
        return known[word]

    @property
    def colours(self) -> np.ndarray:
        """uint8 [count, 3]: `colours[ids]` shows a map [H, W] as a picture [H, W, 3]."""
        return np.array([label.colour for label in self.labels], np.uint8)

    def pictured(self, ids: np.ndarray) -> np.ndarray:
        """Maps uint8 [..., H, W] → pictures uint8 [..., H, W, 3]; ids that are no class white."""
        if not self.labels:  # they are pictures
            return ids
        colours = np.full([256, 3], 255, np.uint8)
        colours[: self.count] = self.colours
        return colours[ids]

    @property
    def mirrors(self) -> np.ndarray:
        """uint8 [count]: `mirrors[ids[:, ::-1]]` is what a mirror shows of a map [H, W]."""
        return np.array([label.mirror for label in self.labels], np.uint8)

    def to_json(self) -> list[dict[str, Any]]:
        """For dataset.json."""
        return [{"id": id, **dataclasses.asdict(label)} for id, label in enumerate(self.labels)]


# As its masks' files are called, each covering those before it; left and right are the person's.
SIDES = ("left", "right")
_CELEBAMASK = (
    *("background", "skin", "nose", "eye_g", "l_eye", "r_eye", "l_brow", "r_brow", "l_ear"),
    *("r_ear", "mouth", "u_lip", "l_lip", "hair", "hat", "ear_r", "neck_l", "neck", "cloth"),
)
_SPOKEN = {  # names that data sets have for their files → as people say it
    "eye_g": "glasses",
    **{f"{side[0]}_{part}": f"{side} {part}" for side in SIDES for part in ("eye", "brow", "ear")},
    "u_lip": "upper lip",
    "l_lip": "lower lip",
    "ear_r": "earring",
    "neck_l": "necklace",
    "cloth": "clothes",
}
_MIRRORED = (0, 1, 2, 3, 5, 4, 7, 6, 9, 8, *range(10, 19))  # eyes, brows and ears change places
# The palette of CelebAMask-HQ's own demo, from background and skin to neck and cloth.
_PALETTE = (
    *((0, 0, 0), (204, 0, 0), (76, 153, 0), (204, 204, 0), (51, 51, 255), (204, 0, 204)),
    *((0, 255, 255), (255, 204, 204), (102, 51, 0), (255, 0, 0), (102, 204, 0), (255, 255, 0)),
    *((0, 0, 153), (0, 0, 204), (255, 51, 153), (0, 204, 204), (0, 51, 0), (255, 153, 51)),
    (0, 204, 0),
)
CELEBAMASK = LabelSet(tuple(map(Label, _CELEBAMASK, _PALETTE, _MIRRORED)))


def numbered(count: int) -> LabelSet:
    """Classes of which nothing is known: named 0, 1, …, each its own mirror image.

    For 19 CelebAMask-HQ's palette; for any other number that of PASCAL VOC, in which the lowest
    bits of an id are the highest of red, green and blue.
    """
    palette = _PALETTE if count == len(_PALETTE) else tuple(map(_voc, range(count)))
    return LabelSet(tuple(Label(str(id), palette[id], id) for id in range(count)))


def _voc(id: int) -> tuple[int, int, int]:
    def level(rgb: int) -> int:
        return sum((id >> 3 * bit + rgb & 1) << 7 - bit for bit in range(8))

    return level(0), level(1), level(2)


def of_data_set(summary: Mapping[str, Any], folder: str) -> LabelSet:
    """What a data set's dataset.json says; those of older versions tell the number at most.

    Args:
      summary: its content; {} where there is none.
      folder: of the data set.

    Raises:
      UserError: it is damaged, or of a newer version.
    """
    where = storage.join(folder, "dataset.json")
    if FIELD in summary:
        return parsed(summary[FIELD], f"{where}: {FIELD}", least=0)
    count = summary.get("label_count", MOST)
    if not isinstance(count, int) or not 0 < count <= MOST:
        raise UserError(f"{where}: label_count {count!r}; wanted 1 to {MOST}: copy it again")
    return CELEBAMASK if (summary.get("options") or {}).get("celebamask") else numbered(count)


def check_trained(classes: LabelSet, trained: Sequence[Mapping[str, Any]], where: object) -> None:
    """Refuse label maps of other classes than something was trained on.

    Args:
      trained: its classes, as `to_json` has them; where: its name, for the message.

    Raises:
      UserError: naming the classes of both.
    """
    names = [each["name"] for each in trained]
    if names != [*classes.names]:
        raise UserError(
            f"{where} was trained on other classes: {_listed(names)}; these records have "
            f"{_listed([*classes.names])}; use records of the same classes, or another --run_dir"
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}" if names else "none"


def read(path: str, words: Sequence[str] = ()) -> LabelSet:
    """The classes in a file of --classes.

    Args:
      path: of the file.
      words: that could have stood there instead.

    Raises:
      UserError: no such file, or anything else in it.
    """
    try:
        content = json.loads(texts.of_bytes(storage.read(path)))
    except FileNotFoundError:
        neither = f", nor one of the words {', '.join(words)}" if words else ""
        raise UserError(f"--classes {path}: no such file{neither}; {FORM}") from None
    except ValueError:
        raise UserError(f"--classes {path}: not JSON; {FORM}") from None
    return parsed(content, f"--classes {path}")


def parsed(content: Any, where: str, least: int = 1) -> LabelSet:
    """What JSON says is a label set.

    Args:
      content: as json.loads gives it; colours and mirrors may be left out.
      where: it comes from, for the message.
      least: number of classes.

    Raises:
      UserError: naming the class, what was found, and what was wanted.
    """
    if not isinstance(content, list) or not least <= len(content) <= MOST:
        raise UserError(f"{where}: {_shown(content)}; {FORM}, {least} to {MOST} of them")
    default = numbered(len(content))
    labels = [_label(each, id, default.labels[id], where) for id, each in enumerate(content)]
    for id, label in enumerate(labels):
        if not label.mirror < len(labels) or labels[label.mirror].mirror != id:
            raise UserError(
                f"{where}: class {id} has mirror {label.mirror}; wanted itself, or a class whose "
                f"mirror is {id}"
            )
    return LabelSet(tuple(labels))


def _label(content: Any, id: int, default: Label, where: str) -> Label:
    """One class; without colour or mirror it has those of `default`."""
    if not isinstance(content, dict) or content.get("id", id) != id:
        raise UserError(f"{where}: {_shown(content)} in place {id}; {FORM}")
    name, colour, mirror = (
        content.get(key, getattr(default, key)) for key in ("name", "colour", "mirror")
    )
    problem = _problem(name, colour, mirror)
    if problem:
        raise UserError(f"{where}: class {id} has {problem}")
    return Label(name, tuple(colour), mirror)


def _problem(name: Any, colour: Any, mirror: Any) -> Optional[str]:
    if not isinstance(name, str) or not name.strip():
        return f"name {_shown(name)}; wanted a word"
    levels = colour if isinstance(colour, (list, tuple)) else ()
    if len(levels) != 3 or not all(_is_number(level) and level < 256 for level in levels):
        return f"colour {_shown(colour)}; wanted [red, green, blue], 0 to 255"
    if not _is_number(mirror):
        return f"mirror {_shown(mirror)}; wanted the id of a class"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _shown(value: Any) -> str:
    return json.dumps(value)[:60]
