"""What the shapes of the main system's networks follow from."""

from __future__ import annotations

import dataclasses
from typing import Any

from interface.command_line import setting


@dataclasses.dataclass(frozen=True)
class NetworkSettings:
    """Of the networks, the same in every stage of a run."""

    use_embedding: bool = setting("embed the mask into the latent code", False)
    max_features: int = setting("width of the widest layers", 512, at_least=4)
    embedding_hidden: int = setting("units of the mask encoder's dense layer", 256, at_least=1)
    embedding_size: int = setting("values of the embedding", 48, at_least=1, at_most=511)
    normalize_latent: bool = setting("scale latent and embedding to unit RMS", True)

    def networks(self) -> dict[str, Any]:
        """By name, as the networks take them."""
        return {name: getattr(self, name) for name in NAMES}


NAMES = tuple(field.name for field in dataclasses.fields(NetworkSettings))
