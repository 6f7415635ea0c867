"""The Bernoulli model (section 4.2, Theorem 3, Corollary 4)."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from gapsim import _arguments as arguments
from gapsim._binomial import binomial_cdf
from gapsim.classifiers import ClassificationModel
from gapsim.gaussian import GaussianModel

# C_0, the best constant in the Berry-Esseen theorem for binomial distributions.
BERRY_ESSEEN = (np.sqrt(10) + 3) / (6 * np.sqrt(2 * np.pi))


@dataclass(frozen=True, eq=False)
class BernoulliModel(ClassificationModel):
    """y = +-1 equally likely and x(j) = +-y theta(j) with probability (1 +- tau)/2, independently.

    Parameters
    ----------
    theta : float or (d,) array_like
        Size of each coordinate, >= 0; a coordinate with theta 0 adds nothing to the gap.
    tau : float
        Strength of the signal, in (0, 1); theta tau is the mean of the positive class.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.

    Raises
    ------
    ValueError
        For values outside these ranges.

    Notes
    -----
    Section 4.2. Here u(j) lives on a lattice, and whether it meets eps matters. So theta, tau and
    eps may be `fractions.Fraction` or `decimal.Decimal`, a float counts as the decimal written for
    it (0.06 is 3/50), and they are compared exactly. The attributes `theta`, a read-only array of
    shape (d,), and `tau` are floats.

    Examples
    --------
    >>> from gapsim import BernoulliModel
    >>> model = BernoulliModel(theta=1.0, tau=0.2)
    >>> print(model.gap(n=[4, 5, 6], eps=0.2).round(4))
    [0.     0.0115 0.    ]
    """

    theta: np.ndarray
    tau: float
    bound: float = 1.0

    def __post_init__(self):
        (theta,) = arguments.coordinates(theta=arguments.non_negative("theta", self.theta))
        tau = arguments.unit_interval("tau", self.tau)
        object.__setattr__(self, "_theta", np.atleast_1d(arguments.exact(self.theta)))
        object.__setattr__(self, "_tau", arguments.exact(self.tau).item())
        object.__setattr__(self, "theta", theta)
        object.__setattr__(self, "tau", tau)
        object.__setattr__(self, "bound", arguments.positive_scalar("bound", self.bound))

    @cached_property
    def class_mean(self):
        mean = (self._theta * self._tau).astype(float)
        mean.setflags(write=False)
        return mean

    @cached_property
    def gaussian(self):
        """The Gaussian model with the same mean and variance in every coordinate."""
        spread = np.sqrt((1 - self.tau) * (1 + self.tau))
        # A coordinate without signal has no variance either, and adds nothing whatever it is given.
        std = np.where(self.theta > 0, self.theta * spread, 1)
        return GaussianModel(self.class_mean, std, self.bound)

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
        agrees = rng.random((n, self.d)) < (1 + self.tau) / 2
        x = np.where(agrees, y[:, None], -y[:, None]) * self.theta
        return x, y

    def gap(self, n, eps, rule="minimizer"):
        """Exact cross generalization gap g_n.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1; broadcasts with eps.
        eps : float, Fraction or Decimal, or array_like of them
            Radius of the attack, >= 0.
        rule : {"minimizer", "published"}
            Which robust classifier; see `gapsim.robust_classifier`. The published rule has twice
            the gap of the minimiser.

        Returns
        -------
        float, or array of the broadcast shape
            For n <= 10**7 the error is below 1e-12 in units of W tau ||theta||_1.

        Raises
        ------
        ValueError
            For n not whole or < 1, eps negative or NaN, shapes that do not broadcast, or an
            unknown rule.

        Notes
        -----
        One coordinate's gap is F(eps) + F(-eps) - 2 F(0), with F the mid-distribution function
        P(u < x) + P(u = x)/2; derived in the chapter "Bernoulli model".
        """
        n = arguments.whole("n", n)
        arguments.non_negative("eps", eps)
        eps = arguments.exact(eps)
        arguments.one_of("rule", rule, arguments.RULE_FACTOR)
        total = np.zeros(arguments.broadcast(n=n, eps=eps)[0].shape)
        at_zero = _mid_distribution(n, Fraction(0), self._tau)
        for theta, copies in Counter(self._theta).items():
            if theta > 0:
                at_eps = _mid_distribution(n, eps / theta, self._tau)
                at_minus_eps = _mid_distribution(n, -eps / theta, self._tau)
                mean = float(theta * self._tau)
                total += copies * mean * (at_eps + at_minus_eps - 2 * at_zero)
        return arguments.plain(arguments.RULE_FACTOR[rule] * self.bound * total)

    def limit(self, eps, rule="minimizer"):
        """Limit of the gap as n tends to infinity.

        Parameters
        ----------
        eps : float, Fraction or Decimal, or array_like of them
            Radius of the attack, >= 0. Whether it equals theta tau is decided exactly, with tau
            too as the decimal written.
        rule : {"minimizer", "published"}

        Returns
        -------
        float, or array of the shape of eps

        Notes
        -----
        Theorem 3(b); for the minimiser half of what is printed there.
        """
        arguments.non_negative("eps", eps)
        eps = arguments.exact(eps)[..., None]
        arguments.one_of("rule", rule, arguments.RULE_FACTOR)
        step = (1 + np.sign(eps - self._theta * self._tau).astype(float)) / 2
        return arguments.plain(arguments.RULE_FACTOR[rule] * self.bound * (step @ self.class_mean))

    def turning_point(self, eps):
        """Real n* at which each coordinate's strip centre stops rising and starts to fall.

        Parameters
        ----------
        eps : float, Fraction or Decimal, or array_like of them
            Radius of the attack, >= 0.

        Returns
        -------
        array of shape eps.shape + (d,)
            inf where the centre never falls (eps >= theta tau, both rounded to the nearest float),
            nan where it is constant (theta or eps 0).

        Notes
        -----
        The exact form of Theorem 3(c) and equation (5): n* = t*^2 (1/tau^2 - 1) with t*^2 =
        `turning_time`. It is the same for both rules. The gap itself oscillates, and has no such n*.
        """
        return self.gaussian.turning_point(eps)

    def strip_center(self, n, eps, rule="minimizer"):
        """Strip centre s_n, around which the gap oscillates: the gap of `gaussian`.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1; broadcasts with eps.
        eps : float, Fraction or Decimal, or array_like of them
            Radius of the attack, >= 0.
        rule : {"minimizer", "published"}

        Returns
        -------
        float, or array of the broadcast shape

        Notes
        -----
        Theorem 3.
        """
        return self.gaussian.gap(n, eps, rule)

    def strip_halfwidth(self, n, rule="minimizer"):
        """Bound on |gap - strip_center| that holds for every eps.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1.
        rule : {"minimizer", "published"}

        Returns
        -------
        float, or array of the shape of n

        Notes
        -----
        Theorem 3, by the Berry-Esseen theorem; for the minimiser half of what is printed there.
        """
        n = arguments.whole("n", n)
        arguments.one_of("rule", rule, arguments.RULE_FACTOR)
        # Four values of a distribution function, each off by C_0 (p^2 + q^2) / sqrt(n p q) at most.
        error = BERRY_ESSEEN * (1 + self.tau**2) / np.sqrt(n * (1 - self.tau) * (1 + self.tau))
        factor = arguments.RULE_FACTOR[rule] * self.bound
        return arguments.plain(factor * 4 * self.class_mean.sum() * error)


def _mid_distribution(n, x, tau):
    """P(u < x) + P(u = x)/2 for the signal u of a coordinate with theta = 1.

    n is an array of int and x a Fraction or an array of them; they broadcast. The number B of
    points that agree with their label is binomial, and u < x where B < n (1 + x)/2.
    """
    numerator, denominator = _integers(np.asarray((1 + x) / 2), int(n.max(initial=0)))
    product = n * numerator
    upto = np.asarray(product // denominator)
    below = np.asarray((product - 1) // denominator)
    n = np.broadcast_to(n, upto.shape)
    miss = float((1 - tau) / 2)
    value = binomial_cdf(upto, n, miss)
    tie = below < upto
    value[tie] = (value[tie] + binomial_cdf(below[tie], n[tie], miss)) / 2
    return value


def _integers(fractions, factor):
    """Numerators and denominators: int64 if products with `factor` fit, Python's ints if not."""
    pairs = [(f.numerator, f.denominator) for f in fractions.flat]
    fits = all(factor * abs(a) < 2**63 and b < 2**63 for a, b in pairs)
    pairs = np.array(pairs, dtype=np.int64 if fits else object).reshape(*fractions.shape, 2)
    return pairs[..., 0], pairs[..., 1]
