"""Noise that is not normal: Laplace and uniform (this book's chapter "Is it the Gaussian?").

The signal is the mean of n draws. For few of them its law is a finite sum of positive terms; for many
it is a short sum over the characteristic function. Either way the tails are right to rounding; the gap is a second
difference of them, and has their absolute error.
"""

from abc import abstractmethod
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import binom, gammaincc, zeta

from gapsim import _arguments as arguments
from gapsim._progress import watch
from gapsim._types import Floats, Parameter, Seed
from gapsim.classifiers import MeanModel

# For many draws their sum lies within so many of its standard deviations but for a probability below 1e-17, and
# so many terms reach to where the characteristic function is below 1e-17.
REACH = 10.5
NODES = 48
# Terms in the series of log(sin(t)/t), which is used where the last of them is below 1e-17.
SERIES_TERMS = 18
# Gaps at a time: their table of terms stays small, and a bar moves.
BLOCK_GAPS = 2**12


class _SymmetricNoise(MeanModel):
    """y = +-1 equally likely and x = y (mean + size Z), the coordinates of Z independent and of one symmetric density."""

    mean: NDArray
    # Z, its variance, and up to how many draws the finite sum is used.
    _variance: float
    _few_draws: int

    @property
    @abstractmethod
    def _size(self) -> Floats: ...

    @staticmethod
    @abstractmethod
    def _draw(stream, shape): ...

    @staticmethod
    @abstractmethod
    def _finite_tail(n, s):
        """P(Z_1 + ... + Z_n > s)."""

    @staticmethod
    @abstractmethod
    def _log_characteristic(t):
        """log |E exp(i t Z)| for t > 0."""

    def _set(self, bound, **parameters):
        for name, array in zip(parameters, arguments.coordinates(**parameters)):
            object.__setattr__(self, name, array)
        object.__setattr__(self, "bound", arguments.positive_scalar("bound", bound))

    def sample(self, n: int, rng: Seed) -> tuple[Floats, Floats]:
        n, stream = arguments.count("n", n), arguments.generator(rng)
        y = 2 * stream.integers(2, size=n) - 1
        return y[:, None] * (self.class_mean + self._size * self._draw(stream, (n, self.d))), y

    def _gap(self, n, eps):
        # P(0 < u < eps) - P(-eps < u < 0), by symmetry a second difference of the noise's tail.
        shape = np.broadcast_shapes(n.shape, eps.shape)
        n, eps = (part.ravel() for part in np.broadcast_arrays(n, eps))
        total = np.zeros(n.shape)
        places = (np.flatnonzero(n == size) for size in np.unique(n))
        blocks = [block for here in places for block in np.array_split(here, -(-here.size // BLOCK_GAPS))]
        pairs, copies = np.unique([self.class_mean, self._size], axis=1, return_counts=True)
        steps = list(product(blocks, zip(*pairs, copies)))
        for here, (mean, unit, number) in watch(steps, len(steps), None):
            size = int(n[here[0]])
            with np.errstate(over="ignore"):
                ends = float(size) * (np.stack([mean - eps[here], mean + eps[here], 0 * eps[here] + mean]) / unit)
            low, high, middle = self._tail(size, ends)
            # Symmetric unimodal noise: it is never negative, but for rounding.
            total[here] += number * mean * np.maximum(low + high - 2 * middle, 0)
        return total.reshape(shape)

    def _tail(self, n, s):
        """P(Z_1 + ... + Z_n > s) for an array s."""
        if n <= self._few_draws:
            return self._finite_tail(n, s)
        # The sum S stays within the reach. A square wave of that half-period is sgn(s - S) on it, and has the odd
        # sines as its Fourier series: the mean of each is sin(t s) times the characteristic function.
        reach = REACH * np.sqrt(n * self._variance)
        order = np.arange(NODES) + 0.5
        t = order * np.pi / reach
        terms = np.exp(n * self._log_characteristic(t)) / (np.pi * order)
        return 0.5 - np.sin(np.clip(s, -reach, reach)[..., None] * t) @ terms


@dataclass(frozen=True, init=False)
class LaplaceModel(_SymmetricNoise):
    """y = +-1 equally likely and x = y (mean + noise), with independent Laplace noise of density exp(-|z|/scale)/(2 scale).

    Parameters
    ----------
    mean : float, Fraction or Decimal, or (d,) array_like of them
        Mean of the positive class, >= 0; a coordinate with mean 0 adds nothing to the gap.
    scale : float or (d,) array_like
        Mean size of each coordinate's noise, > 0 and finite; its standard deviation is sqrt(2) as large.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.

    Raises
    ------
    ValueError
        For values outside these ranges, sizes beyond 1e300, or shapes that do not broadcast.

    Notes
    -----
    The sum of n draws is the difference of two gamma variables; the chapter "Is it the Gaussian?" has its law. The
    error of the gap is below 1e-12 in units of W ||mean||_1, for every n. The attributes `mean` and `scale` are
    read-only arrays of shape (d,).

    Examples
    --------
    >>> from gapsim import LaplaceModel
    >>> model = LaplaceModel(mean=1.0, scale=2.0)
    >>> print(model.gap(n=[1, 10, 10**6], eps=0.5).round(4))
    [0.0191 0.0743 0.    ]
    """

    mean: NDArray
    scale: Floats
    bound: float

    _variance = 2.0
    _few_draws = 64

    def __init__(self, mean: Parameter, scale: Parameter, bound: float = 1.0) -> None:
        self._set(
            bound, mean=arguments.parameter("mean", mean), scale=arguments.floats("scale", scale, arguments.positive)
        )

    @property
    def _size(self):
        return self.scale

    @staticmethod
    def _draw(stream, shape):
        return stream.laplace(size=shape)

    @staticmethod
    def _finite_tail(n, s):
        # A positive sum is a gamma variable of one of the orders 1, ..., n, each with its probability.
        order = np.arange(1, n + 1)
        probability = binom(2 * n - order - 1, n - order) * 2.0 ** (order - 2 * n)
        beyond = gammaincc(order, np.abs(s)[..., None]) @ probability
        return np.where(s >= 0, beyond, 1 - beyond)

    @staticmethod
    def _log_characteristic(t):
        return -np.log1p(t**2)


@dataclass(frozen=True, init=False)
class UniformNoiseModel(_SymmetricNoise):
    """y = +-1 equally likely and x = y (mean + noise), with independent noise uniform on (-halfwidth, halfwidth).

    Parameters
    ----------
    mean : float, Fraction or Decimal, or (d,) array_like of them
        Mean of the positive class, >= 0; a coordinate with mean 0 adds nothing to the gap.
    halfwidth : float or (d,) array_like
        Largest size of each coordinate's noise, > 0 and finite; its standard deviation is halfwidth/sqrt(3).
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.

    Raises
    ------
    ValueError
        For values outside these ranges, sizes beyond 1e300, or shapes that do not broadcast.

    Notes
    -----
    The sum of n draws has the Irwin-Hall law, a spline, here by the recursion of B-splines and not by its alternating
    sum. The error of the gap is below 1e-12 in units of W ||mean||_1, for every n. The attributes `mean` and
    `halfwidth` are read-only arrays of shape (d,).

    Examples
    --------
    >>> from gapsim import UniformNoiseModel
    >>> model = UniformNoiseModel(mean=0.2, halfwidth=3**0.5)
    >>> print((model.gap(n=[1, 2, 3, 4], eps=0.3) / 0.2).round(5))
    [0.      0.02667 0.02338 0.04227]
    """

    mean: NDArray
    halfwidth: Floats
    bound: float

    _variance = 1 / 3
    _few_draws = 30

    def __init__(self, mean: Parameter, halfwidth: Parameter, bound: float = 1.0) -> None:
        self._set(
            bound, mean=arguments.parameter("mean", mean),
            halfwidth=arguments.floats("halfwidth", halfwidth, arguments.positive),
        )

    @property
    def _size(self):
        return self.halfwidth

    @staticmethod
    def _draw(stream, shape):
        return stream.uniform(-1, 1, shape)

    @staticmethod
    def _finite_tail(n, s):
        # The distribution function of n draws from (0, 1) is the sum of the density of n + 1 at x, x - 1, ...
        x = np.clip((n - s) / 2, 0, n)[..., None] - np.arange(n + 1)
        density = ((0 <= x) & (x < 1)).astype(float)
        for draws in range(2, n + 2):
            before = np.concatenate([density[..., 1:], np.zeros_like(density[..., :1])], axis=-1)
            density = (x * density + (draws - x) * before) / (draws - 1)
        return density.sum(axis=-1)

    @staticmethod
    def _log_characteristic(t):
        # Near 0 from sin(t)/t = prod_j (1 - t^2/(pi j)^2): its logarithm counts n times, and so do its errors.
        power = 2 * np.arange(1, SERIES_TERMS + 1)
        near = -((np.minimum(t, 1)[:, None] / np.pi) ** power) @ (2 * zeta(power) / power)
        return np.where(t < 1, near, np.log(np.abs(np.sin(t) / t)))
