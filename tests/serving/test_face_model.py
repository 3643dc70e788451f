import dataclasses
import json
import pathlib
import shutil

import pytest

from input_pipeline.faces import shape
from input_pipeline.faces.framing import Framing
from interface.command_line import UserError
from serving import cast, face_model, saved_model

PORTRAITS = pathlib.Path(__file__).parents[2] / "models" / "portraits" / "1"


@pytest.fixture
def exported(small_model, tmp_path):
    """As `models.Models` has it, of a copy whose files can be changed."""
    return saved_model.load(str(shutil.copytree(small_model, tmp_path / "1")))


def test_an_export_alone_has_its_sizes_and_no_more(exported):
    known = dataclasses.astuple(face_model.of(exported))
    assert known == (16, 464, 16, Framing.ALIGNED, None, ())


def test_what_lies_beside_it_is_known(exported):
    shutil.copy(PORTRAITS / "assets" / shape.FILE, exported.folder / "assets")
    cast.write(exported.folder, [3, 1])
    known = face_model.of(exported)
    assert known.cast == (3, 1) and known.shapes.names[:3] == ("turn", "nod", "tilt")


def test_metadata_say_how_masks_are_drawn(exported):
    of = lambda **said: face_model.of(dataclasses.replace(exported, metadata=said))  # noqa: E731
    assert (of().framing, of(framing="central square").framing) == (
        Framing.ALIGNED,
        Framing.CENTRAL,
    )
    assert (of().drawn_at, of(records_side=64).drawn_at) == (16, 64)
    with pytest.raises(UserError, match="/1: framing 'tight' is not known here"):
        of(framing="tight")


def test_what_does_not_paint_as_ours_do_is_refused(exported):
    (exported.folder / "assets" / shape.FILE).write_text(json.dumps({"names": 3}))
    with pytest.raises(UserError, match=r"shapes\.json: .*; export the model again"):
        face_model.of(exported)
    default = {"serving_default": exported.signatures["serving_default"]}
    with pytest.raises(UserError, match="/1: has no signature 'sample'; export it again"):
        face_model.of(dataclasses.replace(exported, signatures=default))
