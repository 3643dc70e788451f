import json

import numpy as np
import pytest

from interface.command_line import UserError
from serving import objects
from serving.page.labels import edits
from serving.page.labels.edits import (
    KINDS,
    Area,
    Filled,
    Moved,
    Pasted,
    Removed,
    Stroke,
    Styled,
    of_json,
    to_json,
)
from serving.scene import NUMBERS, Scene

HEIGHT, WIDTH = 20, 30
NOTHING = Scene(np.zeros([HEIGHT, WIDTH], np.uint8))
BLOCK = np.zeros([HEIGHT, WIDTH], np.uint8)
BLOCK[4:8, 6:12] = 2
SCENE = Scene(BLOCK)
COPY = objects.copy(SCENE, (5, 7))


def centre(row, column):
    """x and y of a pixel."""
    return (column + 0.5) / WIDTH, (row + 0.5) / HEIGHT


ALL = [
    Stroke((centre(2, 3), centre(2, 9)), 1.0, 1),
    Area((centre(3, 5), centre(6, 9)), 1),
    Area((centre(1, 1), centre(1, 9), centre(9, 1)), 1, own=True),
    Filled(centre(5, 7), 1),
    Removed(centre(5, 7)),
    Moved(centre(5, 7), (3 / WIDTH, -2 / HEIGHT)),
    Pasted(COPY, (15 / WIDTH, 10 / HEIGHT)),
    Styled(2, 1, 4),
]


def test_strokes_and_areas_are_the_pixels_that_they_go_over():
    wanted = np.zeros([HEIGHT, WIDTH], np.uint8)
    wanted[2, 3:10] = 1
    np.testing.assert_array_equal(ALL[0].onto(NOTHING).label, wanted)
    wanted = np.zeros([HEIGHT, WIDTH], np.uint8)
    wanted[3:7, 5:10] = 1
    for corners in ((centre(3, 5), centre(6, 9)), (centre(6, 5), centre(3, 9))):
        np.testing.assert_array_equal(Area(corners, 1).onto(NOTHING).label, wanted)
    rows, columns = np.indices([HEIGHT, WIDTH])
    triangle = (rows >= 1) & (columns >= 1) & ((rows - 1) / 8 + (columns - 1) / 8 <= 1)
    np.testing.assert_array_equal(ALL[2].onto(NOTHING).label, triangle)


def test_objects_are_filled_removed_moved_pasted():
    np.testing.assert_array_equal(ALL[3].onto(SCENE).label, BLOCK // 2)
    assert not ALL[4].onto(SCENE).label.any()
    moved = np.zeros([HEIGHT, WIDTH], np.uint8)
    moved[2:6, 9:15] = 2
    np.testing.assert_array_equal(ALL[5].onto(SCENE).label, moved)
    pasted = BLOCK.copy()
    pasted[10:14, 15:21] = 2
    np.testing.assert_array_equal(ALL[6].onto(SCENE).label, pasted)
    assert dict(ALL[7].onto(SCENE).styles) == {2: 1}


def test_an_object_of_its_own_is_one_where_they_are_told_apart():
    street = Scene(BLOCK, BLOCK.astype(np.int32))
    own = Stroke((centre(1, 1),), 1.0, 2, own=True)
    assert own.onto(street).instance[1, 1] == 2 * NUMBERS
    assert own.onto(SCENE).label[1, 1] == 2
    assert Stroke((centre(5, 7),), 1.0, 0, own=True).onto(street).instance[5, 7] == 0


def test_what_misses_the_map_changes_nothing():
    assert Stroke(((5.0, 5.0),), 3.0, 1).onto(SCENE) is SCENE
    assert edits.pixel(SCENE, (-4.0, 9.0)) == (HEIGHT - 1, 0)


@pytest.mark.parametrize("edit", ALL, ids=lambda edit: type(edit).__name__)
def test_a_file_keeps_each(edit):
    told = json.loads(json.dumps(to_json(edit)))
    again = of_json(told)
    assert type(again) is type(edit) and edit.bytes >= 200
    one, other = edit.onto(SCENE), again.onto(SCENE)
    np.testing.assert_array_equal(one.label, other.label)
    assert one.styles == other.styles


def test_all_kinds_are_tried():
    assert {type(edit) for edit in ALL} == {*KINDS.values()}


def broken():
    """Each edit with each of its values exchanged for nonsense, or left out."""
    for edit in ALL:
        told = json.loads(json.dumps(to_json(edit)))
        for name in told:
            yield {key: value for key, value in told.items() if key != name}
            for nonsense in (None, "x", -1, 1e400, [], [[]], {}, True, [None, None], 2**40):
                if not (name == "width" and nonsense is True) and told[name] is not nonsense:
                    yield {**told, name: nonsense}


def test_anything_else_is_refused_in_one_line():
    many = [*broken()]
    refused = 0
    for told in many:
        try:
            of_json(told)
        except UserError as error:
            assert "\n" not in str(error) and len(str(error)) < 200
            refused += 1
    # "own" may be left True, and a number of the right kind is no nonsense.
    assert refused > 0.95 * len(many)
    for told in ([], None, 3, {"edit": "work"}, {"edit": "stroke", "places": [[0, 0]] * 30_000}):
        with pytest.raises(UserError, match="project: an edit that is none"):
            of_json(told)


@pytest.mark.parametrize(
    "clip", [{"bits": "AA=="}, {"size": [4, 4]}, {"bits": "AAAA"}, {"style": -1}]
)
def test_a_copied_object_that_does_not_fit_its_size_is_refused(clip):
    told = to_json(ALL[6])
    with pytest.raises(UserError):
        of_json({**told, "clip": {**told["clip"], **clip}})
