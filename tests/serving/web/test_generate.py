import io
import json
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import drawing
from input_pipeline.faces.framing import Framing
from serving import cast, painter
from serving.asked.landmarks import from_photo

GENERATE = "/api/generate"
MASK = np.random.default_rng(0).uniform(size=[16, 16]) < 0.3


def picture(mask=MASK, format="PNG"):
    content = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8) * 255).save(content, format=format)
    return content.getvalue()


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content))).astype(int)


@pytest.fixture(scope="module")
def paint(small_model):
    """What the command-line program paints: uint8 for a mask and seeds."""
    generator = painter.of_model(str(small_model))

    def of(mask, seeds):
        latents = painter.latents_of(seeds, generator.latent_size)
        return generator(np.repeat(mask[None], len(seeds), axis=0), latents).astype(int)

    return of


def test_a_mask_and_a_seed_give_the_face_of_the_command_line(client, paint):
    answer = client.post(GENERATE, files={"mask": picture()}, data={"seed": 5})
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/png"
    assert answer.headers["x-model"] == "faces/1"
    assert np.abs(pixels(answer.content) - paint(MASK, [5])[0]).max() <= 1


def test_several_come_in_a_zip_named_by_their_seeds(client, paint):
    answer = client.post(GENERATE, files={"mask": picture()}, data={"seed": 2**40, "count": 3})
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    seeds = [2**40, 2**40 + 1, 2**40 + 2]
    assert archive.namelist() == [f"seed_{seed}.png" for seed in seeds]
    faces = np.stack([pixels(archive.read(name)) for name in archive.namelist()])
    assert np.abs(faces - paint(MASK, seeds)).max() <= 1


def test_without_a_seed_the_cast_comes_first(application, small_model, tmp_path):
    from starlette.testclient import TestClient

    shutil.copytree(small_model, tmp_path / "faces" / "1")
    cast.write(tmp_path / "faces" / "1", [5, 1])
    with TestClient(application(folder=tmp_path / "faces")) as client:
        answer = client.post(GENERATE, files={"mask": picture()}, data={"count": 3})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == ["seed_5.png", "seed_1.png", "seed_0.png"]
    assert answer.headers["x-seeds"] == "5,1,0"


def test_landmarks_are_drawn(client, paint, landmarks):
    answer = client.post(GENERATE, data={"landmarks": landmarks, "model": "faces"})
    mask = drawing.draw(np.array(json.loads(landmarks)) * 16 - 0.5, 16)
    assert np.abs(pixels(answer.content) - paint(mask, [0])[0]).max() <= 1


def test_a_photos_landmarks_are_followed(client, paint, photo, tmp_path):
    photo.save(tmp_path / "photo.jpg", quality=95)
    content = (tmp_path / "photo.jpg").read_bytes()
    answer = client.post(GENERATE, files={"photo": content})
    mask = from_photo(str(tmp_path / "photo.jpg"), 16, 16, Framing.ALIGNED).mask
    assert np.abs(pixels(answer.content) - paint(mask, [0])[0]).max() <= 1


def test_photos_above_the_spool_size_stay_in_memory(client, photo, monkeypatch):
    import tempfile

    def refuse(*args, **kwargs):
        raise AssertionError("a file on the disk")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    content = io.BytesIO()
    photo.resize((1200, 1200)).save(content, format="BMP")
    assert len(content.getvalue()) > 4_000_000
    assert client.post(GENERATE, files={"photo": content.getvalue()}).status_code == 200


GREY = picture(np.zeros([100, 100], bool))


@pytest.mark.parametrize(
    ("files", "data", "words"),
    [
        ({}, {}, "wanted exactly one of mask, landmarks and photo"),
        ({"mask": picture(), "photo": GREY}, {}, "wanted exactly one of"),
        ({"mask": b"no picture"}, {}, "mask: not an image"),
        ({"mask": b""}, {}, "mask: unreadable: empty file"),
        ({"mask": picture()[:50]}, {}, "mask: "),
        ({"mask": picture(np.zeros([16, 20], bool))}, {}, "mask: 20x16 pixels; wanted 16x16"),
        ({"photo": GREY}, {}, "photo: no face found"),
        ({}, {"mask": "text"}, "mask: wanted a file, as in -F mask=@FILE"),
        ({"landmarks": b"[]"}, {}, "landmarks: wanted text, as in -F 'landmarks=<FILE'"),
        ({"mask": picture()}, {"sed": 3}, "sed: no such field; there are mask, landmarks"),
        ({"mask": picture()}, {"seed": -1}, "seed: "),
        ({"mask": picture()}, {"seed": "1.5"}, "seed: "),
        ({"mask": picture()}, {"seed": "nan"}, "seed: "),
        ({"mask": picture()}, {"seed": 2**53}, "seed: "),
        ({"mask": picture()}, {"count": 0}, "count: "),
        ({"mask": picture()}, {"count": 10**9}, "count: "),
        ({}, {"landmarks": "[[1, 2]"}, "landmarks: not JSON"),
        ({}, {"landmarks": "[[1, 2]]"}, "landmarks: wanted 68 pairs"),
        ({}, {"landmarks": json.dumps([[1e9, 0]] * 68)}, "landmarks: a landmark is far outside"),
        ({}, {"landmarks": json.dumps([[None, 0]] * 68)}, "landmarks: "),
        ({}, {"landmarks": json.dumps([["a", 0]] * 68)}, "landmarks: "),
        ({}, {"landmarks": "[[NaN, 0]]"}, "landmarks: not JSON"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(client, files, data, words):
    answer = client.post(GENERATE, files=files, data=data)
    assert answer.status_code == 400 and answer.json()["error"].startswith(words)


@pytest.mark.parametrize("model", ["other", "../faces", "faces/1", "a" * 10_000], ids=len)
def test_other_models_are_not_there(client, model):
    answer = client.post(GENERATE, files={"mask": picture()}, data={"model": model})
    assert answer.status_code == 404 and "Servable not found" in answer.json()["error"]
    assert len(answer.json()["error"]) < 300


def test_pictures_of_too_many_pixels_are_refused_before_they_are_decoded(application):
    from starlette.testclient import TestClient

    bomb = picture(np.zeros([4096, 4096], bool))
    assert len(bomb) < 30_000
    with TestClient(application(max_pixels=1_000_000)) as client:
        for field in ("mask", "photo"):
            answer = client.post(GENERATE, files={field: bomb})
            wanted = f"{field}: too large: 4096x4096, limit 1000000 pixels"
            assert (answer.status_code, answer.json()) == (400, {"error": wanted})


def test_counts_up_to_the_limit(application):
    from starlette.testclient import TestClient

    answers = []
    for limits in ({"max_count": 3}, {"max_count": 6, "image_pixels": 1000}):  # 16x16 is no more
        with TestClient(application(**limits)) as client:
            for count in (limits["max_count"], limits["max_count"] + 1):
                data = {"count": count}
                answers.append(client.post(GENERATE, files={"mask": picture()}, data=data))
    assert [answer.status_code for answer in answers] == [200, 400, 200, 400]


def test_a_model_that_asks_for_labels_says_where_to_bring_them(application, free_model):
    from starlette.testclient import TestClient

    with TestClient(application(others={"rivers": free_model})) as client:
        answer = client.post(GENERATE, files={"mask": picture()}, data={"model": "rivers"})
    does = "rivers is there to paint images from label maps, not along landmarks"
    wanted = {"error": f"{does}: POST them to /v1/models/rivers:predict"}
    assert (answer.status_code, answer.json()) == (400, wanted)
