import json

import pytest

from interface.command_line import UserError
from metrics.evaluation.figures_file import earlier

BASIS = {"seed": 0, "images": 12, "data": "records"}
KEPT = {"protocol": {**BASIS, "masks": "how"}, "figures": {"masks": {"f1": 0.5}}}


def test_figures_on_the_same_basis_are_gone_on_from_wherever_the_photos_lie_now(tmp_path):
    assert earlier(tmp_path, BASIS) == {"protocol": BASIS, "figures": {}}
    (tmp_path / "figures.json").write_text(json.dumps(KEPT))
    moved = {**BASIS, "data": "elsewhere"}
    assert earlier(tmp_path, moved) == {**KEPT, "protocol": {**moved, "masks": "how"}}


def test_those_of_a_version_that_did_not_say_what_a_model_is_are_gone_on_from(tmp_path):
    (tmp_path / "figures.json").write_text(json.dumps(KEPT))
    newer = {**BASIS, "system": "mask_embedding", "size": [8, 8]}
    assert earlier(tmp_path, newer)["figures"] == KEPT["figures"]


@pytest.mark.parametrize(
    "content, told",
    [
        (json.dumps({**KEPT, "protocol": {**BASIS, "seed": 1}}), "taken with seed 1, now it is 0"),
        (json.dumps({**KEPT, "protocol": {"seed": 0}}), "with images None, now it is 12; remove"),
        ("[", "damaged; remove it, or give another --out"),
        ("{}", "damaged"),
    ],
)
def test_others_are_refused_in_one_line(tmp_path, content, told):
    (tmp_path / "figures.json").write_text(content)
    with pytest.raises(UserError) as refused:
        earlier(tmp_path, BASIS)
    assert str(refused.value).startswith(f"{tmp_path}/figures.json: ") and told in str(
        refused.value
    )
