"""The classifiers against a linear programme, adversarial training and brute force."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from gapsim import GaussianModel, robust_classifier, standard_classifier


def training_sets(count=40, n=6, d=5):
    rng = np.random.default_rng(3)
    for _ in range(count):
        yield rng.normal(0.3, 1.0, (n, d)), rng.choice([-1, 1], n)


def test_minimiser_solves_the_linear_programme():
    bound, eps = 1.5, 0.35
    for x, y in training_sets():
        u = (y[:, None] * x).mean(axis=0)
        split = linprog(np.concatenate([eps - u, eps + u]), bounds=(0, bound)).x
        assert np.allclose(robust_classifier(x, y, eps, bound), split[:5] - split[5:], atol=1e-9)


def test_minimiser_beats_every_weight_against_the_worst_of_all_corner_attacks():
    bound, eps = 2.0, 0.4
    corners = np.array(np.meshgrid([-eps, eps], [-eps, eps])).reshape(2, -1).T
    weights = np.array(np.meshgrid(*2 * [np.linspace(-bound, bound, 41)])).reshape(2, -1).T

    def robust_loss(w, x, y):
        return (-y[:, None] * ((x[:, None, :] + corners) @ w)).max(axis=1).mean()

    for x, y in training_sets(count=10, d=2):
        best = robust_loss(robust_classifier(x, y, eps, bound), x, y)
        assert all(best <= robust_loss(w, x, y) + 1e-12 for w in weights)
        worst = robust_loss(robust_classifier(x, y, eps, bound, rule="published"), x, y)
        assert worst >= best


def test_adversarial_training_settles_at_the_minimiser():
    model = GaussianModel([1.2, 0.8, 0.3, 0.1], 1.0)
    x, y = model.sample(25, 7)
    w = np.full(4, 0.5)
    for k in range(1, 20_000):
        attacked = x - 0.4 * y[:, None] * np.sign(w)
        w = np.clip(w + (y[:, None] * attacked).mean(axis=0) / np.sqrt(k), -1, 1)
    assert np.allclose(w, robust_classifier(x, y, 0.4), atol=0.02)


def test_published_rule_turns_against_weak_signals():
    x, y = np.array([[0.5, -0.5, 2.0, -2.0, 1.0]]), np.array([1])
    assert robust_classifier(x, y, 1.0, 2.0, rule="published").tolist() == [-2, 2, 2, -2, 0]
    assert robust_classifier(x, y, 1.0, 2.0).tolist() == [0, 0, 2, -2, 1]
    assert standard_classifier(x, y, 2.0).tolist() == [2, -2, 2, -2, 2]


def test_every_training_set_has_twice_the_difference_under_the_published_rule():
    rng = np.random.default_rng(0)
    x, y = rng.integers(-3, 4, (500, 4, 3)).astype(float), rng.choice([-1, 1], (500, 4))
    standard = standard_classifier(x, y)
    differences = standard - robust_classifier(x, y, 0.5)
    assert np.array_equal(standard - robust_classifier(x, y, 0.5, rule="published"), 2 * differences)
    assert (np.abs(differences) == 0.5).any() and (differences == 1).any()  # ties occurred


@pytest.mark.parametrize(("step", "eps"), [("0.3", "0.06"), ("0.1", "0.03"), ("1", "0.2"), ("0.7", "0.35")])
def test_ties_of_decimals_are_decided_as_in_exact_arithmetic(step, eps):
    rng = np.random.default_rng(1)
    ties = 0
    for n in (1, 2, 5, 10, 20, 45, 100, 1000):
        votes = rng.choice([-1, 1], (60, n))
        weights = robust_classifier(float(step) * votes[..., None], np.ones((60, n)), float(eps))
        for total, weight in zip(votes.sum(axis=1), weights[:, 0]):
            u = Fraction(step) * int(total) / n
            margin = abs(u) - Fraction(eps)
            expected = Fraction((u > 0) - (u < 0)) * (1 + (margin > 0) - (margin < 0)) / 2
            assert weight == expected
            ties += margin == 0
    assert ties > 0


def test_leading_axes_are_separate_training_sets():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(3, 4, 7, 2)), rng.choice([-1, 1], (3, 4, 7))
    batch = robust_classifier(x, y, 0.2)
    assert batch.shape == (3, 4, 2)
    assert np.array_equal(batch[1, 2], robust_classifier(x[1, 2], y[1, 2], 0.2))
    assert np.array_equal(standard_classifier(x, y)[2, 3], standard_classifier(x[2, 3], y[2, 3]))


X, Y = np.ones((3, 2)), np.array([1, -1, 1])


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("y", lambda: standard_classifier(X, [1, 0, 1])),
        ("y", lambda: standard_classifier(X, [1, -1])),
        ("y", lambda: robust_classifier(X, [1, np.nan, 1], 0.1)),
        ("x", lambda: standard_classifier([1.0, 2.0], [1, 1])),
        ("x", lambda: standard_classifier(np.full((3, 2), np.nan), Y)),
        ("x", lambda: standard_classifier(np.full((3, 2), np.inf), Y)),
        ("x", lambda: standard_classifier(np.empty((0, 2)), [])),
        ("eps", lambda: robust_classifier(X, Y, -0.1)),
        ("eps", lambda: robust_classifier(X, Y, [[0.1, 0.2]])),
        ("bound", lambda: robust_classifier(X, Y, 0.1, bound=-1)),
        ("rule", lambda: robust_classifier(X, Y, 0.1, rule="other")),
    ],
)
def test_bad_input_names_the_argument(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument} must "):
        call()
