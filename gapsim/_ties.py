"""When two numbers count as equal: the one rule of ties, for exact curves and for simulation.

Whether a signal meets eps, or eps a mean, decides a weight. People mean decimals, which arithmetic in
floating point misses by a little: 0.1 * 3 and `np.linspace(0, 1, 11)[3]` are both meant to be 3/10. So a
float counts as equal to what is within a tolerance of it: 2**-40 for 64 bits, 16 units in the last place
for narrower floats (2**-19 for float32), if all of an array are: among others one is the decimal that is
written for it, as in a parameter of a model. It is relative to the mean of |x| where a signal is compared, which
is theta on a lattice, and to the mean where eps is compared with a mean. A `fractions.Fraction`, a
`decimal.Decimal` and a whole number are exact: two of them are equal only if they are. That is so for eps and the
parameters of a model that decide its ties (theta, tau, a mean). Training data, `EmpiricalModel`'s too, and all
that is simulated are floats.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

TIE = 2.0**-40
NARROW = frozenset((np.float16, np.float32))
NARROW_UNITS = 16
# Below this every whole number is a float.
WHOLE = 2.0**53


def tolerance(array: NDArray) -> float:
    """The relative tolerance of the array's numbers."""
    return NARROW_UNITS * float(np.finfo(array.dtype).eps) if array.dtype.type in NARROW else TIE


def widen(array: NDArray) -> NDArray[np.float64]:
    """The array in 64 bits, where a narrower float is the decimal written for it."""
    return (array.astype(str) if array.dtype.type in NARROW else array).astype(float)


def read(value: Any) -> NDArray:
    """What np.asarray makes of it, but narrow floats among others are the decimals written for them."""
    array = np.asarray(value)
    if array.dtype.type in NARROW or not (isinstance(value, (list, tuple)) or array.dtype.kind == "O"):
        return array
    numbers = list(value if isinstance(value, (list, tuple)) else np.atleast_1d(array))
    for _ in range(array.ndim - 1):
        if all(isinstance(part, np.ndarray) and part.dtype == float for part in numbers):  # which is soon seen
            return array
        numbers = list(chain.from_iterable(numbers))
    kinds = set(map(type, numbers))
    if NARROW.isdisjoint(kinds):
        return array
    if len(kinds) == 1:  # objects of one narrow kind
        return array.astype(kinds.pop())
    decimals = [float(str(x)) if type(x) in NARROW else x for x in numbers]
    return np.array(decimals, dtype=array.dtype).reshape(array.shape)


def written(array: NDArray) -> str:
    """The array as a call that makes it is written, with `np` for what a list would lose: fewer bits."""
    numbers = widen(array).tolist()
    return f"np.{array.dtype.name}({numbers!r})" if array.dtype.type in NARROW else repr(numbers)


def sign(value: NDArray, scale: NDArray, tolerance: float) -> NDArray:
    """Sign of a float array, 0 where it is within the tolerance of 0 on its scale."""
    return np.where(np.abs(value) <= tolerance * scale, 0.0, np.sign(value))


def fraction(number: object) -> Fraction | None:
    """The number, if it is exact: a Fraction, a Decimal, or whole."""
    if number is None:
        return None
    if isinstance(number, (Fraction, Decimal)):
        return Fraction(number)
    if isinstance(number, (Integral, np.bool_)) or float(number).is_integer():  # type: ignore[arg-type]
        return Fraction(int(number))  # type: ignore[call-overload]
    return None


@dataclass(frozen=True)
class Radii:
    """Radii of the attack: as floats, as they were given, and with the tolerance that they have."""

    value: NDArray[np.float64]
    given: NDArray
    tolerance: float

    @property
    def exact(self) -> bool:
        """Whether exact numbers may be among them."""
        return self.given.dtype.kind != "f"

    def array(self) -> "Radii":
        """The same, with at least one axis."""
        return Radii(np.atleast_1d(self.value), np.atleast_1d(self.given), self.tolerance)

    def column(self) -> "Radii":
        """The same, with a last axis to broadcast against means of shape (d,)."""
        return Radii(self.value[..., None], self.given[..., None], self.tolerance)

    def less(self, means: NDArray, given_means: NDArray) -> NDArray[np.float64]:
        """eps - mean, both broadcast, which is 0 where the two count as equal and only there."""
        difference = np.asarray(self.value - means)
        near = np.abs(difference) <= self.tolerance * means
        difference[near] = 0
        if self.exact:
            radii, exact_means = np.broadcast_arrays(self.given, given_means)
            if radii.dtype.kind in "biu" and exact_means.dtype.kind != "O":
                # Whole numbers, of which floats know the difference.
                known = near & (exact_means == np.floor(exact_means)) & (self.value < WHOLE)
                difference[known] = (self.value - means)[known]
                near = near & (self.value >= WHOLE)
            for place in map(tuple, np.argwhere(near)):
                eps, mean = fraction(radii[place]), fraction(exact_means[place])
                if eps is not None and mean is not None:
                    difference[place] = eps - mean
        return difference
