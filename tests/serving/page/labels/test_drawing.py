import numpy as np

from serving.page.labels import drawing
from serving.page.labels.edits import Filled
from serving.scene import Reference, Scene

SCENE = Scene(np.zeros([10, 20], np.uint8), np.zeros([10, 20], np.int32))
PHOTO = Reference(np.zeros([4, 5, 3], np.uint8), np.zeros([4, 5], np.uint8))


def test_each_adds_what_it_brings():
    begun = drawing.begun(SCENE, PHOTO)
    assert begun.bytes == 200 * (1 + 4) + 60 + 20
    assert drawing.begun(SCENE).bytes == 1000
    edit = Filled((0.5, 0.5), 1)
    assert begun.edited(edit).bytes == edit.bytes
    assert begun.edited(edit).like(PHOTO).bytes == 80
    assert begun.like(None).bytes == 0
    assert begun.on(SCENE).bytes == 1000


def test_a_photo_is_ones_own_until_another_or_another_map_comes():
    begun = drawing.begun(SCENE, PHOTO)
    assert begun.own and begun.edited(Filled((0.5, 0.5), 1)).seeded(3).own
    assert not drawing.begun(SCENE).own
    assert not begun.like(PHOTO).own and not begun.on(SCENE).own


def test_the_rest_stays():
    begun = drawing.begun(SCENE, PHOTO, seed=2)
    edited = begun.seeded(5).edited(Filled((0.5, 0.5), 1))
    assert (edited.seed, edited.reference) == (5, PHOTO)
    assert edited.work.before is begun.work
    assert begun.on(SCENE).reference is PHOTO and begun.like(None).work is begun.work
