"""Flowers with a location in plain PyTorch: a training step, and pictures."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, leaky_relu
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from benchmarks.flowers import Size


class Generator(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        outs = [8 * width, 4 * width, 2 * width, width, 3]
        pairs = zip([32, *outs], outs)
        self.convs = nn.ModuleList(
            nn.ConvTranspose2d(into + 1, out, 4, 2, 1, bias=False) for into, out in pairs
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(out) for out in outs[:-1])

    def forward(self, x: torch.Tensor, masks: list[torch.Tensor]) -> torch.Tensor:
        for conv, norm, mask in zip(self.convs, self.norms, masks):
            x = torch.relu(norm(conv(torch.cat([x, mask], 1))))
        return torch.tanh(self.convs[-1](torch.cat([x, masks[-1]], 1)))


class Discriminator(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        outs = [width, 2 * width, 4 * width, 8 * width]
        pairs = zip([3, width, 2 * width + 1, 4 * width + 1], outs)
        self.convs = nn.ModuleList(nn.Conv2d(into, out, 4, 2, 1, bias=False) for into, out in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(out) for out in outs[1:])
        self.last = nn.Conv2d(8 * width + 1, 1, 4, bias=False)

    def forward(self, x: torch.Tensor, masks: list[torch.Tensor]) -> torch.Tensor:
        x = leaky_relu(self.convs[0](x), 0.2)
        x = leaky_relu(self.norms[0](self.convs[1](x)), 0.2)
        for conv, norm, mask in zip(self.convs[2:], self.norms[1:], masks):
            x = leaky_relu(norm(conv(torch.cat([x, mask], 1))), 0.2)
        return self.last(torch.cat([x, masks[-1]], 1)).flatten()


def kinds(size: Size) -> dict[str, Callable[[], None]]:
    """What is timed: "step" trains on a batch in memory, with all tricks; "picture" paints one."""
    painter, judge, batch = Generator(size.generator), Discriminator(size.discriminator), size.batch
    of_painter, of_judge = (
        torch.optim.Adam(network.parameters(), 2e-4, (0.5, 0.999)) for network in (painter, judge)
    )
    photo = torch.rand(batch, 3, 64, 64) * 2 - 1
    mask = torch.sign(torch.randn(batch, 1, 64, 64))

    def masks(of: torch.Tensor, scales: tuple[int, ...]) -> list[torch.Tensor]:
        scaled = [avg_pool2d(of, scale) for scale in scales]
        return [each + 0.1 * torch.randn_like(each) for each in scaled]

    def noisy(picture: torch.Tensor) -> torch.Tensor:
        return picture + 0.2 * torch.randn_like(picture)

    def step() -> None:
        other = mask.roll(1, 0)
        fake = painter(torch.randn(batch, 32, 2, 2), masks(other, (32, 16, 8, 4, 2)))
        of_judge.zero_grad()
        real = judge(noisy(photo), masks(mask, (4, 8, 16)))
        made = judge(noisy(fake.detach()), masks(other, (4, 8, 16)))
        wanted = torch.full_like(real, 0.9)
        (cross_entropy(real, wanted) + cross_entropy(made, torch.zeros_like(made))).backward()
        of_judge.step()
        of_painter.zero_grad()
        made = judge(noisy(fake), masks(other, (4, 8, 16)))
        cross_entropy(made, torch.ones_like(made)).backward()
        of_painter.step()

    def picture() -> None:
        painter.eval()
        with torch.inference_mode():
            painter(torch.randn(1, 32, 2, 2), masks(mask[:1], (32, 16, 8, 4, 2)))
        painter.train()

    return {"step": step, "picture": picture}
