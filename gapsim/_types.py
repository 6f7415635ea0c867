"""What the arguments of public functions are, for those who check types."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Size: TypeAlias = int | float | np.integer
Attack: TypeAlias = int | float | Fraction | Decimal | np.integer | np.floating
# Exact numbers too, alone or in a sequence: what is array_like knows floats only.
Numbers: TypeAlias = ArrayLike | Attack | Sequence[Attack] | Sequence[Sequence[Attack]]
Parameter: TypeAlias = Attack | Sequence[Attack] | NDArray
# Whoever loops over both has texts; editors offer the two.
Rule: TypeAlias = Literal["minimizer", "published"] | str
Loss: TypeAlias = Literal["linear", "zero_one", "squared"] | str
Tie: TypeAlias = Literal["min_norm", "midpoint", "max_norm"] | str
Seed: TypeAlias = (
    int | np.integer | Sequence[int] | NDArray[np.integer] | np.random.SeedSequence
    | np.random.BitGenerator | np.random.Generator | np.random.RandomState | None
)
