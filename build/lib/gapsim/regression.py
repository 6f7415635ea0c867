"""The linear regression of section 5 (Observation 6, Theorems 7 and 8, Figure 2)."""

from dataclasses import dataclass

import numpy as np

from gapsim import _arguments as arguments
from gapsim import phase, slope_law
from gapsim._prefixes import nested_slopes
from gapsim.designs import NormalDesign, PoissonDesign
from gapsim.fits import TIE_SHARE


@dataclass(frozen=True)
class RegressionModel:
    """y = slope x + N(0, noise^2) with x drawn from a design (section 5).

    Parameters
    ----------
    design : NormalDesign or PoissonDesign
    slope : float
        The true slope w*.
    noise : float
        Standard deviation of the noise, > 0.

    Raises
    ------
    ValueError
        If `design` is no design, or `slope` or `noise` out of range.

    Notes
    -----
    A slope w has the excess test loss (w - w*)^2 E[x^2] (Observation 6). Whatever is called scaled
    here is in units of E[x^2], as in Figure 2.

    Examples
    --------
    >>> from gapsim import PoissonDesign, RegressionModel
    >>> model = RegressionModel(PoissonDesign(), slope=1.0, noise=1.0)
    >>> print(round(float(model.first_gap(eps=3.0)), 4))
    0.1001
    """

    design: NormalDesign | PoissonDesign
    slope: float = 1.0
    noise: float = 1.0

    d = 1

    def __post_init__(self):
        if not isinstance(self.design, (NormalDesign, PoissonDesign)):
            arguments.fail("design", self.design, "a NormalDesign or a PoissonDesign")
        slope = arguments.real_array("slope", self.slope, "one finite number")
        if slope.ndim or not np.isfinite(slope):
            arguments.fail("slope", self.slope, "one finite number")
        object.__setattr__(self, "slope", float(slope))
        object.__setattr__(self, "noise", arguments.positive_scalar("noise", self.noise))

    def sample(self, n, rng):
        """Draw a training set.

        Parameters
        ----------
        n : int
            Number of points, >= 1.
        rng : seed or numpy.random.Generator

        Returns
        -------
        x, y : (n,) arrays
        """
        n = arguments.count("n", n)
        rng = arguments.generator(rng)
        x = self.design.sample(n, rng)
        return x, self.slope * x + self.noise * rng.standard_normal(n)

    def standard_risk(self, n):
        """E(w_std - w*)^2, which is noise^2 E[1/sum_i x_i^2].

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1.

        Returns
        -------
        float, or array of the shape of n
            Exact to rounding; inf for n <= 2 Gaussian inputs, and where x = 0 has positive
            probability.
        """
        return arguments.plain(self.noise**2 * self.design.inverse_moment(n))

    def first_risk(self, eps, tie="min_norm"):
        """E(w_rob - w*)^2 at n = 1, where w_rob is 0 for |x| < eps and y/x for |x| > eps.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.
        tie : {"min_norm", "midpoint", "max_norm"}
            What is taken at |x| = eps, where every slope from 0 to y/x is a minimiser.

        Returns
        -------
        float, or array of the shape of eps
            Finite for every eps > 0.

        Raises
        ------
        ValueError
            For eps negative or NaN, or an unknown tie rule.
        """
        return arguments.plain(slope_law.first_risk(self.design, self.slope, self.noise, eps, tie))

    def first_gap(self, eps, tie="min_norm"):
        """Scaled gap g_1/E[x^2] with a single training point.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.
        tie : {"min_norm", "midpoint", "max_norm"}
            What is taken at |x| = eps, where every slope from 0 to y/x is a minimiser.

        Returns
        -------
        float, or array of the shape of eps
            -inf for Gaussian inputs and eps > 0; 0 for eps = 0, where the two models are one.

        Raises
        ------
        ValueError
            For eps negative or NaN, or an unknown tie rule.

        Notes
        -----
        Theorems 7 and 8, for any slope and noise: the models differ only where |x| <= eps, which
        leaves E[slope^2 - noise^2/x^2; |x| < eps] and the ties. It is >= 0, and does not decrease
        with eps, if |slope| >= noise, x >= 1 and the tie rule is "min_norm".
        """
        eps = arguments.non_negative("eps", eps)
        share = TIE_SHARE[arguments.one_of("tie", tie, TIE_SHARE)]
        below, at, _ = self.design.masses(eps)
        inverse_below, inverse_at, _ = self.design.inverse_squares(eps)
        bias = below + (1 - share) ** 2 * at
        variance = inverse_below + (1 - share**2) * inverse_at
        gap = self.slope**2 * bias - self.noise**2 * variance
        return arguments.plain(np.where(eps == 0, 0.0, gap))

    def dataset_gaps(self, n, eps, trials, rng, rule):
        """Scaled gaps of simulated training sets, for `gapsim.estimate_gap`.

        One training set of max(n) points is drawn per trial; its first n points are the training
        set of size n, and every eps sees the same draws. Ties are broken to the smallest slope.

        Parameters
        ----------
        n : (k,) int array
        eps : (m,) float array
        trials : int
        rng : numpy.random.Generator
        rule : {"minimizer"}
            A regression has no other.

        Returns
        -------
        (trials, k, m) array
            0 for eps = 0, where the two models are one.

        Notes
        -----
        The gap is (w_rob - w*)^2 - (w_std - w*)^2 where the second term has four finite moments:
        the two are correlated, so much of the noise cancels. Elsewhere (Gaussian inputs, n <= 8)
        that term would swamp the mean and its standard error, and is replaced by its exact
        expectation, `standard_risk`; the gap is then -inf where that is infinite (n <= 2).
        """
        arguments.one_of("rule", rule, ("minimizer",))
        x, y = self.sample(trials * int(n.max()), rng)
        x, y = x.reshape(-1, trials), y.reshape(-1, trials)
        standard, gaps = nested_slopes(x, y, n, eps)
        standard -= self.slope
        standard *= standard
        light = self.design.light_tailed(n)
        if not light.all():
            standard[~light] = self.standard_risk(n[~light])[:, None]
        gaps -= self.slope
        gaps *= gaps
        gaps -= standard[:, None]
        gaps[:, eps == 0] = 0
        return gaps.transpose(2, 0, 1)

    def gap(self, n, eps, full_output=False):
        """Exact scaled gap g_n/E[x^2], without sampling.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, 1 to 10**6; broadcasts with eps.
        eps : float or array_like
            Radius of the attack, >= 0.
        full_output : bool
            Whether to return the estimate of the error too.

        Returns
        -------
        float, or array of the broadcast shape
            0 for eps = 0; -inf where the standard model's risk is infinite. Ties are broken to the
            smallest slope.
        error : float or array, if `full_output`

        Raises
        ------
        ValueError
            For n not whole or < 1, eps negative or NaN, or shapes that do not broadcast.
        ArithmeticError
            If the error exceeds 1e-3 (slope^2 + noise^2) and is not returned, or if the noise is
            too small for Poisson inputs (about 1% of the slope).

        Notes
        -----
        The chapter "Regression without sampling"; proven in appendix G.
        """
        return slope_law.gap(self.design, self.slope, self.noise, n, eps, full_output)

    def slope_cdf(self, w, n, eps, full_output=False):
        """P(w_rob <= w), the law of the robust slope itself.

        Parameters
        ----------
        w : float or array_like
            At most 2**50 hypot(slope, noise) in size.
        n : int or array_like of int
            Size of the training set, >= 1.
        eps : float or array_like
            Radius of the attack, > 0. All three broadcast.
        full_output : bool
            Whether to return the estimate of the error too.

        Returns
        -------
        float, or array of the broadcast shape
        error : float or array, if `full_output`

        Notes
        -----
        Right-continuous: at w = 0 the probability of a slope of exactly 0 is included.
        """
        return slope_law.slope_cdf(self.design, self.slope, self.noise, w, n, eps, full_output)

    def limit(self, eps):
        """Limit of the scaled gap as n tends to infinity, (limit_slope - slope)^2.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.

        Returns
        -------
        float, or array of the shape of eps
        """
        return phase.limit(self.design, self.slope, self.noise, eps)

    def limit_slope(self, eps):
        """The robust slope of infinitely many points: 0 from `threshold` on.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.

        Returns
        -------
        float, or array of the shape of eps
        """
        return phase.limit_slope(self.design, self.slope, self.noise, eps)

    def threshold(self):
        """The attack eps_c = |slope| E[x^2]/E|y| that separates the weak from the strong regime."""
        return phase.threshold(self.design, self.slope, self.noise)
