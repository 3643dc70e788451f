"""MaskGAN in plain PyTorch, its weights named as the release's: a training step, and pictures."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import instance_norm, interpolate, leaky_relu, one_hot

from benchmarks.maskgan import Size
from benchmarks.pix2pixhd.pytorch import Critics, down, stepping, up, wide

NORM = nn.InstanceNorm2d


class Padded(nn.Module):
    """A convolution, reflected at the border."""

    def __init__(self, into: int, out: int, size: int, stride: int, pad: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(into, out, size, stride, pad, padding_mode="reflect")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


class Transform(nn.Module):
    """Spatial feature transform."""

    def __init__(self, width: int) -> None:
        super().__init__()
        for name in ("scale_conv1", "scale_conv2", "shift_conv1", "shift_conv2"):
            self.add_module(f"SFT_{name}", nn.Conv2d(width, width, 1))

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        scale, shift = (
            getattr(self, f"SFT_{part}_conv2")(
                leaky_relu(getattr(self, f"SFT_{part}_conv1")(condition), 0.1)
            )
            for part in ("scale", "shift")
        )
        return x * scale + shift


def fine(into: int, width: int) -> nn.Sequential:
    """To a quarter of the sides."""
    halving = (Padded(wide, 2 * wide, 4, 2, 1) for wide in (width, 2 * width))
    return nn.Sequential(Padded(into, width, 7, 1, 3), *halving)


def coarse(width: int) -> list[nn.Module]:
    """To an eighth of these."""
    return [Padded(width, width, 4, 2, 1) for _ in range(3)]


def encoded(convs: list[nn.Module], x: torch.Tensor) -> torch.Tensor:
    for conv in convs[:-1]:
        x = conv(x).relu()
    return convs[-1](x)


class LabelEncoder(nn.Module):
    def __init__(self, classes: int, width: int) -> None:
        super().__init__()
        self.model = fine(classes, width)
        self.model_last = nn.Sequential(nn.ReLU(), *coarse(4 * width))

    def forward(self, label: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        first = encoded([*self.model], label)
        return first, encoded([*self.model_last][1:], first.relu())


class StyleEncoder(nn.Module):
    def __init__(self, numbers: int, width: int) -> None:
        super().__init__()
        self.model = fine(3, width)
        self.sft1, self.sft2 = Transform(4 * width), Transform(4 * width)
        self.model_middle = nn.Sequential(*coarse(4 * width))
        self.model_last = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4 * width, numbers, 1))

    def forward(
        self, photo: torch.Tensor, conditions: tuple[torch.Tensor, torch.Tensor]
    ) -> torch.Tensor:
        x = self.sft1(encoded([*self.model], photo).relu(), conditions[0])
        x = self.sft2(encoded([*self.model_middle], x).relu(), conditions[1])
        return self.model_last(x).flatten(1)


class Residual(nn.Module):
    """Of two convolutions with AdaIN."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(*(Padded(width, width, 3, 1, 1) for _ in range(2)))

    def forward(self, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        inside = adapted(self.conv_block[0](x), style[:, 0]).relu()
        return x + adapted(self.conv_block[1](inside), style[:, 1])


def adapted(x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    """AdaIN: shift and scale are style [N, 2, C]."""
    shift, scale = style[:, :, :, None, None].unbind(1)
    return instance_norm(x, eps=1e-5) * scale + shift


class Painter(nn.Module):
    """The dense mapping network."""

    def __init__(
        self, classes: int, width: int, downs: int = 4, blocks: int = 4, style_width: int = 16
    ) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(downs)]
        layers = [*wide(classes, width), NORM(width), nn.ReLU()]
        for each in widths:
            layers += down(each, NORM)
        layers += [Residual(2 * widths[-1]) for _ in range(blocks)]
        for each in reversed(widths):
            layers += up(each, NORM)
        self.model = nn.Sequential(*layers, *wide(width, 3), nn.Tanh())
        self.enc_label = LabelEncoder(classes, style_width)
        self.enc_style = StyleEncoder(blocks * 4 * 2 * widths[-1], style_width)
        self.blocks = blocks

    def forward(
        self, label: torch.Tensor, photo: torch.Tensor, photo_label: torch.Tensor
    ) -> torch.Tensor:
        style = self.enc_style(photo, self.enc_label(photo_label))
        styles = iter(style.reshape(len(style), self.blocks, 2, 2, -1).unbind(1))
        x = label
        for layer in self.model:
            x = layer(x, next(styles)) if isinstance(layer, Residual) else layer(x)
        return x


class PlainResidual(Residual):
    """Of two convolutions with instance norms."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        inside = instance_norm(self.conv_block[0](x), eps=1e-5).relu()
        return x + instance_norm(self.conv_block[1](inside), eps=1e-5)


class Blender(nn.Module):
    """The alpha blender."""

    def __init__(self, width: int, downs: int = 3, blocks: int = 3) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(downs)]
        layers = [*wide(6, width), NORM(width), nn.ReLU()]
        for each in widths:
            layers += down(each, NORM)
        layers += [PlainResidual(2 * widths[-1]) for _ in range(blocks)]
        for each in reversed(widths):
            layers += up(each, NORM)
        self.model = nn.Sequential(*layers, *wide(width, 3), nn.Sigmoid())

    def forward(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        return self.model(torch.cat([first, second], 1))


class MaskVAE(nn.Module):
    def __init__(self, classes: int, side: int, width: int, latent: int) -> None:
        super().__init__()
        self.depth = (side // 4).bit_length() - 1
        widths = [classes, *(width * 2**level for level in range(self.depth))]
        self.widest, flat = widths[-1], widths[-1] * 16
        for number, (into, out) in enumerate(zip(widths, widths[1:]), 1):
            self.add_module(f"e{number}", nn.Conv2d(into, out, 4, 2, 1))
            self.add_module(f"bn{number}", nn.BatchNorm2d(out))
        self.fc1, self.fc2 = nn.Linear(flat, latent), nn.Linear(flat, latent)
        self.d1 = nn.Linear(latent, flat)
        back = [*widths[:0:-1], classes]
        for number, (into, out) in enumerate(zip(back, back[1:]), 2):
            conv = nn.Conv2d(into, out, 3, 1, 1, padding_mode="replicate")
            self.add_module(f"d{number}", conv)
            if number <= self.depth:
                self.add_module(f"bn{self.depth + number - 1}", nn.BatchNorm2d(out, 1e-3))

    def encode(self, label: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = label
        for number in range(1, self.depth + 1):
            x = self._normed(f"e{number}", f"bn{number}", x)
        return self.fc1(x.flatten(1)), self.fc2(x.flatten(1))

    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        x = self.d1(latent).relu().reshape(-1, self.widest, 4, 4)
        for number in range(2, self.depth + 1):
            x = self._normed(f"d{number}", f"bn{self.depth + number - 1}", interpolate(x, None, 2))
        return getattr(self, f"d{self.depth + 1}")(interpolate(x, None, 2))

    def _normed(self, conv: str, norm: str, x: torch.Tensor) -> torch.Tensor:
        return leaky_relu(getattr(self, norm)(getattr(self, conv)(x)), 0.2)


def kinds(size: Size) -> dict[str, Callable[[], None]]:
    """What is timed: "step" trains on a picture in memory, without VGG; "picture" paints one."""
    painter = Painter(size.classes, size.painter, size.downs)
    critics = Critics(size.classes + 3, size.discriminators)
    ids = torch.randint(size.classes, (1, size.side // 16, size.side // 16))
    ids = ids.repeat_interleave(16, 1).repeat_interleave(16, 2)
    photo = torch.rand(1, 3, size.side, size.side) * 2 - 1

    def given() -> torch.Tensor:
        return one_hot(ids, size.classes).permute(0, 3, 1, 2).float()

    def seen() -> tuple[torch.Tensor, ...]:
        label = given()
        return label, photo, painter(label, photo, label)

    def picture() -> None:
        with torch.inference_mode():
            label = given()
            painter(label, photo, label)

    return {"step": stepping(painter, critics, seen), "picture": picture}
