import pytest

from input_pipeline.label_maps import known_sets, label_sets, options
from input_pipeline.label_maps.options import Options
from interface import command_line
from interface.command_line import UserError

FOLDERS = {"images": "i", "labels": "l"}


@pytest.mark.parametrize(
    "given, told",
    [
        ({}, "where are the photos? wanted one of --images, --celebamask, --parts_of; found none"),
        ({"labels": "l", "instances": "n"}, "where are the photos?"),
        ({"celebamask": "c", "images": "i"}, "found --images, --celebamask"),
        ({"images": "i"}, "--images: wanted one of --labels and --segmenter beside it; found none"),
        ({**FOLDERS, "segmenter": "s"}, "one of --labels and --segmenter beside it; found both"),
        ({"images": "i", "segmenter": "s", "ignore": 0}, "--ignore goes with --labels, not with"),
        ({"images": "i", "segmenter": "nowhere"}, "--segmenter nowhere: no such folder"),
        (
            {**FOLDERS, "label_count": 256, "ignore": 3},
            "--ignore: a --label_count of 256 leaves no",
        ),
        ({"parts_of": "p", "labels": "l"}, "--labels goes with --images, not with --parts_of"),
        ({"parts_of": "p", "size": (4, 6)}, "--size 4,6: wanted one side, since --parts_of cuts"),
        (
            {"parts_of": "p", "split": "test", "hold_out": 9},
            "--hold_out makes train and validation",
        ),
        (FOLDERS, "--classes is missing, which says what ids of --labels mean; or give"),
        (
            {**FOLDERS, "classes": "classes.json"},
            "--classes classes.json: no such file, nor one of the words",
        ),
        (
            {**FOLDERS, "classes": "cityscapes", "label_count": 34},
            "--classes cityscapes: 35 classes; --label_count 34 wants as many",
        ),
        (
            {**FOLDERS, "classes": "cityscape", "label_count": 35},
            "--classes cityscape: no such file, nor one of the words celebamask, cityscapes, "
            "ade20k, helen, nyu, pictures; wanted a list with",
        ),
        ({"images": "i", "segmenter": "s", "classes": "nyu"}, "--classes goes with --labels, not"),
        ({"celebamask": "c", "split": "test"}, "--split goes with --images or --parts_of, not"),
        ({"celebamask": "c", "label_count": 19}, "--label_count goes with --images"),
        ({"celebamask": "c", "classes": "x"}, "--classes goes with --images"),
        ({"celebamask": "c", "labels": "l"}, "--labels goes with --images"),
        ({"celebamask": "c", "size": (1, 2, 3)}, "--size 1,2,3: wanted a side or height,width"),
        ({"celebamask": "c", "size": (0,)}, "--size 0: wanted a side or height,width in pixels"),
    ],
)
def test_flags_that_do_not_go_together_are_named(given, told):
    with pytest.raises(UserError) as caught:
        options.settled(Options("out", **given))
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_what_follows_from_other_flags_is_filled_in():
    of_folders = options.settled(Options("out", **FOLDERS, label_count=3, size=(4,)))
    assert (of_folders.split, of_folders.size) == ("train", (4, 4))
    celebamask = options.settled(Options("out", celebamask="c", size=(4, 6)))
    assert (celebamask.split, celebamask.size, celebamask.label_count) == (None, (4, 6), 19)
    parts = options.settled(Options("out", parts_of="p"))
    assert (parts.split, parts.size, parts.label_count) == ("train", (256, 256), 19)


@pytest.mark.parametrize("word, count", [("cityscapes", 35), ("ade20k", 151), ("nyu", 41)])
@pytest.mark.parametrize("is_told", [False, True])
def test_a_word_says_how_many_classes_there_are(word, count, is_told):
    given = Options("out", **FOLDERS, classes=word, label_count=count if is_told else None)
    settled = options.settled(given)
    assert settled.label_count == count
    assert options.label_set(settled) is known_sets.KNOWN[word]


def test_help_lists_the_words(capsys):
    with pytest.raises(SystemExit):
        command_line.parse(Options, ["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert f"one of the words {', '.join(known_sets.KNOWN)}" in said


def test_a_class_is_told_by_name_or_id(segmenter_model):
    given = {"images": "i", "segmenter": str(segmenter_model)}
    for word, id in (("right bank", 2), ("1", 1), (None, None)):
        assert options.placed(Options("out", **given, placed=word)) == id
    with pytest.raises(UserError, match="--placed sea: no such class; there are sky, left bank"):
        options.placed(Options("out", **given, placed="sea"))


def test_classes_are_known_told_or_numbered(tmp_path):
    assert options.label_set(Options("out", celebamask="c")) is label_sets.CELEBAMASK
    assert options.label_set(Options("out", label_count=3)) == label_sets.numbered(3)
    path = tmp_path / "classes.json"
    path.write_text('[{"name": "road"}, {"name": "sky"}]')
    told = options.label_set(Options("out", label_count=2, classes=str(path)))
    assert told.names == ("road", "sky")
    known = options.label_set(Options("out", label_count=19, classes="celebamask"))
    assert known is label_sets.CELEBAMASK
    with pytest.raises(UserError, match="--classes .*: 2 classes; --label_count 3 wants as many"):
        options.label_set(Options("out", label_count=3, classes=str(path)))
