"""Against what the data sets' own pages say of their classes."""

import numpy as np
import pytest

from input_pipeline.label_maps import known_sets, label_sets
from input_pipeline.label_maps.known_sets import ADE20K, CITYSCAPES, HELEN, KNOWN, NYU

# The ids of the 19 classes that Cityscapes evaluates, with the colours of its examples.
EVALUATED = {
    7: ("road", 128, 64, 128),
    8: ("sidewalk", 244, 35, 232),
    11: ("building", 70, 70, 70),
    12: ("wall", 102, 102, 156),
    13: ("fence", 190, 153, 153),
    17: ("pole", 153, 153, 153),
    19: ("traffic light", 250, 170, 30),
    20: ("traffic sign", 220, 220, 0),
    21: ("vegetation", 107, 142, 35),
    22: ("terrain", 152, 251, 152),
    23: ("sky", 70, 130, 180),
    24: ("person", 220, 20, 60),
    25: ("rider", 255, 0, 0),
    26: ("car", 0, 0, 142),
    27: ("truck", 0, 0, 70),
    28: ("bus", 0, 60, 100),
    31: ("train", 0, 80, 100),
    32: ("motorcycle", 0, 0, 230),
    33: ("bicycle", 119, 11, 32),
}


def test_the_words_and_how_many_classes_they_stand_for():
    counts = {word: of.count for word, of in KNOWN.items()}
    assert counts.pop("pictures") == 0
    assert counts == {"celebamask": 19, "cityscapes": 35, "ade20k": 151, "helen": 11, "nyu": 41}
    assert KNOWN["celebamask"] is label_sets.CELEBAMASK


@pytest.mark.parametrize("word", [word for word in KNOWN if word != "pictures"])
def test_what_a_data_set_says_of_itself_is_read_again(word):
    of = KNOWN[word]
    assert label_sets.parsed(of.to_json(), word) == of  # mirrors are mutual, colours are colours
    assert len({*of.names}) == of.count
    assert all(name == " ".join(name.split()) for name in of.names)
    ids = np.arange(of.count)
    np.testing.assert_array_equal(of.mirrors[of.mirrors], ids)
    assert of.names[0] in ("background", "unlabeled", "other", "unlabelled")
    assert of.labels[0].colour == (0, 0, 0)


def repeated(of):
    """Names of classes that share a colour, by its hex code."""
    names = {}
    for label in of.labels:
        names.setdefault(bytes(label.colour).hex(), []).append(label.name)
    return {code: shared for code, shared in names.items() if len(shared) > 1}


def test_colours_are_repeated_where_the_data_sets_repeat_them():
    assert repeated(CITYSCAPES) == {
        "000000": ["unlabeled", "ego vehicle", "rectification border", "out of roi", "static"],
        "999999": ["pole", "polegroup"],
        "00008e": ["car", "license plate"],
    }
    assert repeated(ADE20K) == {"8c8c8c": ["road", "skyscraper"]}
    assert not any(map(repeated, (HELEN, NYU, label_sets.CELEBAMASK)))


def test_cityscapes_has_the_classes_that_it_evaluates_where_it_says():
    assert {
        id: (CITYSCAPES.names[id], *CITYSCAPES.labels[id].colour) for id in EVALUATED
    } == EVALUATED
    assert CITYSCAPES.names[9:11] == ("parking", "rail track")
    assert CITYSCAPES.names[29:31] == ("caravan", "trailer")


def test_ade20ks_classes_are_in_the_order_of_its_table():
    """Its most frequent first; their colours are those of its authors' pictures."""
    assert ADE20K.names[:7] == ("other", "wall", "building", "sky", "floor", "tree", "ceiling")
    placed = {13: "person", 21: "car", 22: "water", 44: "signboard", 81: "bus", 103: "van"}
    placed |= {127: "animal", 128: "bicycle", 137: "traffic light", 150: "flag"}
    assert {id: ADE20K.names[id] for id in placed} == placed
    colours = {1: (120, 120, 120), 2: (180, 120, 120), 3: (6, 230, 230), 4: (80, 50, 50)}
    colours |= {5: (4, 200, 3), 13: (150, 5, 61), 21: (0, 102, 200), 150: (92, 0, 255)}
    assert {id: ADE20K.labels[id].colour for id in colours} == colours


def test_helens_brows_and_eyes_change_places_in_a_mirror():
    assert HELEN.by_name()["hair"] == 10
    assert HELEN.mirrors.tolist() == [0, 1, 3, 2, 5, 4, 6, 7, 8, 9, 10]
    assert HELEN.names[2:6] == ("left brow", "right brow", "left eye", "right eye")


def test_nyus_classes_are_numbered_from_1():
    placed = {1: "wall", 2: "floor", 5: "chair", 9: "window", 22: "ceiling", 31: "person"}
    placed |= {36: "bathtub", 40: "otherprop"}
    assert {id: NYU.names[id] for id in placed} == placed
    assert NYU.colours.tolist() == label_sets.numbered(41).colours.tolist()


def test_nothing_but_parts_of_faces_has_sides():
    for of in (CITYSCAPES, ADE20K, NYU):
        assert of.mirrors.tolist() == [*range(of.count)]


def test_a_table_may_leave_colours_out_and_break_its_lines_anywhere():
    of = known_sets._listed("sea,\n  left\nbank 0a0b0c, right bank", (("left bank", "right bank"),))
    assert of.names == ("sea", "left bank", "right bank")
    assert of.mirrors.tolist() == [0, 2, 1]
    assert [label.colour for label in of.labels] == [(0, 0, 0), (10, 11, 12), (0, 128, 0)]
