"""What numpy has and takes its time for."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Each value once, in order: `np.unique`, at whose first call numpy imports its masked arrays, for 8 ms."""
    ordered = np.sort(values)
    kept: NDArray[Number] = ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]]
    return kept
