"""From the axes of KITTI's camera to those of its laser scanner, in which our cuboids stand, and back. Pure.

The camera looks along z, x runs right and y down; a cuboid is said by the middle of its floor. The scanner has x ahead,
y left and z up; a cuboid is said by its middle. A calibration file says how one is mounted on the other.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[Any]
AS_MOUNTED = np.array([[0.0, -1.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
"""Scanner to camera where nothing else is known: the axes swapped, both in one place."""


@dataclass(frozen=True, slots=True)
class Axes:
    """How the camera is mounted on the scanner."""

    to_camera: Matrix

    @classmethod
    def read(cls, lines: Mapping[str, Sequence[float]]) -> "Axes | None":
        """From the rows of a calibration file by their names; None if it does not say enough."""
        mounted = lines.get("Tr_velo_to_cam") or lines.get("Tr_velo_cam") or ()
        turned = lines.get("R0_rect") or lines.get("R_rect") or ()
        if len(mounted) != 12:
            return None
        matrix, straight = np.eye(4), np.eye(4)
        matrix[:3] = np.array(mounted).reshape(3, 4)
        if len(turned) == 9:
            straight[:3, :3] = np.array(turned).reshape(3, 3)
        whole = straight @ matrix
        return cls(whole) if abs(float(np.linalg.det(whole[:3, :3]))) > 1e-6 else None

    def cuboid(self, sides: Sequence[float], floor: Sequence[float], turn: float) -> list[float]:
        """Ours from KITTI's height, width, length, the middle of the floor and the turn about the camera's y."""
        height, width, length = sides
        back = np.linalg.inv(self.to_camera)
        middle = back @ np.array([floor[0], floor[1] - height / 2, floor[2], 1.0])
        ahead = back[:3, :3] @ np.array([math.cos(turn), 0.0, -math.sin(turn)])
        yaw = math.atan2(ahead[1], ahead[0])
        near = -turn - math.pi / 2
        yaw += 2 * math.pi * round((near - yaw) / (2 * math.pi))
        if abs(yaw) > math.pi + 1e-9:
            yaw = math.remainder(yaw, 2 * math.pi)
        return [*(float(value) for value in middle[:3]), length, width, height, float(yaw)]


def as_mounted(cuboid: Sequence[float]) -> tuple[list[float], list[float], float]:
    """KITTI's sides, floor and turn of one of ours, with the axes AS_MOUNTED."""
    x, y, z, length, width, height, yaw = cuboid
    return [height, width, length], [-y, -z + height / 2, x], -yaw - math.pi / 2
