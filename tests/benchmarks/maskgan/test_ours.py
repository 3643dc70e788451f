import numpy as np
import pytest

from benchmarks.maskgan import NARROW, ours


@pytest.mark.slow
def test_a_step_and_a_picture_are_done():
    kinds = ours.kinds(NARROW)
    assert np.isfinite(kinds["step"]())
    assert kinds["picture"]().shape == (1, 64, 64, 3)
