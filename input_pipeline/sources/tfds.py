"""A data set of TensorFlow Datasets, by its name."""

from __future__ import annotations

import dataclasses
import difflib
import functools
from collections.abc import Sequence
from typing import Any

from input_pipeline import photos, storage, tfrecords
from input_pipeline.faces.in_photo import Photo
from interface.command_line import UserError, is_disk_full

IMAGE = "image"  # the feature that all its data sets of faces keep the photo in


@dataclasses.dataclass(frozen=True)
class Tfds:
    """The photos of one split, as their files were: encoded, of any size.

    Read by number where they lie, in the format they were prepared in: TFRecord, the library's
    own choice, or one that it reads by number itself (array_record).
    """

    name: str
    split: str = "train"
    max_pixels: int = photos.PIXEL_LIMIT  # to decode of a photo

    def names(self) -> list[str]:
        """`train-00000042` is the photo of that number; downloads and prepares what is not there.

        Raises:
          UserError: no library, no such data set or split, no photos in it, or no download.
        """
        return [f"{self.split}-{number:08d}" for number in range(len(self._examples))]

    def photo(self, name: str, enough: int | None = None) -> Photo:
        """Decode one; see `photos.read`."""
        encoded = self._examples[int(name.rpartition("-")[2])][IMAGE]
        return Photo(*photos.decode(encoded, enough, self.max_pixels))

    def has_landmarks(self) -> bool:
        """No."""
        return False

    @property
    def _examples(self) -> Any:
        return _examples(self.name, self.split)


@functools.cache
def _examples(name: str, split: str) -> Any:
    """The examples of a split by number, photos encoded; each process opens them for itself."""
    tfds = _library()
    builder = _prepared(tfds, name)
    features = builder.info.features
    if IMAGE not in features or not isinstance(features[IMAGE], tfds.features.Image):
        there = ", ".join(features)
        raise UserError(f"--tfds {name}: no photo called {IMAGE!r} in it; it has {there}")
    _check_split(builder, name, split)
    try:
        return builder.as_data_source(split, decoders={IMAGE: tfds.decode.SkipDecoding()})
    except NotImplementedError:  # a format that the library only reads from first to last
        if builder.info.file_format.value != "tfrecord":
            raise UserError(
                f"--tfds {name}: prepared as {builder.info.file_format.value} in "
                f"{builder.data_dir}; wanted tfrecord or array_record: prepare it again"
            ) from None
        return _Tfrecords(builder.info.splits[split].file_instructions)


def _library() -> Any:
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise UserError(
            f"--tfds needs TensorFlow Datasets: pip install '.[tfds]' ({error})"
        ) from None
    return tensorflow_datasets


def _prepared(tfds: Any, name: str) -> Any:
    """The data set's builder, its files in place."""
    try:
        builder = tfds.builder(name)
        builder.download_and_prepare()
        return builder
    except tfds.core.DatasetNotFoundError:
        close = difflib.get_close_matches(name, tfds.list_builders(), cutoff=0.5)
        hint = f"do you mean {' or '.join(close)}?" if close else "see tensorflow.org/datasets"
        raise UserError(f"--tfds {name}: no data set has this name; {hint}") from None
    # Each data set has its own ways to fail: the network, a file to be fetched by hand, …
    except Exception as error:
        if is_disk_full(error):
            raise
        raise UserError(f"--tfds {name}: {' '.join(str(error).split())[:400]}") from None


def _check_split(builder: Any, name: str, split: str) -> None:
    try:
        empty = builder.info.splits and not builder.info.splits[split].num_examples
    except (KeyError, ValueError):
        empty = True
    if empty:
        splits = ", ".join(builder.info.splits)
        raise UserError(f"--split {split}: {name} has no such split; it has {splits}")


class _Tfrecords:
    """Examples in TFRecord files, by number.

    Args:
      parts: files with their path `filename`, of which `take` examples are wanted after `skip`.
    """

    def __init__(self, parts: Sequence[Any]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(part.take for part in self._parts)

    def __getitem__(self, number: int) -> dict[str, Any]:
        for part in self._parts:
            if number < part.take:
                return _example(str(part.filename), part.skip + number)
            number -= part.take
        raise IndexError


def _example(path: str, number: int) -> dict[str, Any]:
    with storage.opened(path, "rb") as file:
        file.seek(_positions(path)[number])
        return tfrecords.decode_example(next(tfrecords.read(file)))


@functools.cache
def _positions(path: str) -> list[int]:
    """Where each record of a file begins."""
    with storage.opened(path, "rb") as file:
        return [position for position, _ in tfrecords.places(file)]
