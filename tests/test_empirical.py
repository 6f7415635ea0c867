"""Models without a formula, against sums over all training sets there are, and against plain loops."""

import copy
import itertools
import pickle

import numpy as np
import pytest

from gapsim import EmpiricalModel, SampledModel, estimate_gap

X = np.array([[0.5, 2.0], [-1.5, 1.0], [0.1, -1.0], [0.3, 0.7]])
Y = np.array([1, -1, 1, 1])


def normal_points(n, rng):
    y = rng.choice([-1, 1], size=n)
    return y[:, None] * [1.0, 0.4] + rng.standard_normal((n, 2)), y


def test_the_gap_of_data_is_the_mean_over_all_training_sets():
    model, votes = EmpiricalModel(X, Y, bound=1.5), Y[:, None] * X
    assert np.allclose(model.class_mean, votes.mean(axis=0), rtol=1e-15)
    for n, eps in ((1, 0.4), (3, 0.4), (3, 0.9)):
        gaps = []
        for chosen in itertools.product(range(4), repeat=n):
            signal = sum(votes[row] for row in chosen) / n
            robust, standard = (1.5 * np.sign(signal) * keep for keep in (np.abs(signal) > eps, 1))
            gaps.append(float((standard - robust) @ votes.mean(axis=0)))
        estimate = estimate_gap(model, n, eps, trials=40_000, rng=3)
        assert abs(estimate.value - np.mean(gaps)) < 4 * estimate.stderr


def test_rows_are_drawn_whole_and_equally_often():
    x, y = EmpiricalModel(X, Y).sample(40_000, 5)
    places = [[row for row in range(4) if (X[row] == one).all() and Y[row] == label] for one, label in zip(x, y)]
    counts = np.bincount(np.ravel(places), minlength=4)
    assert counts.sum() == 40_000 and np.abs(counts - 10_000).max() < 5 * np.sqrt(10_000 * 0.75)


def test_a_sampler_gives_the_gap_of_what_it_samples():
    model = SampledModel(normal_points, mean=[1.0, 0.4])
    signal = np.array([
        (y[:, None] * x).mean(axis=0)
        for x, y in (normal_points(4, np.random.default_rng([8, trial])) for trial in range(20_000))
    ])
    gaps = (np.abs(signal) < 0.6) * np.sign(signal) @ [1.0, 0.4]
    estimate = estimate_gap(model, 4, 0.6, trials=20_000, rng=9)
    assert abs(estimate.value - gaps.mean()) < 4 * np.hypot(estimate.stderr, gaps.std() / np.sqrt(len(gaps)))


@pytest.mark.parametrize("model", [
    EmpiricalModel(X, Y), EmpiricalModel([[2.0]], [1]), EmpiricalModel(X.astype(np.float32), Y),
    SampledModel(normal_points, 1),
])
def test_models_are_values(model):
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), eval(repr(model))):
        assert again == model and hash(again) == hash(model)
        # As much above the first mean as 32 bits cannot tell.
        assert again.limit(0.6 * (1 + 1e-7)) == model.limit(0.6 * (1 + 1e-7))
    assert model != EmpiricalModel(2 * X, Y) and model != SampledModel(normal_points, 2)


def test_data_stay_as_they_were():
    x = X.copy()
    model = EmpiricalModel(x, Y)
    x[:] = 7
    assert np.array_equal(model.x, X)
    with pytest.raises(ValueError, match="read-only"):
        model.x[0] = 0
    assert len(repr(EmpiricalModel(np.ones((600, 2)), np.ones(600)))) < 100


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: EmpiricalModel(X, Y[:3]), "y"), (lambda: EmpiricalModel(X, [1, -1, 0, 1]), "y"),
        (lambda: EmpiricalModel([[np.nan]], [1]), "x"), (lambda: EmpiricalModel(np.ones((2, 3, 1)), np.ones((2, 3))), "x"),
        (lambda: EmpiricalModel(np.ones((0, 2)), []), "x"), (lambda: EmpiricalModel(X, Y, bound=0), "bound"),
        (lambda: SampledModel(3, 1.0), "sampler"), (lambda: SampledModel(normal_points, np.inf), "mean"),
        (lambda: SampledModel(normal_points, [[1.0]]), "mean"), (lambda: SampledModel(normal_points, 1.0, -1), "bound"),
        (lambda: SampledModel(normal_points, [1.0, 2.0, 3.0]).sample(3, 1), "sampler"),
        (lambda: SampledModel(lambda n, rng: None, 1.0).sample(3, 1), "sampler"),
        (lambda: SampledModel(lambda n, rng: (np.ones((n, 1)), np.zeros(n)), 1.0).sample(3, 1), "sampler"),
        (lambda: EmpiricalModel(X, Y).sample(0, 1), "n"), (lambda: EmpiricalModel(X, Y).gap(3, 0.5), "model"),
    ],
)
def test_bad_input_is_named(make, name):
    with pytest.raises(ValueError, match=rf"^{name} must "):
        make()
