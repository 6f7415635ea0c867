"""Monte Carlo: the gap from simulated training sets, with its standard error."""

import re
from collections import deque
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial, reduce
from itertools import accumulate, islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfinv, ndtri

from gapsim import _arguments as arguments
from gapsim._progress import watch
from gapsim._types import Floats, Loss, Numbers, Rule, Seed
from gapsim._values import Kept
from gapsim.classifiers import RULE_FACTOR

# Numbers drawn per chunk: large enough to amortise the interpreter, small enough for the cache.
CHUNK_NUMBERS = 2**16
# Gaps of a chunk that are held at a time, where many n and eps share few draws: 16 MB.
CHUNK_GAPS = 2**21
# Chunks per task of an executor: enough work to be worth the sending.
BLOCK_CHUNKS = 32
# More than the arrays of a chunk; see `_block_moments`.
KEPT_BYTES = 2**24
# Fewer trials do not tell their own standard error well enough to stop by it.
FEWEST_TRIALS = 1000
# Tasks under way at most: plenty for a cluster, and no memory however many trials there are.
AHEAD = 1024


@dataclass(frozen=True, eq=False)
class GapEstimate(Kept):
    """A Monte Carlo estimate of the gap, with what it is an estimate of; printed, it is a table.

    Parameters
    ----------
    value : float or (k, m) array
        Mean of the gap over the trials; -inf where the standard model's expected loss is infinite.
    stderr : float or (k, m) array
        Its standard error; nan where the value is infinite.
    trials : int
        Number of simulated training sets.
    n : int or (k,) array
        Sizes of the training set.
    eps : float or (m,) array
        Radii of the attack.
    rule : str
        Which robust classifier.
    seed : int or str
        What gives the same numbers again as the `rng` of `estimate_gap`: the number that was given there or, for
        anything else, a text with the 128 bits that were drawn from it.
    model : object
        What the training sets were drawn from.
    loss : str
        What is compared on test data; the gap in the "zero_one" loss is the accuracy that is lost.

    Examples
    --------
    >>> from gapsim import GaussianModel, estimate_gap
    >>> estimate = estimate_gap(GaussianModel(1.0, 2.0), n=[6, 24], eps=0.95, trials=1000, rng=1)
    >>> print(estimate)
     n   eps  value    stderr      low     high
     6  0.95  0.267  0.019547  0.22869  0.30531
    24  0.95   0.45  0.016055  0.41853  0.48147
    minimizer, 1,000 trials, rng = 1, 95% intervals
    """

    value: Any
    stderr: Any
    trials: int
    n: Any = None
    eps: Any = None
    rule: str = "minimizer"
    seed: int | str | None = None
    model: Any = field(default=None, repr=False)
    loss: str = "linear"

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
        reach = float(np.sqrt(2) * erfinv(arguments.unit_interval("level", level))) * self.stderr
        return self.value - reach, self.value + reach

    def columns(self, level: float = 0.95) -> dict[str, Floats]:
        """One row for each n and eps, as columns: what `pandas.DataFrame` takes.

        Parameters
        ----------
        level : float
            Confidence level of each interval, in (0, 1).

        Returns
        -------
        dict of (k m,) arrays
            n and eps (where they are known), value, stderr, low and high.

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
        rows = [list(columns), *([f"{number:.5g}" for number in row] for row in zip(*columns.values()))]
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows]
        loss = "zero-one loss" if self.loss == "zero_one" else ""
        seed = "" if self.seed is None else f"rng = {self.seed!r}"
        how = [self.rule, loss, f"{self.trials:,} trials", seed, "95% intervals"]
        return "\n".join([*lines, ", ".join(filter(None, how))])

    def plot(self, ax: Any = None) -> Any:
        """Draw the estimates against n, with 95% intervals, on the exact curves where the model has them.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; if not given, a new figure.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ValueError
            For an ax that is none, or an estimate that does not know its n and eps.
        ImportError
            Without Matplotlib, which is in the extra ``gapsim[plots]``.

        Notes
        -----
        The curve of an eps is left out where the gap of one of its points is not known or takes too much work.
        """
        if not (ax is None or callable(getattr(ax, "errorbar", None))):
            arguments.fail("ax", ax, "the axes of a Matplotlib figure or None")
        if self.n is None or self.eps is None:
            raise ValueError("n and eps must be known to draw an estimate against them, got None")
        if ax is None:
            try:
                from matplotlib import pyplot
            except ImportError as error:
                raise ImportError("plot needs Matplotlib: pip install 'gapsim[plots]'") from error
            ax = pyplot.subplots()[1]
        n, eps = np.atleast_1d(self.n), np.atleast_1d(self.eps)
        value, reach = (np.reshape(part, (len(n), len(eps))) for part in (self.value, ndtri(0.975) * self.stderr))
        for column, radius in enumerate(eps.tolist()):
            points = ax.errorbar(n, value[:, column], reach[:, column], fmt="o", label=f"eps = {radius:g}")
            every = np.unique(np.rint(np.linspace(n.min(), n.max(), 400)).astype(int))
            exact = self._exact(every, radius)
            if exact is not None:
                ax.plot(every, exact, color=points[0].get_color())
        ax.set(xlabel="training points n", ylabel="gap in accuracy" if self.loss == "zero_one" else "gap")
        ax.legend()
        return ax

    def _exact(self, n, eps):
        """The gap that the model knows without sampling, or None."""
        exact = getattr(self.model, "accuracy_gap" if self.loss == "zero_one" else "gap", None)
        options = {} if self.rule == "minimizer" else {"rule": self.rule}
        try:
            return exact and exact(n, eps, **options)
        except (ValueError, ArithmeticError):  # it is not known, or too much work
            return None


def estimate_gap(
    model: Any, n: ArrayLike, eps: Numbers, *, trials: float, rng: Seed | str, rule: Rule = "minimizer",
    loss: Loss | None = None, tol: float | None = None, executor: Executor | None = None, progress: bool | None = None,
) -> GapEstimate:
    """Estimate the gap by training on simulated data: nothing of the closed forms is in it.

    Parameters
    ----------
    model : ClassificationModel, RegressionModel or LinearModel
        What to draw the training sets from.
    n : int or (k,) sequence of int
        Sizes of the training set, >= 1. The sizes are nested: the smaller set is the beginning of
        the larger.
    eps : float or (m,) sequence of float
        Radii of the attack, >= 0. All share the same draws.
    trials : int
        Number of training sets, >= 2.
    rng : seed or numpy.random.Generator
        Whatever `numpy.random.default_rng` takes, or a RandomState. The same seed, or generator in the same
        state, gives the same numbers; a generator moves on. The `seed` of an earlier estimate gives its numbers
        again, also where they came from a generator or from None.
    rule : {"minimizer", "published"}
        Which robust classifier; see `gapsim.robust_classifier`. A regression has the first alone.
    loss : {"linear", "zero_one"} or "squared", optional
        What is compared on test data. A classification has the linear loss, if not given, and the zero-one loss,
        whose gap is the accuracy that is lost; a regression has its squared loss alone.
    tol : float, optional
        Stop once every standard error is at most this, after 1000 trials at the earliest and `trials` at the
        latest.
    executor : concurrent.futures.Executor, optional
        Who computes: threads, processes, Dask's ``client.get_executor()``, a pool of MPI. The
        result is the same to the last bit for every executor and every number of workers on one
        kind of processor. Without it this process computes.
    progress : bool, optional
        Whether a bar is shown on the standard error stream after a second. If not given: where
        that stream is a terminal.

    Returns
    -------
    GapEstimate
        With floats where n and eps are scalars, otherwise arrays of shape (len(n), len(eps)); a
        scalar beside a sequence counts as a sequence of one.

    Raises
    ------
    ValueError
        For what is no model, n not whole or < 1, eps negative or NaN, fewer than 2 trials, an unknown rule, a loss that
        the model does not have, a tol that is not > 0, or an executor that is none.
    Exception
        Whatever a worker raises, or the executor when a worker dies: never an average of a part.

    Notes
    -----
    The gap is taken over the training sets; given the weights, the test loss is exact, but for the zero-one loss of
    a model other than the Gaussian: there each training set meets one fresh test point, the same for every n and
    eps, which leaves the mean as it is and adds to the standard error. For a RegressionModel it is the scaled gap, and
    where the loss of the standard model has heavy tails its exact expectation takes the place of the sample:
    `RegressionModel.dataset_gaps` says where, and how far an interval is then to be trusted.

    Memory does not grow with the number of trials, nor with n or eps: a training set of a RegressionModel with
    more than 2**20 points is drawn anew for each of ten to thirty passes of its fit, and one with fewer takes up to
    110 MB, for each worker. A LinearModel alone is fitted to all points at once, at 104 bytes a point with one input
    and some kilobytes with several.

    Examples
    --------
    >>> from gapsim import GaussianModel, estimate_gap
    >>> estimate = estimate_gap(GaussianModel(1.0, 2.0), n=24, eps=0.95, trials=1000, rng=1)
    >>> print(f"{estimate.value:.2f} +- {estimate.stderr:.3f}")
    0.45 +- 0.016
    """
    if isinstance(model, type) or not callable(getattr(model, "dataset_gaps", None)):
        arguments.fail("model", model, "a model such as GaussianModel(1.0, 2.0)")
    sizes = arguments.sequence("n", arguments.whole("n", n))
    radii = arguments.radii("eps", eps)
    each = arguments.sequence("eps", radii.value)
    trials = arguments.count("trials", trials, minimum=2)
    arguments.one_of("rule", rule, RULE_FACTOR)
    own = getattr(model, "losses", ("linear",))
    kind: str = own[0] if loss is None else arguments.one_of("loss", loss, own)
    # A model of one's own need not know of losses.
    options = {} if kind == own[0] else {"loss": kind}
    tol = None if tol is None else arguments.positive_scalar("tol", tol)
    if not (executor is None or isinstance(executor, Executor)):
        arguments.fail("executor", executor, "a concurrent.futures.Executor or None")
    if not (progress is None or isinstance(progress, (bool, np.bool_))):
        arguments.fail("progress", progress, "True, False or None")
    entropy = _entropy(rng)
    seed = int(rng) if isinstance(rng, (int, np.integer)) else f"{entropy:#x}"

    chunk = max(1, CHUNK_NUMBERS // (int(sizes.max()) * model.d))
    chunks = range(-(-trials // chunk))
    step = BLOCK_CHUNKS if tol is None else 1
    starts = chunks[::step]
    blocks = (chunks[start : start + step] for start in starts)
    given = each.astype(radii.given.dtype) if radii.given.dtype.kind == "f" else each
    task = partial(_block_moments, partial(model.dataset_gaps, **options), sizes, given, rule, entropy, trials, chunk)
    for done, mean, deviation in accumulate(watch(_in_order(executor, task, blocks), len(starts), progress), _merge):
        if tol is not None and done >= FEWEST_TRIALS and not (_stderr(deviation, done) > tol).any():
            break
    stderr = _stderr(deviation, done)
    if np.ndim(n) == radii.value.ndim == 0:
        return GapEstimate(mean.item(), stderr.item(), done, int(sizes[0]), float(each[0]), rule, seed, model, kind)
    for array in (mean, stderr, sizes, each):
        array.setflags(write=False)
    return GapEstimate(mean, stderr, done, sizes, each, rule, seed, model, kind)


def _stderr(deviation, trials):
    return deviation / np.sqrt(trials - 1) / np.sqrt(trials)


def _entropy(rng):
    """The 128 bits that all streams come from: drawn, or those of an earlier estimate."""
    if isinstance(rng, str) and re.fullmatch("0x[0-9a-f]{1,32}", rng):
        return int(rng, 16)
    return int.from_bytes(arguments.generator(rng).bytes(16), "little")


def _in_order(executor, task, items):
    """The task's results, in the order of the items; a bounded number of them is under way."""
    if executor is None:
        yield from map(task, items)
        return
    items, waiting = iter(items), deque()
    try:
        while True:
            waiting.extend(executor.submit(task, item) for item in islice(items, AHEAD - len(waiting)))
            if not waiting:
                return
            yield waiting[0].result()
            waiting.popleft()
    finally:
        for future in waiting:
            future.cancel()


def _block_moments(gaps, n, eps, rule, entropy, trials, chunk, block):
    """Number, mean and root of the summed squared deviations of the gaps of a range of chunks."""
    # The C library hands large freed blocks back to the system, and every chunk would fault its
    # pages in again. After a block of this size has come and gone, untouched, it keeps them.
    np.empty(KEPT_BYTES, dtype=np.uint8)
    return reduce(
        _merge,
        (
            _chunk_moments(gaps, n, eps, rule, entropy, index, min(chunk, trials - index * chunk))
            for index in block
        ),
    )


def _chunk_moments(gaps, n, eps, rule, entropy, index, trials):
    """The same of one chunk of trials."""
    # Each chunk owns its stream, so the result does not depend on who computes it, or when.
    stream = np.random.SeedSequence(entropy, spawn_key=(index,))
    some = max(1, CHUNK_GAPS // (trials * len(n)))
    parts = []
    for start in range(0, len(eps), some):  # on the same draws
        drawn = gaps(n, eps[start : start + some], trials, np.random.default_rng(stream), rule)
        mean = drawn.mean(axis=0)
        with np.errstate(invalid="ignore"):  # an infinite gap has no deviations: nan
            drawn = drawn - mean  # not in their place: whose model it is may keep them
        # The squares of gaps in any unit have to be floats.
        exponent = np.frexp(np.maximum(drawn.max(axis=0), -drawn.min(axis=0)))[1]
        np.square(np.ldexp(drawn, -exponent, out=drawn), out=drawn)
        parts.append((mean, np.ldexp(np.sqrt(drawn.sum(axis=0)), exponent)))
    mean, deviation = (np.concatenate(part, axis=1) for part in zip(*parts))
    return trials, mean, deviation


def _merge(moments, more_moments):
    """Moments of two groups of trials together."""
    (count, mean, deviation), (more, more_mean, more_deviation) = moments, more_moments
    total = count + more
    shift = np.subtract(more_mean, mean, out=np.zeros(mean.shape), where=more_mean != mean)
    deviation = np.hypot(np.hypot(deviation, more_deviation), shift * np.sqrt(count * more / total))
    mean = mean + shift * (more / total)
    return total, mean, np.where(np.isfinite(mean), deviation, np.nan)
