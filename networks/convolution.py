"""Convolutions whose kernels learn quickly on a CPU.

TensorFlow's gradient of a kernel takes there two to five times as long as the forward pass. It is
a sum over all pixels, for each of the kernel's places a product of two matrices, and these run at
nearly the processor's own rate.

Three functions, each linear in both of its arguments, of which the gradients of each are the other
two, so that each may be differentiated as often as one likes:

    y  = forward(x, kernel)
    dx = at_input(dy, kernel)      a transposed convolution
    dk = at_kernel(x, dy)
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Union

import tensorflow as tf
from tensorflow import keras

# Of fewer channels the matrices are too thin; of a larger kernel the products too many.
FEWEST, LARGEST = 16, 4
WIDE, MANY = 128, 512  # channels of the result, and columns for their square, that pay for copies
PARTS = 8  # of a product
ALIGNED = 16  # channels: TensorFlow copies a matrix that begins elsewhere in memory
Side = Union[int, tf.Tensor]  # of a picture; a tensor where it is free
Function = tuple[tf.Tensor, Any]  # a value, and what makes gradients of its own


def conv2d(x: tf.Tensor, kernel: tf.Tensor, stride: int = 1, padding: str = "SAME") -> tf.Tensor:
    """Convolution: [N, H, W, C] and [k, k, C, width] → [N, …, …, width]; as `tf.nn.conv2d`."""
    if not _is_slow(kernel):
        return tf.nn.conv2d(x, kernel, stride, padding)
    return _forward(x, tf.convert_to_tensor(kernel), _Walk(kernel.shape[0], stride, padding))


def conv2d_transpose(
    x: tf.Tensor, kernel: tf.Tensor, stride: int = 2, padding: str = "SAME"
) -> tf.Tensor:
    """Its transpose: [N, H, W, C] and [k, k, width, C] → [N, …, …, width].

    A side of n becomes one of n · stride, or if VALID of (n - 1) · stride + k, where nothing is
    cut off.
    """
    walk = _Walk(kernel.shape[0], stride, padding)
    batch, *sides = _sides(x)
    more = walk.size - stride if padding == "VALID" else 0
    height, width = (stride * side + more for side in sides)
    size = batch, height, width
    if not _is_slow(kernel):
        return walk.transposed(x, kernel, size)
    return _at_input(x, tf.convert_to_tensor(kernel), walk, size)


class Conv2D(keras.layers.Conv2D):
    """Keras's layer, of square kernels and strides, undilated."""

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return conv2d(inputs, kernel, self.strides[0], self.padding.upper())


class _Strided(keras.layers.Layer):
    """Of 4×4, stride 2, without bias."""

    def __init__(self, width: int, initializer: Any, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        self.width, self.initializer = width, initializer

    def _add_kernel(self, inner: int, outer: int) -> None:
        self.kernel = self.add_weight("kernel", [4, 4, inner, outer], initializer=self.initializer)


class Halving(_Strided):
    """Convolution 4×4, stride 2, one pixel of zeros around: [N, H, W, C] → [N, H/2, W/2, width].

    H and W are even.
    """

    def build(self, shape: Any) -> None:
        self._add_kernel(shape[-1], self.width)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return conv2d(x, self.kernel, 2)


class Doubling(_Strided):
    """The transpose: [N, H, W, C] → [N, 2H, 2W, width]; its kernel is [4, 4, width, C]."""

    def build(self, shape: Any) -> None:
        self._add_kernel(self.width, shape[-1])

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return conv2d_transpose(x, self.kernel)


class LibraryGradients:
    """In its context convolutions have TensorFlow's own gradients, for what is traced to be saved.

    Ours would be saved with it, a function for each convolution, several times a small model's
    weights; and nobody trains what is served.
    """

    entered = 0

    def __enter__(self) -> None:
        LibraryGradients.entered += 1

    def __exit__(self, *error: Any) -> None:
        LibraryGradients.entered -= 1


def _is_slow(kernel: Any) -> bool:
    """Whether TensorFlow's own gradient is, on a CPU; in bfloat16 it has the processor's units."""
    if LibraryGradients.entered:
        return False
    few = min(kernel.shape[2:]) < FEWEST or kernel.shape[0] > LARGEST
    return not few and kernel.dtype.size >= 4 and not tf.config.list_physical_devices("GPU")


class _Walk(NamedTuple):
    """How a kernel of size × size goes over a picture.

    It goes by blocks of stride × stride pixels, of which it covers `blocks` each way.
    """

    size: int
    stride: int
    padding: str

    @property
    def blocks(self) -> int:
        return -(-self.size // self.stride)

    def places(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Those of the kernel, down and across: in which block, and where in it."""
        each = [divmod(place, self.stride) for place in range(self.size)]
        return [(down, across) for down in each for across in each]

    def before(self, side: Side, out: Side) -> Side:
        """Zeros before the first pixel, where `out` pixels come of a side."""
        if self.padding == "VALID":
            return 0
        missing = (out - 1) * self.stride + self.size - side
        return _positive(missing) // 2

    def transposed(
        self, x: tf.Tensor, kernel: tf.Tensor, size: tuple[Side, Side, Side]
    ) -> tf.Tensor:
        """To a picture of N, H and W."""
        shape = [*size, kernel.shape[2]]
        up = tf.nn.conv2d_transpose(x, kernel, shape, self.stride, self.padding)
        known = [side if isinstance(side, int) else None for side in shape]
        return tf.ensure_shape(up, known)


def _forward(x: tf.Tensor, kernel: tf.Tensor, walk: _Walk) -> tf.Tensor:
    @tf.custom_gradient
    def function(x: tf.Tensor, kernel: tf.Tensor) -> Function:
        def gradient(dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return _at_input(dy, kernel, walk, _sides(x)), _at_kernel(x, dy, walk)

        return tf.nn.conv2d(x, kernel, walk.stride, walk.padding), gradient

    return function(x, kernel)


def _at_input(
    dy: tf.Tensor, kernel: tf.Tensor, walk: _Walk, size: tuple[Side, Side, Side]
) -> tf.Tensor:
    @tf.custom_gradient
    def function(dy: tf.Tensor, kernel: tf.Tensor) -> Function:
        def gradient(dx: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return _forward(dx, kernel, walk), _at_kernel(dx, dy, walk)

        return walk.transposed(dy, kernel, size), gradient

    return function(dy, kernel)


def _at_kernel(x: tf.Tensor, dy: tf.Tensor, walk: _Walk) -> tf.Tensor:
    @tf.custom_gradient
    def function(x: tf.Tensor, dy: tf.Tensor) -> Function:
        def gradient(dk: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return _at_input(dy, dk, walk, _sides(x)), _forward(x, dk, walk)

        return _products(x, dy, walk), gradient

    return function(x, dy)


def _products(x: tf.Tensor, dy: tf.Tensor, walk: _Walk) -> tf.Tensor:
    """For each place of the kernel xᵀ dy, over samples and pixels.

    Args:
      x: [N, H, W, C]; dy: [N, H', W', D].

    Returns:
      [k, k, C, D].
    """
    inner, outer = x.shape[3], dy.shape[3]
    columns = walk.size**2 * inner * math.prod(side or math.inf for side in dy.shape[:3])
    if outer >= WIDE and columns <= MANY * outer**2:
        products = _at_once(_planes(x, dy, walk), dy, walk)
    else:
        products = _place_by_place(_planes(x, dy, walk, more=-inner % ALIGNED), dy, walk)
    return tf.reshape(products, [walk.size, walk.size, -1, outer])[:, :, :inner]


def _planes(x: tf.Tensor, dy: tf.Tensor, walk: _Walk, more: int = 0) -> tf.Tensor:
    """x in a frame of zeros, a plane for each place in a block of stride × stride pixels.

    Returns:
      [stride, stride, N, H' + blocks - 1, W' + blocks - 1, C + more].
    """
    stride = walk.stride
    (batch, *sides), (_, *outs) = _sides(x), _sides(dy)
    lines, columns = (out + walk.blocks - 1 for out in outs)
    wanted = lines * stride, columns * stride
    before = [walk.before(*each) for each in zip(sides, outs)]
    after = [_positive(w - b - side) for w, b, side in zip(wanted, before, sides)]
    framed = tf.pad(x, [[0, 0], *zip(before, after), [0, more]])[:, : wanted[0], : wanted[1]]
    if stride == 1:
        return framed[None, None]
    blocks = tf.reshape(framed, [batch, lines, stride, columns, stride, x.shape[3] + more])
    return tf.transpose(blocks, [2, 4, 0, 1, 3, 5])


def _at_once(planes: tf.Tensor, dy: tf.Tensor, walk: _Walk) -> tf.Tensor:
    """One product, of all that the kernel sees at each pixel (im2col)."""
    _, high, wide = _sides(dy)
    seen = [
        planes[row, column, :, down : down + high, right : right + wide]
        for (down, row), (right, column) in walk.places()
    ]
    columns = tf.reshape(tf.concat(seen, -1), [-1, walk.size**2 * planes.shape[5]])
    return tf.matmul(columns, tf.reshape(dy, [-1, dy.shape[3]]), transpose_a=True)


def _place_by_place(planes: tf.Tensor, dy: tf.Tensor, walk: _Walk) -> tf.Tensor:
    """A product for each place, of a plane that begins some pixels later, which copies nothing.

    Where its lines run over into the next ones they meet zeros, set beside and below dy.
    """
    more = walk.blocks - 1
    pixels = tf.reshape(tf.pad(dy, [[0, 0], [0, more], [0, more], [0, 0]]), [-1, dy.shape[3]])
    count, line = tf.shape(pixels)[0], _sides(dy)[2] + more
    products = []
    for (down, row), (right, column) in walk.places():
        later = down * line + right
        plane = tf.reshape(planes[row, column], [-1, planes.shape[5]])
        products.append(_product(plane[later:], pixels[: count - later]))
    return tf.stack(products)


def _product(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """xᵀ y of [n, C] and [n, D]: a sum of products of some lines each, which the cores share.

    One product whose n is large they share badly.
    """
    lines = tf.shape(x)[0] // PARTS * PARTS
    parts = [tf.reshape(each[:lines], [PARTS, -1, each.shape[1]]) for each in (x, y)]
    product = tf.reduce_sum(tf.matmul(*parts, transpose_a=True), 0)
    return product + tf.matmul(x[lines:], y[lines:], transpose_a=True)


def _positive(number: Side) -> Side:
    return max(number, 0) if isinstance(number, int) else tf.maximum(number, 0)


def _sides(x: tf.Tensor) -> tuple[Side, Side, Side]:
    """N, H and W, as numbers where they are known."""
    free = tf.shape(x)
    batch, height, width = (x.shape[i] or free[i] for i in range(3))
    return batch, height, width
