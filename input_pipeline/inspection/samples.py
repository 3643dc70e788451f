"""A few records of a data set as pictures with captions, for its page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from PIL import Image

from input_pipeline import storage, tfrecords
from input_pipeline.faces import schema
from input_pipeline.inspection import inventory
from input_pipeline.inspection.inventory import Inventory, Part
from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps import schema as label_schema
from input_pipeline.label_maps.label_sets import LabelSet
from interface import page

FACE_SIDE, LABEL_SIDE = 128, 256  # pixels: samples are shown no larger


def sections(data: Inventory, parts: list[Part], wanted: int) -> Iterator[str]:
    """HTML of faces at one resolution, and of label maps, where the data set has them.

    Args:
      data: the data set.
      parts: its record files.
      wanted: number of records shown.

    Raises:
      UserError: a record is damaged.
    """
    sides = {side for part in parts if part.records and (side := schema.resolution(part.name))}
    side = max((side for side in sides if side <= FACE_SIDE), default=min(sides, default=None))
    faces = [part for part in parts if side and schema.resolution(part.name) == side]
    if faces:
        shown = (_face(*sample) for sample in first(data, faces, wanted))
        note = f"Crops and their drawings at {side} × {side} pixels, from all shards."
        yield page.section("Samples", note, page.grid(shown, least=14))
    maps = [part for part in parts if inventory.holds_labels(part.name) and part.records]
    if maps:
        classes = label_sets.of_data_set(data.summary, data.folder)
        shown = (_map(*sample, classes) for sample in first(data, maps, wanted))
        note = "Photos, their label maps and, where there are any, the borders of instances."
        yield page.section("Samples", note, page.grid(shown, least=26))


def first(data: Inventory, parts: list[Part], wanted: int) -> Iterator[tuple[Any, str]]:
    """(record, where it lies): the first of each file, which were dealt to the files at random."""
    for part, count in zip(parts, spread([part.records for part in parts], wanted)):
        decode = inventory.decoder(part.name)
        with data.readable(part.name), storage.opened(data.path(part.name), "rb") as file:
            for number, record in enumerate(islice(tfrecords.read(file), count)):
                yield decode(record), f"record {number} of {part.name}"


def spread(there: list[int], wanted: int) -> list[int]:
    """How many to take of each, as evenly as what is there allows."""
    taken = [0] * len(there)
    for _ in range(min(wanted, sum(there))):
        left = [place for place, count in enumerate(there) if taken[place] < count]
        taken[min(left, key=taken.__getitem__)] += 1
    return taken


def _face(record: schema.Record, place: str) -> str:
    image, mask = record.image, record.mask
    factor = -(-max(mask.shape) // FACE_SIDE)
    if factor > 1:
        image = np.asarray(Image.fromarray(image).reduce(factor))
        mask = np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).reduce(factor)) > 0
    drawn = np.where(mask[..., None], 255, image // 3).astype(np.uint8)
    return _figure([page.image(image, "crop"), page.image(drawn, "drawing")], record.source, place)


def _map(record: label_schema.Record, place: str, classes: LabelSet) -> str:
    factor = -(-max(record.label.shape) // LABEL_SIDE)
    image = np.asarray(Image.fromarray(record.image).reduce(factor))
    painted = classes.pictured(record.label[::factor, ::factor])
    tiles = [page.image(image, "photo"), page.image(painted, "label map", exact=True)]
    if record.instance is not None:
        edges = borders(record.instance[::factor, ::factor])
        drawn = np.where(edges[..., None], 255, painted // 3).astype(np.uint8)
        tiles.append(page.image(drawn, "instances", exact=True))
    return _figure(tiles, record.source, place)


def _figure(tiles: list[str], source: str, place: str) -> str:
    return page.sample(tiles, os.path.basename(source) or place, f"{source or '?'}: {place}")


def borders(instance: np.ndarray) -> np.ndarray:
    """bool [H, W]: where an instance map [H, W] has another number to the right or below."""
    edges = np.zeros(instance.shape, bool)
    edges[:, :-1] |= instance[:, 1:] != instance[:, :-1]
    edges[:-1] |= instance[1:] != instance[:-1]
    return edges
