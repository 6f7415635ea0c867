"""The laws of the input x: those of the paper's regression section, and how to add another."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf, erfc, gammaln, ndtr, xlogy

from gapsim import _arguments as arguments
from gapsim import _terms, _ties
from gapsim._ties import TIE
from gapsim._types import Floats, Numbers, Seed
from gapsim._values import Value

# Beyond this size, and below its inverse, squares and fourth powers leave the range of a float.
LARGEST = 1e70
# The least number > 0 that is one.
SMALLEST = np.nextafter(0.0, 1.0)
# log k! = (k + 1/2) log k - k + log(2 pi) / 2 + series(1 / k^2) / k, to 1e-16 from k = 16 on.
STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188]
# Numbers of a table that is held at a time.
BLOCK = 2**20


class Design(Value, ABC):
    """A law of the input x.

    `sample` alone is enough to simulate with `gapsim.estimate_gap`. `nodes` gives the limit, the
    threshold and the correction; `inverse_moment` the standard model's risk; `masses` and
    `inverse_squares` the gap of one training point; `term` the exact law of the slope. What is not
    there is refused with a `ValueError` that says so.

    Examples
    --------
    >>> from gapsim import Design, NormalDesign
    >>> isinstance(NormalDesign(), Design)
    True
    """

    @abstractmethod
    def sample(self, size: int | tuple[int, ...], rng: Seed) -> Floats:
        """Draw inputs.

        Parameters
        ----------
        size : int or tuple of int
        rng : seed or numpy.random.Generator

        Returns
        -------
        float array of shape `size`
        """

    def nodes(self, width: float) -> tuple[Floats, Floats]:
        """Points x and masses p, both (k,), with sum p f(x) = E f(x).

        Parameters
        ----------
        width : float
            > 0. The f that are asked for have a step or a bell of this width at x = 0, and are
            polynomials of degree 4 times such elsewhere.

        Returns
        -------
        x, p : (k,) arrays
        """
        self._unknown("E f(x)")

    def inverse_moment(self, n: ArrayLike) -> Any:
        """E[1 / (x_1^2 + ... + x_n^2)].

        Parameters
        ----------
        n : int or array_like of int
            >= 1.

        Returns
        -------
        float, or array of the shape of n
            inf where it is infinite.
        """
        arguments.fail(
            "design", self, "one that knows E[1/sum x_i^2], which few points need unless its `light_tailed` denies it"
        )

    def light_tailed(self, n: ArrayLike) -> NDArray[np.bool_]:
        """Whether 1 / (x_1^2 + ... + x_n^2) has four finite moments.

        Parameters
        ----------
        n : int or array_like of int
            >= 1.

        Returns
        -------
        bool array of the shape of n

        Notes
        -----
        Where not, `gapsim.estimate_gap` puts the exact risk in place of the sampled one. A design
        that does not say is taken to have them for n > 8, which is right for a bounded density near 0: one
        with mass at 0, or an unbounded density there, has to say so.
        """
        return arguments.whole("n", n) > 8

    def masses(self, eps: Numbers) -> tuple[Floats, Floats, Floats]:
        """P(|x| < eps), P(|x| = eps) and P(|x| > eps).

        Parameters
        ----------
        eps : float or array_like
            >= 0; an x of 0 counts as > eps = 0.

        Returns
        -------
        below, at, above : arrays of the shape of eps
        """
        self._unknown("P(|x| < eps)")

    def inverse_squares(self, eps: Numbers) -> tuple[Floats, Floats, Floats]:
        """E[1/x^2] over |x| < eps, |x| = eps and |x| > eps.

        Parameters
        ----------
        eps : float or array_like
            >= 0, split as in `masses`.

        Returns
        -------
        below, at, above : arrays of the shape of eps
        """
        self._unknown("E[1/x^2; |x| < eps]")

    def term(self, slope: float, noise: float, eps: float, w: Any) -> Any:
        """The law of one term of the loss's derivative at w.

        Parameters
        ----------
        slope, noise, eps : float
            Of the model and the attack.
        w : (k,) array
            >= 0.

        Returns
        -------
        object
            One of `gapsim._terms`, or one with the same methods.
        """
        self._unknown("the exact law of the slope")

    @property
    def second_moment(self) -> float:
        """E[x^2], the weight of a squared error of the slope in the test loss (Observation 6)."""
        x, mass = map(np.asarray, self.nodes(np.inf))
        return float(mass @ x**2)

    def _unknown(self, what: str) -> NoReturn:
        arguments.fail("design", self, f"one that knows {what} (or simulate, with estimate_gap)")


@dataclass(frozen=True)
class NormalDesign(Design):
    """Inputs x ~ N(0, 1) (Figures 2a and 2b, Theorem 7).

    Examples
    --------
    >>> from gapsim import NormalDesign
    >>> NormalDesign().sample(size=1000, rng=1).shape
    (1000,)
    """

    second_moment = 1.0

    def sample(self, size: int | tuple[int, ...], rng: Seed) -> Floats:
        """Draw inputs of shape `size`."""
        return arguments.generator(rng).standard_normal(_shape(size))

    def nodes(self, width: float) -> tuple[Floats, Floats]:
        """Points and masses of a quadrature rule: see `Design.nodes`."""
        # Beyond 14 there is 1e-43 of x^4.
        x, length = _panels(0.0, 14.0, min(width, 2.0), 2.0)
        mass = length * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
        return np.concatenate([-x, x]), np.concatenate([mass, mass])

    def term(self, slope: float, noise: float, eps: float, w: Any) -> Any:
        """The law of one term of the loss's derivative at w >= 0: see `Design.term`."""
        return _terms.NormalTerm(slope, noise, eps, w)

    def inverse_moment(self, n: ArrayLike) -> Any:
        """E[1 / (x_1^2 + ... + x_n^2)], the mean of an inverse chi-square: infinite for n <= 2."""
        n = arguments.whole("n", n)
        with np.errstate(divide="ignore"):
            return arguments.plain(1 / np.maximum(n - 2.0, 0))

    def masses(self, eps: Numbers) -> tuple[Floats, Floats, Floats]:
        """P(|x| < eps), P(|x| = eps) and P(|x| > eps), each of the shape of eps."""
        eps = arguments.non_negative("eps", eps)
        return erf(eps / np.sqrt(2)), np.zeros(eps.shape), erfc(eps / np.sqrt(2))

    def inverse_squares(self, eps: Numbers) -> tuple[Floats, Floats, Floats]:
        """E[1/x^2] over |x| < eps, |x| = eps and |x| > eps, each of the shape of eps."""
        eps = arguments.non_negative("eps", eps)
        with np.errstate(divide="ignore", over="ignore"):
            above = 2 * (np.exp(-(eps**2) / 2) / np.sqrt(2 * np.pi) / eps - ndtr(-eps))
        return np.where(eps > 0, np.inf, 0.0), np.zeros(eps.shape), above


class _Atoms(Design):
    """Inputs of finitely many values."""

    @property
    @abstractmethod
    def support(self) -> Floats:
        """The values, (k,) array."""

    @property
    @abstractmethod
    def mass(self) -> Floats:
        """Their probabilities, (k,) array."""

    @abstractmethod
    def pmf(self, x: ArrayLike) -> Any:
        """Probability of each value.

        Parameters
        ----------
        x : float or array_like

        Returns
        -------
        float, or array of the shape of x

        Raises
        ------
        ValueError
            For an x that is not real, or NaN.
        """

    def nodes(self, width: float) -> tuple[Floats, Floats]:
        """The values and their probabilities."""
        return self.support, self.mass

    def term(self, slope: float, noise: float, eps: float, w: Any) -> Any:
        """The law of one term of the loss's derivative at w >= 0: see `Design.term`."""
        return _terms.AtomsTerm(self.support, self.mass, slope, noise, eps, w)

    def inverse_moment(self, n: ArrayLike) -> Any:
        """E[1 / (x_1^2 + ... + x_n^2)] to rounding; infinite where x = 0 is possible."""
        n = arguments.whole("n", n)
        square = self.support**2
        if not square.all():
            return arguments.plain(np.full(n.shape, np.inf))

        return _mean_inverse(n, self.mass @ square, 60 / square.min(), partial(_log_transform, square, self.mass))

    def light_tailed(self, n: ArrayLike) -> NDArray[np.bool_]:
        """Whether 1 / (x_1^2 + ... + x_n^2) has four finite moments."""
        return np.full(arguments.whole("n", n).shape, bool(self.support.all()))

    def masses(self, eps: Numbers) -> tuple[Floats, Floats, Floats]:
        """P(|x| < eps), P(|x| = eps), P(|x| > eps), each of the shape of eps."""
        return self._split(eps, self.mass)

    def inverse_squares(self, eps: Numbers) -> tuple[Floats, Floats, Floats]:
        """E[1/x^2] over |x| < eps, |x| = eps, |x| > eps, each of the shape of eps."""
        with np.errstate(divide="ignore"):
            return self._split(eps, self.mass / self.support**2)

    def _split(self, eps, terms):
        size = np.abs(self.support)

        def split(eps):
            eps = eps[:, None]
            # Without an attack the fit is least squares for every x, as it is above eps.
            at = (np.abs(size - eps) <= TIE * eps) & (eps > 0)
            below = (size < eps) & ~at
            return np.stack([np.where(part, terms, 0.0).sum(axis=-1) for part in (below, at, ~(below | at))])

        return tuple(_in_blocks(split, arguments.non_negative("eps", eps), size.size))


@dataclass(frozen=True)
class PoissonDesign(_Atoms):
    """Inputs x = Poisson(rate) + shift (Figures 2c and 2d, Theorem 8).

    Parameters
    ----------
    rate : float
        Mean of the Poisson variable, > 0 and at most 10**6: sums run over its values, 22,000 for
        that rate.
    shift : int
        Whole number >= 0 that is added to it; the paper adds 1 to avoid x = 0.

    Raises
    ------
    ValueError
        If `rate` or `shift` is out of range.

    Examples
    --------
    >>> from gapsim import PoissonDesign
    >>> PoissonDesign(rate=5.0).second_moment
    41.0
    """

    rate: float = 5.0
    shift: int = 1

    def __post_init__(self) -> None:
        rate = arguments.positive_scalar("rate", self.rate)
        if rate > 1e6:
            arguments.fail("rate", self.rate, "one finite number > 0 and at most 1e+06")
        object.__setattr__(self, "rate", rate)
        object.__setattr__(self, "shift", arguments.count("shift", self.shift, minimum=0))

    @property
    def second_moment(self) -> float:
        """E[x^2], the weight of a squared error of the slope in the test loss (Observation 6)."""
        return self.rate + (self.rate + self.shift) ** 2

    @cached_property
    def support(self) -> Floats:
        """Values of x in increasing order, float (k,), but two tails of mass below 1e-26 each, and 0 wherever it is possible."""
        # Bernstein: P(X - rate >= t) <= exp(-t^2 / (2 (rate + t/3))),
        # P(rate - X >= t) <= exp(-t^2 / (2 rate)); either is exp(-60) at its end.
        above = 20 + np.sqrt(20**2 + 2 * 60 * self.rate)
        lowest = max(0, int(np.floor(self.rate - np.sqrt(2 * 60 * self.rate))))
        counts = np.arange(lowest, int(np.ceil(self.rate + above)) + 1.0)
        # However rare it is, an input 0 makes a mean of inverse squares infinite.
        return _fixed(np.append(0.0, counts) if lowest > 0 and self.shift == 0 else counts + self.shift)

    @cached_property
    def mass(self) -> Floats:
        """Their probabilities, (k,): what is less than any float is the least one."""
        return _fixed(np.maximum(self.pmf(self.support), SMALLEST))

    def pmf(self, x: ArrayLike) -> Any:
        x = arguments.numbers("x", x, "an array of numbers")
        count = x - self.shift
        possible = np.isfinite(x) & (count >= 0) & (count == np.floor(count))
        return arguments.plain(np.where(possible, _poisson(np.where(possible, count, 0.0), self.rate), 0.0))

    def sample(self, size: int | tuple[int, ...], rng: Seed) -> Floats:
        """Draw inputs of shape `size`."""
        return arguments.generator(rng).poisson(self.rate, _shape(size)) + float(self.shift)


@dataclass(frozen=True, init=False)
class DiscreteDesign(_Atoms):
    """Inputs of finitely many values, such as +-1.

    Parameters
    ----------
    values : (k,) array_like
        Distinct, not all 0, each 0 or of a size from 1e-70 to 1e70. They are kept as a tuple of floats.
    probabilities : (k,) array_like
        > 0, with sum 1.

    Raises
    ------
    ValueError
        If `values` or `probabilities` is out of range, or their lengths differ.

    Examples
    --------
    >>> from gapsim import DiscreteDesign
    >>> DiscreteDesign([-1.0, 1.0], [0.5, 0.5]).second_moment
    1.0
    """

    values: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __init__(self, values: Numbers, probabilities: Numbers) -> None:
        points = arguments.floats("values", values, arguments.finite)
        if points.ndim != 1 or not points.any():
            arguments.fail("values", values, "a sequence of finite numbers that are not all 0")
        sizes = np.abs(points[points != 0])
        if sizes.max() > LARGEST or sizes.min() < 1 / LARGEST:
            arguments.fail("values", values, f"each 0 or of a size from {1 / LARGEST:g} to {LARGEST:g}")
        if (np.diff(np.sort(points)) <= TIE * np.abs(np.sort(points)[1:])).any():
            arguments.fail("values", values, "distinct")
        mass = arguments.floats("probabilities", probabilities, arguments.positive)
        if mass.shape != points.shape or abs(mass.sum() - 1) > max(1e-9, _ties.tolerance(np.asarray(probabilities))):
            allowed = f"{points.size} numbers > 0 with sum 1, one for each of values"
            arguments.fail("probabilities", probabilities, allowed)
        object.__setattr__(self, "values", tuple(points.tolist()))
        object.__setattr__(self, "probabilities", tuple(mass.tolist()))

    @property
    def support(self) -> Floats:
        """The values, (k,) array."""
        return np.array(self.values)

    @property
    def mass(self) -> Floats:
        """Their probabilities, (k,) array with sum 1."""
        mass = np.array(self.probabilities)
        return mass / mass.sum()

    def pmf(self, x: ArrayLike) -> Any:
        support, mass = self.support, self.mass

        def probability(x):
            here = np.abs(x[:, None] - support) <= TIE * np.abs(support)
            return np.where(here, mass, 0.0).sum(axis=-1)

        return arguments.plain(_in_blocks(probability, arguments.numbers("x", x, "an array of numbers"), support.size))

    def sample(self, size: int | tuple[int, ...], rng: Seed) -> Floats:
        """Draw inputs of shape `size`."""
        bounds = np.cumsum(self.mass)[:-1]
        uniform = arguments.generator(rng).random(_shape(size))
        return self.support[np.searchsorted(bounds, uniform, "right")]


@dataclass(frozen=True)
class UniformDesign(Design):
    """Inputs that are uniform on an interval: limit, threshold and correction are exact, gaps sampled.

    Parameters
    ----------
    low, high : float
        Ends of the interval, low < high: each 0 or of a size from 1e-70 to 1e70.

    Raises
    ------
    ValueError
        For an end out of range, or not low < high.

    Examples
    --------
    >>> from gapsim import RegressionModel, UniformDesign
    >>> print(round(RegressionModel(UniformDesign(-1.0, 1.0)).threshold(), 4))
    0.3605
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            object.__setattr__(self, name, arguments.scalar(name, getattr(self, name), LARGEST, 1 / LARGEST))
        if not self.low < self.high:
            arguments.fail("high", self.high, f"above low = {self.low:g}")

    def sample(self, size: int | tuple[int, ...], rng: Seed) -> Floats:
        """Draw inputs of shape `size`."""
        return arguments.generator(rng).uniform(self.low, self.high, _shape(size))

    def nodes(self, width: float) -> tuple[Floats, Floats]:
        """Points and masses of a quadrature rule: see `Design.nodes`."""
        x, mass = [], []
        for side, first, last in self._sides():
            points, lengths = _panels(first, last, min(width, last), last)
            x.append(side * points)
            mass.append(lengths / (self.high - self.low))
        return np.concatenate(x), np.concatenate(mass)

    def inverse_moment(self, n: ArrayLike) -> Any:
        """E[1 / (x_1^2 + ... + x_n^2)] to rounding; infinite for n <= 2 if 0 is in the interval."""
        n = arguments.whole("n", n)

        x, mass = zip(*(_panels(first, last, last, last) for _, first, last in self._sides()))
        square, mass = np.concatenate(x) ** 2, np.concatenate(mass) / (self.high - self.low)

        def log_transform(t):
            # The difference of two tails has no digits where they are alike, and the rule has where they are not.
            tails = [erfc(np.sqrt(t) * first) - erfc(np.sqrt(t) * last) for _, first, last in self._sides()]
            exact = np.sqrt(np.pi / t) / 2 * sum(tails) / (self.high - self.low)
            return np.where(t * square.max() < 30, _log_transform(square, mass, t), np.log(exact))

        nearest = min(first for _, first, _ in self._sides())
        infinite = n <= (2 if nearest == 0 else 0)
        # From the interval's inside exp(-t x^2) decays like t^(-1/2) only: 3/2 - 1 is what is left.
        last = 60 / nearest**2 if nearest > 0 else np.exp(150) / self.second_moment
        result = _mean_inverse(np.where(infinite, 3, n), self.second_moment, last, log_transform)
        return arguments.plain(np.where(infinite, np.inf, result))

    def light_tailed(self, n: ArrayLike) -> NDArray[np.bool_]:
        """Whether 1 / (x_1^2 + ... + x_n^2) has four finite moments."""
        return (arguments.whole("n", n) > 8) | (self.low > 0) | (self.high < 0)

    def masses(self, eps: Numbers) -> tuple[Floats, Floats, Floats]:
        """P(|x| < eps), P(|x| = eps) and P(|x| > eps), each of the shape of eps."""
        eps = arguments.non_negative("eps", eps)
        below = sum(np.clip(eps, first, last) - first for _, first, last in self._sides())
        below = below / (self.high - self.low)
        return below, np.zeros(eps.shape), 1 - below

    def inverse_squares(self, eps: Numbers) -> tuple[Floats, Floats, Floats]:
        """E[1/x^2] over |x| < eps, |x| = eps and |x| > eps, each of the shape of eps."""
        eps = arguments.non_negative("eps", eps)
        below, above = np.zeros(eps.shape), np.zeros(eps.shape)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for _, first, last in self._sides():
                middle = np.clip(eps, first, last)
                below += np.where(middle > first, 1 / np.float64(first) - 1 / np.maximum(middle, first), 0)
                above += np.where(middle < last, 1 / middle - 1 / last, 0)
        return below / (self.high - self.low), np.zeros(eps.shape), above / (self.high - self.low)

    def _sides(self):
        """The sign of x and the ends of |x|, for each side of 0 that the interval reaches."""
        sides = (1, max(self.low, 0.0), self.high), (-1, max(-self.high, 0.0), -self.low)
        return [(side, first, last) for side, first, last in sides if first < last]


def _poisson(k, rate):
    """P(Poisson(rate) = k): from k = 16 on by Stirling's series, in which what k log(rate) and log k! have in common cancels.

    The relative error is a few roundings near k = rate, and grows like the distance from there.
    """
    some = np.maximum(k, 16.0)
    series = np.polynomial.polynomial.polyval(some**-2, STIRLING) / some
    far = rate / some - 1
    with np.errstate(divide="ignore", over="ignore"):  # at sizes of which the probability is 0
        stirling = np.exp(some * (np.log1p(far) - far) - series) / np.sqrt(2 * np.pi * some)
    return np.where(k < 16, np.exp(xlogy(k, rate) - gammaln(k + 1) - rate), stirling)


def _fixed(array):
    """The array, read-only: a write to what is kept would change all answers after it."""
    array.setflags(write=False)
    return array


def _shape(size):
    """Check a size: a whole number or a tuple of them."""
    if isinstance(size, list):
        arguments.fail("size", size, "one whole number >= 0 or a tuple of them")
    sizes = size if isinstance(size, tuple) else (size,)
    return tuple(arguments.count("size", number, minimum=0) for number in sizes)


def _in_blocks(function, array, width):
    """A function of arrays (k,), of whose tables (k, width) no more are held at a time than `BLOCK` numbers."""
    flat, step = array.ravel(), max(1, BLOCK // width)
    parts = [function(flat[start : start + step]) for start in range(0, max(flat.size, 1), step)]
    joined = np.concatenate(parts, axis=-1)
    return joined.reshape(joined.shape[:-1] + array.shape)


# To find the nodes takes longer than most that is done with them.
_gauss_legendre = cache(np.polynomial.legendre.leggauss)


def _panels(first, last, width, longest):
    """Gauss-Legendre points on [first, last] in panels that double from `width` to `longest`."""
    doublings = max(0, int(np.ceil(np.log2(longest / width))))
    near = width * 2.0 ** np.arange(doublings + 1)
    edges = np.concatenate([near, np.arange(near[-1], last, longest)[1:]])
    edges = np.concatenate([[first], edges[(edges > first) & (edges < last)], [last]])
    node, weight = _gauss_legendre(24)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + node)).ravel(), (half * weight).ravel()


def _log_transform(square, mass, t):
    """log E exp(-t x^2) for values of x^2 and their masses."""
    exponent = -t[:, None] * square
    transform, drop = np.exp(exponent) @ mass, np.expm1(exponent) @ mass
    # Each form keeps its digits where the other loses them.
    return np.where(drop > -0.5, np.log1p(np.maximum(drop, -0.5)), np.log(transform))


def _mean_inverse(n, second_moment, last, log_transform):
    """E[1/S] for the sum S of n copies of x^2, from t -> log E exp(-t x^2).

    1/s is the integral of exp(-s t) over t > 0, so this is the integral of E[exp(-t x^2)]^n, which is
    nothing beyond `last`. In log t the trapezoidal rule converges geometrically.
    """
    # The integrand is 1 below the first t.
    first = -60 - np.log(n.max(initial=1) * second_moment)
    log_t, step = np.linspace(first, np.log(last), int(8 * (np.log(last) - first)), retstep=True)
    t = np.exp(log_t)
    with np.errstate(divide="ignore", under="ignore"):
        log_power = log_transform(t)
        return arguments.plain(_in_blocks(lambda n: step * (np.exp(n[:, None] * log_power) @ t), n, t.size))
