"""Who computes changes nothing: executors, workers that fail, bounded memory, progress."""

import io
import os
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import numpy as np
import pytest

from gapsim import DiscreteDesign, GaussianModel, LaplaceModel, RegressionModel, _progress, estimate_gap, simulation

MODEL = GaussianModel([1.0, 0.4], [2.0, 1.0])
CASE = {"n": [2, 7], "eps": [0.3, 0.9], "trials": 12_345, "rng": 5}


@pytest.fixture(autouse=True)
def many_small_blocks(monkeypatch):
    monkeypatch.setattr(simulation, "CHUNK_NUMBERS", 2**10)
    monkeypatch.setattr(simulation, "BLOCK_CHUNKS", 5)
    monkeypatch.setattr(simulation, "AHEAD", 7)  # of 34 blocks


@pytest.fixture
def alone():
    return estimate_gap(MODEL, **CASE)


def processes(workers):
    """Fresh interpreters, as on a cluster: nothing is inherited."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def equal(first, second):
    return np.array_equal(first.value, second.value) and np.array_equal(first.stderr, second.stderr)


@pytest.mark.parametrize("workers", [1, 3])
def test_threads_and_processes_give_the_same_bits(alone, workers):
    with ThreadPoolExecutor(workers) as pool:
        assert equal(estimate_gap(MODEL, **CASE, executor=pool), alone)
    with processes(workers) as pool:
        assert equal(estimate_gap(MODEL, **CASE, executor=pool), alone)


@pytest.mark.filterwarnings("ignore")  # a cluster's own, about ports and sockets
def test_dask_gives_the_same_bits(alone):
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        assert equal(estimate_gap(MODEL, **CASE, executor=client.get_executor()), alone)


class Dying(GaussianModel):
    """A model whose worker dies, or fails, in one of the chunks."""

    last_words = None

    def dataset_gaps(self, n, eps, trials, rng, rule):
        gaps = super().dataset_gaps(n, eps, trials, rng, rule)
        if rng.integers(20) == 0:
            if self.last_words is None:
                os._exit(1)
            raise self.last_words
        return gaps


class Failing(Dying):
    last_words = ZeroDivisionError("a worker failed")


def test_a_worker_that_dies_fails_the_call():
    with processes(2) as pool, pytest.raises(BrokenProcessPool):
        estimate_gap(Dying(1.0, 2.0), **CASE, executor=pool)


def test_an_error_in_a_worker_is_the_error_of_the_call_and_ends_it():
    with ThreadPoolExecutor(2) as pool:
        with pytest.raises(ZeroDivisionError, match="a worker failed"):
            estimate_gap(Failing(1.0, 2.0), **CASE, executor=pool)
        assert pool.submit(int).result(timeout=10) == 0


class Counting(Executor):
    """Computes at once, and counts the results that nobody has fetched yet."""

    submitted = waiting = most = 0

    def submit(self, task, *arguments):
        self.submitted += 1
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        future = Future()
        future.set_result(task(*arguments))
        result = future.result
        future.result = lambda: (setattr(self, "waiting", self.waiting - 1), result())[1]
        return future


def test_a_bounded_number_of_tasks_is_under_way(alone):
    pool = Counting()
    assert equal(estimate_gap(MODEL, **CASE, executor=pool), alone)
    assert pool.most == 7 < pool.submitted and pool.waiting == 0


@pytest.mark.parametrize(("name", "value"), [("executor", 4), ("executor", "threads"), ("progress", 1), ("progress", "yes")])
def test_bad_input_names_the_argument(name, value):
    with pytest.raises(ValueError, match=rf"^{name} must "):
        estimate_gap(MODEL, **CASE, **{name: value})


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "progress", "delay", "shown"),
    [
        (Terminal, None, 0, True), (Terminal, False, 0, False), (Terminal, None, 60, False),
        (io.StringIO, None, 0, False), (io.StringIO, True, 0, True),
    ],
)
def test_progress_is_shown_where_somebody_can_see_it(monkeypatch, alone, stream, progress, delay, shown):
    monkeypatch.setattr(_progress, "DELAY", delay)
    monkeypatch.setattr(_progress, "PAUSE", 0)
    monkeypatch.setattr(sys, "stderr", stream())
    assert equal(estimate_gap(MODEL, **CASE, progress=progress), alone)
    text = sys.stderr.getvalue()
    assert bool(text) == shown
    if shown:
        assert "50%" in text and "#" * _progress.WIDTH + " 100%" in text and not text.split("\r")[-2].strip() and text.endswith("\r")


SLOPES = RegressionModel(DiscreteDesign([-1.0, 1.0], [0.5, 0.5]))


@pytest.mark.parametrize(
    "compute",
    [
        lambda: SLOPES.gap(5, [0.3, 0.6]), lambda: SLOPES.slope_cdf([0.1, 0.2], 5, 0.6), lambda: LaplaceModel(1.0, 2.0).gap([5, 6], 0.5),
        lambda: LaplaceModel([1.0, 2.0], 2.0).gap(5, 0.5), lambda: LaplaceModel(1.0, 2.0).gap(2, np.linspace(0, 1, 5000)),
    ],
    ids=["eps of a law", "points of a law", "sizes", "coordinates", "many eps"],
)
def test_slow_exact_calls_show_progress_too(monkeypatch, compute):
    monkeypatch.setattr(_progress, "DELAY", 0)
    monkeypatch.setattr(_progress, "PAUSE", 0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    compute()
    assert " 50%" in sys.stderr.getvalue()
