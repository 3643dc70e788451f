"""Records of faces → who is who, and lists of photos in which no person is in both.

python -m input_pipeline.people --data_dir records --out split
python -m input_pipeline.prepare --images photos --names split/training.txt --out records_training
python -m input_pipeline.prepare --images photos --names split/held_out.txt --out records_held_out

Figures on photos of people that a network was trained on say little about others.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from input_pipeline import RESOLUTIONS
from input_pipeline.faces import landmarks, record_files, schema
from input_pipeline.inspection import inventory
from input_pipeline.processes import on_all_cores
from interface import command_line, files
from interface.command_line import UserError, setting

BLOCK = 1000  # rows of the distances that are in memory at a time


@dataclasses.dataclass(frozen=True)
class Options:
    """Holds some people out: writes training.txt, held_out.txt and people.json.

    Two faces are of one person if dlib's descriptors of them are close, or the file names of
    their photos, without folders and endings, are equal; and so on from face to face.
    """

    out: str = setting("folder of the lists")
    data_dir: str = setting("folder of the records", "./records")
    size: int = setting("side of the records to look at", 128, at_least=8)
    held_out: float = setting("part of the people that is held out", 0.1, at_least=0.0, at_most=1.0)
    distance: float = setting("descriptors nearer than this are of one person", 0.5, at_least=0.0)
    same_names: bool = setting("photos of equal file names are of one person", True)
    seed: int = setting("of who is held out", 0, at_least=0)


def main(argv: list[str]) -> None:
    """Write the lists as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    if options.size not in RESOLUTIONS:
        raise UserError(f"--size {options.size}: wanted one of {', '.join(map(str, RESOLUTIONS))}")
    out = pathlib.Path(options.out)
    files.check_folder("out", out)
    names, images, points = read(options.data_dir, options.size)
    described = on_all_cores(landmarks.descriptors, "describing faces", images, points)
    same = close(described, options.distance)
    ids = [pathlib.PurePath(name).stem for name in names]
    people = grouped(names, [*same, *(equal(ids) if options.same_names else [])])
    held_out = chosen(len(people), options.held_out, options.seed)
    write(out, people, held_out, dataclasses.asdict(options))
    print(f"{len(names)} photos of {len(people)} people; {len(held_out)} people held out: {out}")
    print(apart(described, equal(ids)))
    left_out = inventory.summary(options.data_dir).get("left_out", {}).get(str(options.size), 0)
    if left_out:
        print(
            f"{left_out} faces have no record of {options.size} pixels and are in neither list; "
            "a smaller --size may have them"
        )


def read(data_dir: str, size: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The photos' names, uint8 [N, H, H, 3] and landmarks [N, 68, 2] of a data set.

    Raises:
      UserError: there are none, or they name no photos or hold no landmarks.
    """
    records = record_files.open_records(data_dir, size)
    decoded = [schema.decode(each) for each in records.read(np.arange(records.count))]
    points = [record.landmarks for record in decoded if record.landmarks is not None]
    if len(points) < len(decoded) or not all(record.source for record in decoded):
        raise UserError(
            f"--data_dir {data_dir}: its records name no photos or hold no landmarks (the 2019 "
            "release's do not); prepare the photos again: python -m input_pipeline.prepare"
        )
    names = [record.source for record in decoded]
    return names, np.stack([record.image for record in decoded]), np.stack(points)


def close(descriptors: np.ndarray, distance: float) -> list[tuple[int, int]]:
    """Pairs of rows of float [N, D] that are nearer to each other than `distance`."""
    pairs: list[tuple[int, int]] = []
    norms = np.square(descriptors).sum(axis=1)
    for start in range(0, len(descriptors), BLOCK):
        block = slice(start, start + BLOCK)
        squared = norms[block, None] + norms - 2 * descriptors[block] @ descriptors.T
        first, second = np.nonzero(squared < distance**2)
        pairs += [(a, b) for a, b in zip((first + start).tolist(), second.tolist()) if a < b]
    return pairs


def apart(descriptors: np.ndarray, same: Sequence[tuple[int, int]]) -> str:
    """For people: how far faces of one person are from each other, and those of two.

    Args:
      descriptors: float [N, D].
      same: a pair for each row, with the first one of its file name; first ones that follow each
        other are of two people.
    """
    ones = [(one, other) for one, other in same if one != other]
    firsts = sorted({one for one, _ in same})
    told = [_mean_distance(descriptors, pairs) for pairs in (ones, [*zip(firsts, firsts[1:])])]
    return (
        f"descriptors' mean distance: {told[0]} of one person's photos ({len(ones)} pairs of equal "
        f"file names), {told[1]} of two people's"
    )


def _mean_distance(descriptors: np.ndarray, pairs: Sequence[tuple[int, int]]) -> str:
    if not pairs:
        return "unknown"
    ones, others = np.transpose(pairs)
    distances = np.linalg.norm(descriptors[ones] - descriptors[others], axis=1)
    return f"{distances.mean():.2f}"


def equal(ids: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of places with the same id: each with the first of its kind."""
    first: dict[str, int] = {}
    return [(first.setdefault(name, place), place) for place, name in enumerate(ids)]


def grouped(names: Sequence[str], pairs: Sequence[tuple[int, int]]) -> list[list[str]]:
    """Connected components: each a sorted list of names, in the order of their first ones.

    Args:
      names: of the nodes; those that occur twice (two faces of one photo) are one node.
      pairs: edges between places in `names`.
    """
    leader = list(range(len(names)))

    def find(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for one, other in [*pairs, *equal(names)]:
        leader[find(one)] = find(other)
    groups: dict[int, set[str]] = {}
    for place, name in enumerate(names):
        groups.setdefault(find(place), set()).add(name)
    return sorted(sorted(group) for group in groups.values())


def chosen(count: int, part: float, seed: int) -> list[int]:
    """Which of `count` people are held out, ascending."""
    drawn = np.random.default_rng(seed).permutation(count)[: round(part * count)]
    return sorted(drawn.tolist())


def write(
    out: pathlib.Path, people: list[list[str]], held_out: list[int], protocol: dict[str, Any]
) -> None:
    """Write training.txt and held_out.txt, a name a line, and people.json: who is who, and how."""
    parts = {"training": sorted({*range(len(people))}.difference(held_out)), "held_out": held_out}
    content = {part: [people[number] for number in numbers] for part, numbers in parts.items()}
    for part, groups in content.items():
        lines = sorted(name for group in groups for name in group)
        with files.replacing(out / f"{part}.txt") as aside:
            text = "".join(f"{line}\n" for line in lines)
            aside.write_text(text, encoding="utf-8", errors="surrogateescape")
    files.write_json(out / "people.json", {"protocol": protocol, **content})


if __name__ == "__main__":
    command_line.run(main)
