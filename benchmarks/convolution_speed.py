"""TensorFlow's gradients of kernels beside those of `networks/convolution.py`, in turns.

    python -m benchmarks.convolution_speed --networks phase_7,flowers --steps 7 --seconds 2

First every distinct convolution of the networks, beside the rate at which this processor multiplies
large matrices; then whole training steps of the main system.
"""

from __future__ import annotations

import dataclasses
import importlib
import statistics
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.full_size import LARGEST_BATCH, machine, prepared
from benchmarks.input_speed import Timed, ratio, take_turns
from benchmarks.training_speed import repeated, timed
from interface import command_line
from interface.command_line import setting
from training import phases

if TYPE_CHECKING:
    import tensorflow as tf

PHASES = (4, 5, 6, 7)
SIBLINGS = ("flowers", "segmenter")
NETWORKS = (*(f"phase_{phase}" for phase in PHASES), *SIBLINGS, "image_to_image")
MATRIX = 2048  # rows and columns


class Convolution(NamedTuple):
    """A kernel and the pictures that it goes between; a transposed one goes the other way."""

    large: tuple[int, ...]  # [N, H, W, C]
    kernel: tuple[int, ...]  # [k, k, C, D]
    small: tuple[int, ...]  # [N, H', W', D]
    stride: int
    padding: str

    @property
    def gflop(self) -> float:
        """Of one pass, the pads among them."""
        batch, height, width, outer = self.small
        size, _, inner, _ = self.kernel
        return 2e-9 * batch * height * width * outer * size * size * inner

    def __str__(self) -> str:
        large, small = ("×".join(map(str, shape[:3])) for shape in (self.large, self.small))
        size, _, inner, outer = self.kernel
        stride = f", stride {self.stride}" * (self.stride > 1)
        return f"{large} → {small}, {inner} → {outer}, {size}×{size}{stride}"


def distinct(networks: tuple[str, ...], max_features: int) -> list[Convolution]:
    """Those of the networks, the largest first."""
    import tensorflow as tf

    found: set[Convolution] = set()
    for name in networks:
        with tf.Graph().as_default() as graph:  # in which weights take no memory
            if name in SIBLINGS:
                importlib.import_module(f"benchmarks.{name}.ours").forward()
            elif name == "image_to_image":
                _image_to_image()
            else:
                _phase(int(name.removeprefix("phase_")), max_features)
            found.update(of_graph(graph))
    return sorted(found, key=lambda each: (-each.gflop, each))


def _phase(phase: int, max_features: int) -> None:
    import tensorflow as tf

    from networks.critic import Critic
    from networks.generator import Generator

    batch, side = LARGEST_BATCH[phase], phases.resolution(phase)
    generator = Generator(side, fading=True, max_features=max_features)
    mask = tf.zeros([batch, side, side, 1])
    image = generator(mask, tf.zeros([batch, generator.latent_size]))
    Critic(side, fading=True, max_features=max_features)(image, mask)


def _image_to_image() -> None:
    """As wide as a processor trains them."""
    import tensorflow as tf

    from networks.image_to_image.patch_critic import PatchCritic
    from networks.image_to_image.translator import Translator

    label = tf.zeros([1, 256, 512, 36])
    picture = Translator(width=16)(label)
    PatchCritic(width=16)(tf.concat([label, picture], axis=-1))


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures the convolutions of all networks; prints a Markdown table."""

    networks: tuple[str, ...] = setting("which, of", NETWORKS, choices=NETWORKS)
    max_features: int = setting("width of the main system's widest layers", 128, at_least=4)
    steps: tuple[int, ...] = setting("phases whose whole steps are measured too", PHASES)
    seconds: float = setting("of measuring, for each convolution", 3.0, at_least=0.0)


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    rate = matrix_rate(options.seconds)
    print(f"{machine()}; matrices of {MATRIX}²: {rate:.0f} GFLOP/s. Shares are of that rate:\n")
    print(
        "| convolution | GFLOP | forward | input's gradient | kernel's: TensorFlow | ours | times |"
    )
    print("|---" * 7 + "|", flush=True)
    for convolution in distinct(options.networks, options.max_features):
        print(line(convolution, measured(convolution, options.seconds), rate), flush=True)
    print("\n| phase | features | batch | a step, theirs: s | ours | times |")
    print("|---" * 6 + "|", flush=True)
    for phase in options.steps:
        blocks = measured_steps(phase, options.max_features, 10 * options.seconds)
        cells = [f"{phase}", f"{options.max_features}", f"{LARGEST_BATCH[phase]}"]
        cells += [f"{statistics.median(blocks[name]):.3f}" for name in ("theirs", "ours")]
        cells += [f"{ratio(blocks['ours'], blocks['theirs']):.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


def line(convolution: Convolution, blocks: dict[str, list[float]], rate: float) -> str:
    """A row of the table."""
    shares = [
        f"{convolution.gflop / statistics.median(times) / rate:.2f}" for times in blocks.values()
    ]
    times = ratio(blocks["ours"], blocks["theirs"])
    cells = [str(convolution), f"{convolution.gflop:.2f}", *shares, f"{times:.2f}"]
    return f"| {' | '.join(cells)} |"


def of_graph(graph: tf.Graph) -> Iterator[Convolution]:
    """The convolutions of a graph, transposed ones among them."""
    for op in graph.get_operations():
        if op.type == "Conv2D":
            pictures = op.inputs[0], op.inputs[1], op.outputs[0]
        elif op.type == "Conv2DBackpropInput":
            pictures = op.outputs[0], op.inputs[1], op.inputs[2]
        else:
            continue
        large, kernel, small = (tuple(each.shape) for each in pictures)
        stride, padding = op.get_attr("strides")[1], op.get_attr("padding").decode()
        yield Convolution(large, kernel, small, stride, padding)


def measured(convolution: Convolution, seconds: float) -> dict[str, list[float]]:
    """Seconds of a forward pass, of the input's gradient, and of the kernel's two; by turns."""
    import tensorflow as tf

    from networks.convolution import conv2d

    large, kernel, small = (
        tf.random.stateless_normal(shape, [0, 0])
        for shape in (convolution.large, convolution.kernel, convolution.small)
    )
    walk = convolution.stride, convolution.padding

    def gradient(function: Callable[..., tf.Tensor], of: int) -> Callable[[], tf.Tensor]:
        @tf.function
        def run(large: tf.Tensor, kernel: tf.Tensor, small: tf.Tensor) -> tf.Tensor:
            both = [large, kernel]
            with tf.GradientTape() as tape:
                tape.watch(both)
                y = function(large, kernel, *walk)
            return tape.gradient(y, both[of], small)

        return lambda: run(large, kernel, small)

    forward = tf.function(lambda large, kernel: tf.nn.conv2d(large, kernel, *walk))
    once = {
        "forward": lambda: forward(large, kernel),
        "input": gradient(tf.nn.conv2d, 0),
        "theirs": gradient(tf.nn.conv2d, 1),
        "ours": gradient(conv2d, 1),
    }
    kinds = {name: calls(run) for name, run in once.items()}
    for run in kinds.values():
        run(2)  # builds the graph
    return take_turns(kinds, 1, seconds)


def measured_steps(phase: int, max_features: int, seconds: float) -> dict[str, list[float]]:
    """Seconds of a fade-stage step, with TensorFlow's gradients and with ours."""
    from networks import convolution

    kinds = {}
    for name, channels in {"theirs": sys.maxsize, "ours": convolution.FEWEST}.items():
        convolution.FEWEST = channels  # read when the step is traced
        trainer, batch = prepared(phase, max_features)
        kinds[name] = repeated(trainer.train_step, batch)
        kinds[name](1)
    return take_turns(kinds, 1, seconds)


def calls(run: Callable[[], tf.Tensor]) -> Timed:
    """Seconds that so many calls take."""

    def several(count: int) -> None:
        for _ in range(count):
            run()

    return timed(several)


def matrix_rate(seconds: float) -> float:
    """GFLOP/s of a product of large matrices; the median."""
    import tensorflow as tf

    matrix = tf.random.stateless_normal([MATRIX, MATRIX], [0, 0])
    product = calls(lambda: tf.matmul(matrix, matrix))
    product(1)
    return 2e-9 * MATRIX**3 / statistics.median(take_turns({"": product}, 1, seconds)[""])


if __name__ == "__main__":
    command_line.run(main)
