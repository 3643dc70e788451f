"""What a SavedModel of pix2pixHD computes; its signatures are in `export`."""

from __future__ import annotations

from typing import Optional

import tensorflow as tf

from input_pipeline.label_maps.label_sets import MOST
from networks.image_to_image.given import Given
from serving import exporting
from serving.styles import Styles
from siblings.pix2pixhd import networks
from siblings.pix2pixhd.restoring import Restored

Pictures = dict[str, tf.Tensor]


class Painter:
    """What the signatures compute."""

    def __init__(self, restored: Restored, known: Optional[Styles]) -> None:
        self.restored = restored
        if known is not None:
            self.table, self.counts = known.table(restored.classes.count)

    def paint(
        self, labels: tf.Tensor, instances: tf.Tensor = None, features: tf.Tensor = None
    ) -> Pictures:
        others = [networks.edges(instances)] if self.restored.settings["instances"] else []
        if features is not None:
            others.append(features)
        if self.restored.classes.count:
            given = Given.of_labels(labels, others, tf.float32)
        else:
            given = Given.of_pictures(tf.cast(labels, tf.float32) / 127.5 - 1, others, tf.float32)
        return exporting.image(self.restored.generator(given))

    def styled(self, labels: tf.Tensor, *others: tf.Tensor) -> Pictures:
        """instances, if they are asked for, then features."""
        return self.paint(labels, others[0] if len(others) > 1 else None, others[-1])

    def sample(self, labels: tf.Tensor, *others: tf.Tensor) -> Pictures:
        """instances, if they are asked for, then the seed."""
        instances = others[0] if len(others) > 1 else None
        of_labels = self.restored.features == "label"
        regions = tf.cast(labels, tf.int32) if of_labels else instances
        features = tf.map_fn(
            lambda each: self._drawn(*each),
            (labels, regions, others[-1]),
            fn_output_signature=tf.float32,
        )
        return self.paint(labels, instances, features)

    def _drawn(self, label: tf.Tensor, regions: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Features [H, W, C] of one map: a cluster for each region."""
        numbers, place = tf.unique(tf.reshape(regions, [-1]))
        classes = _commonest(tf.reshape(label, [-1]), place, tf.size(numbers))

        def chosen(each: tf.Tensor) -> tf.Tensor:
            number, of_class = each
            by = tf.stack([seed, tf.cast(number, tf.int64)])
            count = tf.gather(self.counts, of_class)
            drawn = tf.random.stateless_uniform([], by, 0, count, tf.int32)
            return tf.constant(self.table)[of_class, drawn]

        styles = tf.map_fn(chosen, (numbers, classes), fn_output_signature=tf.float32)
        shape = [*tf.unstack(tf.shape(label)), self.table.shape[2]]
        return tf.reshape(tf.gather(styles, place), shape)

    def encode(self, image: tf.Tensor, instances: tf.Tensor) -> Pictures:
        assert self.restored.encoder is not None
        features = self.restored.encoder(tf.cast(image, tf.float32) / 127.5 - 1)
        return {"features": networks.means_of_regions(features, networks.numbered(instances))}


def _commonest(label: tf.Tensor, place: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """The class of most pixels of each region, of equals the first, as `clusters.regions` has it.

    Args:
      label: ids of classes [N]; place: regions [N], below `count`.
    """
    keys, _, pixels = tf.unique_with_counts(place * MOST + tf.cast(label, tf.int32), tf.int64)
    # The largest of these has most pixels, and of equals the lowest id.
    scores = pixels * MOST + tf.cast(MOST - 1 - keys % MOST, tf.int64)
    best = tf.math.unsorted_segment_max(scores, keys // MOST, count)
    return MOST - 1 - tf.cast(best % MOST, tf.int32)
