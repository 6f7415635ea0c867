"""The Gaussian model (section 4.1, Theorem 1, Corollary 2)."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import elementwise
from scipy.special import ndtr

from gapsim import _arguments as arguments
from gapsim.classifiers import ClassificationModel

# Highest power in the series of `coordinate_gap`: below its switch the next term is under 1e-14.
SERIES_ORDER = 9
SERIES_SWITCH = 0.1
SERIES_BLOCK = 2**14


@dataclass(frozen=True, eq=False)
class GaussianModel(ClassificationModel):
    """y = +-1 equally likely and x | y ~ N(y mean, diag(std**2)).

    Parameters
    ----------
    mean : float or (d,) array_like
        Mean of the positive class, >= 0; a coordinate with mean 0 adds nothing to the gap.
    std : float or (d,) array_like
        Standard deviation of each coordinate, > 0 and finite.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.

    Raises
    ------
    ValueError
        For values outside these ranges, or shapes that do not broadcast.

    Notes
    -----
    Section 4.1. The attributes `mean` and `std` are read-only arrays of shape (d,).

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

    mean: np.ndarray
    std: np.ndarray
    bound: float = 1.0

    def __post_init__(self):
        mean, std = arguments.coordinates(
            mean=arguments.non_negative("mean", self.mean),
            std=arguments.positive("std", self.std),
        )
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "std", std)
        object.__setattr__(self, "bound", arguments.positive_scalar("bound", self.bound))

    @property
    def class_mean(self):
        return self.mean

    def sample(self, n, rng):
        """Draw a training set.

        Parameters
        ----------
        n : int
            Number of points, >= 1.
        rng : seed or numpy.random.Generator

        Returns
        -------
        x : (n, d) array
        y : (n,) array of -1 and +1
        """
        n = arguments.count("n", n)
        rng = arguments.generator(rng)
        y = 2 * rng.integers(2, size=n) - 1
        x = y[:, None] * self.mean + self.std * rng.standard_normal((n, self.d))
        return x, y

    def gap(self, n, eps, rule="minimizer"):
        """Exact cross generalization gap g_n.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1; broadcasts with eps.
        eps : float or array_like
            Radius of the attack, >= 0.
        rule : {"minimizer", "published"}
            Which robust classifier; see `gapsim.robust_classifier`. The published rule has twice
            the gap of the minimiser.

        Returns
        -------
        float, or array of the broadcast shape
            Relative error below 1e-10 wherever 1e-4 <= sqrt(n) mean/std <= 30 and
            0.01 <= eps/mean <= 3.

        Raises
        ------
        ValueError
            For n not whole or < 1, eps negative or NaN, shapes that do not broadcast, or an
            unknown rule.

        Notes
        -----
        Theorem 1; derived in the chapter "Gaussian model".
        """
        n = arguments.whole("n", n)
        eps = arguments.non_negative("eps", eps)
        arguments.one_of("rule", rule, arguments.RULE_FACTOR)
        total = np.zeros(arguments.broadcast(n=n, eps=eps)[0].shape)
        for mean, std in zip(self.mean, self.std):
            if mean > 0:
                total += mean * _coordinate_gap(n, mean, std, eps)
        return arguments.plain(arguments.RULE_FACTOR[rule] * self.bound * total)

    def limit(self, eps, rule="minimizer"):
        """Limit of the gap as n tends to infinity.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.
        rule : {"minimizer", "published"}

        Returns
        -------
        float, or array of the shape of eps

        Notes
        -----
        Theorem 1(b); for the minimiser half of what is printed there.
        """
        eps = arguments.non_negative("eps", eps)
        arguments.one_of("rule", rule, arguments.RULE_FACTOR)
        step = np.heaviside(eps[..., None] - self.mean, 0.5)
        return arguments.plain(arguments.RULE_FACTOR[rule] * self.bound * (step @ self.mean))

    def turning_point(self, eps):
        """Real n* at which each coordinate's gap stops rising and starts to fall.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.

        Returns
        -------
        array of shape eps.shape + (d,)
            inf where the gap never falls (eps >= mean), nan where it is constant (mean or eps 0).

        Notes
        -----
        The exact form of Theorem 1(c): n* = t*^2 (std/mean)^2 with t*^2 = `turning_time`. It is the
        same for both rules.
        """
        eps = arguments.non_negative("eps", eps)[..., None]
        with np.errstate(all="ignore"):
            time = _turning_time(eps, self.mean) * (self.std / self.mean) ** 2
        return np.where((self.mean == 0) | (eps == 0), np.nan, time)


def coordinate_gap(n, mean, std, eps):
    """Gap of one coordinate with the minimiser's rule, in units of W mean.

    Parameters
    ----------
    n, mean, std, eps : array_like
        They broadcast; n, mean, std > 0 and eps >= 0.

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
    2 phi(t) sum_{k odd} He_k(t) a^(k+1)/(k+1)!, which has no cancellation.

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
    with np.errstate(over="ignore", under="ignore"):
        root = np.sqrt(n)
        t, a = np.broadcast_arrays(root * (mean / std), root * (eps / std))
        small = a * np.maximum(t, 1) <= SERIES_SWITCH
        if small.all():
            return _series(t, a).reshape(t.shape)
        gap = ndtr(root * ((eps - mean) / std)) + ndtr(-a - t) - 2 * ndtr(-t)
        if small.any():
            gap[small] = _series(t[small], a[small])
        return gap


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


def turning_time(eps, mean):
    """Squared signal-to-noise ratio t*^2 = n* (mean/std)^2 at the turning point.

    Parameters
    ----------
    eps, mean : array_like
        Radius of the attack and mean of the coordinate; they broadcast, and both are >= 0.

    Returns
    -------
    array
        The only positive root of the slope; inf for eps >= mean, and 3, its limit, for eps = 0.

    Raises
    ------
    ValueError
        For values that are negative, infinite or NaN, or shapes that do not broadcast.

    Notes
    -----
    With rho = eps/mean and L = log 1/(1 - rho), max(3, 2 L + 2 log 2) <= t*^2 <= 3 + 2 L: the sharp
    form of the two bounds in Theorem 1(c).

    Examples
    --------
    >>> from gapsim import turning_time
    >>> print(turning_time(eps=[0.5, 0.95, 1.0], mean=1.0).round(3))
    [3.455 7.396   inf]
    """
    eps, mean = arguments.non_negative("eps", eps), arguments.non_negative("mean", mean)
    return _turning_time(*arguments.broadcast(eps=eps, mean=mean))


def _turning_time(eps, mean):
    eps, mean = np.broadcast_arrays(*np.atleast_1d(eps, mean))
    time = np.full(eps.shape, np.inf)
    time[eps == 0] = 3.0
    weak = (0 < eps) & (eps < mean)
    if weak.any():
        rho, rest = eps[weak] / mean[weak], (mean - eps)[weak] / mean[weak]
        log = -np.log(rest)
        # A little outside the proven bounds, which the root meets at both ends of the range.
        low, high = np.maximum(3, 2 * log + 2 * np.log(2)) * (1 - 1e-9), (3 + 2 * log) * (1 + 1e-9)
        root = elementwise.find_root(
            _slope_sign, (low, high), args=(rho, rest), tolerances={"xrtol": 1e-15, "xatol": 0.0}
        )
        time[weak] = root.x
    return time


def _slope_sign(time, rho, rest):
    """A function with the zero of the gap's slope in t, stable for rho near 0 and near 1."""
    half = rho * time
    with np.errstate(under="ignore"):
        # log(cosh - rho sinh) twice: the first loses digits as rho -> 0, the second as rho -> 1.
        near_one = half + np.log((rest + (1 + rho) * np.exp(-2 * half)) / 2)
        near_zero = np.log1p(2 * np.sinh(half / 2) ** 2 - rho * np.sinh(half))
    return np.where(rho > 0.5, near_one, near_zero) - rho * half / 2
