"""One rule of ties: what arithmetic makes of a decimal counts as it, exact and sampled alike."""

import copy
import dataclasses
import math
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapsim import _arguments, classifiers
from gapsim import (
    BernoulliModel,
    EmpiricalModel,
    GaussianModel,
    LaplaceModel,
    SampledModel,
    UniformNoiseModel,
    estimate_gap,
    robust_classifier,
    turning_time,
)


def summed(step, k):
    total = type(step)(0)
    for _ in range(k):
        total = type(step)(total + step)
    return total


# Ways to the number k/10 in floating point.
WAYS = {
    "linspace": lambda k: np.linspace(0, 1, 11)[k],
    "finer linspace": lambda k: np.linspace(0, 1, 21)[2 * k],
    "arange": lambda k: np.arange(0, 1.05, 0.1)[k],
    "product": lambda k: 0.1 * k,
    "quotient": lambda k: (k * 0.7) / 7,
    "sum": lambda k: summed(0.1, k),
    "cumsum": lambda k: np.cumsum(np.full(10, 0.1))[k - 1],
    "float32": lambda k: np.float32(k) / np.float32(10),
    "float32 linspace": lambda k: np.linspace(0, 1, 11, dtype=np.float32)[k],
    "float32 product": lambda k: np.float32(0.1) * np.float32(k),
    "float32 sum": lambda k: summed(np.float32(0.1), k),
    "float32 cumsum": lambda k: np.cumsum(np.full(10, 0.1, dtype=np.float32))[k - 1],
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_a_decimal_is_the_decimal(way):
    model = BernoulliModel([Fraction(1), Fraction(3, 10)], Fraction(1, 5))
    n = np.arange(1, 101)
    for k in range(1, 11):
        eps, meant = WAYS[way](k), Fraction(k, 10)
        assert np.array_equal(model.gap(n, eps), model.gap(n, meant)), (way, k)
        mean = GaussianModel(float(meant), 1.0)
        assert mean.limit(eps) == pytest.approx(k / 20) and mean.turning_point(eps) == [np.inf]
        assert turning_time(eps, float(meant)) == np.inf
        # As theta tau, with a tau of the other kind of arithmetic.
        assert BernoulliModel(2 * float(meant), 0.1 * 5).limit(eps) == pytest.approx(k / 20)
    assert GaussianModel(0.3, 1.0).limit(0.1 * 3) == 0.15


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(
    way=st.sampled_from(list(WAYS)), k=st.integers(1, 10),
    theta=st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1 / 3, 1.1]),
    n=st.integers(1, 60), seed=st.integers(0, 2**32), rule=st.sampled_from(["minimizer", "published"]),
)
def test_exact_and_sampled_decide_every_training_set_alike(way, k, theta, n, seed, rule):
    # No statistics: the exact gap is the mean over the counts, which a simulation's sets are told apart by.
    model, eps = BernoulliModel(theta, 0.2), np.atleast_1d(WAYS[way](k))
    gaps = model.dataset_gaps(np.array([n]), eps, 200, np.random.default_rng(seed), rule)[:, 0, 0]
    x, y = model.sample(200 * n, np.random.default_rng(seed))
    totals = np.rint((y[:, None] * x).reshape(200, n).sum(axis=1) / theta).astype(int)
    meant = Fraction(k, 10) / (Fraction(1, 3) if theta == 1 / 3 else Fraction(str(theta)))
    for total, gap in zip(totals.tolist(), gaps):
        margin = abs(total) - n * meant
        side = (margin > 0) - (margin < 0)
        lost = 1 - (side if rule == "published" else (1 + side) / 2)
        assert gap == pytest.approx(theta * 0.2 * ((total > 0) - (total < 0)) * lost, abs=1e-12)
    assert model.gap(n, eps, rule=rule) == pytest.approx(
        BernoulliModel(Fraction(k, 10) / meant, Fraction(1, 5)).gap(n, Fraction(k, 10), rule=rule), abs=1e-14
    )


def test_simulation_and_exact_curve_agree_on_a_grid_made_by_arithmetic():
    narrow = np.linspace(0, 1, 11, dtype=np.float32)
    for grid in (np.linspace(0, 1, 11), np.arange(0, 1, 0.1), narrow, np.cumsum(np.full(9, 0.1))):
        model = BernoulliModel([1.0, 0.3], 0.2)
        estimate = estimate_gap(model, [1, 10, 20], grid, trials=20_000, rng=1)
        exact = model.gap(np.array([1, 10, 20])[:, None], grid)
        assert (np.abs(estimate.value - exact) <= 4.5 * estimate.stderr + 1e-12).all()


@pytest.mark.parametrize("distance", [2.0**-42, 2.0**-39])
def test_the_tolerance_is_the_documented_one(distance):
    tie = distance < 2.0**-40
    eps = 0.3 * (1 + distance)
    assert (GaussianModel(0.3, 1.0).limit(eps) == pytest.approx(0.15)) == tie
    model = BernoulliModel(1.0, 0.2)
    assert (model.gap(20, 0.3 + distance) == model.gap(20, 0.3)) == tie
    assert (robust_classifier([[0.3]], [1], 0.3 + 0.3 * distance) == 0.5) == tie
    narrow = np.float32(0.3) * np.float32(1 + (2.0**-20 if tie else 2.0**-18))
    assert (GaussianModel(0.3, 1.0).limit(narrow) == pytest.approx(0.15)) == tie
    assert (robust_classifier([[0.3]], [1], narrow) == 0.5) == tie


def test_narrow_inputs_have_their_own_tolerance():
    x = np.full((10, 1), 0.1, dtype=np.float32)
    assert robust_classifier(x, np.ones(10), 0.1) == 0.5
    assert robust_classifier(x.astype(float), np.ones(10), 0.1) == 1.0
    assert GaussianModel(np.float32(0.3), 1.0).mean == [0.3]


HAIR = Fraction(1, 10**20)
MEAN_MODELS = {
    "Gaussian": lambda mean: GaussianModel(mean, 1.0), "Laplace": lambda mean: LaplaceModel(mean, 1.0),
    "uniform": lambda mean: UniformNoiseModel(mean, 1.0), "sampled": lambda mean: SampledModel(normal_numbers, mean),
    "Bernoulli": lambda mean: BernoulliModel(np.multiply(mean, 2), Fraction(1, 2)),
}


@pytest.mark.parametrize("kind", MEAN_MODELS)
@pytest.mark.parametrize("mean", [Fraction(3, 10), Decimal("0.3"), 3, [Fraction(3, 10), Fraction(1, 3)]], ids=repr)
def test_exact_means_are_compared_exactly(kind, mean):
    first = Fraction(mean[0] if isinstance(mean, list) else mean)
    for made in (model := MEAN_MODELS[kind](mean), copy.deepcopy(model), dataclasses.replace(model, bound=1.0)):
        found = made.limit([first - HAIR, first, first + HAIR, float(first)])
        assert found == pytest.approx(float(first) * np.array([0, 0.5, 1, 0.5]))
        assert made.class_mean.dtype == float and not made.class_mean.flags.writeable
        if hasattr(made, "turning_point"):
            turns = made.turning_point([first - HAIR, first, first + HAIR, float(first)])[:, 0]
            assert list(np.isfinite(turns)) == [True, False, False, False]

    assert kind == "sampled" or model.sample(3, 1)[0].dtype == float


def test_the_turning_time_compares_exactly_each_eps_with_its_mean():
    means = [[Fraction(3, 10)], [Fraction(1, 10)]]
    found = turning_time([Fraction(3, 10) - HAIR, Fraction(3, 10), Fraction(1, 10) - HAIR, 0.1], means)
    assert np.array_equal(np.isfinite(found), [[True, False, True, True], [False, False, True, False]])
    assert turning_time(Fraction(3, 10), Fraction(3, 10) + HAIR) == pytest.approx(found[0, 0], rel=1e-12)


class Frame:
    """What NumPy takes for an array, and is none."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


def normal_numbers(n, rng):
    return rng.standard_normal((n, 1)), np.ones(n)


# 0.3 in 32 bits, and what arithmetic in 32 bits makes of it.
NARROW = [np.float32(0.3), np.float32(1.2) - np.float32(0.9), np.float32(0.7) - np.float32(0.4)]


@pytest.mark.parametrize("number", NARROW, ids=repr)
def test_data_of_32_bits_meet_the_decimal_however_they_are_given(number):
    x = np.full((5, 1), number)
    for given in (x, list(x), [list(row) for row in x], Frame(x)):
        assert robust_classifier(given, np.ones(5), 0.3) == 0.5 and robust_classifier(given, np.ones(5), 0.3001) == 0
        model = EmpiricalModel(given, np.ones(5))
        assert model.limit(0.3) == pytest.approx(0.15, rel=1e-6)
        assert model.limit([0.2999, 0.3001]) == pytest.approx([0, 0.3], rel=1e-6)
        # Every training set is the same: the gap is half the weight.
        for loss, gap in (("linear", 0.15), ("zero_one", 0)):
            found = estimate_gap(model, [1, 5], [0.3, 0.2999], trials=100, rng=1, loss=loss).value
            assert found == pytest.approx(np.array([[gap, 0], [gap, 0]]), rel=1e-6)
    assert robust_classifier(x.astype(float), np.ones(5), 0.3) != 0.5
    sampled = SampledModel(lambda n, rng: (np.full((n, 1), number), np.ones(n)), mean=0.3)
    assert estimate_gap(sampled, 5, 0.3, trials=100, rng=1).value == pytest.approx(0.15)


def test_an_answer_of_32_bits_meets_0():
    # 0.1 + 0.2 - 0.3 in 32 bits: a coin is tossed, whose error is 1/2.
    x = np.tile(np.float32([0.1, 0.2, -0.3]), (4, 1))
    for bits in (np.float32, float):
        model = SampledModel(lambda n, rng: (x[:n].astype(bits), np.ones(n)), mean=[0.1, 0.2, -0.3])
        error = model._test_error(4, np.random.default_rng(1))
        assert (error(np.ones((4, 1, 3))) == 0.5).all() == (bits == np.float32)


def test_a_narrow_number_among_others_is_the_decimal_written_for_it():
    model, one = BernoulliModel(1, Fraction(1, 5)), np.float32(0.2)
    meant = model.gap(10, [Fraction(1, 5), Fraction(1, 2)])
    for eps in ([one, 0.5], (one, Fraction(1, 2)), [one, Decimal("0.5")], np.array([one, 0.5], dtype=object)):
        assert np.array_equal(model.gap(10, eps), meant), eps
    assert np.array_equal(model.gap(10, [[one], np.array([0.5])]), meant[:, None])
    assert model.limit(np.array(one, dtype=object)) == pytest.approx(0.1)
    # Objects that are all narrow are as an array of them.
    narrow = np.float32([7 / 15, 0.2])
    assert np.array_equal(BernoulliModel(1, 0.5).gap(15, np.array(list(narrow), dtype=object)), BernoulliModel(1, 0.5).gap(15, narrow))
    assert np.array_equal(_arguments.radii("eps", np.array(list(narrow), dtype=object)).value, [float(str(x)) for x in narrow])
    negative = np.longdouble("-1e-400")
    for eps in (negative, np.array([negative], dtype=object), [negative, Fraction(1, 3)]):
        with pytest.raises(ValueError, match="^eps must be finite and >= 0"):
            model.gap(10, eps)
    estimate = estimate_gap(model, 10, [one, 0.5], trials=50, rng=1).value
    assert np.array_equal(estimate, estimate_gap(model, 10, [0.2, 0.5], trials=50, rng=1).value)
    for wide in (0.25, Fraction(1, 4)):
        assert BernoulliModel([one, wide], 0.5).theta[0] == GaussianModel([one, wide], 1.0).mean[0] == 0.2
    for x in ([[one, 0.5]], np.array([[one, 0.5]], dtype=object), [[[one, 0.5]]]):
        assert np.array_equal(np.ravel(robust_classifier(x, np.ones(np.shape(x)[:-1]), 0.2)), [0.5, 1])
    assert EmpiricalModel([[one, 0.5]], [1]).limit(0.2) == pytest.approx(0.1)
    assert SampledModel(normal_numbers, one).limit(0.2) == pytest.approx(0.1) and turning_time(0.2, one) == np.inf


def models():
    return [
        GaussianModel([1.0, 0.1 + 0.2], [2.0, 1.0], 1.5), GaussianModel(1.0, 2.0), BernoulliModel([1.0, 0.3], 0.2),
        BernoulliModel([Fraction(1, 3), 0.5, Decimal("0.7")], Fraction(3, 10), bound=2.0),
    ]


@pytest.mark.parametrize("model", models(), ids=repr)
def test_copies_are_the_model(model):
    hair = Fraction(1, 10**30)
    for made in (
        pickle.loads(pickle.dumps(model)), copy.deepcopy(model), copy.copy(model),
        dataclasses.replace(model), eval(repr(model)),
    ):
        assert made == model and hash(made) == hash(model) and made is not model and repr(made) == repr(model)
        for name in ("mean", "std", "theta", "class_mean"):
            assert not (hasattr(made, name) and getattr(made, name).flags.writeable)
        for eps in (0.1, Fraction(1, 10), Fraction(1, 10) + hair):
            assert made.limit(eps) == model.limit(eps) and made.gap(9, eps) == model.gap(9, eps)
    assert dataclasses.replace(model, bound=7.0) != model and dataclasses.replace(model, bound=7.0).bound == 7


def test_exact_parameters_survive_a_copy():
    model = BernoulliModel(Fraction(1, 3), Fraction(3, 10))
    hair = Fraction(1, 10**30)
    for made in (dataclasses.replace(model, bound=1.0), pickle.loads(pickle.dumps(model))):
        limit = made.limit([Fraction(1, 10) - hair, Fraction(1, 10), Fraction(1, 10) + hair])
        assert limit == pytest.approx([0, 0.05, 0.1])


def test_models_that_decide_ties_differently_are_not_equal():
    half, hair = Fraction(1, 2), Fraction(1, 10**20)
    differ = [
        *(BernoulliModel(theta, tau) for theta in (half, 0.5) for tau in (half, 0.5)),
        *(BernoulliModel(thetas, half) for thetas in ([half, 0.5], [0.5, half], [half, half])),
        *(MEAN_MODELS[kind](mean) for kind in ("Gaussian", "Laplace", "uniform", "sampled") for mean in (half, 0.5)),
        *(EmpiricalModel(np.full((2, 1), 0.5, dtype=bits), [1, 1]) for bits in (float, np.float32, np.float16)),
    ]
    assert len(set(differ)) == len(differ) == len(set(map(hash, differ)))
    # What is whole is exact, however it is given.
    assert BernoulliModel(Fraction(2), half) == BernoulliModel(2.0, half) != BernoulliModel(2.0, 0.5)
    assert hash(BernoulliModel(Fraction(2), half)) == hash(BernoulliModel(2, half))
    assert BernoulliModel(Decimal("0.5"), half) == BernoulliModel(half, half)
    # And in one model: the float is tied with eps, the Fraction is not.
    for thetas in ([half, 0.5], [0.5, half]):
        model, parts = BernoulliModel(thetas, half), [BernoulliModel(theta, half) for theta in thetas]
        assert model.limit(half / 2 + hair) == sum(part.limit(half / 2 + hair) for part in parts) == 0.375
        assert model.gap(4, half / 2 + hair) == pytest.approx(sum(part.gap(4, half / 2 + hair) for part in parts))
        assert parts[0].gap(4, half / 2 + hair) != parts[1].gap(4, half / 2 + hair)


def test_models_differ_by_value_and_kind():
    distinct = models()
    assert len(set(distinct + models())) == len(distinct)
    assert GaussianModel(1.0, 2.0) != GaussianModel(1.0, 2.5) and GaussianModel(1.0, 2.0) != (1.0, 2.0)
    assert GaussianModel([1.0, 1.0], 2.0) == GaussianModel([1.0, 1.0], [2.0, 2.0]) != GaussianModel(1.0, 2.0)
    with pytest.raises(ValueError, match="read-only"):
        GaussianModel(1.0, 2.0).mean[0] = -5


@pytest.mark.parametrize("eps", [1, 2, 3])
@pytest.mark.parametrize("theta", [1, 2.0, 4, Fraction(3, 2)])
def test_whole_attacks_meet_signals_as_rationals_do(eps, theta):
    """All sizes of an attack are settled at once: against the sum over all outcomes, in rationals."""
    model, tau = BernoulliModel(theta, 0.5), Fraction(1, 2)
    for n, gap in zip(range(1, 9), model.gap(np.arange(1, 9), eps)):
        total = Fraction(0)
        for count in range(n + 1):
            signal = Fraction(theta) * Fraction(2 * count - n, n)
            chance = math.comb(n, count) * Fraction(3, 4) ** count * Fraction(1, 4) ** (n - count)
            sign = (signal > 0) - (signal < 0)
            robust = sign * Fraction(1 + (abs(signal) > eps) - (abs(signal) < eps), 2)
            total += chance * (sign - robust) * Fraction(theta) * tau
        assert gap == pytest.approx(float(total), abs=1e-14)


def test_whole_attacks_meet_means_exactly():
    """Also where floats are as far apart as whole numbers."""
    assert turning_time([1, 2, 3], [2, 2.0, 2]).tolist()[1:] == [np.inf, np.inf] and turning_time(1, 2.0) < np.inf
    assert turning_time(2**52, 2.0**52 + 1) < np.inf and turning_time(2**52 + 1, 2.0**52) == np.inf


def test_a_training_set_drawn_in_pieces_is_tied_by_the_size_of_all_of_it(monkeypatch):
    model = SampledModel(lambda n, rng: (np.full((n, 1), 0.1), np.ones(n)), mean=0.1)
    sizes = np.arange(1, 41)
    monkeypatch.setattr(classifiers, "PIECE_NUMBERS", 14)
    # Every signal is the attack, but for the rounding of its sum.
    assert model.dataset_gaps(sizes, np.array([0.1]), 2, np.random.default_rng(0), "minimizer") == pytest.approx(0.05)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_what_cancels_on_a_test_point_is_a_coin_toss_in_every_unit(unit):
    model = SampledModel(lambda n, rng: (np.tile([0.1 * 3 * unit, -0.3 * unit], (n, 1)), np.ones(n)), mean=[unit, unit])
    assert model._test_error(4, np.random.default_rng(0))(np.ones((4, 1, 2))).tolist() == 4 * [[0.5]]
