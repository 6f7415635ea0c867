"""The standard and the robust classifier of the linear loss (section 4, equation (2)).

With the loss -y<w, x> and the weights in the box ||w||_inf <= W, training splits into
coordinates: what counts is the signal u = (1/n) sum_i y_i x_i alone, and the attack costs
eps ||w||_1. The chapter "The linear-loss classifiers" derives both.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from math import prod
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gapsim import _arguments as arguments
from gapsim import _outcomes, _ties
from gapsim._types import Attack, Floats, Loss, Numbers, Rule, Seed, Size
from gapsim._values import Value

# Numbers drawn at a time from a long training set: what it needs does not grow with n d.
PIECE_NUMBERS = 2**18
# The robust classifiers, and what each one's gap is in units of the minimiser's.
RULE_FACTOR = {"minimizer": 1, "published": 2}


class ClassificationModel(Value, ABC):
    """A distribution of (x, y), y = +-1, with the linear loss on ||w||_inf <= bound.

    A model provides `bound`, `class_mean` and `sample`; whatever can be simulated follows from them, and
    so does `limit`. One whose gap is known provides `_gap` too. A model that is a frozen dataclass is equal by
    value and exactness, hashable, printed as the call that makes it, and copied by that call.

    Examples
    --------
    >>> from gapsim import ClassificationModel, GaussianModel
    >>> isinstance(GaussianModel(mean=1.0, std=2.0), ClassificationModel)
    True
    """

    bound: float
    # What `estimate_gap` may compare on test data, its default first.
    losses = ("linear", "zero_one")
    # Of the class mean.
    _tolerance = _ties.TIE

    @property
    @abstractmethod
    def class_mean(self) -> Floats:
        """Mean of the positive class, E[y x], shape (d,)."""

    @property
    def d(self) -> int:
        """Number of coordinates."""
        return len(self.class_mean)

    @abstractmethod
    def sample(self, n: int, rng: Seed) -> tuple[Floats, Floats]:
        """Draw a training set.

        Parameters
        ----------
        n : int
            Number of points, >= 1.
        rng : seed or numpy.random.Generator
            Whatever `numpy.random.default_rng` takes.

        Returns
        -------
        x : (n, d) array
        y : (n,) array of -1 and +1

        Raises
        ------
        ValueError
            For an n that is not whole or < 1, or for what is no rng.
        """

    def test_loss(self, w: ArrayLike) -> Any:
        """Expected loss -E[y<w, x>] of weights on unperturbed test data.

        Parameters
        ----------
        w : (..., d) array_like

        Returns
        -------
        float, or (...) array

        Raises
        ------
        ValueError
            For a w whose last axis is not d, or that is not finite.
        """
        weights = arguments.finite("w", w, f"finite, with shape (..., {self.d})")
        if weights.shape[-1:] != (self.d,):
            raise ValueError(f"w must have shape (..., {self.d}), got {weights.shape}")
        return arguments.plain(-weights @ self.class_mean)

    @overload
    def gap(self, n: Size, eps: Attack, *, rule: Rule = ...) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def gap(self, n: ArrayLike, eps: Numbers, *, rule: Rule = ...) -> Floats: ...
    def gap(self, n, eps, *, rule="minimizer"):
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

        Raises
        ------
        ValueError
            For n not whole or < 1, eps negative or NaN, shapes that do not broadcast, an unknown rule, or a
            model whose exact gap is not known.
        """
        if not self._knows_gap:
            arguments.fail("model", self, "one whose exact gap is known (estimate_gap simulates any)")
        n, radii = arguments.whole("n", n), arguments.radii("eps", eps)
        factor = RULE_FACTOR[arguments.one_of("rule", rule, RULE_FACTOR)]
        shape = arguments.broadcast(n=n, eps=radii.value)[0].shape
        gap = self._gap_of(np.atleast_1d(n), radii.array()).reshape(shape)
        # Where both models are one, rounding shall not tell them apart.
        return arguments.plain(np.where(radii.value == 0, 0.0, factor * self.bound * gap))

    def _gap(self, n: NDArray[np.int64], eps: Floats) -> Floats:
        """Gap of the minimiser in units of the bound, of the shape that n and eps, checked arrays, broadcast to."""
        raise NotImplementedError

    def _gap_of(self, n: NDArray[np.int64], radii: _ties.Radii) -> Floats:
        return self._gap(n, radii.value)

    @property
    def _knows_gap(self) -> bool:
        hooks = (ClassificationModel._gap, ClassificationModel._gap_of)
        return (type(self)._gap, type(self)._gap_of) != hooks

    @overload
    def accuracy_gap(self, n: Size, eps: Attack, *, rule: Rule = ...) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def accuracy_gap(self, n: ArrayLike, eps: Numbers, *, rule: Rule = ...) -> Floats: ...
    def accuracy_gap(self, n, eps, *, rule="minimizer"):
        """Expected accuracy of the standard classifier minus that of the robust one, exact.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1; broadcasts with eps.
        eps : float, Fraction or Decimal, or array_like of them
            Radius of the attack, >= 0.
        rule : {"minimizer", "published"}
            Which robust classifier. Here the published rule has no fixed multiple of the minimiser's gap.

        Returns
        -------
        float, or array of the broadcast shape
            Absolute error below 1e-9 for n <= 10**7; it does not depend on the bound.

        Raises
        ------
        ValueError
            For n not whole or < 1, eps negative or NaN, shapes that do not broadcast, an unknown rule, or a model
            whose outcomes of training cannot be enumerated; `gapsim.estimate_gap` with ``loss="zero_one"``
            simulates any.

        Notes
        -----
        Accuracy is P(y<w, x> > 0) + P(<w, x> = 0)/2 on unperturbed test data: a coin is tossed at 0. A <w, x> counts
        as 0 if it is within 2**-40 of the sum of its terms' sizes, unless all sizes are exact numbers. Equal
        coordinates are counted together: 1000 equal ones, or 12 different ones, can be enumerated. The chapter "Is it
        accuracy that is lost?" has the formulas.

        Examples
        --------
        >>> from gapsim import GaussianModel
        >>> print(GaussianModel([1.0, 1.0], 2.0).accuracy_gap(n=[5, 50], eps=[0.2, 0.5]).round(4))
        [-0.0054  0.0054]
        """
        if not self._knows_accuracy:
            allowed = 'one whose outcomes can be enumerated (estimate_gap(..., loss="zero_one") simulates any)'
            arguments.fail("model", self, allowed)
        n, radii = arguments.whole("n", n), arguments.radii("eps", eps)
        arguments.one_of("rule", rule, RULE_FACTOR)
        shape = arguments.broadcast(n=n, eps=radii.value)[0].shape
        places, gap = self._places(np.atleast_1d(n), radii.array()), np.zeros(shape)
        if places:
            standard, robust = (
                self._accuracy([_outcomes.law(each, _outcomes.WEIGHTS[name]) for each in places])
                for name in ("standard", rule)
            )
            gap = (standard - robust).reshape(shape)
        return arguments.plain(np.where(radii.value == 0, 0.0, gap))

    def gap_law(self, n: Size, eps: Attack, *, rule: Rule = "minimizer") -> tuple[Floats, Floats]:
        """Law of the gap of one training set: its values, and their probabilities.

        Parameters
        ----------
        n : int
            Size of the training set, >= 1.
        eps : float, Fraction or Decimal
            Radius of the attack, >= 0.
        rule : {"minimizer", "published"}
            Which robust classifier; the published rule's values are twice the minimiser's.

        Returns
        -------
        values : (k,) array
            In increasing order. What is within 2**-40 of the largest is one value.
        probabilities : (k,) array
            Their mean is `gap`.

        Raises
        ------
        ValueError
            For an n that is not one whole number >= 1, an eps that is not one number >= 0, an unknown rule, or a
            model whose outcomes of training cannot be enumerated.

        Notes
        -----
        The linear loss: one coordinate's gap is 0 or, at a signal within eps of 0, plus or minus W times its mean
        (half of that at eps itself). See the chapter "Is it accuracy that is lost?".

        Examples
        --------
        >>> from gapsim import GaussianModel
        >>> values, probabilities = GaussianModel(1.0, 2.0).gap_law(n=24, eps=0.95)
        >>> print(values, probabilities.round(3))
        [-1.  0.  1.] [0.007 0.549 0.444]
        """
        if not self._knows_law:
            arguments.fail("model", self, "one whose outcomes can be enumerated (estimate_gap simulates the mean)")
        size, radii = np.array([arguments.count("n", n)]), arguments.radii("eps", eps)
        if radii.value.ndim:
            arguments.fail("eps", eps, "one finite number >= 0")
        factor = RULE_FACTOR[arguments.one_of("rule", rule, RULE_FACTOR)]
        if radii.value == 0:
            return np.zeros(1), np.ones(1)
        lost = np.subtract(_outcomes.WEIGHTS["standard"], _outcomes.WEIGHTS["minimizer"])
        means, counts = self._mean_counts()
        laws = [
            _outcomes.copies(_outcomes.law(each, lost)[:, 0], count)
            for each, count in zip(self._places(size, radii.array()), counts)
        ]
        scale = factor * self.bound / 2
        values = [scale * mean * np.arange(-2 * count, 2 * count + 1) for mean, count in zip(means, counts)]
        return _outcomes.sum_law(values, laws, _ties.TIE * 2 * scale * float(np.dot(means, counts)))

    def _places(self, n: NDArray[np.int64], radii: _ties.Radii) -> list[Floats]:
        """Probabilities of the seven places of `_outcomes`, each (7, m), of every group of equal coordinates."""
        raise NotImplementedError

    def _mean_counts(self) -> tuple[list[float], list[int]]:
        """Mean of each group of equal coordinates, and how many are in it."""
        raise NotImplementedError

    def _accuracy(self, laws: list[Floats]) -> Floats:
        """Expected accuracy of weights with these laws, (5, m) for each group of equal coordinates; shape (m,)."""
        raise NotImplementedError

    @property
    def _knows_accuracy(self) -> bool:
        return False

    @property
    def _knows_law(self) -> bool:
        if type(self)._places == ClassificationModel._places:
            return False
        return prod(4 * count + 1 for count in self._mean_counts()[1]) <= _outcomes.LARGEST_TABLE

    @overload
    def limit(self, eps: Attack, *, rule: Rule = ...) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def limit(self, eps: Numbers, *, rule: Rule = ...) -> Floats: ...
    def limit(self, eps, *, rule="minimizer"):
        """Limit of the gap as n tends to infinity.

        Parameters
        ----------
        eps : float, Fraction or Decimal, or array_like of them
            Radius of the attack, >= 0.
        rule : {"minimizer", "published"}
            Which robust classifier.

        Returns
        -------
        float, or array of the shape of eps

        Raises
        ------
        ValueError
            For eps negative or NaN, or an unknown rule.

        Notes
        -----
        Theorems 1(b) and 3(b); for the minimiser half of what is printed there. The signal tends to the class
        mean, so the coordinates with |mean| < eps are lost, and half of each with |mean| = eps, which its
        signal exceeds half the time by the central limit theorem (x has a finite variance). Unless both are exact, the
        two count as equal within a share of 2**-40 (2**-19 for 32 bits).
        """
        radii = arguments.radii("eps", eps).array()
        tolerance = max(radii.tolerance, self._tolerance)
        factor = RULE_FACTOR[arguments.one_of("rule", rule, RULE_FACTOR)]
        order = np.argsort(np.abs(self.class_mean))
        means = np.abs(self.class_mean)[order]
        sums = np.concatenate([[0.0], np.cumsum(means)])
        with np.errstate(over="ignore"):
            low = np.searchsorted(means, radii.value / (1 + tolerance), "left")
            high = np.searchsorted(means, radii.value / (1 - tolerance), "right")
        limit = (sums[low] + sums[high]) / 2
        if radii.exact:
            given_means = self._given_means()
            for place in zip(*(low < high).nonzero()):
                near = order[low[place] : high[place]]
                one = _ties.Radii(radii.value[place], np.asarray(radii.given[place]), tolerance)
                above = one.less(means[low[place] : high[place]], given_means[near])
                limit[place] = sums[low[place]] + np.heaviside(above, 0.5) @ means[low[place] : high[place]]
        return arguments.plain(factor * self.bound * limit.reshape(np.shape(eps)))

    def _given_means(self) -> NDArray:
        """The sizes of the class means as they were given, or None where they are not exact."""
        return np.abs(self.class_mean)

    def dataset_gaps(
        self, n: NDArray[np.int64], eps: NDArray, trials: int, rng: np.random.Generator, rule: Rule,
        loss: Loss = "linear",
    ) -> Floats:
        """Test-loss gaps of simulated training sets, for `gapsim.estimate_gap`, which checks the arguments.

        One training set of max(n) points is drawn per trial, in pieces if it is long; its first n points are the
        training set of size n, and every eps sees the same draws.

        Parameters
        ----------
        n : (k,) int array
            Sizes of the training set.
        eps : (m,) float array
            Radii of the attack; narrow floats have a wider tolerance.
        trials : int
            Number of training sets.
        rng : numpy.random.Generator
            What they are drawn from.
        rule : {"minimizer", "published"}
            Which robust classifier.
        loss : {"linear", "zero_one"}
            What is compared on test data.

        Returns
        -------
        (trials, k, m) array
        """
        test_loss = self.test_loss if loss == "linear" else self._test_error(trials, rng)
        tolerance, radii, largest = _ties.tolerance(eps), _ties.widen(eps), int(n.max())
        gaps = np.empty((trials, len(n), len(eps)))
        total = spread = np.zeros((trials, self.d))
        step = max(1, PIECE_NUMBERS // (trials * self.d))
        for start in range(0, largest, step):
            points = min(step, largest - start)
            x, y = self._drawn(trials * points, rng)
            tolerance = max(tolerance, _ties.tolerance(x))
            votes = (y[:, None] * x).astype(float, copy=False).reshape(trials, points, self.d)
            sizes = np.abs(votes)
            votes[:, 0] += total
            sizes[:, 0] += spread
            sums, spreads = np.cumsum(votes, axis=1), np.cumsum(sizes, axis=1)
            total, spread = sums[:, -1], spreads[:, -1]
            here = np.flatnonzero((start < n) & (n <= start + points))
            if here.size:
                last, size = n[here] - start - 1, n[here, None]
                gaps[:, here] = self._gaps(sums[:, last] / size, spreads[:, last] / size, radii, tolerance, rule, test_loss)
        return gaps

    def _gaps(self, signal, scale, eps, tolerance, rule, test_loss):
        standard = test_loss(_standard_weights(signal, scale, self.bound, tolerance))
        robust = [
            test_loss(_robust_weights(signal, scale, e, self.bound, rule, tolerance)) for e in eps
        ]
        return np.stack(robust, axis=-1) - standard[..., None]

    def _drawn(self, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """A training set that is what `sample` promises: whoever writes a model may get it wrong."""
        return arguments.training_set(self.sample(n, rng), n, self.d, model=self)

    def _test_error(self, trials: int, rng: np.random.Generator) -> Callable[[Floats], Floats]:
        """How often weights, (trials, k, d), err: here on one fresh test point for each trial, which is unbiased."""
        x, y = self._drawn(trials, rng)
        votes, tolerance = (y[:, None] * x)[:, None], _ties.tolerance(x)

        def error(w):
            score, scale = (w * votes).sum(axis=-1), np.abs(w * votes).sum(axis=-1)
            return (1 - _ties.sign(score, scale, tolerance)) / 2

        return error


class MeanModel(ClassificationModel):
    """A model with an attribute `mean`, the mean of the positive class: floats, or Fractions if given as such."""

    mean: NDArray

    @cached_property
    def class_mean(self) -> Floats:
        mean = self.mean.astype(float)
        mean.setflags(write=False)
        return mean

    def _given_means(self):
        return np.abs(self.mean)


def standard_classifier(x: ArrayLike, y: ArrayLike, bound: float = 1.0) -> Floats:
    """Weights that minimise the training loss: `bound` times the sign of the signal.

    Parameters
    ----------
    x : (..., n, d) array_like
        Inputs; leading axes are separate training sets.
    y : (..., n) array_like
        Labels -1 or +1.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.

    Returns
    -------
    (..., d) array
        0 where the signal is 0, where any weight is optimal.

    Raises
    ------
    ValueError
        For labels other than -1 and +1, NaN or sizes beyond 1e302, shapes that do not fit, or a bound that is not > 0.

    Notes
    -----
    Equation (2), first line.

    Examples
    --------
    >>> from gapsim import standard_classifier
    >>> print(standard_classifier([[0.4, 2.0], [-0.2, -1.0]], [1, -1]))
    [1. 1.]
    """
    signal, scale, tolerance = _signal(x, y)
    return _standard_weights(signal, scale, arguments.positive_scalar("bound", bound), tolerance)


def robust_classifier(
    x: ArrayLike, y: ArrayLike, eps: Numbers, bound: float = 1.0, *, rule: Rule = "minimizer"
) -> Floats:
    """Weights that minimise the training loss under l_inf attacks of size `eps`.

    Parameters
    ----------
    x : (..., n, d) array_like
        Inputs; leading axes are separate training sets.
    y : (..., n) array_like
        Labels -1 or +1.
    eps : float or (m,) array_like
        Radius of the attack, >= 0.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.
    rule : {"minimizer", "published"}
        "minimizer" is the solution of equation (2): W sgn(u) where the signal |u| exceeds eps, 0
        where it is smaller, and W sgn(u)/2, the middle of the solutions, where |u| = eps.
        "published" is W sgn(u - eps sgn(u)), from which the paper's theorems follow; it turns the
        weight against the signal where |u| < eps, which does not minimise equation (2).

    Returns
    -------
    (..., d) array, or (..., m, d) for a sequence of eps

    Raises
    ------
    ValueError
        As for `standard_classifier`, for a negative eps, or for an unknown rule.

    Notes
    -----
    Equation (2), second line. A signal and eps count as equal if they differ by less than 2**-40 of the
    mean of |x|, or 2**-19 if x or eps has 32 bits: the decimals 0.3 and 5 * 0.06 do not meet in floating point.

    Examples
    --------
    >>> from gapsim import robust_classifier
    >>> x, y = [[0.4, 2.0], [-0.2, -1.0]], [1, -1]
    >>> print(robust_classifier(x, y, eps=0.5))
    [0. 1.]
    >>> print(robust_classifier(x, y, eps=0.5, rule="published"))
    [-1.  1.]
    """
    signal, scale, tolerance = _signal(x, y)
    radii = arguments.radii("eps", eps)
    each = arguments.sequence("eps", radii.value)
    bound = arguments.positive_scalar("bound", bound)
    arguments.one_of("rule", rule, RULE_FACTOR)
    tolerance = max(tolerance, radii.tolerance)
    weights = _robust_weights(signal[..., None, :], scale[..., None, :], each[:, None], bound, rule, tolerance)
    return weights if radii.value.ndim else weights[..., 0, :]


def _signal(x, y):
    """The signal u and the mean of |x|, both (..., d), and the tolerance that they have."""
    x, y = arguments.data(x, y, narrow=True)
    if not (np.abs(y) == 1).all():
        arguments.fail("y", y, "-1 or +1")
    return (y[..., None] * x).mean(axis=-2), np.abs(x).mean(axis=-2, dtype=float), _ties.tolerance(x)


def _standard_weights(signal, scale, bound, tolerance=_ties.TIE):
    return bound * _ties.sign(signal, scale, tolerance)


def _robust_weights(signal, scale, eps, bound, rule, tolerance):
    direction = _ties.sign(signal, scale, tolerance)
    margin = _ties.sign(np.abs(signal) - eps, scale, tolerance)
    if rule == "published":
        return bound * direction * margin
    return bound * direction * (1 + margin) / 2
