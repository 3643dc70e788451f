"""Which desk the page opens for a model, and what a desk is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from serving import label_painter, reference_painter
from serving.about import About, Asks
from serving.models import Version
from serving.page.labels import canvas
from serving.page.labels.desk import LabelsDesk
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
DESKS: dict[Asks, Callable[[Studio, str, Voice], Desk]] = {
    "landmarks": LandmarksDesk,
    "labels": LabelsDesk,
}
SCRIPTS = (canvas.SCRIPT,)  # that desks need, of the whole page

Kind = tuple[str, ...]  # of models whose drawings are of the same kind


def kind_of(about: About) -> Kind:
    """What a model asks for, and of label maps their classes."""
    classes = about.classes if about.asks == "labels" else None
    return (about.asks, *(classes.names if classes else ()))


def desk_for(studio: Studio, model: str, voice: Voice) -> Desk:
    """A new one, for what the model asks for."""
    return _desk(studio.models.get(model))(studio, model, voice)


def _desk(version: Version) -> Callable[[Studio, str, Voice], Desk]:
    about = version.about
    if about.asks != "labels":
        return DESKS.get(about.asks, NoDesk)
    paints = reference_painter.is_one(about) or label_painter.painting(version.model) is not None
    return LabelsDesk if paints and about.paints_classes else NoDesk
