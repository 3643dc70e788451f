import pytest

from input_pipeline.label_maps import label_sets, options
from input_pipeline.label_maps.options import Options
from interface.command_line import UserError

FOLDERS = {"images": "i", "labels": "l"}


@pytest.mark.parametrize(
    "given, told",
    [
        ({}, "wanted --images and --labels, or --celebamask; found none"),
        ({"images": "i"}, "wanted --images and --labels, or --celebamask; found --images"),
        ({"labels": "l", "instances": "n"}, "found --labels and --instances"),
        (FOLDERS, "--label_count is missing: ids of --labels are 0 to this less one"),
        ({"celebamask": "c", "split": "test"}, "wanted alone, found --split beside it"),
        ({"celebamask": "c", "label_count": 19}, "found --label_count beside it"),
        ({"celebamask": "c", "classes": "x"}, "found --classes beside it"),
        ({"celebamask": "c", "images": "i"}, "found --images beside it"),
        ({"celebamask": "c", "size": (1, 2, 3)}, "--size 1,2,3: wanted a side or height,width"),
        ({"celebamask": "c", "size": (0,)}, "--size 0: wanted a side or height,width in pixels"),
    ],
)
def test_flags_that_do_not_go_together_are_named(given, told):
    with pytest.raises(UserError) as caught:
        options.settled(Options("out", **given))
    assert told in str(caught.value)


def test_what_follows_from_other_flags_is_filled_in():
    of_folders = options.settled(Options("out", **FOLDERS, label_count=3, size=(4,)))
    assert (of_folders.split, of_folders.size) == ("train", (4, 4))
    celebamask = options.settled(Options("out", celebamask="c", size=(4, 6)))
    assert (celebamask.split, celebamask.size, celebamask.label_count) == (None, (4, 6), 19)


def test_classes_are_known_told_or_numbered(tmp_path):
    assert options.label_set(Options("out", celebamask="c")) is label_sets.CELEBAMASK
    assert options.label_set(Options("out", label_count=3)) == label_sets.numbered(3)
    path = tmp_path / "classes.json"
    path.write_text('[{"name": "road"}, {"name": "sky"}]')
    told = options.label_set(Options("out", label_count=2, classes=str(path)))
    assert told.names == ("road", "sky")
    with pytest.raises(UserError, match="--classes .*: 2 classes; --label_count 3 wants as many"):
        options.label_set(Options("out", label_count=3, classes=str(path)))
