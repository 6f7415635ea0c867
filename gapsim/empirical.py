"""Models without a formula: from data, and from a function that samples."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from gapsim import _arguments as arguments
from gapsim import _ties
from gapsim._types import Numbers
from gapsim.classifiers import ClassificationModel, MeanModel

# NumPy too prints a longer array by its ends.
PRINTED_NUMBERS = 1000


@dataclass(frozen=True, init=False, repr=False)
class EmpiricalModel(ClassificationModel):
    """The model that data are: a point of the training set is any row, each equally likely.

    Parameters
    ----------
    x : (m, d) array_like
        Inputs, finite.
    y : (m,) array_like
        Labels -1 or +1; they need not be equally frequent.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.

    Raises
    ------
    ValueError
        For values outside these ranges, sizes beyond 1e302, or shapes that do not fit.

    Notes
    -----
    The test loss is the mean over the same rows, so what `estimate_gap` finds is the gap of this model, not a
    held-out one. The attributes `x` and `y` are read-only arrays of floats, whatever they were given as; an x of 32
    bits stays so, with its wider tolerance.

    Examples
    --------
    >>> from gapsim import EmpiricalModel, estimate_gap
    >>> model = EmpiricalModel(x=[[0.5, 2.0], [-1.5, 1.0], [0.1, -1.0]], y=[1, -1, 1])
    >>> print(model.class_mean.round(3))
    [0.7 0. ]
    >>> estimate_gap(model, n=[1, 10], eps=0.4, trials=1000, rng=1).value.shape
    (2, 1)
    """

    x: np.ndarray
    y: np.ndarray
    bound: float

    def __init__(self, x: ArrayLike, y: ArrayLike, bound: float = 1.0) -> None:
        x, y = (np.array(part) for part in arguments.data(x, y, narrow=True))
        if x.ndim != 2:
            raise ValueError(f"x must have shape (m, d), got {x.shape}")
        if not (np.abs(y) == 1).all():
            arguments.fail("y", y, "-1 or +1")
        for name, array in (("x", x), ("y", y)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "bound", arguments.positive_scalar("bound", bound))

    @cached_property
    def class_mean(self) -> np.ndarray:  # type: ignore[override]
        mean = (self.y[:, None] * self.x).mean(axis=0)
        mean.setflags(write=False)
        return mean

    @property
    def _tolerance(self):
        return _ties.tolerance(self.x)

    def sample(self, n, rng):
        rows = arguments.generator(rng).integers(len(self.y), size=arguments.count("n", n))
        return self.x[rows], self.y[rows]

    def __repr__(self):
        if self.x.size > PRINTED_NUMBERS:
            return f"EmpiricalModel(x=<{self.x.shape} array>, y=<{self.y.shape} array>, bound={self.bound!r})"
        return f"EmpiricalModel(x={_ties.written(self.x)}, y={self.y.tolist()}, bound={self.bound!r})"


@dataclass(frozen=True, init=False, repr=False)
class SampledModel(MeanModel):
    """The model of which a function draws training sets.

    Parameters
    ----------
    sampler : callable
        ``sampler(n, rng)``, with a `numpy.random.Generator`, gives x of shape (n, d) and y of shape (n,) with
        labels -1 or +1. The n points must be independent: `estimate_gap` divides one draw among many trials.
    mean : float, Fraction or Decimal, or (d,) array_like of them
        E[y x], finite, which the test loss needs.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.

    Raises
    ------
    ValueError
        For values outside these ranges; when it samples, for a sampler whose results have other shapes or labels.

    Notes
    -----
    Two are equal if their samplers are one function. One that processes are to share is a function of a module.

    Examples
    --------
    >>> import numpy as np
    >>> from gapsim import SampledModel, estimate_gap
    >>> def heavy_tails(n, rng):
    ...     y = rng.choice([-1, 1], size=n)
    ...     return y[:, None] + rng.standard_t(3, size=(n, 2)), y
    >>> model = SampledModel(heavy_tails, mean=[1.0, 1.0])
    >>> model
    SampledModel(sampler=heavy_tails, mean=[1.0, 1.0], bound=1.0)
    >>> float(estimate_gap(model, n=1000, eps=1.5, trials=10, rng=1).value)
    2.0
    """

    sampler: Callable
    mean: np.ndarray
    bound: float

    def __init__(self, sampler: Callable, mean: Numbers, bound: float = 1.0) -> None:
        if not callable(sampler):
            arguments.fail("sampler", sampler, "a function of n and rng")
        [means] = arguments.coordinates(mean=arguments.parameter("mean", mean, arguments.finite))
        object.__setattr__(self, "sampler", sampler)
        object.__setattr__(self, "mean", means)
        object.__setattr__(self, "bound", arguments.positive_scalar("bound", bound))

    def sample(self, n, rng):
        n = arguments.count("n", n)
        return arguments.training_set(self.sampler(n, arguments.generator(rng)), n, self.d, sampler=self.sampler)

    def __repr__(self):
        name = getattr(self.sampler, "__qualname__", None) or repr(self.sampler)
        return f"SampledModel(sampler={name}, mean={self.mean.tolist()}, bound={self.bound!r})"
