"""Which desk the page opens for a model, and what a desk is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from serving.about import Asks
from serving.page.landmarks.desk import LandmarksDesk
from serving.page.no_desk import NoDesk
from serving.page.voice import Voice
from serving.studio import Studio


class Desk(Protocol):
    """Where one visitor works with the models of one kind.

    Attributes:
      title: the page's heading, as HTML.
      style: CSS for as long as it is open.
    """

    title: str
    style: str

    def build(self) -> None:
        """Make its parts in the current element; anew, with what was drawn, when it opens again."""

    def choose(self, model: str) -> None:
        """Go on with this model of its kind, perhaps the one that it has."""

    def paint(self) -> None:
        """Bring what is to be seen and is not yet; there is a browser to see it."""

    def stop(self) -> None:
        """Bring no more of it: the desk is left."""


# What models ask for → how a desk for it is made, with the name of the first model at it.
DESKS: dict[Asks, Callable[[Studio, str, Voice], Desk]] = {"landmarks": LandmarksDesk}


def desk_for(studio: Studio, model: str, voice: Voice) -> Desk:
    """A new one, for what the model asks for."""
    return DESKS.get(studio.models.get(model).asks, NoDesk)(studio, model, voice)
