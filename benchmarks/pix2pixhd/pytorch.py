"""pix2pixHD in plain PyTorch, its weights named as the release's: a training step, and pictures."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, l1_loss, one_hot

from benchmarks.pix2pixhd import Size

Layers = list[nn.Module]


def normed(conv: nn.Module, width: int, norm: type[nn.Module]) -> Layers:
    return [conv, norm(width), nn.ReLU()]


def wide(into: int, out: int) -> Layers:
    return [nn.ReflectionPad2d(3), nn.Conv2d(into, out, 7)]


def down(width: int, norm: type[nn.Module]) -> Layers:
    return normed(nn.Conv2d(width, 2 * width, 3, 2, 1), 2 * width, norm)


def up(width: int, norm: type[nn.Module]) -> Layers:
    return normed(nn.ConvTranspose2d(2 * width, width, 3, 2, 1, 1), width, norm)


class Residual(nn.Module):
    def __init__(self, width: int, norm: type[nn.Module]) -> None:
        super().__init__()
        half = [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), norm(width)]
        other = [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), norm(width)]
        self.conv_block = nn.Sequential(*half, nn.ReLU(), *other)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv_block(x)


class Translator(nn.Module):
    """The global generator, or the encoder of features."""

    def __init__(
        self,
        into: int,
        width: int,
        downs: int = 4,
        blocks: int = 9,
        norm: type[nn.Module] = nn.InstanceNorm2d,
        ends: bool = True,
    ) -> None:
        super().__init__()
        layers = wide(into, width) + [norm(width), nn.ReLU()]
        widths = [width * 2**level for level in range(downs)]
        for each in widths:
            layers += down(each, norm)
        layers += [Residual(width * 2**downs, norm) for _ in range(blocks)]
        for each in reversed(widths):
            layers += up(each, norm)
        self.model = nn.Sequential(*layers, *(wide(width, 3) + [nn.Tanh()]) * ends)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x)


class Enhanced(Translator):
    """A global generator with one enhancer, of half its width."""

    def __init__(
        self,
        into: int,
        width: int,
        downs: int = 4,
        blocks: int = 9,
        norm: type[nn.Module] = nn.InstanceNorm2d,
        enhancer_blocks: int = 3,
    ) -> None:
        super().__init__(into, width, downs, blocks, norm, ends=False)
        half = width // 2
        first = wide(into, half) + [norm(half), nn.ReLU()]
        self.model1_1 = nn.Sequential(*first, *down(half, norm))
        inside: Layers = [Residual(width, norm) for _ in range(enhancer_blocks)]
        self.model1_2 = nn.Sequential(*inside, *up(half, norm), *wide(half, 3), nn.Tanh())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model1_2(self.model(halved(x)) + self.model1_1(x))


class Critics(nn.Module):
    """Of two scales; the last is full resolution."""

    def __init__(self, into: int, width: int, norm: type[nn.Module] = nn.InstanceNorm2d) -> None:
        super().__init__()
        outs = [width, 2 * width, 4 * width, 8 * width, 1]
        for scale in range(2):
            for layer, (before, out) in enumerate(zip([into, *outs], outs)):
                parts: Layers = [nn.Conv2d(before, out, 4, 2 if layer < 3 else 1, 2)]
                parts += [norm(out)] * (0 < layer < 4) + [nn.LeakyReLU(0.2)] * (layer < 4)
                self.add_module(f"scale{scale}_layer{layer}", nn.Sequential(*parts))

    def forward(self, x: torch.Tensor) -> list[list[torch.Tensor]]:
        judged = []
        for scale in (1, 0):
            maps = [x]
            for layer in range(5):
                maps.append(getattr(self, f"scale{scale}_layer{layer}")(maps[-1]))
            judged.append(maps[1:])
            x = halved(x)
        return judged


def halved(x: torch.Tensor) -> torch.Tensor:
    return avg_pool2d(x, 3, 2, 1, count_include_pad=False)


def scene(label: torch.Tensor, instance: torch.Tensor, classes: int) -> torch.Tensor:
    """Classes one-hot, and edges of instances, [N, classes + 1, H, W], of ids [N, H, W]."""
    edge = torch.zeros_like(instance, dtype=torch.bool)
    across, along = (instance.diff(dim=dim) != 0 for dim in (2, 1))
    for part, differs in ((edge[:, :, 1:], across), (edge[:, :, :-1], across)):
        part |= differs
    for part, differs in ((edge[:, 1:], along), (edge[:, :-1], along)):
        part |= differs
    return torch.cat([one_hot(label, classes).permute(0, 3, 1, 2), edge[:, None]], 1).float()


def told(judged: list[list[torch.Tensor]], wanted: float) -> torch.Tensor:
    """LSGAN's loss, of all scales."""
    return sum(((maps[-1] - wanted) ** 2).mean() for maps in judged)  # type: ignore[return-value]


def losses(
    critics: Critics, given: torch.Tensor, photo: torch.Tensor, fake: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The critics', the generator's, without VGG."""
    of_fake = critics(torch.cat([given, fake.detach()], 1))
    of_photo = critics(torch.cat([given, photo], 1))
    judged = critics(torch.cat([given, fake], 1))
    matched = sum(
        l1_loss(ours, theirs.detach())
        for maps, others in zip(judged, of_photo)
        for ours, theirs in zip(maps[:-1], others)
    )
    # The layers beside the scores are four; so 4 / 4 of each, at two scales.
    of_generator = told(judged, 1.0) + 10 * matched / 2
    return (told(of_photo, 1.0) + told(of_fake, 0.0)) / 2, of_generator


def stepping(
    painter: nn.Module, critics: Critics, seen: Callable[[], tuple[torch.Tensor, ...]]
) -> Callable[[], None]:
    """A training step; `seen` gives what pictures are judged beside, the photo, and a fake."""
    of_painter, of_critics = (
        torch.optim.Adam(network.parameters(), 2e-4, (0.5, 0.999)) for network in (painter, critics)
    )

    def step() -> None:
        of_both, of_generator = losses(critics, *seen())
        of_painter.zero_grad()
        of_generator.backward()
        of_painter.step()
        of_critics.zero_grad()
        of_both.backward()
        of_critics.step()

    return step


def kinds(size: Size) -> dict[str, Callable[[], None]]:
    """What is timed: "step" trains on a picture in memory, without VGG; "picture" paints one."""
    painter = Translator(size.classes + 1, size.generator)
    critics = Critics(size.classes + 4, size.discriminators)
    label = torch.randint(size.classes, (1, size.height // 16, size.width // 16))
    label = label.repeat_interleave(16, 1).repeat_interleave(16, 2)
    photo = torch.rand(1, 3, size.height, size.width) * 2 - 1

    def seen() -> tuple[torch.Tensor, ...]:
        given = scene(label, label, size.classes)
        return given, photo, painter(given)

    def picture() -> None:
        with torch.inference_mode():
            painter(scene(label, label, size.classes))

    return {"step": stepping(painter, critics, seen), "picture": picture}
