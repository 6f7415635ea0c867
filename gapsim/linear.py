"""Linear regression in d coordinates, Gaussian inputs (beyond the paper, whose experiments have d = 1)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from gapsim import _arguments as arguments
from gapsim import _ties
from gapsim._types import Floats, Numbers, Parameter, Seed, Size
from gapsim.designs import LARGEST
from gapsim.fits import least_squares, linear_models, robust_slope
from gapsim.regression import FAINTEST

# E|z| of a standard normal z.
MEAN_SIZE = np.sqrt(2 / np.pi)
# With so many points more than coordinates the standard model's loss has four finite moments.
LIGHT = 8


@dataclass(frozen=True, init=False)
class LinearModel:
    """y = <slope, x> + N(0, noise^2) with x ~ N(0, diag(std**2)).

    Parameters
    ----------
    slope : float or (d,) array_like
        The true model w*, each of a size at most 1e70.
    std : float or (d,) array_like
        Standard deviation of each input, from 1e-35 to 1e35.
    noise : float
        Standard deviation of the noise, > 0: at most 1e70, and at least 1e-30 of the largest std |slope|.

    Raises
    ------
    ValueError
        For values outside these ranges, or shapes that do not broadcast.

    Notes
    -----
    Weights w have the excess risk sum_j std_j^2 (w_j - slope_j)^2 (Observation 6), and the gap is the robust
    model's mean of it less the standard model's. In one dimension and with std = 1 this is
    `RegressionModel(NormalDesign(), slope, noise)`. The attributes `slope` and `std` are tuples of d floats.
    The chapter "More than one dimension" has the proofs.

    Examples
    --------
    >>> from gapsim import LinearModel
    >>> model = LinearModel(slope=[1.0, 0.5], std=1.0, noise=1.0)
    >>> print(model.standard_risk([2, 3, 4, 10]).round(3))
    [  inf   inf 2.    0.286]
    >>> print(model.transitions().round(3))
    [0.836 0.475]
    >>> print(model.limit_slope([0.3, 0.6, 0.9]).round(3))
    [[0.717 0.217]
     [0.339 0.   ]
     [0.    0.   ]]
    """

    slope: tuple[float, ...]
    std: tuple[float, ...]
    noise: float

    losses = ("squared",)

    def __init__(self, slope: Parameter, std: Parameter = 1.0, noise: float = 1.0) -> None:
        slopes, deviations = arguments.coordinates(slope=arguments.finite("slope", slope), std=arguments.positive("std", std))
        if (np.abs(slopes) > LARGEST).any():
            arguments.fail("slope", slope, f"of size at most {LARGEST:g}")
        if (np.abs(np.log(deviations)) > np.log(LARGEST) / 2).any():
            arguments.fail("std", std, f"from {LARGEST**-0.5:g} to {LARGEST**0.5:g}")
        deviation = arguments.positive_scalar("noise", noise)
        if not FAINTEST * np.max(deviations * np.abs(slopes)) <= deviation <= LARGEST:
            arguments.fail("noise", noise, f"at most {LARGEST:g}, and at least {FAINTEST:g} of the largest std |slope|")
        object.__setattr__(self, "slope", tuple(slopes.tolist()))
        object.__setattr__(self, "std", tuple(deviations.tolist()))
        object.__setattr__(self, "noise", deviation)

    @property
    def d(self) -> int:
        """Number of coordinates."""
        return len(self.slope)

    def sample(self, n: Size, rng: Seed) -> tuple[Floats, Floats]:
        """Draw a training set.

        Parameters
        ----------
        n : int
            Number of points, >= 1.
        rng : seed or numpy.random.Generator

        Returns
        -------
        x : (n, d) array
        y : (n,) array

        Raises
        ------
        ValueError
            For n not whole or < 1, an rng that is none.
        """
        size, stream = arguments.count("n", n), arguments.generator(rng)
        x = np.array(self.std) * stream.standard_normal((size, self.d))
        return x, x @ np.array(self.slope) + self.noise * stream.standard_normal(size)

    def standard_risk(self, n: ArrayLike) -> Any:
        """Expected excess risk of the shortest least-squares weights.

        Parameters
        ----------
        n : int or array_like of int
            Size of the training set, >= 1.

        Returns
        -------
        float, or array of the shape of n
            noise^2 d/(n - d - 1) for n >= d + 2, inf for n = d - 1, d and d + 1.

        Raises
        ------
        ValueError
            For n not whole or < 1, and for n <= d - 2 where the inputs differ in `std`: only with equal ones
            does the risk, std^2 (1 - n/d) ||slope||^2 + noise^2 n/(d - n - 1), have this form.
        """
        sizes, d = arguments.whole("n", n), self.d
        few, many = sizes <= d - 2, sizes >= d + 2
        if few.any() and len(set(self.std)) > 1:
            arguments.fail("n", n, f"at least d - 1 = {d - 1} where the inputs differ in std")
        signal = float(np.sum(np.square(self.std) * np.square(self.slope)))
        risk = np.full(sizes.shape, np.inf)
        risk[many] = self.noise**2 * d / (sizes[many] - d - 1.0)
        risk[few] = (1 - sizes[few] / d) * signal + self.noise**2 * sizes[few] / (d - sizes[few] - 1.0)
        return arguments.plain(risk)

    def dataset_gaps(self, n, eps, trials, rng, rule):
        """Gaps of simulated training sets, for `gapsim.estimate_gap`.

        One training set of max(n) points is drawn per trial; its first n points are the training set of size
        n, and every eps sees the same draws.

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
        The standard model's part is that of the same training set where this has four finite moments, for n >=
        d + 8, and its expectation elsewhere, as for `RegressionModel`. In more than one dimension this needs
        Clarabel, which the extra `solvers` installs.
        """
        arguments.one_of("rule", rule, ("minimizer",))
        eps = _ties.widen(eps)
        x, y = self.sample(trials * int(n.max()), rng)
        x, y = x.reshape(trials, -1, self.d), y.reshape(trials, -1)
        gaps = np.zeros((trials, n.size, eps.size))
        for k, size in enumerate(n):
            inputs, labels = x[:, :size], y[:, :size]
            paired = size >= self.d + LIGHT
            standard = self._excess(least_squares(inputs, labels)) if paired else self.standard_risk(size)
            for m in np.flatnonzero(eps):
                gaps[:, k, m] = self._excess(_robust(inputs, labels, eps[m])) - standard
        return gaps

    def limit(self, eps: Numbers) -> Any:
        """Limit of the gap as n tends to infinity, the excess risk of `limit_slope`.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.

        Returns
        -------
        float, or array of the shape of eps
            Strictly increasing up to `threshold`, and constant from there on.

        Raises
        ------
        ValueError
            For eps negative or NaN.
        """
        return arguments.plain(self._excess(self.limit_slope(eps)))

    def limit_slope(self, eps: Numbers) -> Floats:
        """The robust model of infinitely many points.

        Parameters
        ----------
        eps : float or array_like
            Radius of the attack, >= 0.

        Returns
        -------
        array of shape eps.shape + (d,)
            `slope`, each coordinate moved towards 0 by a number over its std^2, and 0 from its
            `transitions` on.

        Raises
        ------
        ValueError
            For eps negative or NaN.
        """
        radii = arguments.non_negative("eps", eps)
        slopes = [self._shrunk(self._penalty(radius)) for radius in radii.flat]
        return np.array(slopes).reshape(radii.shape + (self.d,))

    def transitions(self) -> Floats:
        """The attack from which on each coordinate of the limit is 0.

        Returns
        -------
        (d,) array
            In the order of std^2 |slope|; 0 for a coordinate with slope 0. The largest is `threshold`.
        """
        return np.array([self._attack(signal) for signal in self._signal()])

    def threshold(self) -> float:
        """The attack eps_c from which on infinitely many points give the robust model 0.

        Returns
        -------
        float
            The largest std^2 |slope|, over E|y|.
        """
        return float(self.transitions().max())

    def _excess(self, w):
        return (np.square(self.std) * (w - np.array(self.slope)) ** 2).sum(axis=-1)

    def _signal(self):
        """|E[x y]|, (d,)."""
        return np.square(self.std) * np.abs(self.slope)

    def _shrunk(self, penalty):
        """The minimiser of half the excess risk and `penalty` ||w||_1."""
        left = np.abs(self.slope) - penalty / np.square(self.std)
        return np.sign(self.slope) * np.where(self._signal() > penalty, left, 0.0)

    def _attack(self, penalty):
        """The only eps for which the limit is `_shrunk(penalty)`."""
        w = self._shrunk(penalty)
        norm, size = np.abs(w).sum(), np.hypot.reduce([*np.array(self.std) * (w - np.array(self.slope)), self.noise])
        # The penalty's part of the loss, and all, in units of the residual's size, whose square need not be a float.
        part = np.sqrt(penalty) * np.sqrt(norm) / size
        half = MEAN_SIZE * (1 - part) * (1 + part)
        root = np.hypot(half, 2 * part)
        if half > 0:
            return 2 * penalty / size / (half + root)
        return (root - half) * size / (2 * norm)

    def _penalty(self, eps):
        """The penalty of which eps is the attack; from the threshold on the largest."""
        largest = self._signal().max()
        if eps >= self._attack(largest):
            return largest
        share = brentq(lambda share: self._attack(share * largest) - eps, 0.0, 1.0, xtol=1e-300, rtol=1e-15, maxiter=2000)
        return share * largest


def _robust(x, y, eps):
    """Robust weights (sets, d) of inputs (sets, n, d)."""
    return robust_slope(x[..., 0], y, eps)[:, None] if x.shape[2] == 1 else linear_models(x, y, eps)
