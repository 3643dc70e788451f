import shlex

import pytest

from input_pipeline.faces import options
from input_pipeline.faces.options import Options
from interface import command_line
from interface.command_line import UserError


@pytest.mark.parametrize(
    "given, told",
    [
        (
            {"resolutions": (8, 48)},
            "--resolutions 8,48: wanted some of 8,16,32,64,128,256,512,1024",
        ),
        ({"resolutions": ()}, "--resolutions : wanted some of 8,16,32,64,128,256,512,1024"),
        ({"min_face": 39}, "--min_face 39: the detector finds none below 40 pixels; wanted 0 or"),
        ({"from_tfrecords": "new"}, "--out new: it is --from_tfrecords too; name a new folder"),
        ({"name": "a.b"}, "--name 'a.b': wanted letters, digits, _ and -"),
        ({"name": ""}, "--name '': wanted letters, digits, _ and -"),
    ],
)
def test_flags_that_cannot_work_are_named(given, told):
    with pytest.raises(UserError) as caught:
        options.settled(Options("new", **given))
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    "given, align, faces",
    [
        ({"images": "a"}, True, "largest"),
        ({"images": "a", "align": False, "faces": "all"}, False, "all"),
        ({"faces_csv": "a"}, True, "all"),
        ({"faces_csv": "a", "faces": "largest"}, True, "largest"),
        ({"celeba_hq": "a"}, False, "largest"),  # others have aligned its photos
        ({"from_tfrecords": "a"}, False, "largest"),
    ],
)
def test_what_follows_from_other_flags_is_filled_in(given, align, faces):
    settled = options.settled(Options("out", **given, resolutions=(16, 8, 16)))
    assert (settled.align, settled.faces, settled.resolutions) == (align, faces, (8, 16))


@pytest.mark.parametrize(
    "flags",
    [
        {"images": "photos"},
        {"images": "my 'photos'", "align": False, "shards": 3, "name": "mine"},
        {"celeba_hq": "hq", "faces": "all", "max_upscale": 2.5},
    ],
)
def test_the_command_that_is_printed_makes_the_same_settings(flags):
    settled = options.settled(Options("my out", **flags, resolutions=(8,)))
    recorded = {**vars(settled), "resolutions": [8]}
    python, module, program, *words = shlex.split(options.command(recorded, "my out", {16, 8}))
    assert (python, module, program) == ("python", "-m", "input_pipeline.prepare")
    assert len(words) == 2 * (len(flags) + 2) - ("align" in flags)  # defaults stay unsaid
    again = options.settled(command_line.read(Options, words))
    assert again == options.settled(Options("my out", **flags, resolutions=(8, 16)))
