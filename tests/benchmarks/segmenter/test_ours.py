import tensorflow as tf

from benchmarks.segmenter import ours


def test_a_batch_goes_through_the_network():
    with tf.Graph().as_default() as graph:
        ours.forward()
    last = [op for op in graph.get_operations() if op.type == "Conv2D"][-1]
    assert last.outputs[0].shape == [16, 128, 128, 19]
