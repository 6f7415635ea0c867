"""The two laws of the input x in the paper's regression section (section 5)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats
from scipy.special import erf, erfc, ndtr

from gapsim import _arguments as arguments

# Decimals such as 3 and 10 * (3 * 0.1) do not meet in floating point: an input this close to
# eps, relative to eps, counts as equal to it.
TIE = 2.0**-44

# Minus the logarithm of the mass that may be left out at either end of the Poisson law.
NEGLIGIBLE = 60.0

# The support of a Poisson law of this rate has 22,000 values; sums over it would outgrow the memory
# for much larger ones.
LARGEST_RATE = 1e6


@dataclass(frozen=True)
class NormalDesign:
    """Inputs x ~ N(0, 1) (Figures 2a and 2b, Theorem 7).

    Examples
    --------
    >>> from gapsim import NormalDesign
    >>> NormalDesign().sample(size=1000, rng=1).shape
    (1000,)
    """

    second_moment = 1.0

    def sample(self, size, rng):
        """Draw inputs.

        Parameters
        ----------
        size : int or tuple of int
        rng : seed or numpy.random.Generator

        Returns
        -------
        float array of shape `size`
        """
        return arguments.generator(rng).standard_normal(_shape(size))

    def inverse_moment(self, n):
        """E[1 / (x_1^2 + ... + x_n^2)], the mean of an inverse chi-square: infinite for n <= 2."""
        n = arguments.whole("n", n)
        with np.errstate(divide="ignore"):
            return arguments.plain(1 / np.maximum(n - 2.0, 0))

    def light_tailed(self, n):
        """Whether 1 / (x_1^2 + ... + x_n^2) has four finite moments."""
        return arguments.whole("n", n) > 8

    def masses(self, eps):
        """P(|x| < eps), P(|x| = eps) and P(|x| > eps), each of the shape of eps."""
        eps = arguments.non_negative("eps", eps)
        return erf(eps / np.sqrt(2)), np.zeros(eps.shape), erfc(eps / np.sqrt(2))

    def inverse_squares(self, eps):
        """E[1/x^2] over |x| < eps, |x| = eps and |x| > eps, each of the shape of eps."""
        eps = arguments.non_negative("eps", eps)
        with np.errstate(divide="ignore", over="ignore"):
            above = 2 * (stats.norm.pdf(eps) / eps - ndtr(-eps))
        return np.where(eps > 0, np.inf, 0.0), np.zeros(eps.shape), above


@dataclass(frozen=True)
class PoissonDesign:
    """Inputs x = Poisson(rate) + shift (Figures 2c and 2d, Theorem 8).

    Parameters
    ----------
    rate : float
        Mean of the Poisson variable, > 0 and at most 10**6: the exact law sums over its values.
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

    def __post_init__(self):
        rate = arguments.positive_scalar("rate", self.rate)
        if rate > LARGEST_RATE:
            arguments.fail("rate", self.rate, f"one finite number > 0 and at most {LARGEST_RATE:g}")
        object.__setattr__(self, "rate", rate)
        object.__setattr__(self, "shift", arguments.count("shift", self.shift, minimum=0))

    @property
    def second_moment(self):
        """E[x^2], the weight of a squared error of the slope in the test loss (Observation 6)."""
        return self.rate + (self.rate + self.shift) ** 2

    @cached_property
    def support(self):
        """Values of x in increasing order, int64 (k,), but two tails of mass below 1e-26 each."""
        # Bernstein: P(X - rate >= t) <= exp(-t^2 / (2 (rate + t/3))),
        # P(rate - X >= t) <= exp(-t^2 / (2 rate)).
        above = NEGLIGIBLE / 3 + np.sqrt((NEGLIGIBLE / 3) ** 2 + 2 * NEGLIGIBLE * self.rate)
        below = np.sqrt(2 * NEGLIGIBLE * self.rate)
        lowest = max(0, int(np.floor(self.rate - below)))
        return self.shift + np.arange(lowest, int(np.ceil(self.rate + above)) + 1)

    def pmf(self, x):
        """Probability of each value in `x` (array of numbers), float, same shape."""
        x = arguments.real_array("x", x, "an array of numbers")
        x = np.where(np.isinf(x), self.shift - 1, x)  # mass 0
        return arguments.plain(stats.poisson.pmf(x, self.rate, loc=self.shift))

    def sample(self, size, rng):
        """Draw inputs.

        Parameters
        ----------
        size : int or tuple of int
        rng : seed or numpy.random.Generator

        Returns
        -------
        float array of shape `size`
        """
        return arguments.generator(rng).poisson(self.rate, _shape(size)) + float(self.shift)

    def inverse_moment(self, n):
        """E[1 / (x_1^2 + ... + x_n^2)] to rounding; infinite where x = 0 is possible.

        1/s is the integral of exp(-s t) over t > 0, so this is the integral of E[exp(-t x^2)]^n.
        In log t the trapezoidal rule converges geometrically.
        """
        n = arguments.whole("n", n)
        if self.shift == 0:
            return arguments.plain(np.full(n.shape, np.inf))
        square = self.support.astype(float) ** 2
        # The integrand is 1 below the first t, and below exp(-NEGLIGIBLE) above the last.
        first = -NEGLIGIBLE - np.log(n.max(initial=1) * self.second_moment)
        last = np.log(NEGLIGIBLE / square[0])
        log_t, step = np.linspace(first, last, int(8 * (last - first)), retstep=True)
        t = np.exp(log_t)
        mass, exponent = self.pmf(self.support), -t[:, None] * square
        with np.errstate(divide="ignore", under="ignore"):
            transform, drop = np.exp(exponent) @ mass, np.expm1(exponent) @ mass
            # Each form keeps its digits where the other loses them.
            logarithm = np.where(drop > -0.5, np.log1p(np.maximum(drop, -0.5)), np.log(transform))
            return arguments.plain(step * (np.exp(n[..., None] * logarithm) @ t))

    def light_tailed(self, n):
        """Whether 1 / (x_1^2 + ... + x_n^2) has four finite moments."""
        return np.full(arguments.whole("n", n).shape, self.shift > 0)

    def masses(self, eps):
        """P(x < eps), P(x = eps), P(x > eps), each of the shape of eps; 0 counts as > eps = 0."""
        return self._split(eps, self.pmf(self.support))

    def inverse_squares(self, eps):
        """E[1/x^2] over x < eps, x = eps, x > eps, each of the shape of eps; 0 as in `masses`."""
        with np.errstate(divide="ignore"):
            return self._split(eps, self.pmf(self.support) / self.support**2)

    def _split(self, eps, terms):
        eps = arguments.non_negative("eps", eps)[..., None]
        # Without an attack the fit is least squares for every x, as it is above eps.
        at = (np.abs(self.support - eps) <= TIE * eps) & (eps > 0)
        below = (self.support < eps) & ~at
        return tuple(np.where(part, terms, 0.0).sum(axis=-1) for part in (below, at, ~(below | at)))


def _shape(size):
    """Check a size: a whole number or a tuple of them."""
    sizes = size if isinstance(size, tuple) else (size,)
    return tuple(arguments.count("size", number, minimum=0) for number in sizes)
