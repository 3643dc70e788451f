import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.serving.label_models import BRIGHT, DARK, PALETTE, edited

PAINT = "/api/paint"
IDS = np.random.default_rng(0).integers(0, 3, (8, 12)).astype(np.uint8)


def picture(pixels):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, format="PNG")
    return content.getvalue()


@pytest.fixture(scope="module")
def client(
    application,
    segmenter_model,
    disc_painter,
    free_model,
    styled_model,
    edited_model,
    clusters_model,
):
    from starlette.testclient import TestClient

    models = {"telling": segmenter_model, "discs": disc_painter}
    models = {**models, "plain": free_model, "instances": styled_model, "editor": edited_model}
    models["clusters"] = clusters_model
    served = application(others=models, max_pixels=3000)
    with TestClient(served, raise_server_exceptions=False) as client:
        yield client


def paint(client, pixels=PALETTE[IDS], **fields):
    fields = {"model": "telling", **fields}
    return client.post(PAINT, files={"photo": picture(pixels)}, data=fields)


def test_a_photo_is_answered_with_ids_that_are_shown_in_colours(client):
    answer = paint(client)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["x-model"] == "telling/1"
    with Image.open(io.BytesIO(answer.content)) as told:
        np.testing.assert_array_equal(np.asarray(told), IDS)
        np.testing.assert_array_equal(np.asarray(told.convert("RGB")), PALETTE[IDS])


def test_or_with_the_colours_and_at_the_photos_own_size(client):
    twice = PALETTE[IDS].repeat(2, 0).repeat(2, 1)
    answer = paint(client, twice, coloured="true")
    with Image.open(io.BytesIO(answer.content)) as told:
        assert (np.asarray(told) == twice).all(-1).mean() > 0.9


@pytest.mark.parametrize(
    "pixels, fields, status, told",
    [
        (PALETTE[IDS], {"model": "faces"}, 400, "faces is there to paint images from masks and"),
        (PALETTE[IDS], {"model": "nobody"}, 404, "Servable not found"),
        (PALETTE[IDS], {"seed": 3}, 400, "seed: means nothing of photo"),
        (PALETTE[IDS], {"instances": "3"}, 400, "instances"),
        (PALETTE[IDS], {"sead": 3}, 400, "sead: no such field; there are photo, photo_labels"),
        (np.zeros([60, 60, 3], np.uint8), {}, 400, "photo: too large: 60x60, limit 3000 pixels"),
    ],
)
def test_what_can_not_be_answered_is_told_in_a_sentence(client, pixels, fields, status, told):
    answer = paint(client, pixels, **fields)
    assert answer.status_code == status
    assert told in answer.json()["error"]


def test_segmenters_answer_tensorflow_servings_calls_too(client):
    body = {"instances": [{"photo": PALETTE[IDS].tolist()}]}
    answer = client.post("/v1/models/telling:predict", json=body)
    np.testing.assert_array_equal(answer.json()["predictions"], IDS[None])


DRAWN = np.zeros([32, 64], np.uint8)
DRAWN[8:20, 30:50] = 1


def painted(client, pixels=DRAWN, **fields):
    fields = {"model": "discs", **fields}
    return client.post(PAINT, files={"labels": picture(pixels)}, data=fields)


def test_a_label_map_is_answered_with_a_picture(client):
    answer = painted(client, seed=5)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["x-model"] == "discs/1"
    with Image.open(io.BytesIO(answer.content)) as made:
        wanted = np.where(DRAWN, BRIGHT, DARK) + 5
        np.testing.assert_array_equal(np.asarray(made)[..., 1], wanted)


def test_or_with_a_zip_of_several(client):
    answer = painted(client, seed=5, count=3)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["seed_5.png", "seed_6.png", "seed_7.png"]
        with Image.open(archive.open("seed_7.png")) as made:
            assert np.asarray(made)[0, 0, 0] == DARK + 7


@pytest.mark.parametrize(
    "pixels, fields, status, told",
    [
        (DRAWN, {"model": "telling"}, 400, "telling is there to tell the label maps of photos, no"),
        (DRAWN, {"model": "faces"}, 400, "faces is there to paint images from masks and latents"),
        (DRAWN, {"coloured": "true"}, 400, "coloured: means nothing of labels"),
        (DRAWN, {"count": 0}, 400, "count"),
        (DRAWN + 7, {}, 400, "labels: id 7, 8; wanted 0 to 1: elsewhere, disc"),
        (DRAWN[:20], {}, 400, "labels: 20x64 pixels; wanted multiples of 32, as 32x64"),
        (np.zeros([64, 64], np.uint8), {}, 400, "labels: height 64, width 64: limit 3000 pixels"),
    ],
)
def test_label_maps_that_can_not_be_painted_are_told(client, pixels, fields, status, told):
    answer = painted(client, pixels, **fields)
    assert answer.status_code == status
    assert told in answer.json()["error"]


def test_a_photo_and_a_label_map_are_not_one_question(client):
    both = {"labels": picture(DRAWN), "photo": picture(PALETTE[IDS])}
    for given in (both, {"model": (None, "discs")}):
        answer = client.post(PAINT, files=given)
        assert answer.status_code == 400
        assert "wanted exactly one of photo and labels" in answer.json()["error"]


def of_instances(client, model="instances", numbers=IDS, **fields):
    files = {"labels": picture(IDS), "instances": picture(numbers)}
    return client.post(PAINT, files=files, data={"model": model, **fields})


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_instances_go_along_where_a_model_wants_them(client, kind):
    numbers = IDS.astype(kind) * 7 + 2
    answer = of_instances(client, numbers=numbers, seed=4)
    assert (answer.status_code, answer.headers["x-model"]) == (200, "instances/1")
    with Image.open(io.BytesIO(answer.content)) as made:
        np.testing.assert_array_equal(np.asarray(made), PALETTE[IDS] + (numbers + 4)[..., None])


def styled(client, style, model="clusters"):
    files = {"labels": picture(IDS), "instances": picture(IDS)}
    return client.post(PAINT, files=files, data={"model": model, "style": style})


def test_a_style_is_chosen_for_each_region(client):
    """Features 0 to 255 are a region's colours: half of them are seen, and a quarter of all."""
    answer = styled(client, '{"0": 0, "1": 1, "2": 0}')
    features = np.array([[0, 0, 0], [0, 200, 0], [100, 0, 0]])[IDS]
    wanted = features / 2 + features.mean((0, 1)) / 4
    with Image.open(io.BytesIO(answer.content)) as made:
        assert np.abs(np.asarray(made) - wanted).max() <= 1


@pytest.mark.parametrize(
    "style, model, told",
    [
        ("[1]", "clusters", 'style: wanted JSON, {\\"id of a region\\": number of a cluster}'),
        ('{"7": 0}', "clusters", "region 7: not in the scene; wanted one of 0, 1, 2"),
        ('{"1": 2}', "clusters", "style of region 1: cluster 2; wanted one of the 2 of label 1"),
        ('{"1": 0}', "instances", "style: means nothing to instances, which has no clusters"),
    ],
)
def test_styles_that_are_none_are_refused(client, style, model, told):
    answer = styled(client, style, model)
    assert answer.status_code == 400 and told in answer.text


def test_a_model_without_seeds_paints_one_picture(client):
    for fields in ({}, {"count": 1}):
        answer = painted(client, IDS, model="plain", **fields)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        with Image.open(io.BytesIO(answer.content)) as made:
            np.testing.assert_array_equal(np.asarray(made), PALETTE[IDS])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"seed": 0}, "seed: means nothing to plain, whose pictures have none"),
        ({"count": 2}, "count: wanted 1, as plain has no seeds"),
        ({"model": "instances"}, "instances: missing; instances wants this map beside labels"),
        (
            {"model": "instances", "instances": ""},
            "instances: missing; instances wants this map beside labels",
        ),
    ],
)
def test_fields_that_do_not_go_with_a_model_are_told(client, fields, told):
    answer = painted(client, IDS, **{"model": "plain", **fields})
    assert (answer.status_code, answer.json()) == (400, {"error": told})


@pytest.mark.parametrize(
    ("model", "numbers", "told"),
    [
        ("plain", IDS, "instances: mean nothing to plain, which takes labels alone"),
        ("discs", IDS, "instances: mean nothing to discs, which takes labels alone"),
        ("instances", IDS[:4], "instances: 4x12 pixels; wanted its label map's 8x12"),
        ("instances", PALETTE[IDS], "instances: RGB pixels; wanted one id a pixel: a grey PNG"),
    ],
)
def test_so_are_maps_of_instances_that_can_not_be_used(client, model, numbers, told):
    answer = of_instances(client, model, numbers)
    assert (answer.status_code, answer.json()) == (400, {"error": told})


def test_instances_mean_nothing_of_a_photo(client):
    files = {"photo": picture(PALETTE[IDS]), "instances": picture(IDS)}
    answer = client.post(PAINT, files=files, data={"model": "telling"})
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "instances: means nothing of photo",
    )


OTHER = np.random.default_rng(1).integers(0, 3, (8, 12)).astype(np.uint8)


def edit(client, files, **fields):
    uploads = {name: picture(pixels) for name, pixels in files.items()}
    return client.post(PAINT, files=uploads, data={"model": "editor", **fields})


@pytest.mark.parametrize("told", [True, False])
def test_a_label_map_is_painted_in_the_style_of_a_photo(client, told):
    """Whose own label map comes along, or is made by the segmenter that is served."""
    files = {"photo": PALETTE[IDS], "labels": OTHER, **({"photo_labels": IDS} if told else {})}
    answer = edit(client, files)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["x-model"] == "editor/1"
    with Image.open(io.BytesIO(answer.content)) as image:
        np.testing.assert_array_equal(np.asarray(image), edited(OTHER, PALETTE[IDS], IDS))


def test_without_one_the_photos_own_label_map_is_painted(client):
    answer = edit(client, {"photo": PALETTE[IDS]})
    with Image.open(io.BytesIO(answer.content)) as image:
        np.testing.assert_array_equal(np.asarray(image), edited(IDS, PALETTE[IDS], IDS))


@pytest.mark.parametrize(
    "files, fields, told",
    [
        ({"labels": IDS}, {}, "photo: missing; editor paints in the style of one"),
        ({"photo": PALETTE[IDS]}, {"seed": 3}, "seed: means nothing to editor, which paints in ph"),
        ({"photo": PALETTE[IDS], "photo_labels": IDS + 3}, {}, "photo_labels: id 3, 4, 5; wanted"),
        ({"photo": PALETTE[IDS], "labels": IDS[:, :6]}, {}, "labels: 8x6 pixels; wanted multiples"),
        (
            {"photo": PALETTE[IDS], "photo_labels": IDS[:, :8]},
            {},
            "photo: 8x12 pixels; wanted the shape of photo_labels, 8x8",
        ),
        (
            {"labels": IDS, "photo_labels": IDS},
            {"model": "plain"},
            "photo_labels: means nothing of labels",
        ),
        (
            {"photo": PALETTE[IDS], "photo_labels": IDS},
            {"model": "telling"},
            "photo_labels: means nothing of photo",
        ),
    ],
)
def test_what_goes_not_together_is_told(client, files, fields, told):
    answer = edit(client, files, **fields)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


def test_without_a_segmenter_beside_a_photos_label_map_is_asked_for(application, edited_model):
    from starlette.testclient import TestClient

    with TestClient(application(others={"editor": edited_model})) as alone:
        answer = edit(alone, {"photo": PALETTE[IDS]})
    assert answer.status_code == 400
    assert "photo_labels: missing, and no model is served that tells" in answer.json()["error"]
