"""Records of faces as TensorFlow's own parser reads them, by the 2019 release's rules."""

import dataclasses
import os

import numpy as np
import tensorflow as tf


@dataclasses.dataclass
class Face:
    image: np.ndarray
    mask: np.ndarray
    points: np.ndarray
    source: str

    @property
    def resolution(self):
        return len(self.image)


def face(record):
    feature = tf.train.Example.FromString(record).features.feature
    shape = feature["shape"].int64_list.value[:]
    assert shape[0] == 3 and shape[1] == shape[2]
    planes = np.frombuffer(feature["data"].bytes_list.value[0], np.uint8).reshape(shape)
    mask = np.frombuffer(feature["mask"].bytes_list.value[0], np.uint8).reshape(shape[1:]) > 0
    points = np.reshape(feature["landmarks"].float_list.value, (68, 2))
    source = os.fsdecode(feature["source"].bytes_list.value[0])
    return Face(planes.transpose(1, 2, 0), mask, points, source)


def faces(folder, resolution):
    """{source: its faces} of all files of a resolution."""
    by_source = {}
    for record in tf.data.TFRecordDataset(sorted(map(str, folder.glob(f"celeba-r{resolution}-*")))):
        one = face(record.numpy())
        assert one.resolution == resolution
        by_source.setdefault(one.source, []).append(one)
    return by_source
