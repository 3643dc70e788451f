import numpy as np

from benchmarks.flowers import Size, ours


def test_a_step_and_a_picture_are_done():
    kinds = ours.kinds(Size(2, 2, 4))
    assert np.isfinite(kinds["step"]())
    assert kinds["picture"]().shape == (1, 64, 64, 3)
