"""Monte Carlo against the closed form, and against a plain loop."""

import sys
import tracemalloc
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import mpmath
import numpy as np
import pytest
from scipy.stats import norm

from gapsim import (
    BernoulliModel, ClassificationModel, GapEstimate, GaussianModel, LaplaceModel, LinearModel, NormalDesign, PoissonDesign, RegressionModel,
    UniformDesign,
    classifiers, estimate_gap, regression, robust_slope, simulation, standard_slope
)


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
    entropy = int.from_bytes(np.random.default_rng(8).bytes(16), "little")
    gaps = np.concatenate([
        model.dataset_gaps(np.array([10]), np.array([0.5]), size, np.random.default_rng(
            np.random.SeedSequence(entropy, spawn_key=(k,))), "minimizer").ravel()
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
    assert [type(end) for end in alone.interval()] == [float, float]
    assert estimate_gap(model, [1, 2, 5], [0.5], trials=100, rng=0).value.shape == (3, 1)
    assert estimate_gap(model, [5, 2, 1], 0.5, trials=100, rng=0).value.shape == (3, 1)


def test_how_far_the_interval_of_few_points_under_a_weak_attack_is_to_be_trusted():
    """As `RegressionModel.dataset_gaps` says."""
    model, seeds = RegressionModel(NormalDesign()), range(200)
    exact = model.gap(3, [0.05, 0.001])
    low, high = np.transpose([[end[0] for end in estimate_gap(model, [3], [0.05, 0.001], trials=1000, rng=seed).interval()] for seed in seeds], (1, 0, 2))
    nine_in_ten, three_in_four = ((low < exact) & (exact < high)).mean(axis=0)
    assert 0.84 < nine_in_ten < 0.95 and 0.67 < three_in_four < 0.83


@pytest.mark.parametrize("level", [1e-17, 1e-3, 0.5, 1 - 1e-15, 1 - 2.0**-53])
def test_an_interval_is_right_at_every_level(level):
    reach = float(mpmath.sqrt(2) * mpmath.erfinv(mpmath.mpf(level)))
    assert GapEstimate(0.0, 1.0, 100).interval(level)[1] == pytest.approx(reach, rel=1e-14)


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
        ("trials", {"trials": 1}), ("trials", {"trials": 10.5}), ("trials", {"trials": None}), ("tol", {"tol": 0}),
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


def streams():
    """Two of each kind of rng in the same state, and one in another."""
    def moved(steps):
        rng = np.random.default_rng(1)
        rng.random(steps)
        return rng

    def restored(steps):
        rng = np.random.default_rng(99)
        rng.bit_generator.state = moved(steps).bit_generator.state
        return rng

    return [
        (7, 7, 8), ([1, 2], [1, 2], [1, 3]),
        (*(np.random.RandomState(k) for k in (1, 1, 2)),), (*(np.random.Philox(key=k) for k in (3, 3, 4)),),
        (*(np.random.SeedSequence(k) for k in (5, 5, 6)),), (moved(10), moved(10), moved(11)),
        (moved(10), restored(10), restored(12)),
        (*(np.random.Generator(np.random.PCG64(1).jumped(k)) for k in (1, 1, 2)),),
        (*(np.random.PCG64(1).advance(k) for k in (5, 5, 6)),),
    ]


@pytest.mark.parametrize("kinds", streams(), ids=lambda kinds: type(kinds[0]).__name__)
def test_the_same_state_gives_the_same_numbers_and_another_others(kinds):
    model = GaussianModel(1.0, 2.0)
    first, again, other = (estimate_gap(model, [3, 9], [0.5], trials=500, rng=rng).value for rng in kinds)
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_a_random_state_moves_on():
    rng = np.random.RandomState(1)
    first, then = (estimate_gap(GaussianModel(1.0, 2.0), 9, 0.5, trials=500, rng=rng) for _ in range(2))
    assert first.value != then.value and first.seed != then.seed


@pytest.mark.parametrize("rng", [None, np.int64(7), 2**90, *(kinds[0] for kinds in streams())], ids=lambda rng: type(rng).__name__)
def test_the_seed_of_an_estimate_gives_it_again(rng):
    model = GaussianModel(1.0, 2.0)
    first = estimate_gap(model, [3, 9], [0.5], trials=500, rng=rng)
    again = estimate_gap(model, [3, 9], [0.5], trials=500, rng=first.seed)
    assert np.array_equal(first.value, again.value) and again.seed == first.seed
    # The last line of the table holds what to write.
    written = str(first).splitlines()[-1].split("rng = ")[1].split(",")[0]
    assert np.array_equal(estimate_gap(model, [3, 9], [0.5], trials=500, rng=eval(written)).value, first.value)
    assert len(str(first).splitlines()) == 4
    assert type(first.seed) is (int if isinstance(rng, (int, np.integer)) else str)


@pytest.mark.parametrize("seed", ["7", "0x", "0X1", "0xg", "0x1" + 32 * "0", " 0x1", "0x1\n"])
def test_a_text_that_is_no_seed_of_an_estimate_is_refused(seed):
    with pytest.raises(ValueError, match="^rng must be"):
        estimate_gap(GaussianModel(1.0, 2.0), 3, 0.5, trials=10, rng=seed)


@pytest.mark.parametrize("model", [RegressionModel(NormalDesign()), LinearModel(1.0)], ids=lambda model: type(model).__name__)
def test_a_regression_takes_the_memory_that_is_said(model):
    n = 50_000
    tracemalloc.start()
    model.dataset_gaps(np.array([n]), np.array([0.5]), 1, np.random.default_rng(1), "minimizer")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 100 < peak / n < 106


@pytest.mark.parametrize("design", [NormalDesign(), PoissonDesign()], ids=repr)
def test_of_a_large_training_set_no_more_than_a_block_is_held(monkeypatch, design):
    """The same one in each pass, and other ones in the next trial."""
    model, n, radii = RegressionModel(design), 100_000, np.array([0.0, 0.5])
    monkeypatch.setattr(regression, "HELD", 1000)
    monkeypatch.setattr(regression, "BLOCK", 1024)
    tracemalloc.start()
    gaps = model.dataset_gaps(np.array([100, n]), radii, 2, np.random.default_rng(1), "minimizer")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * n and gaps.shape == (2, 2, 2) and (gaps[..., 0] == 0).all() and (gaps[0] != gaps[1])[:, 1].all()
    rng = np.random.default_rng(1)
    for trial in gaps:
        x, y = (np.concatenate(part) for part in zip(*(model.sample(min(1024, n - first), rng) for first in range(0, n, 1024))))
        for row, size in zip(trial, (100, n)):
            robust, standard = robust_slope(x[:size], y[:size], 0.5), standard_slope(x[:size], y[:size])
            assert row[1] == pytest.approx((robust - 1) ** 2 - (standard - 1) ** 2, rel=1e-6)


def test_a_tolerance_ends_it_the_same_way_whoever_computes():
    model, case = GaussianModel(1.0, 2.0), {"trials": 10**6, "rng": 3, "tol": 5e-3}
    alone = estimate_gap(model, [2, 24], [0.5, 0.95], **case)
    assert alone.stderr.max() <= 5e-3 and 1000 <= alone.trials < 50_000
    with ThreadPoolExecutor(3) as pool:
        shared = estimate_gap(model, [2, 24], [0.5, 0.95], **case, executor=pool)
    assert np.array_equal(alone.value, shared.value) and alone.trials == shared.trials
    assert estimate_gap(model, 24, 0.95, trials=1200, rng=3, tol=1e-9).trials == 1200
    assert estimate_gap(model, 24, 1e-9, trials=10**6, rng=3, tol=1.0).trials >= simulation.FEWEST_TRIALS


def test_a_tolerance_is_asked_for_after_each_chunk(monkeypatch):
    monkeypatch.setattr(simulation, "CHUNK_NUMBERS", 24 * simulation.FEWEST_TRIALS)
    model, chunk = GaussianModel(1.0, 2.0), simulation.FEWEST_TRIALS
    for k in range(1, 6):
        reached = estimate_gap(model, 24, 0.95, trials=k * chunk, rng=3)
        assert estimate_gap(model, 24, 0.95, trials=10**6, rng=3, tol=reached.stderr * 1.0001).trials == k * chunk


@pytest.mark.parametrize("n", [3, 9])
def test_an_attack_of_32_bits_keeps_their_tolerance(n):
    model, third = BernoulliModel(1.0, 0.2), np.float32(1 / 3)
    exact, short, longer = (estimate_gap(model, n, eps, trials=500, rng=1).value for eps in (1 / 3, third, float(third)))
    assert short == exact != longer


def test_an_estimate_carries_what_it_is_of_and_is_a_table():
    model = GaussianModel(1.0, 2.0)
    estimate = estimate_gap(model, [3, 9], [0.5, 0.9, 1.2], trials=1e3, rng=4, rule="published")
    assert estimate.n.tolist() == [3, 9] and estimate.eps.tolist() == [0.5, 0.9, 1.2]
    assert (estimate.rule, estimate.trials, estimate.seed, estimate.model) == ("published", 1000, 4, model)
    columns = estimate.columns(0.9)
    assert list(columns) == ["n", "eps", "value", "stderr", "low", "high"]
    assert columns["n"].tolist() == [3, 3, 3, 9, 9, 9] and columns["eps"].tolist() == [0.5, 0.9, 1.2] * 2
    assert columns["value"].tolist() == estimate.value.ravel().tolist()
    assert columns["low"].tolist() == estimate.interval(0.9)[0].ravel().tolist()
    lines = str(estimate).splitlines()
    assert len(lines) == 8 and lines[4].split()[:2] == ["9", "0.5"] and "published, 1,000 trials, rng = 4" in lines[-1]
    assert len(str(estimate_gap(model, 3, 0.5, trials=10, rng=1)).splitlines()) == 3


def test_an_estimate_draws_itself_on_the_exact_curve():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    model = GaussianModel(1.0, 2.0)
    estimate = estimate_gap(model, [3, 9], [0.5, 0.9], trials=1000, rng=4, rule="published")
    figure, given = pyplot.subplots()
    axes = estimate.plot(given)
    assert axes is given and len(axes.containers) == 2
    curves = [line for line in axes.lines if len(line.get_xdata()) == 7]
    for radius, points, curve in zip(estimate.eps, axes.containers, curves):
        assert np.array_equal(curve.get_ydata(), model.gap(np.arange(3, 10), radius, rule="published"))
        column = list(estimate.eps).index(radius)
        assert np.array_equal(points[0].get_ydata(), estimate.value[:, column])
        bars = np.array(points[2][0].get_segments())[:, :, 1]
        assert bars.T == pytest.approx(np.array(estimate.interval())[:, :, column], rel=1e-12)
    unknown = estimate_gap(Constant(1.0), [3, 9], 0.5, trials=9, rng=1).plot()
    assert not any(len(line.get_xdata()) == 7 for line in unknown.lines)
    pyplot.close("all")
    with pytest.raises(ValueError, match="^ax must be"):
        estimate.plot([])


class TooMuch(Constant):
    """Some gaps are known, others are too much work."""

    def gap(self, n, eps):
        if eps > 0.4:
            raise ArithmeticError("too much work")
        return np.zeros(n.shape)


@pytest.mark.parametrize(
    ("model", "curves"), [(RegressionModel(UniformDesign(-1, 1)), 0), (LinearModel(1.0), 0), (TooMuch(1.0), 1)],
    ids=lambda part: type(part).__name__,
)
def test_where_there_is_no_exact_curve_the_points_stand_alone(model, curves):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    axes = estimate_gap(model, [9, 20], [0.3, 0.5], trials=100, rng=1).plot()
    assert len(axes.containers) == 2 and sum(len(line.get_xdata()) == 12 for line in axes.lines) == curves
    pyplot.close("all")


def test_long_training_sets_are_drawn_in_pieces(monkeypatch):
    # One stream of points, so a piece cannot change what is drawn: the sums have to carry over.
    class Counted(ClassificationModel):
        bound, class_mean, most = 1.0, np.array([1.0, 0.5]), 0

        def sample(self, n, rng):
            self.most = max(self.most, n)
            return rng.standard_normal((n, 2)) + self.class_mean, np.ones(n)

    whole, pieces = Counted(), Counted()
    case = {"n": [1, 7, 100, 101, 250], "eps": [0.2, 0.6], "trials": 5, "rng": 2}
    monkeypatch.setattr(simulation, "CHUNK_NUMBERS", 1)
    expected = estimate_gap(whole, **case)
    monkeypatch.setattr(classifiers, "PIECE_NUMBERS", 14)
    found = estimate_gap(pieces, **case)
    assert np.array_equal(found.value, expected.value) and whole.most == 250 and pieces.most == 7


def test_an_estimate_made_by_hand_is_a_table_too(monkeypatch):
    alone = GapEstimate(np.array([0.5, -np.inf]), np.array([0.1, np.nan]), 100)
    assert list(alone.columns()) == ["value", "stderr", "low", "high"]
    assert len(str(alone).splitlines()) == 4 and "rng" not in str(alone)
    with pytest.raises(ValueError, match="^n and eps must be known"):
        alone.plot()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'gapsim\[plots\]'"):
        GapEstimate(0.5, 0.1, 100, 3, 0.5).plot()


def test_the_gaps_of_a_model_of_ones_own_may_be_whole_and_are_left_as_they_are():
    class Own:
        d, losses, kept = 1, ("linear",), np.arange(10).reshape(10, 1, 1)
        kept.setflags(write=False)

        def dataset_gaps(self, n, eps, trials, rng, rule):
            return self.kept

    estimate = estimate_gap(Own(), 3, 0.5, trials=10, rng=1)
    assert estimate.value == 4.5 and estimate.stderr == pytest.approx(np.arange(10).std(ddof=1) / np.sqrt(10), rel=1e-14)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (lambda n: np.ones((n, 1)), lambda n: np.zeros(n)), (lambda n: np.full((n, 1), np.nan), np.ones),
        (np.ones, np.ones), (lambda n: np.ones((n, 1)), lambda n: [1] * (n - 1)), (lambda n: np.ones((n, 2)), np.ones), (lambda n: [["1"]] * n, np.ones),
    ],
)
def test_a_sample_that_is_none_is_refused_and_not_averaged(x, y):
    class Wrong(ClassificationModel):
        bound = 1.0
        class_mean = np.array([1.0])

        def sample(self, n, rng):
            return x(n), y(n)

    for loss in ("linear", "zero_one"):
        with pytest.raises(ValueError, match="^(x|y|model) must "):
            estimate_gap(Wrong(), 3, 0.5, trials=10, rng=1, loss=loss)


@pytest.mark.parametrize("unit", [-400, 400])
def test_a_standard_error_is_told_in_any_unit(unit):
    """Whose squares are no floats: the last digits are those of another order of rounding."""
    for of in (lambda unit: GaussianModel(1.0, 2.0, bound=2.0**unit), lambda unit: RegressionModel(NormalDesign(), 2.0**(unit / 2), 2.0**(unit / 2))):
        one, other = (estimate_gap(of(power), [10, 20], [0.5, 0.9], trials=3000, rng=1) for power in (0, unit))
        for part in ("value", "stderr"):
            np.testing.assert_allclose(np.ldexp(getattr(other, part), -unit), getattr(one, part), rtol=1e-12)
        assert (one.stderr > 0).all()


def test_many_attacks_share_few_draws_and_are_held_by_parts(monkeypatch):
    def estimate(model):
        return estimate_gap(model, [1, 3], np.linspace(0, 2, 50), trials=1000, rng=1, loss=model.losses[-1])

    class Counted(GaussianModel):
        def dataset_gaps(self, n, eps, trials, rng, rule, loss="linear"):
            asked.append(trials * len(n) * len(eps))
            return super().dataset_gaps(n, eps, trials, rng, rule, loss)

    asked, models = [], (Counted(1.0, 2.0), LaplaceModel(1.0, 2.0), RegressionModel(NormalDesign()))
    whole = [estimate(model) for model in models]
    for most in (1, 5 * 2 * 1000):
        asked.clear()
        monkeypatch.setattr(simulation, "CHUNK_GAPS", most)
        for model, one in zip(models, whole):
            parts = estimate(model)
            assert np.array_equal(parts.value, one.value) and np.array_equal(parts.stderr, one.stderr, equal_nan=True)
        assert max(asked) == max(most, 2 * 1000) and sum(asked) == 50 * 2 * 1000
