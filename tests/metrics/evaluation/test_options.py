import pytest

from interface.command_line import UserError
from metrics.evaluation import options
from metrics.evaluation.measures import FACES, LABELS, MEASURES, PAINTED, PLACED, STYLED
from metrics.evaluation.options import Options


def test_without_words_the_quick_measures_of_what_a_model_makes_are_wanted():
    faces = [measure.name for measure in options.wanted(Options(), FACES)]
    assert faces == ["sliced_wasserstein", "landmarks", "masks", "variety"]
    assert options.wanted(Options(), LABELS) == [MEASURES["label_maps"]]
    placed = [measure.name for measure in options.wanted(Options(), PLACED)]
    assert placed == ["sliced_wasserstein", "variety", "location"]


def test_a_measure_that_is_asked_for_twice_is_taken_once_and_foreign_ones_are_refused():
    asked = Options(metrics=("people", "variety", "people"))
    assert [measure.name for measure in options.wanted(asked, FACES)] == ["people", "variety"]
    with pytest.raises(UserError, match="--metrics people,variety: not of label maps"):
        options.wanted(asked, LABELS)


def test_what_a_segmenter_tells_is_wanted_where_there_is_one():
    def names(given, of):
        return [measure.name for measure in options.wanted(given, of)]

    assert names(Options(), PAINTED) == ["sliced_wasserstein", "ssim"]
    judged = Options(segmenter="judge")
    assert names(judged, PAINTED) == ["sliced_wasserstein", "agreement", "ssim"]
    assert names(judged, STYLED) == ["sliced_wasserstein", "agreement", "ssim", "styles"]
    asked = Options(metrics=("ssim", "agreement"))
    with pytest.raises(UserError, match="--metrics agreement: --segmenter is missing"):
        options.wanted(asked, STYLED)
    with pytest.raises(UserError, match="--metrics styles: not of pictures of label maps, which"):
        options.wanted(Options(metrics=("styles",)), PAINTED)
