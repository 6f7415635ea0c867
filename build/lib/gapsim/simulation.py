"""Monte Carlo: the gap from simulated training sets, with its standard error."""

from collections import deque
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial, reduce
from itertools import islice

import numpy as np
from scipy.special import ndtri

from gapsim import _arguments as arguments
from gapsim._progress import watch

# Numbers drawn per chunk: large enough to amortise the interpreter, small enough for the cache.
CHUNK_NUMBERS = 2**16
# Chunks per task of an executor: enough work to be worth the sending.
BLOCK_CHUNKS = 32
# More than the arrays of a chunk; see `_block_moments`.
KEPT_BYTES = 2**24
# Tasks under way at most: plenty for a cluster, and no memory however many trials there are.
AHEAD = 1024


@dataclass(frozen=True, eq=False)
class GapEstimate:
    """A Monte Carlo estimate of the gap.

    Attributes
    ----------
    value : float or (k, m) array
        Mean of the gap over the trials; -inf where the standard model's expected loss is infinite.
    stderr : float or (k, m) array
        Its standard error; nan where the value is infinite.
    trials : int
        Number of simulated training sets.

    Examples
    --------
    >>> from gapsim import GaussianModel, estimate_gap
    >>> estimate = estimate_gap(GaussianModel(1.0, 2.0), n=24, eps=0.95, trials=1000, rng=1)
    >>> low, high = estimate.interval()
    >>> print(low.round(2), high.round(2))
    0.39 0.46
    """

    value: float
    stderr: float
    trials: int

    def interval(self, level=0.95):
        """Confidence interval by the central limit theorem.

        Parameters
        ----------
        level : float
            Confidence level of each value on its own, in (0, 1).

        Returns
        -------
        low, high : float or (k, m) array

        Notes
        -----
        Where every trial gave the same gap, the standard error is 0 and the interval one point: it
        then says only that the event was too rare for this many trials.
        """
        reach = ndtri((1 + arguments.unit_interval("level", level)) / 2) * self.stderr
        return self.value - reach, self.value + reach


def estimate_gap(model, n, eps, trials, rng, rule="minimizer", executor=None, progress=None):
    """Estimate the gap by training on simulated data: nothing of the closed forms is in it.

    Parameters
    ----------
    model : GaussianModel, BernoulliModel, RegressionModel
        What to draw the training sets from.
    n : int or sequence of int
        Sizes of the training set, >= 1. The sizes are nested: the smaller set is the beginning of
        the larger.
    eps : float or sequence of float
        Radii of the attack, >= 0. All share the same draws.
    trials : int
        Number of training sets, >= 2.
    rng : seed or numpy.random.Generator
        Whatever `numpy.random.default_rng` takes. The same seed gives the same numbers.
    rule : {"minimizer", "published"}
        Which robust classifier; see `gapsim.robust_classifier`. A regression has the first alone.
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
        For what is no model, n not whole or < 1, eps negative or NaN, fewer than 2 trials, an unknown rule, or an
        executor that is none.
    Exception
        Whatever a worker raises, or the executor when a worker dies: never an average of a part.

    Notes
    -----
    The gap is taken over the training sets; given the weights, the test loss is exact. Memory does
    not grow with the number of trials. For a RegressionModel it is the scaled gap, and where the
    loss of the standard model has heavy tails its exact expectation takes the place of the sample:
    `RegressionModel.dataset_gaps` says where.

    Examples
    --------
    >>> from gapsim import GaussianModel, estimate_gap
    >>> estimate = estimate_gap(GaussianModel(1.0, 2.0), n=24, eps=0.95, trials=1000, rng=1)
    >>> print(f"{estimate.value:.2f} +- {estimate.stderr:.3f}")
    0.43 +- 0.016
    """
    if isinstance(model, type) or not callable(getattr(model, "dataset_gaps", None)):
        arguments.fail("model", model, "a model such as GaussianModel(1.0, 2.0)")
    sizes = arguments.sequence("n", arguments.whole("n", n))
    radii = arguments.sequence("eps", arguments.non_negative("eps", eps))
    trials = arguments.count("trials", trials, minimum=2)
    arguments.one_of("rule", rule, arguments.RULE_FACTOR)
    if not (executor is None or isinstance(executor, Executor)):
        arguments.fail("executor", executor, "a concurrent.futures.Executor or None")
    if not (progress is None or isinstance(progress, bool)):
        arguments.fail("progress", progress, "True, False or None")
    seeds = arguments.generator(rng).bit_generator.seed_seq.spawn(1)[0]

    chunk = max(1, CHUNK_NUMBERS // (int(sizes.max()) * model.d))
    chunks = range(-(-trials // chunk))
    starts = chunks[::BLOCK_CHUNKS]
    blocks = (chunks[start : start + BLOCK_CHUNKS] for start in starts)
    task = partial(_block_moments, model, sizes, radii, rule, seeds, trials, chunk)
    results = watch(_in_order(executor, task, blocks), len(starts), progress)
    _, mean, deviations = reduce(_merge, results)
    stderr = np.sqrt(deviations / (trials - 1) / trials)
    if np.ndim(n) == np.ndim(eps) == 0:
        mean, stderr = float(mean.item()), float(stderr.item())
    return GapEstimate(mean, stderr, trials)


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


def _block_moments(model, n, eps, rule, seeds, trials, chunk, block):
    """Number, mean and summed squared deviations of the gaps of a range of chunks."""
    # The C library hands large freed blocks back to the system, and every chunk would fault its
    # pages in again. After a block of this size has come and gone, untouched, it keeps them.
    np.empty(KEPT_BYTES, dtype=np.uint8)
    return reduce(
        _merge,
        (
            _chunk_moments(model, n, eps, rule, seeds, index, min(chunk, trials - index * chunk))
            for index in block
        ),
    )


def _chunk_moments(model, n, eps, rule, seeds, index, trials):
    """The same of one chunk of trials."""
    # Each chunk owns its stream, so the result does not depend on who computes it, or when.
    stream = np.random.SeedSequence(seeds.entropy, spawn_key=(*seeds.spawn_key, index))
    gaps = model.dataset_gaps(n, eps, trials, np.random.default_rng(stream), rule)
    mean = gaps.mean(axis=0)
    with np.errstate(invalid="ignore"):  # an infinite gap has no deviations: nan
        return trials, mean, ((gaps - mean) ** 2).sum(axis=0)


def _merge(moments, more_moments):
    """Moments of two groups of trials together."""
    (count, mean, deviations), (more, more_mean, more_deviations) = moments, more_moments
    total = count + more
    shift = np.subtract(more_mean, mean, out=np.zeros(mean.shape), where=more_mean != mean)
    return (
        total,
        mean + shift * (more / total),
        deviations + more_deviations + shift**2 * (count * more / total),
    )
