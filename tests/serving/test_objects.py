import numpy as np
import pytest

from interface.command_line import UserError
from serving import editing, objects
from serving.scene import Scene

LABELS = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [0, 2, 2, 0, 2, 0],
        [1, 2, 2, 1, 2, 1],
        [1, 1, 1, 1, 1, 1],
    ],
    np.uint8,
)
FLAT = Scene(LABELS)
# The two things of label 2 touch here, and stuff of label 1 is in two parts.
TOUCHING = np.array([[1, 2, 2, 2, 2, 1], [1, 2, 2, 2, 2, 1], [0, 0, 0, 0, 0, 0]], np.uint8)
NUMBERS = np.where(TOUCHING == 2, [2000, 2000, 2000, 2001, 2001, 2001], TOUCHING).astype(np.int32)
STREET = Scene(TOUCHING, NUMBERS)


def test_an_object_is_what_hangs_together_or_an_instance():
    np.testing.assert_array_equal(
        objects.at(FLAT, (1, 4)), np.isin(np.arange(24), [10, 16]).reshape(4, 6)
    )
    left = (TOUCHING == 2) & (np.arange(6) < 3)
    np.testing.assert_array_equal(objects.at(STREET, (0, 1)), left)
    stuff = (TOUCHING == 1) & (np.arange(6) < 3)
    np.testing.assert_array_equal(objects.at(STREET, (1, 0)), stuff)
    assert objects.id_at(STREET, (0, 4), "instance") == 2001
    assert objects.id_at(STREET, (0, 4), "label") == 2


def test_where_objects_of_a_label_touch_there_is_a_seam():
    wanted = np.zeros([3, 6], bool)
    wanted[:2, 2] = True  # not between labels, which have colours
    np.testing.assert_array_equal(objects.seams(STREET), wanted)
    turned = Scene(np.ascontiguousarray(TOUCHING.T), np.ascontiguousarray(NUMBERS.T))
    np.testing.assert_array_equal(objects.seams(turned), wanted.T)
    assert objects.seams(FLAT) is None
    assert objects.seams(Scene(TOUCHING, TOUCHING.astype(np.int32))) is None


def test_an_object_gets_another_label():
    one = objects.relabel(FLAT, (1, 4), 1)
    np.testing.assert_array_equal(one.label, np.where(objects.at(FLAT, (1, 4)), 1, LABELS))
    car = objects.relabel(STREET, (0, 1), 5)
    assert {*np.unique(car.instance)} == {0, 1, 2001, 5000}
    np.testing.assert_array_equal(car.label == 5, car.instance == 5000)


def test_what_is_nearest_grows_over_what_is_removed():
    """By brute force: of each pixel inside, the labels of the nearest ones outside."""
    inside = objects.at(FLAT, (1, 1))
    removed = objects.remove(FLAT, (1, 1)).label
    np.testing.assert_array_equal(removed[~inside], LABELS[~inside])
    outside = np.argwhere(~inside)
    for pixel in np.argwhere(inside):
        distances = ((outside - pixel) ** 2).sum(1)
        nearest = outside[distances == distances.min()]
        assert removed[tuple(pixel)] in {LABELS[tuple(each)] for each in nearest}
    alone = objects.remove(Scene(np.full([3, 4], 7, np.uint8)), (0, 0))
    assert not alone.label.any()


def test_a_moved_object_keeps_its_style_and_what_lies_outside_is_gone():
    styled = editing.restyle(STREET, 2001, 1, 3)
    moved = objects.move(styled, (0, 4), (1, 1))
    assert dict(moved.styles) == {2001: 1}
    wanted = np.zeros([3, 6], bool)
    wanted[1:, 4:] = NUMBERS[:2, 3:5] == 2001
    wanted[1:3, 5] = NUMBERS[0:2, 4] == 2001
    np.testing.assert_array_equal(moved.instance == 2001, wanted)
    np.testing.assert_array_equal(moved.label == 2, (moved.instance == 2000) | wanted)
    gone = objects.move(FLAT, (1, 4), (0, 9))
    assert (gone.label == 2).sum() == 4


def test_a_copy_is_an_object_of_its_own_where_it_is_pasted():
    styled = editing.restyle(STREET, 2000, 2, 3)
    clip = objects.copy(styled, (0, 1), "instance")
    assert (clip.corner, clip.label, clip.style) == ((0, 1), 2, 2) and clip.mask.all()
    pasted = objects.paste(styled, clip, (1, 4))
    inside = np.zeros([3, 6], bool)
    inside[1:, 4:] = True
    np.testing.assert_array_equal(pasted.instance == 2002, inside)
    assert dict(pasted.styles) == {2000: 2, 2002: 2}
    other = objects.paste(FLAT, clip, (0, 0))  # another map, of labels alone
    np.testing.assert_array_equal(other.label[:2, :2], 2)
    background = objects.copy(FLAT, (0, 0))
    assert (objects.paste(FLAT, background, (2, 0)).label[2] == 0).all()
    with pytest.raises(UserError, match="all of it would lie outside"):
        objects.paste(FLAT, clip, (4, 0))
