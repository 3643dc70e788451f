"""The networks of a phase: the generator, the critic, and a generator for the moving average."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from networks.critic import Critic
from networks.generator import Generator

if TYPE_CHECKING:
    from networks.diff_augment import DiffAugment


class Progressive(NamedTuple):
    """Of one phase, not built yet."""

    generator: Generator
    critic: Critic
    averaged: Generator


def networks(
    resolution: int, fading: bool, max_features: int, dtype: str, **of_generator: Any
) -> Progressive:
    """With random weights; both generators alike.

    Args:
      resolution, fading, max_features, dtype: of all of them, see `Generator`.
      of_generator: its other arguments.
    """
    common: dict[str, Any] = {"fading": fading, "max_features": max_features, "dtype": dtype}
    generator, averaged = (Generator(resolution, **common, **of_generator) for _ in range(2))
    return Progressive(generator, Critic(resolution, **common), averaged)


def augmentation(changes: tuple[str, ...]) -> Optional[DiffAugment]:
    """Of what the critic sees: these changes, or None."""
    if not changes:
        return None
    from networks.diff_augment import DiffAugment  # slow to load

    return DiffAugment(changes)
