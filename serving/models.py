"""Folders of SavedModels → what is served: of each name the newest version, exchanged in one go."""

from __future__ import annotations

import dataclasses
import logging
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Optional

from input_pipeline.faces import shape
from input_pipeline.faces.framing import Framing
from input_pipeline.label_maps import segmenter
from input_pipeline.label_maps.segmenter import Segmenter
from interface.command_line import UserError
from serving import examples, face_model, label_painter, saved_model, versions
from serving.about import About, Asks
from serving.examples import Example
from serving.face_model import FaceModel
from serving.saved_model import SavedModel, told
from serving.signatures import DEFAULT, Signature
from serving.styles import Styles

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, eq=False)
class Version:
    """One SavedModel.

    Attributes:
      name, number: of the model and of its version.
      model: what lies in its folder.
      known_face: what else is to be known, if it asks for landmarks; else None.
      known_segmenter: likewise, if it gives label maps of photos.
      known_styles: likewise, if it has clusters of them.
      examples: label maps that came with it.
    """

    name: str
    number: int
    model: SavedModel
    known_face: Optional[FaceModel]
    known_segmenter: Optional[Segmenter]
    known_styles: Optional[Styles] = None
    examples: tuple[Example, ...] = ()

    @property
    def about(self) -> About:
        """What it says it is."""
        return self.model.about

    @property
    def asks(self) -> Asks:
        """What to bring it."""
        return self.model.about.asks

    @property
    def signatures(self) -> Mapping[str, Signature]:
        """Those that can be called, by name."""
        return self.model.signatures

    @property
    def face(self) -> FaceModel:
        """What is to be known of a model that paints faces.

        Raises:
          UserError: it asks for something else.
        """
        if self.known_face is None:
            raise UserError(
                f"{self.name} is there to {told(self.about)}, not along landmarks: "
                f"POST them to /v1/models/{self.name}:predict"
            )
        return self.known_face

    @property
    def segmenter(self) -> Segmenter:
        """What is to be known of a model that tells the label maps of photos.

        Raises:
          UserError: it does something else.
        """
        if self.known_segmenter is None:
            raise UserError(f"{self.name} is there to {told(self.about)}, not to label photos")
        return self.known_segmenter

    @property
    def painter(self) -> tuple[Signature, About]:
        """How a model that paints label maps is called, and what it takes.

        Raises:
          UserError: it does something else, or wants more than `label_painter.INPUTS`.
        """
        signature = label_painter.painting(self.model)
        if signature is not None:
            return signature, self.about
        if self.asks == "labels" and self.about.gives == "image":
            wanted = ", ".join(self.signatures[DEFAULT].inputs)
            raise UserError(
                f"{self.name} wants {wanted}: POST them to /v1/models/{self.name}:predict"
            )
        raise UserError(f"{self.name} is there to {told(self.about)}, not to paint label maps")

    @property
    def resolution(self) -> int:
        return self.face.resolution

    @property
    def drawn_at(self) -> int:
        return self.face.drawn_at

    @property
    def framing(self) -> Framing:
        return self.face.framing

    @property
    def shapes(self) -> Optional[shape.Shapes]:
        return self.face.shapes

    @property
    def cast(self) -> tuple[int, ...]:
        return self.face.cast


class NotServed(LookupError):
    """No such model, or no such version of it."""


class Models:
    """What is served under each name.

    Args:
      folders: by name, a SavedModel or numbered ones.

    Raises:
      UserError: a folder has no SavedModel of ours.
    """

    def __init__(self, folders: Mapping[str, pathlib.Path]) -> None:
        self._folders = dict(folders)
        self._refused: dict[pathlib.Path, object] = {}  # what was in it then
        self._current: dict[str, Version] = {}
        self._loaded: dict[str, object] = {}  # what was in the current one's folder then
        for name, folder in folders.items():
            error = self._update(name, folder)
            if error:
                raise error

    def __iter__(self) -> Iterator[Version]:
        """The current versions, in the order in which they were named."""
        return iter(list(self._current.values()))

    def get(self, name: Optional[str] = None, number: Optional[int] = None) -> Version:
        """The current version of a model, the first one's unless told.

        Raises:
          NotServed: none of that name, or `number` is not its current version's.
        """
        current = self._current.get(name) if name is not None else next(iter(self))
        if current is None:
            raise NotServed(f"Servable not found for request: Latest({str(name)[:80]})")
        if number is not None and current.number != number:
            raise NotServed(f"Servable not found for request: Specific({name}, {number})")
        return current

    def labelling(self, about: About) -> Version:
        """The first one that tells the classes that another paints, in photos.

        Raises:
          UserError: none is served.
        """
        assert about.classes is not None
        for version in self:
            known = version.known_segmenter
            if known and known.label_set.names == about.classes.names:
                return version
        raise UserError(
            "photo_labels: missing, and no model is served that tells these classes in photos; "
            "give the photo's label map, or serve a segmenter beside"
        )

    def refresh(self) -> list[Version]:
        """Load what has become the newest; returns it. Requests go on with the one before.

        A folder that can't be loaded is logged, passed over, and looked at again when something
        in it has changed.
        """
        before = dict(self._current)
        for name, folder in self._folders.items():
            self._update(name, folder)
        return [version for name, version in self._current.items() if before[name] is not version]

    def _update(self, name: str, folder: pathlib.Path) -> Optional[UserError]:
        """Serve the newest that can be loaded; tells what is wrong where none can."""
        current = self._current.get(name)
        first: Optional[UserError] = None
        try:
            candidates = versions.newest_first(folder)
        except UserError as error:
            return error
        for number, path in candidates:
            is_current = current is not None and number == current.number
            try:
                state = versions.state(path)
                if is_current and state == self._loaded[name]:
                    return None
                if self._refused.get(path) != state:
                    self._refused[path] = state
                    self._current[name] = _load(name, number, path)
                    self._loaded[name] = state
                    del self._refused[path]
                    return None
            except (UserError, OSError) as error:
                _log.warning("version %d of %s is passed over: %s", number, name, error)
                first = first or UserError(str(error))
            if is_current:
                return None  # what was loaded of it is better than an older one
        return first


def named(flags: Sequence[str]) -> dict[str, pathlib.Path]:
    """`DIR` or `NAME=DIR` → folders by name; a folder's own name is that of its versions' parent.

    Raises:
      UserError: a name that does not fit into an address, or one given twice.
    """
    folders: dict[str, pathlib.Path] = {}
    for flag in flags:
        name, equals, place = flag.rpartition("=")
        path = pathlib.Path(place).absolute()
        if not equals:
            name = path.parent.name if path.name.isdecimal() else path.name
        if not NAME.fullmatch(name):
            raise UserError(
                f"--model {flag}: {name!r} is no name for an address; give NAME=DIR, the name of "
                "letters, digits, dots, dashes"
            )
        if name in folders:
            raise UserError(f"--model {flag}: two models are called {name}; give NAME=DIR")
        folders[name] = path
    if not folders:
        raise UserError("--model is missing: a folder, as models/portraits")
    return folders


def _load(name: str, number: int, folder: pathlib.Path) -> Version:
    """Load a SavedModel and paint once: the first call takes a second."""
    model = saved_model.load(str(folder))
    face = face_model.of(model) if model.about.asks == "landmarks" else None
    labelling = segmenter.read(str(folder), "model") if model.about.gives == "labels" else None
    first = model.signatures["sample" if "sample" in model.signatures else DEFAULT]
    first.call(**first.blank(face.resolution if face else min(model.usual_size)))
    _log.info("serving %s, version %d, from %s", name, number, folder)
    known, begin = label_painter.styles_of(model), examples.of_model(folder, model.about)
    return Version(name, number, model, face, labelling, known, begin)
