"""Networks of the release's full sizes, written by PyTorch, imported: do they give the same?

    python -m benchmarks.maskgan.imported

Wants PyTorch: pip install '.[bench]'; 13 GB of memory, and 7 of disk. Weights are random.
PyTorch computes in float64, ours in float32.
"""

from __future__ import annotations

import dataclasses
import pathlib
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import beside_pytorch
from interface import command_line
from interface.command_line import setting

if TYPE_CHECKING:
    import torch

    from siblings.maskgan.restoring import Restored

CLASSES = 19


@dataclasses.dataclass(frozen=True)
class Options:
    """Compares; prints a Markdown table of the largest differences of any value."""

    width: int = setting("of the painter's first layer; the others' are parts of it", 64)
    side: int = setting("pixels a side of MaskVAE's label maps", 512)
    painted: int = setting("pixels a side of what is painted and blended", 256)
    latent: int = setting("numbers that MaskVAE makes of a label map", 1024)


Plain = dict[str, Any]  # PyTorch's networks, by the names of their files


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    beside_pytorch.check()
    print("| network | parameters | made | of pixels | largest | largest difference |")
    print("|---" * 6 + "|")
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(options, pathlib.Path(folder)):
            print(f"| {' | '.join(row)} |")


def rows(options: Options, folder: pathlib.Path) -> list[list[str]]:
    """The table; files and runs are written to `folder`."""
    from siblings.maskgan import restoring

    plain = networks(options)
    _import(plain, folder)
    restored, told = restoring.restore(str(folder / "run")), []
    for name, what, side, theirs, ours in compared(options, plain, restored):
        count = f"{sum(each.numel() for each in plain[name].parameters()):,}"
        found = np.moveaxis(ours.numpy(), -1, 1) if ours.shape.rank == 4 else ours.numpy()
        wanted = theirs.numpy()
        figures = f"{abs(wanted).max():.2f}", f"{abs(found - wanted).max():.1e}"
        told.append([name, count, what, f"{side}×{side}", *figures])
    return told


def networks(options: Options) -> Plain:
    """PyTorch's, of random weights, and running statistics that are not those of a start."""
    import torch

    from benchmarks.maskgan import pytorch

    torch.manual_seed(0)
    half = options.width // 2
    vae = pytorch.MaskVAE(CLASSES, options.side, half, options.latent)
    for name, value in vae.named_buffers():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif name.endswith("running_mean"):
            value.normal_(0.0, 0.1)
    painter = pytorch.Painter(CLASSES, options.width, style_width=options.width // 4)
    return {"painter": painter, "MaskVAE": vae, "blender": pytorch.Blender(half)}


def _import(plain: Plain, folder: pathlib.Path) -> None:
    """Write files as the release's, with what its AdaIN keeps, and a run of them."""
    import torch

    from siblings.maskgan import import_weights

    paths = {name: str(folder / f"{name}.pth") for name in plain}
    for name, network in plain.items():
        arrays = dict(network.state_dict())
        if name == "painter":
            blocks = [key for key in arrays if "conv_block" in key and key.endswith(".bias")]
            for key in blocks:
                before = key.replace("conv.bias", "norm")
                arrays |= {f"{before}.running_{of}": arrays[key] for of in ("mean", "var")}
        torch.save(arrays, paths[name])
    import_weights.write(import_weights.Options(tuple(paths.values()), str(folder / "run")))


def compared(
    options: Options, plain: Plain, restored: Restored
) -> list[tuple[str, str, int, torch.Tensor, Any]]:
    """(network, what it makes, pixels a side, PyTorch's, ours), channels first and last."""
    import torch

    assert restored.editing
    for network in plain.values():
        network.double().eval()
    rng = np.random.default_rng(0)

    def masks(side: int) -> np.ndarray:
        ids = rng.integers(0, CLASSES, [1, side // 16, side // 16]).repeat(16, 1).repeat(16, 2)
        return np.eye(CLASSES, dtype=np.float32)[ids]

    def first_channels(array: np.ndarray) -> torch.Tensor:
        return torch.tensor(np.moveaxis(array, -1, 1), dtype=torch.float64)

    side, vae = options.painted, restored.editing.vae
    label, own = masks(side), masks(side)
    photo, other = (rng.uniform(-1, 1, [1, side, side, 3]).astype(np.float32) for _ in range(2))
    whole, latent = masks(options.side), rng.normal(size=[1, options.latent]).astype(np.float32)
    with torch.inference_mode():
        (mean, spread), ours = plain["MaskVAE"].encode(first_channels(whole)), vae.encode(whole)
        logits = plain["MaskVAE"].decode(torch.tensor(latent, dtype=torch.float64))
        given, pair = (label, photo, own), (photo, other)
        return [
            (
                "painter",
                "picture",
                side,
                plain["painter"](*map(first_channels, given)),
                restored.painter(*given),
            ),
            (
                "blender",
                "alpha",
                side,
                plain["blender"](*map(first_channels, pair)),
                restored.editing.blender(*pair),
            ),
            ("MaskVAE", "means", options.side, mean, ours[0]),
            ("MaskVAE", "log-variances", options.side, spread, ours[1]),
            ("MaskVAE", "logits", options.side, logits, vae.decode(latent)),
        ]


if __name__ == "__main__":
    command_line.run(main)
