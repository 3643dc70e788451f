"""Figures of painters of label maps, of which it is known what they paint."""

import json

import pytest
from PIL import Image

from input_pipeline.label_maps.label_sets import numbered
from interface.command_line import UserError
from metrics import evaluate
from tests.metrics import painted_models
from tests.metrics.painted_models import COUNT


def measured(model, records, out, *words):
    where = [f"--data_dir={records}", f"--out={out}", f"--cache_dir={out / 'cache'}"]
    evaluate.main([f"--model={model}", *where, *words])
    return json.loads((out / "figures.json").read_text())


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return painted_models.write_records(tmp_path_factory.mktemp("rivers"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return painted_models.write_plain(tmp_path_factory.mktemp("plain") / "1")


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    return painted_models.write_segmenter(tmp_path_factory.mktemp("judge") / "1")


def test_a_painter_with_styles_has_all_quick_measures_and_both_sheets(
    records, judge, tmp_path, capsys
):
    model = painted_models.write_styled(tmp_path / "model" / "1")
    content = measured(model, records, tmp_path / "out", f"--segmenter={judge}", "--seed=1")
    assert json.loads(capsys.readouterr().out) == content
    figures, protocol = content["figures"], content["protocol"]
    assert [*figures] == ["sliced_wasserstein", "agreement", "ssim", "styles"]
    assert figures["agreement"]["pixel_accuracy"] == 1
    assert (protocol["images"], protocol["system"], protocol["seed"]) == (COUNT, "rivers", 1)
    assert str(judge) in protocol["agreement"]
    assert "in styles of seeds, picture i of seed + i" in protocol["agreement"]
    assert (
        "cut into 2 of 16x16, around the middle of its 16x32 pixels"
        in (protocol["sliced_wasserstein"])
    )
    assert all("\n" not in protocol[name] for name in figures)
    with Image.open(tmp_path / "out" / "painted.png") as sheet:
        assert sheet.size == (5 * 258 + 2, COUNT * 130 + 2)
    assert (tmp_path / "out" / "styles.png").is_file()


def test_without_styles_and_a_segmenter_less_is_measured_and_more_joins_it(
    plain, records, judge, tmp_path
):
    content = measured(plain, records, tmp_path)
    assert [*content["figures"]] == ["sliced_wasserstein", "ssim"]
    assert "styles of seeds" not in content["protocol"]["ssim"]
    assert not (tmp_path / "styles.png").exists()
    content = measured(plain, records, tmp_path, f"--segmenter={judge}", "--metrics=agreement")
    assert [*content["figures"]] == ["sliced_wasserstein", "ssim", "agreement"]
    assert content["figures"]["agreement"]["mean_iou"] == 1


def test_classes_may_count_as_others(plain, records, judge, tmp_path):
    words = f"--segmenter={judge}", "--metrics=agreement", "--merged=left bank:right bank"
    content = measured(plain, records, tmp_path, *words)
    assert "iou_left bank" not in content["figures"]["agreement"]
    assert content["protocol"]["merged"] == ["left bank:right bank"]


@pytest.mark.parametrize(
    "words, told",
    [
        (["--metrics=agreement"], "--metrics agreement: --segmenter is missing"),
        (["--metrics=styles"], "--metrics styles: not of pictures of label maps, which"),
        (["--metrics=variety"], "--metrics variety: not of pictures of label maps, which"),
        (["--split=test"], "no label maps of test"),
        (["--merged=sea:sky"], "--merged sea:sky: wanted pairs like"),
        (["--metrics=faces"], f"a face is found in 0 of {COUNT} photos"),
    ],
)
def test_what_can_not_be_measured_is_told(plain, records, tmp_path, words, told):
    with pytest.raises(UserError) as caught:
        measured(plain, records, tmp_path, *words)
    assert told in str(caught.value)
    assert not (tmp_path / "figures.json").exists()


def test_other_classes_are_refused(plain, records, disc_segmenter, tmp_path):
    with pytest.raises(UserError, match="its classes are not those of --segmenter .*, 0, 1$"):
        measured(plain, records, tmp_path, f"--segmenter={disc_segmenter}")
    other = painted_models.write_records(tmp_path / "other", classes=numbered(3))
    with pytest.raises(UserError, match="its classes are not those of --data_dir .*, 0, 1, 2$"):
        measured(plain, other, tmp_path)
