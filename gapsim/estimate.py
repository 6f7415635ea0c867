"""What a simulation found, and what it is an estimate of: a table, columns, a picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from gapsim import _arguments as arguments

# A longer table is printed by its ends.
TABLE_ROWS = 40
# Sizes at most at which an exact curve is drawn.
CURVE_SIZES = 200


@dataclass(frozen=True, eq=False, repr=False)
class GapEstimate:
    """A Monte Carlo estimate of the gap, and what it is an estimate of; printed, it is a table.

    Parameters
    ----------
    value : float or (k, m) array
        Mean of the gap over the trials; -inf where the standard model's expected loss is infinite.
    stderr : float or (k, m) array
        Its standard error; nan where the value is infinite.
    trials : int
        Number of simulated training sets.
    n : int or (k,) array, optional
        Sizes of the training set.
    eps : float or (m,) array, optional
        Radii of the attack.
    rule : str, optional
        Which robust classifier; see `gapsim.robust_classifier`.
    seed : str, optional
        What was given as `rng`, as Python writes it.
    model : ClassificationModel or RegressionModel, optional
        What the training sets were drawn from.

    Examples
    --------
    >>> from gapsim import GapEstimate, GaussianModel, estimate_gap
    >>> estimate = estimate_gap(GaussianModel(1.0, 2.0), n=[6, 24], eps=0.95, trials=1000, rng=1)
    >>> estimate.n.tolist(), estimate.eps.tolist(), estimate.value.shape, estimate.rule, estimate.seed
    ([6, 24], [0.95], (2, 1), 'minimizer', '1')
    >>> GapEstimate(value=0.45, stderr=0.016, trials=1000, n=24, eps=0.95, rule="minimizer", seed="1")
     n   eps  value  stderr      low     high
    24  0.95   0.45   0.016  0.41864  0.48136
    minimizer, 1,000 trials, rng = 1, 95% intervals
    """

    value: Any
    stderr: Any
    trials: int
    n: Any = None
    eps: Any = None
    rule: str | None = None
    seed: str | None = None
    model: Any = None

    def interval(self, level: float = 0.95) -> tuple[Any, Any]:
        """Confidence interval by the central limit theorem.

        Parameters
        ----------
        level : float
            Confidence level of each value on its own, in (0, 1).

        Returns
        -------
        low, high : float or (k, m) array

        Raises
        ------
        ValueError
            For a level outside (0, 1).

        Notes
        -----
        Where every trial gave the same gap, the standard error is 0 and the interval one point: it
        then says only that the event was too rare for this many trials.
        """
        reach = ndtri((1 + arguments.unit_interval("level", level)) / 2) * self.stderr
        return self.value - reach, self.value + reach

    def columns(self, level: float = 0.95) -> dict[str, np.ndarray]:
        """One row for each n and eps, as equally long columns: what `pandas.DataFrame` takes.

        Parameters
        ----------
        level : float
            Confidence level of each interval, in (0, 1).

        Returns
        -------
        dict of str to (k m,) array
            n, eps (where they are known), value, stderr, low and high.

        Raises
        ------
        ValueError
            For a level outside (0, 1).
        """
        low, high = self.interval(level)
        named = {"value": self.value, "stderr": self.stderr, "low": low, "high": high}
        if self.n is not None and self.eps is not None:
            n, eps = np.meshgrid(self.n, self.eps, indexing="ij")
            named = {"n": n, "eps": eps, **named}
        return {name: np.ravel(column) for name, column in named.items()}

    def __str__(self):
        columns = self.columns()
        rows = [[f"{number:.5g}" if name != "n" else str(number) for name, number in zip(columns, row)]
                for row in zip(*columns.values())]
        if len(rows) > TABLE_ROWS:
            half = TABLE_ROWS // 2
            rows = [*rows[:half], ["..."] * len(columns), *rows[-half:]]
        widths = [max(map(len, column)) for column in zip(columns, *rows)]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in (columns, *rows)]
        how = [self.rule, f"{self.trials:,} trials", self.seed and f"rng = {self.seed}", "95% intervals"]
        return "\n".join([*lines, ", ".join(filter(None, how))])

    __repr__ = __str__

    def plot(self, ax: Any = None, exact: bool = True) -> Any:
        """Draw the estimates against n, as points with 95% intervals, on the exact curve of each eps.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; if not given, a new figure.
        exact : bool
            Whether to draw the curves too, at 200 sizes at most, where the model's exact gap is known. For a
            regression with Poisson inputs they may take minutes.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ValueError
            For an `ax` without `errorbar`, an `exact` that is not True or False, or an estimate that does not know
            its n and eps.
        ImportError
            Without Matplotlib.
        """
        arguments.flag("exact", exact)
        if self.n is None or self.eps is None:
            raise ValueError("n and eps must be known to draw an estimate against them, got None")
        if ax is None:
            ax = _new_axes()
        elif not callable(getattr(ax, "errorbar", None)):
            arguments.fail("ax", ax, "axes of Matplotlib or None")
        n, eps = np.atleast_1d(self.n), np.atleast_1d(self.eps)
        value, low, high = (np.reshape(part, (len(n), len(eps))) for part in (self.value, *self.interval()))
        wide = n.max() >= 100 * n.min()
        space = np.geomspace if wide else np.linspace
        every = np.unique(np.rint(space(n.min(), n.max(), CURVE_SIZES)).astype(int))
        for radius, middle, bottom, top in zip(eps, value.T, low.T, high.T):
            seen = np.isfinite(middle)
            reach = (middle - bottom)[seen], (top - middle)[seen]
            [line, *_] = ax.errorbar(n[seen], middle[seen], reach, fmt="o", label=f"eps = {radius:g}")
            if exact and _knows_gap(self.model):
                options = {} if self.rule in (None, "minimizer") else {"rule": self.rule}
                ax.plot(every, self.model.gap(every, radius, **options), color=line.get_color())
        ax.set(xlabel="training points n", ylabel="gap", xscale="log" if wide else "linear")
        ax.legend()
        return ax


def _knows_gap(model):
    return callable(getattr(model, "gap", None)) and getattr(model, "_knows_gap", True)


def _new_axes():
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("plot needs Matplotlib: pip install 'gapsim[plots]'") from error
    return pyplot.subplots()[1]
