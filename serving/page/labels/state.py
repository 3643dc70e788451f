"""What one visitor has before them: model, label map, style; and who is told of changes to them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Optional

import numpy as np

from input_pipeline.label_maps.label_sets import LabelSet
from interface.command_line import UserError
from serving import blending, objects, reference_painter
from serving.asked import labels as asked_labels
from serving.label_painter import SEED
from serving.models import Version
from serving.objects import Clip
from serving.page.history import History
from serving.page.labels.drawing import Drawing, begun
from serving.page.labels.edits import Edit, Styled, pixel
from serving.page.labels.work import Scenes
from serving.page.pen import Place
from serving.scene import Of, Reference, Scene
from serving.studio import Studio

COUNT = 8  # variations at once
MOST_BYTES = 64_000_000  # of all that can be undone
MOST_EDITS = 16_000_000  # bytes of those over one base
LONG = "this drawing has been changed very often; save it as a label map and open that to go on"


class State:
    """One visitor's.

    Args:
      studio: who paints.

    Attributes:
      model: name of the one that paints.
      history: the drawing.
      label: of the class that is painted.
      own: whether it is painted as an object of its own.
      selected: a place in the object that is selected, or None.
      clip: what was copied.
      keeps_photo: whether the photo that a map is of is seen itself, where the map is as it was.
      listeners: called after each change.
    """

    def __init__(self, studio: Studio, model: str) -> None:
        self.studio, self.model = studio, model
        self.listeners: list[Callable[[], None]] = []
        self.label = self._second_colour()
        self.own = False
        self.selected: Optional[Place] = None
        self.clip: Optional[Clip] = None
        self.keeps_photo = True
        self._scenes = Scenes()
        known = self.version.examples
        first = begun(known[0].scene, known[0].reference) if known else begun(self.blank())
        self.history = History(first, self.tell, lambda drawing: drawing.bytes, MOST_BYTES)

    @property
    def version(self) -> Version:
        """The newest of the model."""
        return self.studio.models.get(self.model)

    @property
    def classes(self) -> LabelSet:
        classes = self.version.about.classes
        assert classes is not None
        return classes

    @property
    def now(self) -> Drawing:
        return self.history.now

    @property
    def seed(self) -> int:
        """Of the picture."""
        return self.now.seed

    @property
    def scene(self) -> Scene:
        """What is drawn now."""
        return self._scenes.of(self.now.work)

    @property
    def asked(self) -> Scene:
        """That, as the model takes it: of its sizes, with or without instances and styles."""
        scene, about, known = self.scene, self.version.about, self.version.known_styles
        counts = {} if known is None else {k: len(each) for k, each in known.clusters.items()}
        instance = scene.instance
        if not about.instances:
            instance = None
        elif instance is None:
            instance = scene.label.astype(np.int32)
        fitted = asked_labels.fitted(Scene(scene.label, instance), about)
        styles = {
            region: cluster
            for region, cluster in scene.styles.items()
            if fitted.has(region) and cluster < counts.get(self._label_of(fitted, region), 0)
        }
        return dataclasses.replace(fitted, styles=styles)

    @property
    def reference(self) -> Optional[Reference]:
        """The photo whose style counts to the model; where it needs one, its example's at first."""
        about = self.version.about
        if about.style not in ("reference", "clusters"):
            return None
        needed = about.style == "reference"
        known = (each.reference for each in self.version.examples if needed and each.reference)
        return self.now.reference or next(known, None)

    @property
    def takes_photos(self) -> bool:
        """Whether the model paints in the style of one, and one can be brought."""
        about = self.version.about
        return self.labels_photos and about.style in ("reference", "clusters")

    @property
    def labels_photos(self) -> bool:
        """Whether a model is served that makes label maps of these classes of photos."""
        try:
            self.studio.models.labelling(self.version.about)
        except UserError:
            return False
        return True

    @property
    def has_seeds(self) -> bool:
        """Whether another seed makes another picture."""
        if reference_painter.is_one(self.version.about):
            return False
        return SEED in self.version.painter[0].inputs

    @property
    def styles_of(self) -> Of:
        """What the model's styles are of."""
        known = self.version.known_styles
        return "instance" if known is not None and known.features == "instance" else "label"

    @property
    def name(self) -> str:
        """Of the class that is painted."""
        return self.classes.spoken[self.label]

    def name_at(self, place: Place) -> str:
        """Of the class there."""
        return self.classes.spoken[self._at(place)]

    def pick(self, place: Place) -> None:
        """Paint the class that is there."""
        self.label = self._at(place)
        self.tell()

    def blank(self) -> Scene:
        """Nothing but the first class."""
        size = self.version.model.usual_size
        return self.as_scene(np.zeros(size, np.uint8))

    def as_scene(self, label: np.ndarray) -> Scene:
        """A label map alone as a scene, in which nothing is an object yet."""
        return Scene(label, label.astype(np.int32) if self.version.about.instances else None)

    def finished(self, picture: np.ndarray, scene: Scene) -> np.ndarray:
        """A painted picture, with the photo where nothing was edited if that is wanted.

        Args:
          picture: uint8 [H, W, 3]; scene: that it was painted of.
        """
        reference = self.reference
        if not self.keeps_photo or reference is None or not self.can_keep_photo:
            return picture
        return blending.by_difference(reference.photo, picture, reference.label, scene.label)

    @property
    def can_keep_photo(self) -> bool:
        """Whether the label map is a photo's, of its size, in whose style is painted."""
        reference = self.reference if self.now.own else None
        if reference is None or self.version.about.style != "reference":
            return False
        return reference.label.shape == self.scene.label.shape

    def choose_seed(self, seed: int) -> None:
        """Paint with another seed from now on."""
        self.history.put(self.now.seeded(seed))

    def begin(self, scene: Scene, reference: Optional[Reference] = None) -> None:
        """Anew, with a label map and perhaps the photo that it is of."""
        self.selected = None
        self.history.put(begun(scene, reference, self.seed))

    def exchange(self, scene: Scene) -> None:
        """Another label map in the same style."""
        self.selected = None
        self.history.put(self.now.on(scene))

    def copy_style(self, reference: Optional[Reference]) -> None:
        """Paint in the style of this photo from now on."""
        self.history.put(self.now.like(reference))

    def edit(self, edit: Edit) -> None:
        """One step.

        Raises:
          UserError: it can't be done.
        """
        drawing = self._edited(self.now, edit)
        if drawing is not self.now:
            self.history.put(drawing)

    def change(self, before: Drawing, edit: Edit) -> None:
        """Part of a step, which another or `history.keep` ends."""
        self.history.change(self._edited(before, edit))

    def _edited(self, before: Drawing, edit: Edit) -> Drawing:
        if before.work.bytes > MOST_EDITS:
            raise UserError(LONG)
        drawing = before.edited(edit)
        same = self._scenes.of(drawing.work).is_like(self._scenes.of(before.work))
        return before if same else drawing

    def restyle(self, cluster: int) -> None:
        """Choose a style for the selected region."""
        if self.selected is not None:
            self.edit(Styled(self._region(), cluster, self.clusters()))

    def clusters(self) -> int:
        """How many the selected region's class has; none where nothing is selected."""
        known = self.version.known_styles
        if known is None or self.selected is None:
            return 0
        return len(known.clusters.get(self._at(self.selected), ()))

    def chosen(self) -> Optional[int]:
        """The cluster that was chosen for it."""
        return None if self.selected is None else self.scene.styles.get(self._region())

    def selection(self) -> Optional[np.ndarray]:
        """Where the selected object is: bool [H, W]."""
        if self.selected is None:
            return None
        return objects.at(self.scene, pixel(self.scene, self.selected))

    def select(self, place: Optional[Place]) -> None:
        """The object there, or none."""
        self.selected = place
        self.tell()

    def restore(self, drawings: list[Drawing], at: int) -> None:
        """Have these, each an edit of the one before, of which one is the present one.

        Raises:
          UserError: an edit can't be done.
        """
        self._scenes.of(drawings[-1].work)
        self.selected = None
        self.history.restore(drawings, at)

    def can_go(self, by: int) -> bool:
        """Whether there is something to undo (-1) or to redo (1)."""
        return self.history.can_go(by)

    def go(self, by: int) -> bool:
        """Undo (-1) or redo (1); tells whether there was something to."""
        place, name = self.selected, self.selected and self.name_at(self.selected)
        done = self.history.go(by)
        if place and self.name_at(place) != name:
            self.select(None)  # what was selected is no longer there
        return done

    def choose(self, model: str) -> None:
        """Let another model of these classes paint the same drawing."""
        self.model = model
        self.tell()

    def tell(self) -> None:
        """Call the listeners."""
        for listener in self.listeners:
            listener()

    def _second_colour(self) -> int:
        """The first class that is not shown as class 0 is; of one class that one."""
        colours = self.classes.colours
        others = np.flatnonzero((colours != colours[0]).any(1))
        return int(others[0]) if len(others) else self.classes.count - 1

    def _at(self, place: Place) -> int:
        return int(self.scene.label[pixel(self.scene, place)])

    def _region(self) -> int:
        assert self.selected is not None
        return objects.id_at(self.scene, pixel(self.scene, self.selected), self.styles_of)

    def _label_of(self, scene: Scene, region: int) -> int:
        if self.styles_of == "label":
            return region
        return int(scene.label[scene.objects == region][0])
