import json

import numpy as np
import pytest

from input_pipeline.label_maps import label_sets
from interface.command_line import UserError

# The palette that CelebAMask-HQ's authors show their 19 labels in, as its colours' hex codes.
CELEBAMASK = (
    "000000 cc0000 4c9900 cccc00 3333ff cc00cc 00ffff ffcccc 663300 ff0000 66cc00 ffff00 000099 "
    "0000cc ff3399 00cccc 003300 ff9933 00cc00"
)
# PASCAL VOC's, from its documentation: background, aeroplane, … and the void label.
VOC = {0: "000000", 1: "800000", 2: "008000", 3: "808000", 4: "000080", 7: "808080"}
VOC |= {8: "400000", 15: "c08080", 20: "004080", 255: "e0e0c0"}


def hexes(label_set):
    assert label_set.colours.dtype == np.uint8
    return [bytes(colour).hex() for colour in label_set.colours]


def test_celebamasks_classes_are_those_of_its_authors_in_their_order():
    of = label_sets.CELEBAMASK
    assert (of.count, " ".join(hexes(of))) == (19, CELEBAMASK)
    assert [of.names[id] for id in (0, 1, 3, 4, 9, 13, 18)] == [
        *("background", "skin", "eye_g", "l_eye", "r_ear", "hair", "cloth")
    ]


def test_a_mirror_makes_left_eyes_brows_and_ears_of_right_ones_and_nothing_else():
    of = label_sets.CELEBAMASK
    pairs = {
        (of.names[id], of.names[mirror]) for id, mirror in enumerate(of.mirrors) if id < mirror
    }
    assert pairs == {("l_eye", "r_eye"), ("l_brow", "r_brow"), ("l_ear", "r_ear")}
    ids = np.random.default_rng(0).integers(0, 19, (5, 8), np.uint8)
    flipped = of.mirrors[ids[:, ::-1]]
    assert flipped.dtype == np.uint8
    np.testing.assert_array_equal(of.mirrors[flipped[:, ::-1]], ids)


@pytest.mark.parametrize("count", [1, 18, 19, 20, 35, 182, 256])
def test_unknown_classes_are_numbered_in_colours_of_their_own(count):
    of = label_sets.numbered(count)
    assert of.names == tuple(map(str, range(count)))
    assert of.mirrors.tolist() == list(range(count))
    colours = hexes(of)
    assert len({*colours}) == count
    if count == 19:  # perhaps CelebAMask-HQ's, merged by somebody else
        assert " ".join(colours) == CELEBAMASK
    else:
        assert all(label >= count or colours[label] == colour for label, colour in VOC.items())


@pytest.mark.parametrize(
    "summary, wanted",
    [
        ({}, label_sets.numbered(256)),  # no dataset.json
        ({"label_count": 35, "options": {"celebamask": None}}, label_sets.numbered(35)),
        ({"label_count": 19, "options": {"celebamask": "x"}}, label_sets.CELEBAMASK),
        ({"label_set": label_sets.CELEBAMASK.to_json()}, label_sets.CELEBAMASK),
    ],
)
def test_data_sets_of_every_version_say_their_classes(summary, wanted):
    summary = json.loads(json.dumps(summary))
    assert label_sets.of_data_set(summary, "records") == wanted


def test_colours_and_mirrors_may_be_left_out(tmp_path):
    (tmp_path / "classes.json").write_text('[{"name": "road"}, {"name": "sky", "colour": [1,2,3]}]')
    of = label_sets.read(str(tmp_path / "classes.json"))
    assert of.to_json() == [
        {"id": 0, "name": "road", "colour": (0, 0, 0), "mirror": 0},
        {"id": 1, "name": "sky", "colour": (1, 2, 3), "mirror": 1},
    ]


@pytest.mark.parametrize(
    "content, told",
    [
        ("{", "not JSON; wanted a list with"),
        ("{}", '{}; wanted a list with {"name"'),
        ("[]", "[]; wanted a list"),
        (json.dumps([{}] * 257), "1 to 256 of them"),
        ('["road"]', '"road" in place 0; wanted a list'),
        ('[{"id": 1}]', '{"id": 1} in place 0'),
        ('[{"name": 3}]', "class 0 has name 3; wanted a word"),
        ('[{"name": " "}]', "class 0 has name"),
        ('[{"colour": [1, 2]}]', "class 0 has colour [1, 2]; wanted [red, green, blue], 0 to 255"),
        ('[{"colour": [1, 2, 256]}]', "class 0 has colour [1, 2, 256]"),
        ('[{"colour": [1, 2, true]}]', "class 0 has colour [1, 2, true]"),
        ('[{"colour": "red"}]', 'class 0 has colour "red"'),
        ('[{"mirror": "x"}]', 'class 0 has mirror "x"; wanted the id of a class'),
        ('[{"mirror": 1}]', "class 0 has mirror 1; wanted itself, or a class whose mirror is 0"),
        ('[{"mirror": 1}, {"mirror": 1}]', "class 0 has mirror 1; wanted itself"),
    ],
)
def test_nonsense_is_refused_in_one_line(tmp_path, content, told):
    path = tmp_path / "classes.json"
    path.write_text(content)
    with pytest.raises(UserError) as caught:
        label_sets.read(str(path))
    assert str(caught.value).startswith(f"--classes {path}: ")
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_is_not_there_and_a_damaged_data_set_are_named(tmp_path):
    with pytest.raises(UserError, match="--classes .*/no.json: no such file; wanted a list"):
        label_sets.read(str(tmp_path / "no.json"))
    with pytest.raises(UserError, match="no.json: no such file, nor one of the words a, b; wanted"):
        label_sets.read(str(tmp_path / "no.json"), ["a", "b"])
    with pytest.raises(UserError, match="^records/dataset.json: label_set: 3; wanted a list"):
        label_sets.of_data_set({"label_set": 3}, "records")
    with pytest.raises(UserError, match="^records/dataset.json: label_count 'x'; wanted 1 to 256"):
        label_sets.of_data_set({"label_count": "x"}, "records")


def test_a_class_is_called_by_its_name_or_its_id():
    assert label_sets.CELEBAMASK.called("hair", "class_name") == 13
    assert label_sets.CELEBAMASK.called("13", "class_name") == 13
    with pytest.raises(UserError, match="--class_name beard: no such class; there are background"):
        label_sets.CELEBAMASK.called("beard", "class_name")


@pytest.mark.parametrize(
    "names, told",
    [("abcde", "a, b, c, d, e"), ("abcdefg", "a, b, c, d, e and 2 more"), ("", "none")],
)
def test_other_classes_are_named_but_not_all_of_many(names, told):
    one = label_sets.numbered(1)
    label_sets.check_trained(one, one.to_json(), "runs/x")
    with pytest.raises(UserError) as caught:
        label_sets.check_trained(one, [{"name": name} for name in names], "runs/x")
    assert f"trained on other classes: {told}; these records have 0;" in str(caught.value)
