"""Monte Carlo against the closed form, and against a plain loop."""

from concurrent.futures import Executor, Future

import numpy as np
import pytest
from scipy.stats import norm

from gapsim import ClassificationModel, GapEstimate, GaussianModel, estimate_gap, simulation


def test_estimates_agree_with_the_exact_gap_within_their_errors():
    model = GaussianModel([1.0, 0.4], [2.0, 1.0], bound=1.5)
    n, eps = np.array([1, 3, 10, 40]), np.array([0.2, 0.5, 0.9, 1.2])
    for rule in ("minimizer", "published"):
        estimate = estimate_gap(model, n, eps, trials=20_000, rng=4, rule=rule)
        score = (estimate.value - model.gap(n[:, None], eps, rule=rule)) / estimate.stderr
        assert np.abs(score).max() < 4


def test_a_standard_deviation_ten_percent_off_would_be_noticed():
    estimate = estimate_gap(GaussianModel(1.0, 2.0), 10, 0.7, trials=20_000, rng=4)
    wrong = GaussianModel(1.0, 2.2).gap(10, 0.7)
    assert abs(estimate.value - wrong) > 4 * estimate.stderr


def test_moments_are_those_of_all_trials_together(monkeypatch):
    model = GaussianModel(1.0, 2.0)
    monkeypatch.setattr(simulation, "CHUNK_NUMBERS", 100)  # 17 chunks, the last of them short
    estimate = estimate_gap(model, 10, 0.5, trials=165, rng=8)
    seeds = np.random.default_rng(8).bit_generator.seed_seq.spawn(1)[0]
    gaps = np.concatenate([
        model.dataset_gaps(np.array([10]), np.array([0.5]), size, np.random.default_rng(
            np.random.SeedSequence(seeds.entropy, spawn_key=(*seeds.spawn_key, k))), "minimizer").ravel()
        for k, size in enumerate([10] * 16 + [5])
    ])
    assert estimate.value == pytest.approx(gaps.mean(), rel=1e-12)
    assert estimate.stderr == pytest.approx(gaps.std(ddof=1) / np.sqrt(165), rel=1e-12)


def test_same_seed_same_numbers_and_a_generator_moves_on():
    model = GaussianModel(1.0, 2.0)
    first, again = (estimate_gap(model, [3, 9], [0.5], trials=5000, rng=17) for _ in range(2))
    assert np.array_equal(first.value, again.value) and np.array_equal(first.stderr, again.stderr)
    rng = np.random.default_rng(17)
    assert np.array_equal(estimate_gap(model, [3, 9], [0.5], trials=5000, rng=rng).value, first.value)
    assert not np.array_equal(estimate_gap(model, [3, 9], [0.5], trials=5000, rng=rng).value, first.value)


def test_radii_share_their_draws():
    model = GaussianModel(1.0, 2.0)
    both = estimate_gap(model, 5, [0.3, 0.6], trials=3000, rng=1)
    assert both.value[0, 1] == estimate_gap(model, [5], 0.6, trials=3000, rng=1).value[0, 0]


def test_floats_for_scalars_and_arrays_for_sequences():
    model = GaussianModel(1.0, 2.0)
    alone = estimate_gap(model, 5, 0.5, trials=100, rng=0)
    assert isinstance(alone.value, float) and isinstance(alone.stderr, float) and alone.trials == 100
    assert estimate_gap(model, [1, 2, 5], [0.5], trials=100, rng=0).value.shape == (3, 1)
    assert estimate_gap(model, [5, 2, 1], 0.5, trials=100, rng=0).value.shape == (3, 1)


def test_interval_has_the_level_asked_for():
    low, high = GapEstimate(2.0, 0.5, 100).interval(0.9)
    assert (low, high) == pytest.approx((2 - norm.ppf(0.95) / 2, 2 + norm.ppf(0.95) / 2))
    model = GaussianModel(1.0, 2.0)
    exact, hits = model.gap(10, 0.7), 0
    for seed in range(300):
        low, high = estimate_gap(model, 10, 0.7, trials=400, rng=seed).interval(0.8)
        hits += low <= exact <= high
    assert abs(hits - 240) < 4 * np.sqrt(300 * 0.8 * 0.2)


class Constant(ClassificationModel):
    """Every point is the same."""

    bound, class_mean = 1.0, np.array([1.0])

    def __init__(self, x):
        self.x = x

    def sample(self, n, rng):
        return np.full((n, 1), self.x), np.ones(n)


@pytest.mark.parametrize(("x", "gap"), [(0.5 - 1e-9, 1), (0.5, 0.5), (0.5 + 1e-9, 0), (0.5 + 1e-13, 0.5)])
def test_ties_of_large_training_sets_are_as_narrow_as_of_small_ones(x, gap):
    for n in (1, 10_000):
        assert estimate_gap(Constant(x), n, 0.5, trials=2, rng=0).value == gap


class Counting(Executor):
    """Computes when asked for the result, and counts what was asked for and not yet taken."""

    def __init__(self):
        self.under_way = self.most = 0

    def submit(self, task, *arguments):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        future = Future()

        def result():
            self.under_way -= 1
            return task(*arguments)

        future.result = result
        return future


def test_a_bounded_number_of_tasks_is_under_way(monkeypatch):
    monkeypatch.setattr(simulation, "CHUNK_NUMBERS", 2**4)
    monkeypatch.setattr(simulation, "BLOCK_CHUNKS", 1)
    monkeypatch.setattr(simulation, "AHEAD", 7)
    pool = Counting()
    shared = estimate_gap(GaussianModel(1.0, 2.0), 1, 0.5, trials=16 * 40, rng=1, executor=pool)
    assert pool.under_way == 0 and pool.most == 7
    assert shared.value == estimate_gap(GaussianModel(1.0, 2.0), 1, 0.5, trials=16 * 40, rng=1).value


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("n", {"n": 0}), ("n", {"n": 2.5}), ("n", {"n": []}), ("n", {"n": [[1]]}),
        ("eps", {"eps": -1}), ("eps", {"eps": np.nan}), ("eps", {"eps": []}),
        ("trials", {"trials": 1}), ("trials", {"trials": 10.5}), ("trials", {"trials": None}),
        ("rng", {"rng": "seed"}), ("rng", {"rng": -3}), ("rule", {"rule": "none"}),
    ],
)
def test_bad_input_names_the_argument(argument, arguments):
    good = {"n": 3, "eps": 0.5, "trials": 10, "rng": 0}
    with pytest.raises(ValueError, match=rf"^{argument} must "):
        estimate_gap(GaussianModel(1.0, 2.0), **{**good, **arguments})


@pytest.mark.parametrize("level", [0, 1, -0.5, np.nan, "high"])
def test_bad_level_is_named(level):
    with pytest.raises(ValueError, match="^level must "):
        GapEstimate(2.0, 0.5, 100).interval(level)
