"""TFRecord files and tf.train.Example messages without TensorFlow.

A worker that prepares records has no other use for TensorFlow, which would quadruple its memory
and its start-up. The format is that of TensorFlow's `record_writer.h` and `example.proto`.
"""

from __future__ import annotations

import functools
import os
import re
import struct
from collections.abc import Iterator, Mapping
from typing import IO, Any, Union

import google_crc32c
import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory

HEADER, FOOTER = 12, 4  # bytes: length and its checksum, checksum of the content
GZIP = b"\x1f\x8b"
Value = Union[bytes, np.ndarray]  # of a feature: bytes, float32 or int64


class Damaged(Exception):
    """A record file that does not hold what was written; the message says what is wrong."""


def shard_name(stem: str, shard: int, shards: int) -> str:
    """`celeba-r64-00003-of-00016.tfrecords`."""
    return f"{stem}-{shard:05d}-of-{shards:05d}.tfrecords"


def stem(name: str) -> str:
    """What the names of all shards start with: `celeba-r64`, `labels-train`."""
    return re.sub(r"(-\d+-of-\d+)?\.tfrecords$", "", name)


def write(file: IO[bytes], record: bytes) -> None:
    """Append one record."""
    length = struct.pack("<Q", len(record))
    file.write(length + _masked_crc(length) + record + _masked_crc(record))


def read(file: IO[bytes]) -> Iterator[bytes]:
    """All records of a file, each held against its checksums.

    Raises:
      Damaged: a wrong checksum, or a file that ends inside a record.
    """
    number = 0
    while header := file.read(HEADER):
        _check_packed(header)
        if not _is_header(header):
            raise Damaged(f"record {number}: no TFRecord header; truncated, or no TFRecord file")
        (length,) = struct.unpack("<Q", header[:8])
        record, footer = file.read(length), file.read(FOOTER)
        if len(record) < length or len(footer) < FOOTER:
            raise Damaged(f"record {number}: the file ends inside it")
        if not is_whole(record, footer):
            raise Damaged(f"record {number}: wrong checksum")
        yield record
        number += 1


def is_whole(record: bytes, footer: bytes) -> bool:
    """Whether a record's content is what the checksum behind it says."""
    return footer == _masked_crc(record)


def places(file: IO[bytes]) -> Iterator[tuple[int, int]]:
    """(position, length of the content) of each record of a file, whose contents are not read.

    Raises:
      Damaged: the file ends inside a record, or is no record file.
    """
    size, position, number = file.seek(0, os.SEEK_END), 0, 0
    size = size if size is not None else file.tell()  # gfile's seek returns nothing
    while position < size:
        file.seek(position)
        header = file.read(HEADER)
        _check_packed(header)
        length = struct.unpack("<Q", header[:8])[0] if len(header) == HEADER else size
        if position + HEADER + length + FOOTER > size:
            raise Damaged(
                f"record {number}: the file ends inside it: truncated, or no TFRecord file"
            )
        if not _is_header(header):
            raise Damaged(f"record {number}: its length is damaged")
        yield position, length
        position, number = position + HEADER + length + FOOTER, number + 1


def encode_example(features: Mapping[str, Value]) -> bytes:
    """Serialise a tf.train.Example.

    Args:
      features: bytes become a bytes_list of one; arrays become a float_list (of floating types)
        or an int64_list (of integers).
    """
    example = _example_type()()
    for name, value in features.items():
        entry = example.features.feature.add(key=name)
        if isinstance(value, bytes):
            entry.value.bytes_list.value.append(value)
        elif np.issubdtype(value.dtype, np.floating):
            entry.value.float_list.value.extend(value.astype(np.float32).ravel().tolist())
        else:
            entry.value.int64_list.value.extend(value.ravel().tolist())
    return example.SerializeToString(deterministic=True)


def decode_example(serialized: bytes) -> dict[str, Any]:
    """The features of a tf.train.Example: bytes (all values in one), float32 or int64 arrays.

    Raises:
      Damaged: the bytes are no such message.
    """
    example = _example_type()()
    try:
        example.ParseFromString(serialized)
    except message.DecodeError:
        raise Damaged("not a tf.train.Example") from None
    features: dict[str, Any] = {}
    for entry in example.features.feature:
        kind = entry.value.WhichOneof("kind")
        if kind == "bytes_list":
            features[entry.key] = b"".join(entry.value.bytes_list.value)
        elif kind == "float_list":
            features[entry.key] = np.array(entry.value.float_list.value, np.float32)
        elif kind == "int64_list":
            features[entry.key] = np.array(entry.value.int64_list.value, np.int64)
    return features


def _check_packed(header: bytes) -> None:
    """Raise Damaged for gzip's first bytes, unless they are the length of a record after all."""
    if header[: len(GZIP)] == GZIP and not _is_header(header):
        raise Damaged("packed by gzip; unpack it (gunzip, after adding .gz to its name)")


def _is_header(header: bytes) -> bool:
    return len(header) == HEADER and header[8:] == _masked_crc(header[:8])


def _masked_crc(content: bytes) -> bytes:
    crc = google_crc32c.value(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


@functools.cache
def _example_type() -> Any:
    """The message class of tf.train.Example.

    Its map is spelt as what it is on the wire, a list of key-value entries: so features keep
    their order. In a pool of its own, since TensorFlow registers the same names in the usual one.
    """
    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="example", package="tfrecords", syntax="proto3")

    def define(name: str, *fields: tuple[str, int, bool, Union[str, int]]) -> Any:
        message = file.message_type.add(name=name)
        for field, number, repeated, of in fields:
            label = kind.LABEL_REPEATED if repeated else kind.LABEL_OPTIONAL
            added = message.field.add(name=field, number=number, label=label)
            if isinstance(of, str):
                added.type, added.type_name = kind.TYPE_MESSAGE, f".tfrecords.{of}"
            else:
                added.type = of
        return message

    define("BytesList", ("value", 1, True, kind.TYPE_BYTES))
    define("FloatList", ("value", 1, True, kind.TYPE_FLOAT))
    define("Int64List", ("value", 1, True, kind.TYPE_INT64))
    feature = define(
        "Feature",
        ("bytes_list", 1, False, "BytesList"),
        ("float_list", 2, False, "FloatList"),
        ("int64_list", 3, False, "Int64List"),
    )
    feature.oneof_decl.add(name="kind")
    for field in feature.field:
        field.oneof_index = 0
    define("Entry", ("key", 1, False, kind.TYPE_STRING), ("value", 2, False, "Feature"))
    define("Features", ("feature", 1, True, "Entry"))
    define("Example", ("features", 1, False, "Features"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tfrecords.Example"))
