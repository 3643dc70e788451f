"""Which way a head is turned, from its landmarks alone."""

from __future__ import annotations

import numpy as np

# Landmarks that move little with expression, and where they sit in an average head: x to the
# picture's right, y down, z away from the viewer; the tip of the nose is the origin.
POINTS = {
    30: (0.0, 0.0, 0.0),  # tip of the nose
    8: (0.0, 330.0, 65.0),  # chin
    36: (-225.0, -170.0, 135.0),  # outer corners of the eyes
    45: (225.0, -170.0, 135.0),
    48: (-150.0, 150.0, 125.0),  # corners of the mouth
    54: (150.0, 150.0, 125.0),
}


def angles(landmarks: np.ndarray) -> tuple[float, float, float]:
    """Yaw, pitch and roll of a head, by least squares under weak perspective.

    Args:
      landmarks: float [68, 2], x and y in pixels, y down.

    Returns:
      Degrees: yaw > 0 looks to the picture's right, pitch > 0 looks up, roll > 0 is tilted
      clockwise. Within some 10° for a face that dlib finds; good for histograms.
    """
    model = np.array(list(POINTS.values()))
    seen = np.asarray(landmarks, np.float64)[list(POINTS)]
    model, seen = model - model.mean(axis=0), seen - seen.mean(axis=0)
    affine = np.linalg.lstsq(model, seen, rcond=None)[0].T  # [2, 3]: rotation's rows, scaled
    left, _, right = np.linalg.svd(affine, full_matrices=False)
    across, down = left @ right  # the nearest two orthonormal rows
    away = np.cross(across, down)
    gaze = -np.array([across[2], down[2], away[2]])
    yaw = np.arctan2(gaze[0], -gaze[2])
    pitch = np.arcsin(np.clip(-gaze[1], -1, 1))
    roll = np.arctan2(down[0], across[0])
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))
