"""Edits of a street of 4x6 pixels: road (7), sky (23) and two cars (26), ids as Cityscapes' are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interface.command_line import UserError
from serving import editing
from serving.page.history import History
from serving.scene import Scene

ROAD, SKY, CAR, BUS = 7, 23, 26, 28
FIRST, SECOND = 26000, 26001
IDS = np.array(
    [
        [SKY, SKY, SKY, SKY, SKY, SKY],
        [SKY, FIRST, FIRST, SKY, SKY, SKY],
        [ROAD, FIRST, ROAD, ROAD, SECOND, SECOND],
        [ROAD, ROAD, ROAD, ROAD, ROAD, ROAD],
    ],
    np.int32,
)
LABELS = np.where(IDS < 1000, IDS, IDS // 1000).astype(np.uint8)
STREET = Scene(LABELS, IDS, {FIRST: 3, SKY: 1})
FLAT = Scene(LABELS, None, {CAR: 3, SKY: 1})  # the same, its cars not told apart
WHERE = np.zeros(IDS.shape, bool)
WHERE[2:, 3:] = True  # the second car and road around it


def check(scene, label, instance, styles):
    assert scene.label.dtype == np.uint8
    np.testing.assert_array_equal(scene.label, label)
    if instance is None:
        assert scene.instance is None
    else:
        assert scene.instance.dtype == np.int32
        np.testing.assert_array_equal(scene.instance, instance)
    assert scene.styles == styles


def swapped(array, old, new):
    return np.where(array == old, new, array)


def test_a_relabelled_object_has_a_free_number_of_its_label_and_no_style():
    bus = editing.relabel(STREET, FIRST, BUS)
    label = np.where(IDS == FIRST, BUS, LABELS)
    check(bus, label, swapped(IDS, FIRST, 28000), {SKY: 1})
    both = editing.relabel(bus, SECOND, BUS)
    check(both, swapped(LABELS, CAR, BUS), np.where(LABELS == CAR, IDS + 2000, IDS), {SKY: 1})
    back = editing.relabel(editing.relabel(bus, 28000, CAR), SECOND, 0)
    check(back, np.where(IDS == SECOND, 0, LABELS), swapped(IDS, SECOND, 0), {SKY: 1})


def test_relabelled_stuff_becomes_one_with_what_the_label_has():
    check(
        editing.relabel(STREET, ROAD, SKY),
        swapped(LABELS, ROAD, SKY),
        swapped(IDS, ROAD, SKY),
        {FIRST: 3, SKY: 1},
    )
    check(editing.relabel(FLAT, SKY, CAR), swapped(LABELS, SKY, CAR), None, {CAR: 3})
    assert editing.relabel(STREET, FIRST, CAR) is STREET


def test_paint_makes_stuff_or_an_object_and_forgets_styles_of_what_is_covered():
    label, covered = np.where(WHERE, CAR, LABELS), STREET.styles
    check(editing.paint(STREET, WHERE, CAR), label, np.where(WHERE, CAR, IDS), covered)
    # The second car is covered, but its number was not free.
    new = editing.paint(STREET, WHERE, CAR, new_object=True)
    check(new, label, np.where(WHERE, 26002, IDS), covered)
    # Now it is free; the sky's style is gone with the sky.
    sky = LABELS == SKY
    again = editing.paint(new, sky, CAR, new_object=True)
    check(again, np.where(sky, CAR, label), swapped(new.instance, SKY, SECOND), {FIRST: 3})
    check(editing.paint(FLAT, LABELS == CAR, BUS), swapped(LABELS, CAR, BUS), None, {SKY: 1})
    everywhere = np.ones(IDS.shape, bool)
    check(editing.paint(STREET, everywhere, 0), LABELS * 0, IDS * 0, {})


def test_restyle_chooses_and_next_style_goes_round():
    chosen = editing.restyle(STREET, SECOND, 9, 10)
    check(chosen, LABELS, IDS, {FIRST: 3, SKY: 1, SECOND: 9})
    # A history of such steps holds the map once.
    assert chosen.label is STREET.label and chosen.instance is STREET.instance
    seen = [scene := STREET]
    for _ in range(4):
        seen.append(scene := editing.next_style(scene, SECOND, 3))
    assert [each.styles.get(SECOND) for each in seen] == [None, 0, 1, 2, 0]
    # Of labels, where the model's features are of labels: no pixel has the id 26.
    assert editing.restyle(STREET, CAR, 0, 1).styles[CAR] == 0


@pytest.mark.parametrize(
    ("at", "pixels"),
    [
        ((1, 3), [(1, 3), (1, 4), (2, 3)]),
        ((0, 5), [(0, 5), (1, 5)]),
        ((3, 0), [(3, 0), (3, 1)]),
        ((-1, 2), [(0, 2)]),
        ((0, -1), [(0, 0)]),
    ],
)
def test_a_pasted_object_is_moved_cut_and_one_of_its_own(at, pixels):
    inside = np.zeros(IDS.shape, bool)
    inside[tuple(zip(*pixels))] = True
    pasted = editing.paste(STREET, STREET, FIRST, at)
    styles = {FIRST: 3, SKY: 1, 26002: 3}
    check(pasted, np.where(inside, CAR, LABELS), np.where(inside, 26002, IDS), styles)


def test_paste_between_scenes_of_other_sizes_and_kinds():
    road = Scene(np.full([2, 3], ROAD, np.uint8), np.full([2, 3], ROAD, np.int32))
    label = [[ROAD, CAR, CAR], [ROAD, CAR, ROAD]]
    pasted = editing.paste(road, STREET, FIRST, (0, 1))
    check(pasted, label, [[ROAD, FIRST, FIRST], [ROAD, FIRST, ROAD]], {FIRST: 3})
    flat = Scene(road.label)
    check(editing.paste(flat, STREET, FIRST, (0, 1)), label, None, {CAR: 3})
    known = Scene(np.array([[CAR, ROAD, ROAD], [ROAD, ROAD, ROAD]], np.uint8), None, {CAR: 5})
    assert editing.paste(known, STREET, FIRST, (0, 1)).styles == {CAR: 5}
    # All cars of a scene that has labels alone are one object.
    assert editing.paste(STREET, FLAT, CAR, (0, 0)).styles == {FIRST: 3, SKY: 1, 26002: 3}


def test_regions_are_listed_with_labels_and_pixels():
    cars = [(FIRST, CAR, 3), (SECOND, CAR, 2)]
    assert editing.regions(STREET, "instance") == [(ROAD, ROAD, 9), (SKY, SKY, 10), *cars]
    labels = [(ROAD, ROAD, 9), (SKY, SKY, 10), (CAR, CAR, 5)]
    assert editing.regions(STREET, "label") == editing.regions(FLAT, "label") == labels
    mixed = Scene(np.array([[7, 26, 26]], np.uint8), np.array([[5, 5, 5]], np.int32))
    assert editing.regions(mixed, "instance") == [(5, 26, 3)]


CLUSTERS = {CAR: np.arange(10.0).reshape(5, 2), SKY: np.array([[-1.0, -2.0], [-3.0, -4.0]])}


def test_features_are_centres_of_chosen_clusters_and_zeros_without_clusters():
    scene = editing.restyle(STREET, SECOND, 0, 5)
    wanted = np.zeros([*IDS.shape, 2])
    wanted[IDS == FIRST], wanted[IDS == SECOND], wanted[IDS == SKY] = [6, 7], [0, 1], [-3, -4]
    given = editing.features(scene, CLUSTERS, "instance", 0)
    assert given.dtype == np.float32
    np.testing.assert_array_equal(given, wanted)
    wanted[IDS == SECOND] = [6, 7]
    np.testing.assert_array_equal(editing.features(FLAT, CLUSTERS, "label", 0), wanted)


def test_clusters_are_drawn_by_seed_and_region_alone():
    scene = Scene(LABELS, IDS)
    two = {CAR: np.array([[0.0], [1.0]]), SKY: np.array([[0.0], [1.0]])}

    def drawn(scene, seed):
        given = editing.features(scene, two, "instance", seed)[..., 0]
        return [int(given[at]) for at in ((0, 0), (1, 1), (2, 4))]

    draws = np.array([drawn(scene, seed) for seed in range(400)])
    # Uniform and independent, each of the eight has 50 of 400 with a deviation of 6.6.
    assert (np.abs(np.bincount(draws @ [1, 2, 4], minlength=8) - 50) < 30).all()
    edited = editing.paint(scene, WHERE & (IDS == ROAD), BUS, new_object=True)
    chosen = editing.restyle(edited, FIRST, 1, 2)
    for seed, (sky, _, second) in enumerate(draws[:20].tolist()):
        assert drawn(scene, seed) == drawn(edited, seed) == draws[seed].tolist()
        assert drawn(chosen, seed) == [sky, 1, second]


def contents(scene):
    ids = None if scene.instance is None else scene.instance.tobytes()
    return scene.label.tobytes(), ids, dict(scene.styles)


def edited(scene, draw):
    """One edit of any kind, of something that is there."""
    ids = (scene.label if scene.instance is None else scene.instance).astype(int)
    region = draw(st.sampled_from(np.unique(ids).tolist()))
    kind = draw(st.sampled_from(["relabel", "paint", "restyle", "paste"]))
    label = draw(st.sampled_from([1, ROAD, CAR, 255]))
    y, x = draw(st.integers(0, 3)), draw(st.integers(0, 5))
    if kind == "relabel":
        return editing.relabel(scene, region, label)
    if kind == "restyle":
        return editing.restyle(scene, region, draw(st.integers(0, 4)), 5)
    if kind == "paste":
        return editing.paste(scene, STREET, FIRST, (y, x))
    mask = np.zeros(IDS.shape, bool)
    mask[y:, : x + 1] = True
    return editing.paint(scene, mask, label, scene.instance is not None and draw(st.booleans()))


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([STREET, FLAT]), st.data())
def test_undo_after_any_edits_restores_what_was(scene, data):
    history, before = History(scene, lambda: None), [contents(scene)]
    for _ in range(data.draw(st.integers(1, 8))):
        scene = edited(history.now, data.draw)
        if scene is not history.now:
            history.put(scene)
            before.append(contents(scene))
        check_ids(scene)
    for content in before[-2::-1]:
        assert history.go(-1) and contents(history.now) == content
    assert not history.can_go(-1)
    for content in before[1:]:
        assert history.go(1) and contents(history.now) == content


def check_ids(scene):
    """Ids say their labels, and styles are of regions that are there."""
    ids = (scene.label if scene.instance is None else scene.instance).astype(int)
    np.testing.assert_array_equal(np.where(ids < 1000, ids, ids // 1000), scene.label)
    assert {*scene.styles} <= {*ids.ravel().tolist(), *scene.label.ravel().tolist()}


CROWD = np.arange(1000, 2001, dtype=np.int32)[None]  # a thousand objects of label 1, one of 2
FULL = Scene((CROWD // 1000).astype(np.uint8), CROWD)


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda: editing.relabel(STREET, CAR, 1), "wanted one of 7, 23, 26000, 26001"),
        (lambda: editing.relabel(FULL, 3, 1), "wanted one of 1000, 1001, 1002, 1003, 1004, …"),
        (lambda: editing.relabel(STREET, 2**99, 1), "region: 6338253001141147007483516"),
        (
            lambda: editing.relabel(STREET, FIRST, 256),
            "label: 256; wanted a whole number from 0 to 255",
        ),
        (lambda: editing.relabel(STREET, FIRST, 1.0), "label: 1.0; wanted a whole number"),
        (lambda: editing.relabel(STREET, FIRST, True), "label: True; wanted a whole number"),
        (lambda: editing.relabel(FULL, 2000, 1), "label 1: has 1000 objects; wanted fewer"),
        (lambda: editing.paint(STREET, WHERE * 1, 1), "mask: int64 4x6; wanted bool 4x6"),
        (lambda: editing.paint(STREET, WHERE.T, 1), "mask: bool 6x4; wanted bool 4x6"),
        (lambda: editing.paint(STREET, WHERE & False, 1), "mask: empty; wanted a pixel or more"),
        (lambda: editing.paint(STREET, WHERE, -1), "label: -1; wanted a whole number"),
        (lambda: editing.paint(STREET, WHERE, 0, True), "label 0: has no objects"),
        (lambda: editing.paint(FLAT, WHERE, 1, True), "labels alone; wanted one with instances"),
        (lambda: editing.restyle(STREET, 5, 0, 3), "region 5: not in the scene"),
        (
            lambda: editing.restyle(STREET, FIRST, 3, 3),
            "cluster: 3; wanted a whole number from 0 to 2",
        ),
        (lambda: editing.restyle(STREET, FIRST, 0, 0), "region 26000: its label has no clusters"),
        (lambda: editing.next_style(STREET, FIRST, 0), "region 26000: its label has no clusters"),
        (lambda: editing.paste(STREET, FLAT, FIRST, (0, 0)), "region 26000: not in the scene"),
        (
            lambda: editing.paste(STREET, STREET, FIRST, (4, 0)),
            "at: row 4, column 0: all of it would",
        ),
        (lambda: editing.paste(STREET, STREET, FIRST, (-2, 0)), "inside 4x6 pixels"),
        (lambda: editing.paste(STREET, STREET, FIRST, (0, 0.5)), "at: 0.5; wanted a whole number"),
        (lambda: editing.paste(STREET, STREET, FIRST, (1,)), "wanted a row and a column"),
        (lambda: editing.regions(FLAT, "instance"), "labels alone; wanted one with instances"),
        (lambda: editing.features(FLAT, CLUSTERS, "label", -1), "seed: -1; wanted a whole number"),
        (
            lambda: editing.features(STREET, {CAR: np.ones([3, 2])}, "instance", 0),
            "style of region 23: cluster 1; wanted none, as label 23 has no styles",
        ),
    ],
)
def test_mistakes_are_told_in_one_line(edit, told):
    with pytest.raises(UserError) as error:
        edit()
    assert told in str(error.value) and "wanted" in str(error.value)
    assert "\n" not in str(error.value)
