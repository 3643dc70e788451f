"""What is to be known of a SavedModel that paints faces along landmarks."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Optional

from input_pipeline.faces import shape
from input_pipeline.faces.framing import Framing
from interface.command_line import UserError
from serving import cast, painter
from serving.saved_model import EXPORT, SavedModel


@dataclasses.dataclass(frozen=True, eq=False)
class FaceModel:
    """Beside what every SavedModel says.

    Attributes:
      resolution: H of masks and images; latent_size: L.
      drawn_at: side at which landmarks are drawn, H or a multiple.
      framing: how photos are cut.
      shapes: how faces differ, or None where the export has no such file.
      cast: seeds whose faces are different people, the most different first; see `serving.cast`.
    """

    resolution: int
    latent_size: int
    drawn_at: int
    framing: Framing
    shapes: Optional[shape.Shapes]
    cast: tuple[int, ...]


def of(model: SavedModel) -> FaceModel:
    """What its files and signatures say.

    Raises:
      UserError: it does not paint faces as ours do, or a file is damaged.
    """
    paint = painter.of_loaded(model)
    if "sample" not in model.signatures:
        raise UserError(f"{model.folder}: has no signature 'sample'; export it again: {EXPORT}")
    return FaceModel(
        paint.resolution,
        paint.latent_size,
        paint.records_side,
        paint.framing,
        _shapes(model.folder),
        cast.read(model.folder),
    )


def _shapes(folder: pathlib.Path) -> Optional[shape.Shapes]:
    path = folder / "assets" / shape.FILE
    try:
        return shape.from_json(path.read_text()) if path.is_file() else None
    except ValueError as error:
        raise UserError(f"{path}: {error}; export the model again: {EXPORT}") from None
