import numpy as np
import pytest

from input_pipeline.label_maps.label_sets import CELEBAMASK
from interface.command_line import UserError
from metrics.evaluation import merging


def test_classes_count_as_others_and_what_is_no_class_stays():
    table = merging.table(("hat:hair", "l_ear:skin"), CELEBAMASK)
    ids = np.array([0, 14, 13, 8, 9, 255], np.uint8)  # hat, hair, left ear, right ear
    np.testing.assert_array_equal(table[ids], [0, 13, 13, 1, 9, 255])


@pytest.mark.parametrize("pair", ["hat", "hat:wig", "crown:hair", ""])
def test_what_is_no_pair_of_classes_is_told_with_those_there_are(pair):
    with pytest.raises(UserError, match=f"--merged {pair}: wanted pairs like .*background, skin"):
        merging.table((pair,), CELEBAMASK)


@pytest.mark.parametrize("pairs", [("hat:hair", "hair:skin"), ("hair:skin", "hat:hair")])
def test_a_class_that_is_merged_counts_no_others_whichever_pair_comes_first(pairs):
    with pytest.raises(UserError, match="--merged hat:hair: hair counts as another itself"):
        merging.table(pairs, CELEBAMASK)
