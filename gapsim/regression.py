"""The linear regression of section 5 (Observation 6, Theorems 7 and 8, Figure 2)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gapsim import _arguments as arguments
from gapsim import _phase, _ties
from gapsim._law import by_eps, deliver, probability, risk
from gapsim._prefixes import nested_slopes, slopes_in_passes
from gapsim._progress import watch
from gapsim._types import Attack, Floats, Numbers, Seed, Size, Tie
from gapsim._values import Kept
from gapsim.designs import LARGEST, Design
from gapsim.fits import TIE_SHARE

# A training set of more points is not held but drawn again, in blocks, for each pass of its fit.
HELD, BLOCK = 2**20, 2**16

# The least noise beside a slope, whose fourth power is divided by.
FAINTEST = 1e-30


@dataclass(frozen=True)
class RegressionModel:
    """y = slope x + N(0, noise^2) with x drawn from a design (section 5).

    Parameters
    ----------
    design : Design
        The law of x, such as `NormalDesign()` or `PoissonDesign(5.0, 1)`.
    slope : float
        The true slope w*, of size at most 1e70.
    noise : float
        Standard deviation of the noise, > 0: at most 1e70, and at least 1e-30 of the slope.

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

    design: Design
    slope: float = 1.0
    noise: float = 1.0

    d = 1
    losses = ("squared",)

    def __post_init__(self) -> None:
        if not isinstance(self.design, Design):
            arguments.fail("design", self.design, "a Design, such as NormalDesign()")
        slope = arguments.scalar("slope", self.slope, LARGEST)
        noise = arguments.positive_scalar("noise", self.noise)
        if not FAINTEST * abs(slope) <= noise <= LARGEST:
            arguments.fail("noise", self.noise, f"at most {LARGEST:g}, and at least {FAINTEST:g} of the slope")
        object.__setattr__(self, "slope", slope)
        object.__setattr__(self, "noise", noise)

    def sample(self, n: Size, rng: Seed) -> tuple[Floats, Floats]:
        """Draw a training set.

        Parameters
        ----------
        n : int
            Number of points, >= 1.
        rng : seed or numpy.random.Generator

        Returns
        -------
        x, y : (n,) arrays

        Raises
        ------
        ValueError
            For n not whole or < 1, an rng that is none, or a design whose sample is not finite, real and (n,).
        """
        n = arguments.count("n", n)
        rng = arguments.generator(rng)
        x = arguments.real_array("design", self.design.sample(n, rng), "one whose sample is real")
        if x.shape != (n,) or not np.isfinite(x).all():
            arguments.fail("design", self.design, f"one whose sample({n}, rng) is finite, with shape ({n},)")
        return x, self.slope * x + self.noise * rng.standard_normal(n)

    def standard_risk(self, n: ArrayLike) -> Any:
        """E(w_std - w*)^2, which is noise^2 E[1/sum_i x_i^2].

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1.

        Returns
        -------
        float, or array of the shape of n
            Exact to rounding; inf for n <= 2 inputs with a density at 0, as Gaussian ones, and where x = 0 has
            positive probability.

        Raises
        ------
        ValueError
            For n not whole or < 1, or a design that has no `inverse_moment`.
        """
        n = arguments.whole("n", n)
        return arguments.plain(self._variance(np.broadcast_to(self.design.inverse_moment(n), n.shape)))

    def _variance(self, inverse):
        """noise^2 times an inverse moment, which may be infinite."""
        with np.errstate(invalid="ignore"):
            return np.where(np.isinf(inverse), np.inf, self.noise**2 * inverse)

    def first_risk(self, eps: Numbers, *, tie: Tie = "min_norm") -> Any:
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
            For eps negative or NaN, an unknown tie rule, or a design that has no `masses` or `inverse_squares`.
        """
        eps = arguments.non_negative("eps", eps)
        share = TIE_SHARE[arguments.one_of("tie", tie, TIE_SHARE)]
        below, at, _ = self.design.masses(eps)
        _, inverse_at, inverse_above = self.design.inverse_squares(eps)
        bias = below + (1 - share) ** 2 * at
        variance = inverse_above + share**2 * inverse_at
        return arguments.plain(self.slope**2 * bias + self.noise**2 * variance)

    def first_gap(self, eps: Numbers, *, tie: Tie = "min_norm") -> Any:
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
            For eps negative or NaN, an unknown tie rule, or a design that has no `masses` or `inverse_squares`.

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
        gap = self.slope**2 * bias - self._variance(variance)
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

        The first term has all moments, but under a weak attack large ones: with few of so small training sets
        the mean lies too near the loss that is most often seen, and an interval covers less than its level. Of those
        of 1000 trials with `NormalDesign()` nine in ten hold the gap at n = 3 under an attack of 0.05, three in four
        under one of 0.001 (at n = 4 nine in ten). `gap` has it without sampling.
        """
        arguments.one_of("rule", rule, ("minimizer",))
        eps = _ties.widen(eps)
        if n.max() <= HELD:
            x, y = self.sample(trials * int(n.max()), rng)
            standard, gaps = nested_slopes(x.reshape(-1, trials), y.reshape(-1, trials), n, eps)
        else:
            fits = [slopes_in_passes(self._again(int(n.max()), rng), n, eps) for _ in range(trials)]
            standard, gaps = (np.stack(part, axis=-1) for part in zip(*fits))
        standard -= self.slope
        standard *= standard
        light = np.broadcast_to(self.design.light_tailed(n), n.shape)
        if not light.all():
            standard[~light] = self.standard_risk(n[~light])[:, None]
        gaps -= self.slope
        gaps *= gaps
        gaps -= standard[:, None]
        gaps[:, eps == 0] = 0
        return gaps.transpose(2, 0, 1)

    def _again(self, n, rng):
        """A function that draws one training set in blocks, the same each time it is called."""
        start = rng.bit_generator.state

        def draw():
            rng.bit_generator.state = start
            for first in range(0, n, BLOCK):
                yield self.sample(min(BLOCK, n - first), rng)

        return draw

    def gap(self, n: ArrayLike, eps: Numbers, *, full_output: bool = False) -> Any:
        """Exact scaled gap g_n/E[x^2], without sampling.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1 (tested up to 10**6); broadcasts with eps.
        eps : float or array_like
            Radius of the attack, 0 or from 1e-70 to 2**50.
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
            For n not whole or < 1, eps out of range or NaN, shapes that do not broadcast, or a design that does not know
            the law of a term.
        ArithmeticError
            If the error exceeds 1e-3 (slope^2 + noise^2) and is not returned, or if the computation
            would take too long, as it may for inputs of many values or on no lattice, and for a noise that is
            small against their distance (Poisson inputs with rate 5 and few points: from about a tenth of the slope
            down). A risk that takes long and is nearly done is given, with the error that it has by then: on each
            side of w = 0 about 1e-4 of that unit, and more where the noise is small.

        Notes
        -----
        The chapter "Beyond the paper: no sampling"; proven in appendix G.
        """
        arguments.flag("full_output", full_output)
        law = SlopeLaw(self, n, eps)
        standard = np.asarray(self.standard_risk(law.n))
        value, error = np.where(law.eps > 0, -np.inf, 0.0), np.zeros(law.n.shape)
        here = (law.eps > 0) & np.isfinite(standard)
        if here.any():
            risk, error[here] = SlopeLaw(self, law.n[here], law.eps[here]).squared_error(full_output=True)
            value[here] = risk - standard[here]
        one = here & (law.n == 1)
        value[one] = self.first_gap(law.eps[one])  # where no input is within the attack it is 0 without rounding
        return deliver(value, error, self.slope**2 + self.noise**2, full_output)

    def slope_cdf(self, w: ArrayLike, n: ArrayLike, eps: Numbers, *, full_output: bool = False) -> Any:
        """P(w_rob <= w), the law of the robust slope itself: `SlopeLaw.cdf`.

        Parameters
        ----------
        w : float or array_like
            At most 2**50 hypot(slope, noise) in size.
        n : int or array_like of int
            Size of the training set, >= 1.
        eps : float or array_like
            Radius of the attack, 0 or from 1e-70 to 2**50. All three broadcast.
        full_output : bool
            Whether to return the estimate of the error too.

        Returns
        -------
        float, or array of the broadcast shape
        error : float or array, if `full_output`

        Raises
        ------
        ValueError, ArithmeticError
            As `SlopeLaw.cdf`.
        """
        return self.law(n, eps).cdf(w, full_output=full_output)

    def law(self, n: ArrayLike, eps: Numbers) -> "SlopeLaw":
        """The law of the robust slope: `law.cdf(w)` and `law.risk`.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1; broadcasts with eps.
        eps : float or array_like
            Radius of the attack, 0 or from 1e-70 to 2**50.

        Returns
        -------
        SlopeLaw

        Raises
        ------
        ValueError
            For n not whole or < 1, eps out of range or NaN, or shapes that do not broadcast.
        """
        return SlopeLaw(self, n, eps)

    def term(self, w: Attack, eps: Attack) -> Any:
        """The law of one of the n independent terms whose sum is half the loss's derivative at w.

        Parameters
        ----------
        w : float
        eps : float
            Radius of the attack, >= 0.

        Returns
        -------
        object
            With `moments`, the mean and variance of a term Z; `transform`, E exp(theta Z) of a complex
            array theta; and `atom`, P(Z = 0). For w < 0 those of -Z, seen from the other side.
        """
        w = arguments.real_array("w", w, "one finite number")
        if w.ndim or not np.isfinite(w):
            arguments.fail("w", w, "one finite number")
        eps = arguments.non_negative_scalar("eps", eps)
        side = -1.0 if w < 0 else 1.0
        return self.design.term(side * self.slope, self.noise, eps, abs(float(w)))

    def limit(self, eps: Numbers) -> Any:
        """Limit of the scaled gap as n tends to infinity, (limit_slope - slope)^2.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.

        Returns
        -------
        float, or array of the shape of eps
            Where x = 0 has positive probability, and every gap is -inf, the robust model's limit alone.

        Raises
        ------
        ValueError
            For eps negative or NaN, or a design that has no `nodes`.
        """
        return (self.limit_slope(eps) - self.slope) ** 2

    def limit_slope(self, eps: Numbers) -> Any:
        """The robust slope of infinitely many points: the w that minimises E(|y - w x| + eps |w|)^2.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.

        Returns
        -------
        float, or array of the shape of eps
            Between 0 and `slope`; 0 from `threshold` on (at it, up to rounding).

        Raises
        ------
        ValueError
            For eps negative or NaN, or a design that has no `nodes`.
        """
        return self._of_eps(_phase.limit_slope, eps)

    def threshold(self) -> float:
        """The attack eps_c from which on infinitely many points give the robust slope 0.

        Returns
        -------
        float
            |slope| E[x^2] / E|y|.

        Raises
        ------
        ValueError
            For a design that has no `nodes`.
        """
        return _phase.threshold(self.design, self.slope, self.noise)

    def correction(self, eps: Numbers) -> Any:
        """The b of g_n/E[x^2] = limit + b/n + o(1/n): its sign says from which side the limit is met.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.

        Returns
        -------
        float, or array of the shape of eps
            Where b > 0 the gap ends by falling, where b < 0 by rising. 0 at eps = 0, where the two
            models are one. Above `threshold` the robust slope is 0 but for an event whose probability
            falls faster than every power of n, and b = -noise^2/E[x^2] is the standard model's alone. nan at the
            threshold, where the term after the limit is of order 1/sqrt(n). -inf where x = 0 has
            positive probability, which makes every gap -inf.

        Raises
        ------
        ValueError
            For eps negative or NaN, or a design that has no `nodes`.

        Notes
        -----
        Below the threshold, at the limit slope w, with Z the term of the loss's derivative there
        (`term`), v = Var Z, H = d E Z/dw and a = slope - w,

            b = v/H^2 - (a/H) (v/H)' - noise^2/E[x^2].

        The first term is the variance of the robust slope, the second twice its bias times w - slope,
        the third the variance of the standard slope. Appendix H has the proof.

        Examples
        --------
        >>> from gapsim import DiscreteDesign, NormalDesign, RegressionModel
        >>> for design in (NormalDesign(), DiscreteDesign([-1.0, 1.0], [0.5, 0.5])):
        ...     model = RegressionModel(design)
        ...     print(round(model.correction(0.6 * model.threshold()), 4))
        1.3566
        -0.2525
        """
        return self._of_eps(_phase.correction, eps)

    def _of_eps(self, function, eps):
        eps = arguments.non_negative("eps", eps)
        values = [function(self.design, self.slope, self.noise, radius) for radius in eps.flat]
        return arguments.plain(np.array(values, dtype=float).reshape(eps.shape))


class SlopeLaw(Kept):
    """The law of the robust slope of n points under the attack eps: `RegressionModel.law` (appendix G).

    Parameters
    ----------
    model : RegressionModel
        With a design that knows the law of a term.
    n : int or array_like of int
        Size of the training set, >= 1.
    eps : float or array_like
        Radius of the attack, 0 or from 1e-70 to 2**50; broadcasts with n.

    Raises
    ------
    ValueError
        If `model` is no RegressionModel, n not whole or < 1, or eps out of range or NaN.

    Examples
    --------
    With two points +-1 and eps = 0.9 the slope is 0 where the points speak for different signs, and
    neither 19 times louder than the other:

    >>> from gapsim import DiscreteDesign, RegressionModel
    >>> law = RegressionModel(DiscreteDesign([-1.0, 1.0], [0.5, 0.5])).law(n=2, eps=0.9)
    >>> print(round(law.cdf(0.0) - law.cdf(-1e-9), 4), round(law.risk, 4))
    0.2385 0.5499
    """

    def __init__(self, model: RegressionModel, n: ArrayLike, eps: Numbers) -> None:
        if not isinstance(model, RegressionModel):
            arguments.fail("model", model, "a RegressionModel")
        n, eps = arguments.whole("n", n), arguments.non_negative("eps", eps)
        if (eps > 2.0**50).any():
            # Beyond, k = eps - sgn(r) x is not exact in floating point.
            arguments.fail("eps", eps, "at most 2**50")
        if ((0 < eps) & (eps < 1 / LARGEST)).any():
            # The slope can be as large as 1/eps, and its fourth power has to be a float.
            arguments.fail("eps", eps, f"0 or at least {1 / LARGEST:g}")
        self.model = model
        self.n, self.eps = (np.array(array) for array in arguments.broadcast(n=n, eps=eps))
        for array in (self.n, self.eps):
            array.setflags(write=False)

    def __repr__(self) -> str:
        return f"{self.model!r}.law(n={self.n.tolist()}, eps={self.eps.tolist()})"

    def cdf(self, w: ArrayLike, *, full_output: bool = False) -> Any:
        """P(w_rob <= w).

        Parameters
        ----------
        w : float or array_like
            At most 2**50 hypot(slope, noise) in size; broadcasts with n and eps.
        full_output : bool
            Whether to return the estimate of the error too.

        Returns
        -------
        float, or array of the broadcast shape
            Right-continuous: at w = 0 the probability of a slope of exactly 0 is included.
        error : float or array, if `full_output`

        Raises
        ------
        ValueError
            For w too large or NaN, shapes that do not broadcast, or a design that does not know the law of a term.
        ArithmeticError
            As `RegressionModel.gap`.
        """
        model = self.model
        w = arguments.numbers("w", w, "finite")
        unit = np.hypot(model.slope, model.noise)
        if not (np.abs(w) <= 2.0**50 * unit).all():
            arguments.fail("w", w, "at most 2**50 hypot(slope, noise) in size")
        arguments.flag("full_output", full_output)
        w, n, eps = (np.array(array) for array in arguments.broadcast(w=w, n=self.n, eps=self.eps))
        value, error = np.zeros(w.shape), np.zeros(w.shape)
        points = np.unique(w)
        for point in watch(points, len(points), None):
            # Left of 0 look from the other side; there is no atom there.
            side = 1 if point >= 0 else -1

            def above(n, eps):
                term = model.design.term(side * model.slope / unit, model.noise / unit, eps, abs(point) / unit)
                return probability(term, n)

            here = w == point
            value[here], error[here] = by_eps(above, n[here], eps[here])
            if side == 1:
                value[here] = 1 - value[here]
        return deliver(value, error, 1.0, full_output)

    @property
    def risk(self) -> Any:
        """E(w_rob - slope)^2, float or array: `squared_error` without its error."""
        return self.squared_error()

    def squared_error(self, *, full_output: bool = False) -> Any:
        """E(w_rob - slope)^2; closed for n = 1 and for eps = 0.

        Parameters
        ----------
        full_output : bool
            Whether to return the estimate of the error too.

        Returns
        -------
        float, or array of the broadcast shape of n and eps
        error : float or array, if `full_output`
            An estimate: that of the quadrature over w, plus the integral of those of the probabilities'
            errors, plus a bound on what lies beyond the last w. Inputs of separate values and noise of less than .4
            of the slope may leave faint waves between the points of the quadrature: at least
            2e-6 (slope^2 + noise^2) is told there, twice the largest that random settings showed.

        Raises
        ------
        ValueError
            For a design that does not know what is needed.
        ArithmeticError
            As `RegressionModel.gap`.
        """
        arguments.flag("full_output", full_output)
        model = self.model

        def compute(n, eps):
            return risk(model, n, eps)

        value, error = np.array(model.first_risk(self.eps)), np.zeros(self.n.shape)
        free, more = self.eps == 0, (self.n > 1) & (self.eps > 0)
        if free.any():
            value[free] = model.standard_risk(self.n[free])
        value[more], error[more] = by_eps(compute, self.n[more], self.eps[more])
        return deliver(value, error, model.slope**2 + model.noise**2, full_output)
