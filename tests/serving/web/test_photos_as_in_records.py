"""Photos → records → a run → a model → the same photos again: masks are those of the records."""

import json

import numpy as np
import pytest
from PIL import Image

from input_pipeline import prepare
from input_pipeline.faces import record_files, schema
from interface.command_line import UserError
from serving import synthesize
from serving.studio import Studio

SIDE = 16  # of the model; its records have twice that
FRAMINGS = {"aligned": [], "central square": ["--noalign"]}


@pytest.fixture(scope="module")
def photos(astronaut, tmp_path_factory):
    """Three of one face: upright in a wide photo, tilted in a high one, in a phone's large JPEG."""
    folder = tmp_path_factory.mktemp("photos")
    with Image.open(astronaut) as file:
        whole = file.convert("RGB")
    whole.crop((40, 0, 440, 256)).save(folder / "wide.png")
    tilted = whole.rotate(15, Image.Resampling.BICUBIC, center=(224, 115))
    tilted.crop((94, 0, 350, 400)).save(folder / "high.png")
    whole.resize((2560, 2560)).crop((470, 0, 2500, 2000)).save(folder / "large.jpg")  # read reduced
    return folder


@pytest.fixture(scope="module", params=FRAMINGS)
def framed(request, photos, tmp_path_factory):
    """How faces lie in them, records, and a model that was trained on these."""
    import train
    from serving import export

    folder = tmp_path_factory.mktemp("framed")
    flags = [f"--images={photos}", f"--out={folder / 'records'}", "--resolutions=16,32"]
    prepare.main([*flags, "--workers=1", *FRAMINGS[request.param]])
    flags = ["--phase=2", "--size=32", "--batch_size=2", "--max_features=4", "--from_scratch"]
    flags += [f"--data_dir={folder / 'records'}", f"--run_dir={folder / 'run'}", "--steps=1"]
    train.main([*flags, "--embedding_hidden=4"])
    export.main([f"--run_dir={folder / 'run'}", "--phase=2", f"--out={folder / 'faces' / '1'}"])
    return request.param, folder / "records", folder / "faces" / "1"


@pytest.fixture(scope="module")
def records(framed):
    """{photo's name: its record of 32 pixels}."""
    of_32 = record_files.open_records(str(framed[1]), 32)
    decoded = map(schema.decode, of_32.read(np.arange(of_32.count)))
    return {record.source: record for record in decoded}


def halved(mask):
    """What training makes of it: drawn where any of four pixels is."""
    return mask.reshape(SIDE, 2, SIDE, 2).any(axis=(1, 3))


def test_data_set_run_and_model_say_how_faces_lie_in_them(framed):
    wanted, records, model = framed
    run = records.parent / "run" / "phase_2"
    for path in (records / "dataset.json", run / "config.json", model / "assets/metadata.json"):
        assert json.loads(path.read_text())["framing"] == wanted


@pytest.mark.parametrize("name", ["wide.png", "high.png", "large.jpg"])
def test_on_the_sheet_stand_the_mask_and_the_crop_of_the_photos_own_record(
    framed, records, photos, tmp_path, name
):
    out = tmp_path / "sheet.png"
    flags = [f"--photo={photos / name}", "--count=1", f"--out={out}"]
    synthesize.main([f"--model={framed[2]}", *flags])
    sheet = np.asarray(Image.open(out).convert("RGB"))
    mask, photo = (sheet[2:130, start : start + 128] for start in (2, 132))
    np.testing.assert_array_equal(mask[::8, ::8, 0] > 0, halved(records[name].mask))
    difference = photo[::4, ::4].astype(int) - records[name].image
    assert np.abs(difference).mean() < 3  # enlarged to the tile's 128 pixels


@pytest.mark.parametrize("name", ["wide.png", "high.png", "large.jpg"])
def test_the_server_paints_along_the_mask_of_the_photos_own_record(
    framed, records, photos, application, monkeypatch, name
):
    from starlette.testclient import TestClient

    faces, asked = Studio.faces, []

    def noting(self, version, mask, seeds):
        asked.append(mask)
        return faces(self, version, mask, seeds)

    monkeypatch.setattr(Studio, "faces", noting)
    with TestClient(application(folder=framed[2])) as client:
        content = (photos / name).read_bytes()
        assert client.post("/api/generate", files={"photo": content}).status_code == 200
    np.testing.assert_array_equal(asked[0], halved(records[name].mask))


def test_a_face_beside_the_central_square_is_told_to_be_there(framed, photos, tmp_path):
    beside = Image.new("RGB", (1000, 256), "grey")
    with Image.open(photos / "wide.png") as file:
        beside.paste(file, (0, 0))
    beside.save(tmp_path / "beside.png")
    words = [f"--model={framed[2]}", f"--photo={tmp_path / 'beside.png'}", "--count=1"]
    words.append(f"--out={tmp_path / 'sheet.png'}")
    if framed[0] == "aligned":
        synthesize.main(words)
    else:
        with pytest.raises(UserError, match="beside.png: face outside the photo's central square"):
            synthesize.main(words)
