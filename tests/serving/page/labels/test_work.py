import dataclasses

import numpy as np
import pytest

from serving.page.labels.work import KEPT, Scenes, Work
from serving.scene import Scene

BASE = Scene(np.zeros([1, 300], np.uint8))
done = []


@dataclasses.dataclass(frozen=True)
class Mark:
    """Paints one pixel, and notes that it was asked to."""

    number: int
    bytes = 7

    def onto(self, scene):
        done.append(self.number)
        label = scene.label.copy()
        label[0, self.number] = 1
        return Scene(label)


@pytest.fixture
def works():
    works = [Work(BASE)]
    for number in range(200):
        works.append(works[-1].edited(Mark(number)))
    return works


def test_a_scene_is_its_base_with_all_edits(works):
    scenes = Scenes()
    for count in (200, 3, 0, 150):
        label = scenes.of(works[count]).label
        assert label[0, :count].all() and not label[0, count:].any()
    assert works[3].all() == works[:4] and works[5].bytes == 5 * 7


def test_going_back_step_by_step_takes_few_edits_and_few_scenes_are_kept(works):
    scenes = Scenes()
    scenes.of(works[200])
    done.clear()
    for count in range(199, -1, -1):
        scenes.of(works[count])
    assert len(done) < 200 * 12  # not 200 · 199 / 2
    assert len(scenes._kept) <= KEPT
    done.clear()
    scenes.of(works[1])
    scenes.of(works[1])
    assert len(done) <= 1


def test_of_large_scenes_fewer_are_kept(works, monkeypatch):
    from serving.page.labels import work

    monkeypatch.setattr(work, "KEPT_BYTES", 4 * BASE.bytes)
    scenes = Scenes()
    scenes.of(works[200])
    assert len(scenes._kept) == 4
    monkeypatch.setattr(work, "KEPT_BYTES", 1)
    assert scenes.of(works[150]).label[0, :150].all() and len(scenes._kept) == 2


def test_another_course_is_another_scene(works):
    scenes = Scenes()
    other = works[5].edited(Mark(250))
    assert scenes.of(works[6]).label[0, 5] and not scenes.of(other).label[0, 5]
    assert scenes.of(other).label[0, 250]
