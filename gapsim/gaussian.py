"""The Gaussian model (section 4.1, Theorem 1, Corollary 2)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import elementwise
from scipy.special import ndtr

from gapsim import _arguments as arguments
from gapsim import _outcomes
from gapsim._progress import watch
from gapsim._types import Floats, Numbers, Parameter, Seed
from gapsim.classifiers import MeanModel

# Highest power in the series of `coordinate_gap`: below its switch the next term is under 1e-14.
SERIES_ORDER = 9
SERIES_SWITCH = 0.1
SERIES_BLOCK = 2**14
# Below this t two terms in its powers leave a share of less than 1e-12.
FAINT = 1e-3


@dataclass(frozen=True, init=False)
class GaussianModel(MeanModel):
    """y = +-1 equally likely and x | y ~ N(y mean, diag(std**2)).

    Parameters
    ----------
    mean : float, Fraction or Decimal, or (d,) array_like of them
        Mean of the positive class, >= 0; a coordinate with mean 0 adds nothing to the gap.
    std : float or (d,) array_like
        Standard deviation of each coordinate, > 0 and finite.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.

    Raises
    ------
    ValueError
        For values outside these ranges, sizes beyond 1e300, or shapes that do not broadcast.

    Notes
    -----
    Section 4.1. The attributes `mean` and `std` are read-only arrays of shape (d,), `mean` with Fractions if given
    as such: then `limit` and `turning_point` compare it exactly with an eps that is exact too.

    Examples
    --------
    >>> from gapsim import GaussianModel
    >>> model = GaussianModel(mean=1.0, std=2.0)
    >>> print(model.gap(n=[1, 24, 100], eps=0.95).round(4))
    [0.0377 0.437  0.4013]
    >>> print(model.turning_point(eps=0.95).round(1))
    [29.6]
    >>> model.limit(eps=1.5)
    1.0
    """

    mean: NDArray
    std: Floats
    bound: float

    def __init__(self, mean: Parameter, std: Parameter, bound: float = 1.0) -> None:
        arrays = arguments.coordinates(
            mean=arguments.parameter("mean", mean), std=arguments.floats("std", std, arguments.positive)
        )
        object.__setattr__(self, "mean", arrays[0])
        object.__setattr__(self, "std", arrays[1])
        object.__setattr__(self, "bound", arguments.positive_scalar("bound", bound))

    def sample(self, n: int, rng: Seed) -> tuple[Floats, Floats]:
        n, stream = arguments.count("n", n), arguments.generator(rng)
        y = 2 * stream.integers(2, size=n) - 1
        x = y[:, None] * self.class_mean + self.std * stream.standard_normal((n, self.d))
        return x, y

    def test_error(self, w: ArrayLike) -> Any:
        """Expected share of wrong answers of weights on unperturbed test data, a coin being tossed at w = 0.

        Parameters
        ----------
        w : (..., d) array_like

        Returns
        -------
        float, or (...) array
            Phi(-<w, mean>/sqrt(sum_j w_j**2 std_j**2)), and 1/2 at w = 0.

        Raises
        ------
        ValueError
            For a w whose last axis is not d, or that is not finite.

        Examples
        --------
        >>> from gapsim import GaussianModel
        >>> print(GaussianModel(1.0, 2.0).test_error([[1.0], [0.0], [-1.0]]).round(4))
        [0.3085 0.5    0.6915]
        """
        w = arguments.finite("w", w, f"finite, with shape (..., {self.d})")
        # In units of the largest weight, on which nothing depends.
        largest = np.abs(w).max(axis=-1, keepdims=True, initial=0)
        w = np.divide(w, largest, out=np.zeros(w.shape), where=largest > 0)
        margin = -self.test_loss(w)
        with np.errstate(over="ignore"):
            spread = np.hypot.reduce(w * self.std, axis=-1)
            score = np.divide(margin, spread, out=np.zeros(np.shape(margin)), where=spread > 0)
        return arguments.plain(ndtr(-score))

    def _test_error(self, trials, rng):
        return self.test_error

    @cached_property
    def _groups(self):
        """Pairs of mean and std, and how often each occurs, the most frequent first."""
        pairs, copies = np.unique([self.class_mean, self.std], axis=1, return_counts=True)
        groups = [(*pair, number) for pair, number in zip(pairs.T.tolist(), copies.tolist())]
        return sorted(groups, key=lambda group: -group[2])

    @cached_property
    def _distinct(self):
        """Pairs of mean and std that add to the gap, and how often each occurs."""
        return sorted(group for group in self._groups if group[0] > 0)

    def _mean_counts(self):
        return [mean for mean, _, _ in self._groups], [number for _, _, number in self._groups]

    @property
    def _knows_accuracy(self):
        return _outcomes.table_size(self._mean_counts()[1]) <= _outcomes.LARGEST_TABLE

    def _accuracy(self, laws):
        return _outcomes.normal_accuracy(self._groups, laws)

    def _places(self, n, radii):
        n, eps = (part.ravel() for part in np.broadcast_arrays(n, radii.value))
        found, root = [], np.sqrt(n)
        with np.errstate(over="ignore"):
            for mean, std, _ in self._groups:
                low, zero, high, above = (
                    ndtr(root * (point / std)) for point in (-eps - mean, -mean, eps - mean, mean - eps)
                )
                none = np.zeros(n.shape)
                found.append(np.array([low, none, zero - low, none, high - zero, none, above]))
        return found

    def _gap(self, n, eps):
        # Theorem 1; derived in the chapter "Gaussian model". Relative error below 1e-10 wherever
        # 1e-4 <= sqrt(n) mean/std <= 30 and 0.01 <= eps/mean <= 3.
        total = np.zeros(np.broadcast_shapes(n.shape, eps.shape))
        for mean, std, copies in watch(self._distinct, len(self._distinct), None):
            total += copies * mean * _coordinate_gap(n, mean, std, eps)
        return total

    def turning_point(self, eps: Numbers) -> Floats:
        """Real n* at which each coordinate's gap stops rising and starts to fall.

        Parameters
        ----------
        eps : float, Fraction or Decimal, or array_like of them
            Radius of the attack, >= 0.

        Returns
        -------
        array of shape eps.shape + (d,)
            inf where the gap never falls (eps >= mean), nan where it is constant (mean or eps 0).

        Raises
        ------
        ValueError
            For eps negative or NaN.

        Notes
        -----
        The exact form of Theorem 1(c): n* = t*^2 (std/mean)^2 with t*^2 = `turning_time`. It is the
        same for both rules.
        """
        radii = arguments.radii("eps", eps)
        return self._turning_point(radii, self._given_means())

    def _turning_point(self, radii, given_means):
        radii, mean = radii.column(), self.class_mean
        with np.errstate(all="ignore"):
            time = _turning_time(radii.value, mean, radii.less(mean, given_means))
            point = np.where(time == np.inf, np.inf, time * (self.std / mean) ** 2)
        return np.where((mean == 0) | (radii.value == 0), np.nan, point)


def coordinate_gap(n: ArrayLike, mean: Numbers, std: Numbers, eps: Numbers) -> Any:
    """Gap of one coordinate with the minimiser's rule, in units of W mean.

    Parameters
    ----------
    n : float or array_like
        Size of the training set, > 0, here not only whole; all four broadcast.
    mean : float or array_like
        Mean of the positive class, > 0.
    std : float or array_like
        Standard deviation, > 0.
    eps : float or array_like
        Radius of the attack, >= 0.

    Returns
    -------
    float, or array of the broadcast shape
        P(0 < u < eps) - P(-eps < u < 0) for u ~ N(mean, std**2/n), which is
        Phi(a - t) + Phi(-a - t) - 2 Phi(-t) with t = sqrt(n) mean/std and a = sqrt(n) eps/std.

    Raises
    ------
    ValueError
        For values outside these ranges, or shapes that do not broadcast.

    Notes
    -----
    The three cdfs cancel where a is small. There the gap is summed as its Hermite series
    2 phi(t) sum_{k odd} He_k(t) a^(k+1)/(k+1)!, which has no cancellation; so it is where t is small, in powers of t.

    Examples
    --------
    >>> from gapsim import coordinate_gap
    >>> print(coordinate_gap(n=[1, 24, 100], mean=1.0, std=2.0, eps=0.95).round(4))
    [0.0377 0.437  0.4013]
    """
    n, mean, std = (
        arguments.positive(name, value) for name, value in (("n", n), ("mean", mean), ("std", std))
    )
    eps = arguments.non_negative("eps", eps)
    return arguments.plain(
        _coordinate_gap(*arguments.broadcast(n=n, mean=mean, std=std, eps=eps))
    )


def _coordinate_gap(n, mean, std, eps):
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        root = np.sqrt(n)
        t, a = np.broadcast_arrays(root * (mean / std), root * (eps / std))
        small = a * np.maximum(t, 1) <= SERIES_SWITCH
        if small.all():
            return _series(t, a).reshape(t.shape)
        gap = np.asarray(ndtr(root * ((eps - mean) / std)) + ndtr(-a - t) - 2 * ndtr(-t))
        if small.any():
            gap[small] = _series(t[small], a[small])
        faint = ~small & (t < FAINT)
        if faint.any():
            gap[faint] = _faint(t[faint], a[faint])
        return gap


def _faint(t, a):
    # The integral of 2 phi(x) - phi(a - x) - phi(a + x) from 0 to t, to its second term.
    square = np.minimum(a * a, 1500.0)  # the exponential is 0 long before
    lost, seen = np.expm1(-square / 2), np.exp(-square / 2)
    return np.sqrt(2 / np.pi) * t * (t * t / 6 * (lost - square * seen) - lost)


def _series(t, a):
    # Block by block: a dozen passes over an array that stays in the cache.
    t, a = t.ravel(), a.ravel()
    total = np.empty(t.shape)
    for start in range(0, t.size, SERIES_BLOCK):
        block = slice(start, start + SERIES_BLOCK)
        total[block] = _series_block(t[block], a[block])
    return total


def _series_block(t, a):
    # Terms He_k(t) a^(k+1)/(k+1)! from He_(k+1) = t He_k - k He_(k-1).
    square, product = a * a, a * t
    even, odd = a, product * a / 2
    total = odd.copy()
    for k in range(2, SERIES_ORDER, 2):
        even = (product * odd - (k - 1) / k * square * even) / (k + 1)
        odd = (product * even - k / (k + 1) * square * odd) / (k + 2)
        total += odd
    return total * np.exp(-t * t / 2) * np.sqrt(2 / np.pi)


def turning_time(eps: Numbers, mean: Numbers) -> Any:
    """Squared signal-to-noise ratio t*^2 = n* (mean/std)^2 at the turning point.

    Parameters
    ----------
    eps : float, Fraction or Decimal, or array_like of them
        Radius of the attack, >= 0; broadcasts with mean.
    mean : float, Fraction or Decimal, or array_like of them
        Mean of the positive class, >= 0.

    Returns
    -------
    float, or array of the broadcast shape
        The only positive root of the slope; inf for eps >= mean, and 3, its limit, for eps = 0.

    Raises
    ------
    ValueError
        For values that are negative, infinite or NaN, or shapes that do not broadcast.

    Notes
    -----
    With rho = eps/mean and L = log 1/(1 - rho), max(3, 2 L + 2 log 2) <= t*^2 <= 3 + 2 L: the sharp
    form of the two bounds in Theorem 1(c). Unless both are exact, eps and a mean count as equal within a share of 2**-40
    (2**-19 for 32 bits).

    Examples
    --------
    >>> from gapsim import turning_time
    >>> print(turning_time(eps=[0.5, 0.95, 1.0], mean=1.0).round(3))
    [3.455 7.396   inf]
    """
    radii, given = arguments.radii("eps", eps), arguments.parameter("mean", mean)
    value, means = arguments.broadcast(eps=radii.value, mean=given.astype(float))
    return arguments.plain(_turning_time(value, means, radii.less(means, given)))


def _turning_time(eps, mean, less):
    """The same of arrays that broadcast, where `less` is eps - mean, 0 where the two count as equal."""
    eps, mean, less = np.broadcast_arrays(eps, mean, less)
    time = np.full(eps.shape, np.inf)
    time[eps == 0] = 3.0
    weak = (0 < eps) & (less < 0)
    if weak.any():
        rho, rest = eps[weak] / mean[weak], -less[weak] / mean[weak]
        log = -np.log(rest)
        # A little outside the proven bounds, which the root meets at both ends of the range.
        low, high = np.maximum(3, 2 * log + 2 * np.log(2)), 3 + 2 * log
        root = elementwise.find_root(
            _slope_sign, (low * (1 - 1e-9), high * (1 + 1e-9)), args=(rho, rest), tolerances={"xrtol": 1e-15, "xatol": 0.0}
        )
        time[weak] = np.clip(root.x, low, high)  # for the weakest attacks no slope is told from 0
    return time


def _slope_sign(time, rho, rest):
    """A function with the zero of the gap's slope in t, stable for rho near 0 and near 1."""
    half = rho * time
    with np.errstate(under="ignore", divide="ignore", invalid="ignore"):
        # log(cosh - rho sinh) twice: the first loses digits as rho -> 0, the second as rho -> 1.
        near_one = half + np.log((rest + (1 + rho) * np.exp(-2 * half)) / 2)
        near_zero = np.log1p(2 * np.sinh(half / 2) ** 2 - rho * np.sinh(half))
    return np.where(rho > 0.5, near_one, near_zero) - rho * half / 2
