"""The Bernoulli model (section 4.2, Theorem 3, Corollary 4)."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr

from gapsim import _arguments as arguments
from gapsim import _outcomes, _ties
from gapsim._binomial import SymmetricCdf, binomial_cdf
from gapsim._progress import watch
from gapsim._types import Attack, Floats, Numbers, Parameter, Rule, Seed, Size
from gapsim.classifiers import RULE_FACTOR, ClassificationModel
from gapsim.gaussian import GaussianModel

# C_0, the best constant in the Berry-Esseen theorem for binomial distributions.
BERRY_ESSEEN = (np.sqrt(10) + 3) / (6 * np.sqrt(2 * np.pi))
# Largest float below 2**63, and the numbers at a time that stay in the cache.
LARGEST_FLOAT = 2.0**63 - 1024
BLOCK_NUMBERS = 2**14


@dataclass(frozen=True, init=False)
class BernoulliModel(ClassificationModel):
    """y = +-1 equally likely and x(j) = +-y theta(j) with probability (1 +- tau)/2, independently.

    Parameters
    ----------
    theta : float, Fraction or Decimal, or (d,) array_like of them
        Size of each coordinate, >= 0; a coordinate with theta 0 adds nothing to the gap.
    tau : float, Fraction or Decimal
        Strength of the signal, in (0, 1); theta tau is the mean of the positive class.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.

    Raises
    ------
    ValueError
        For values outside these ranges, or theta beyond 1e300.

    Notes
    -----
    Section 4.2. Here u(j) lives on a lattice, and whether it meets eps matters. A float counts as equal to what is
    within 2**-40 of it (2**-19 for an eps of 32 bits); `fractions.Fraction`, `decimal.Decimal` and whole numbers
    are compared exactly. A simulation is made of floats, and its ties are those of floats.
    The attributes `theta`, a read-only array of shape (d,), and `tau` are floats, or Fractions if given as such.
    For n <= 10**7 the error of the gap is below 1e-12 in units of W tau ||theta||_1.

    Examples
    --------
    >>> from gapsim import BernoulliModel
    >>> model = BernoulliModel(theta=1.0, tau=0.2)
    >>> print(model.gap(n=[4, 5, 6], eps=0.2).round(4))
    [0.     0.0115 0.    ]
    """

    theta: NDArray
    tau: float | Fraction
    bound: float

    def __init__(self, theta: Parameter, tau: Attack, bound: float = 1.0) -> None:
        (array,) = arguments.coordinates(theta=arguments.parameter("theta", theta))
        object.__setattr__(self, "theta", array)
        object.__setattr__(self, "tau", arguments.parameter("tau", tau, arguments.unit_interval).item())
        object.__setattr__(self, "bound", arguments.positive_scalar("bound", bound))

    @cached_property
    def class_mean(self) -> Floats:
        mean = (self.theta * self.tau).astype(float)
        mean.setflags(write=False)
        return mean

    def _given_means(self):
        tau = _ties.fraction(self.tau)
        exact = [None if tau is None or t is None else t * tau for t in map(_ties.fraction, self.theta)]
        return np.array(exact, dtype=object)

    @cached_property
    def gaussian(self) -> GaussianModel:
        """The Gaussian model with the same mean and variance in every coordinate."""
        tau, theta = float(self.tau), self.theta.astype(float)
        # A coordinate without signal has no variance either, and adds nothing whatever it is given.
        std = np.where(theta > 0, theta * np.sqrt((1 - tau) * (1 + tau)), 1)
        return GaussianModel(self.class_mean, std, self.bound)

    def sample(self, n: int, rng: Seed) -> tuple[Floats, Floats]:
        n, stream = arguments.count("n", n), arguments.generator(rng)
        y = 2 * stream.integers(2, size=n) - 1
        agrees = stream.random((n, self.d)) < (1 + float(self.tau)) / 2
        return np.where(agrees, y[:, None], -y[:, None]) * self.theta.astype(float), y

    def _gap_of(self, n, radii):
        # One coordinate's gap is F(eps) + F(-eps) - 2 F(0), with F the mid-distribution function
        # P(u < x) + P(u = x)/2; derived in the chapter "Bernoulli model".
        distinct, counts = self._groups
        weights = np.array([float(theta) * count for theta, count in zip(distinct, counts)])
        total = np.zeros(np.broadcast_shapes(n.shape, radii.value.shape))
        cdf = SymmetricCdf(n, float((1 - self.tau) / 2), queries=len(distinct) * total.size)
        at_zero = cdf(n // 2)
        step = max(1, BLOCK_NUMBERS // max(total.size, 1))
        for start in watch(range(0, len(distinct), step), -(-len(distinct) // step), None):
            some = slice(start, start + step)
            gaps = cdf.middle(*_agreeing(n, distinct[some], radii)) - at_zero
            total += np.tensordot(weights[some], gaps, axes=1)
        return float(self.tau) * total

    @cached_property
    def _groups(self):
        """The sizes > 0 of coordinates, a Fraction apart from a float of its value, and how often each occurs."""
        groups = Counter((type(theta), theta) for theta in self.theta.tolist() if float(theta) > 0)
        return [theta for _, theta in groups], list(groups.values())

    def _mean_counts(self):
        thetas, counts = self._groups
        return [float(theta * self.tau) for theta in thetas], counts

    @property
    def _knows_accuracy(self):
        return _outcomes.halves([4 * count + 1 for count in self._groups[1]])[1] <= _outcomes.LARGEST_TABLE // 4

    def _accuracy(self, laws):
        agree = (1 + float(self.tau)) / 2
        votes = [
            _outcomes.copies(agree * law + (1 - agree) * law[::-1], count)
            for law, count in zip(laws, self._groups[1])
        ]
        values = self._votes()
        up, down = (_outcomes.positive(values, each) for each in (votes, [vote[::-1] for vote in votes]))
        return (1 + up - down) / 2

    def _votes(self):
        """Sums of w theta of each group, -2 count..2 count in units of theta/2, less what a tie may be off."""
        thetas, counts = self._groups
        exact = [_ties.fraction(theta) for theta in thetas]
        steps = [np.arange(-2 * count, 2 * count + 1) for count in counts]
        if any(theta is None for theta in exact):
            return [float(theta) * (step - _ties.TIE * np.abs(step)) for theta, step in zip(thetas, steps)]
        whole = lcm(*(theta.denominator for theta in exact))
        sizes = [int(theta * whole) for theta in exact]
        kind = float if 2 * sum(size * len(step) for size, step in zip(sizes, steps)) < arguments.LARGEST_COUNT else object
        return [step.astype(kind) * size for size, step in zip(sizes, steps)]

    def _places(self, n, radii):
        groups, _ = self._groups
        if not groups:
            return []
        shape = (len(groups), -1)
        below, upto = (np.maximum(count, n // 2).reshape(shape) for count in _agreeing(n, groups, radii))
        n = np.broadcast_to(n, np.broadcast_shapes(n.shape, radii.value.shape)).ravel()
        miss = float((1 - self.tau) / 2)
        found = []
        for less, most in zip(below, upto):
            counts = (n - most - 1, n - less - 1, n - n // 2 - 1, n // 2, less, most)
            cdf = [np.zeros(n.shape), *(binomial_cdf(count, n, miss) for count in counts), np.ones(n.shape)]
            found.append(np.maximum(np.diff(cdf, axis=0), 0))
        return found

    def turning_point(self, eps: Numbers) -> Floats:
        """Real n* at which each coordinate's strip centre stops rising and starts to fall.

        Parameters
        ----------
        eps : float, Fraction or Decimal, or array_like of them
            Radius of the attack, >= 0.

        Returns
        -------
        array of shape eps.shape + (d,)
            inf where the centre never falls (eps >= theta tau), nan where it is constant (theta or eps 0).

        Raises
        ------
        ValueError
            For eps negative or NaN.

        Notes
        -----
        The exact form of Theorem 3(c) and equation (5): n* = t*^2 (1/tau^2 - 1) with t*^2 =
        `turning_time`. It is the same for both rules. The gap itself oscillates, and has no such n*.
        """
        return self.gaussian._turning_point(arguments.radii("eps", eps), self._given_means())

    @overload
    def strip_center(self, n: Size, eps: Attack, *, rule: Rule = ...) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def strip_center(self, n: ArrayLike, eps: Numbers, *, rule: Rule = ...) -> Floats: ...
    def strip_center(self, n, eps, *, rule="minimizer"):
        """Strip centre s_n, around which the gap oscillates: the gap of `gaussian`.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1; broadcasts with eps.
        eps : float, Fraction or Decimal, or array_like of them
            Radius of the attack, >= 0.
        rule : {"minimizer", "published"}
            Which robust classifier.

        Returns
        -------
        float, or array of the broadcast shape

        Raises
        ------
        ValueError
            As for `gap`.

        Notes
        -----
        Theorem 3.
        """
        return self.gaussian.gap(n, eps, rule=rule)

    @overload
    def strip_halfwidth(self, n: Size, *, rule: Rule = ..., sharp: bool = ...) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def strip_halfwidth(self, n: ArrayLike, *, rule: Rule = ..., sharp: bool = ...) -> Floats: ...
    def strip_halfwidth(self, n, *, rule="minimizer", sharp=False):
        """Bound on |gap - strip_center| that holds for every eps.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1.
        rule : {"minimizer", "published"}
            Which robust classifier.
        sharp : bool
            Whether to give this book's bound, of little more than half the width, in place of the paper's.

        Returns
        -------
        float, or array of the shape of n

        Raises
        ------
        ValueError
            For n not whole or < 1, an unknown rule, or a sharp that is not True or False.

        Notes
        -----
        Theorem 3, by the Berry-Esseen theorem; for the minimiser half of what is printed there. The sharp bound is
        proven in the chapter "Is it the Gaussian?".
        """
        n, tau = arguments.whole("n", n), float(self.tau)
        arguments.one_of("rule", rule, RULE_FACTOR)
        # One value of a distribution function is off by C_0 (p^2 + q^2) / sqrt(n p q) at most.
        error = BERRY_ESSEEN * (1 + tau**2) / np.sqrt(n * (1 - tau) * (1 + tau))
        # There are four of them; or a function of total variation below 2, and what its normal mean is off the centre.
        total = 2 * error + _normal_excess(n, tau) if arguments.flag("sharp", sharp) else 4 * error
        factor = RULE_FACTOR[rule] * self.bound
        return arguments.plain(factor * self.class_mean.sum() * total)


def _normal_excess(n, tau):
    """E (r^N - exp(-2 tau N/(1 - tau^2))) 1{N > 0}, where r = (1 - tau)/(1 + tau) and N ~ N(n tau, n (1 - tau^2))."""
    rate, variance = 2 * np.arctanh(tau), (1 - tau) * (1 + tau)
    root = np.sqrt(n / variance)
    # The mean of exp(-rate N) on N > 0; the other one is P(N < 0).
    tilted = np.exp(-n * rate * (tau - rate * variance / 2) + log_ndtr(root * (tau - rate * variance)))
    return tilted - ndtr(-root * tau)


def _agreeing(n, thetas, radii):
    """The largest counts B of points that agree with their label for which u < eps, and u <= eps, of each theta.

    The signal is theta (2 B/n - 1), so the counts are on either side of n (1 + eps/theta)/2, and differ where that
    counts as whole.
    """
    shape = np.broadcast_shapes(n.shape, radii.value.shape)
    column = np.array([float(theta) for theta in thetas]).reshape(-1, *[1] * len(shape))
    with np.errstate(over="ignore"):
        ratio = np.minimum(radii.value / column, 2)
    count = n * (1 + ratio) / 2
    near = np.rint(count)
    # Relative to theta, that is to n/2 in counts. From n = 1/tolerance on no float is off the lattice.
    tie = np.abs(count - near) <= n * radii.tolerance / 2
    upto = np.where(tie, near, np.floor(count))
    below = np.where(tie, near - 1, upto)
    upto, below = (np.minimum(k, LARGEST_FLOAT).astype(np.int64) for k in (upto, below))
    if radii.exact:
        sizes = np.broadcast_to(n, shape).ravel()
        which = np.broadcast_to(np.arange(radii.given.size).reshape(radii.given.shape), shape).ravel()
        for k, theta in enumerate(map(_ties.fraction, thetas)):
            places = np.flatnonzero(tie[k])
            places = places[np.argsort(which[places], kind="stable")]
            each, starts = np.unique(which[places], return_index=True)
            # All sizes of one eps at once.
            for eps, some in zip(map(_ties.fraction, radii.given.ravel()[each]), np.split(places, starts[1:])):
                if theta is not None and eps is not None:
                    share = (1 + min(eps / theta, Fraction(2))) / 2
                    counts = sizes[some].astype(object)
                    exact = counts * share.numerator
                    upto[k].flat[some] = np.minimum(exact // share.denominator, counts)
                    below[k].flat[some] = np.minimum(-(-exact // share.denominator) - 1, counts)
    return np.minimum(below, n), np.minimum(upto, n)
