"""Models, designs and results are values: whatever copies them, or sends them to another process, changes nothing."""

import copy
import pickle
from dataclasses import InitVar, dataclass
from fractions import Fraction

import numpy as np
import pytest

from gapsim import (
    BernoulliModel, Design, DiscreteDesign, EmpiricalModel, GaussianModel, LaplaceModel, LinearModel, NormalDesign,
    PoissonDesign, RegressionModel, UniformDesign, UniformNoiseModel, estimate_gap, robust_classifier, standard_classifier,
)


class Wide(NormalDesign):
    """Derived from a design without being a dataclass of its own."""

    def __init__(self, scale=1.0):
        self.scale = scale

    def sample(self, size, rng):
        return self.scale * super().sample(size, rng)


@dataclass(frozen=True)
class Laplace(Design):
    """Given a variance, it keeps a deviation: the call that makes it, repeated, gives another."""

    spread: float

    def __post_init__(self):
        object.__setattr__(self, "spread", self.spread**0.5)

    def sample(self, size, rng):
        return self.spread * np.random.default_rng(rng).laplace(size=size)


@dataclass(frozen=True)
class Given(Design):
    """What is given is not among its fields."""

    start: InitVar[float]

    def __post_init__(self, start):
        object.__setattr__(self, "end", 2 * start)

    def sample(self, size, rng):
        return self.end * np.random.default_rng(rng).standard_normal(size)


class Thrifty(NormalDesign):
    """Leaves out of its copies what it can compute again, as classes do that keep a cache."""

    def __init__(self, scale):
        self.scale, self.table = scale, np.zeros(3)

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name != "table"}


def copies(thing):
    yield copy.copy(thing)
    yield copy.deepcopy(thing)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        yield pickle.loads(pickle.dumps(thing, protocol))


@pytest.mark.parametrize("design", [Wide(3.0), Laplace(16.0), Given(5.0)])
def test_a_copy_of_a_design_of_ones_own_samples_the_same(design):
    first = RegressionModel(design).sample(5, 1)
    for other in copies(design):
        assert other == design and hash(other) == hash(design) and vars(other) == vars(design)
        assert np.array_equal(RegressionModel(other).sample(5, 1), first)


def test_what_differs_in_more_than_its_fields_is_not_equal():
    assert Wide(3.0) != Wide(1.0) and Given(5.0) != Given(3.0) and Wide(3.0) == Wide(3.0)
    assert "Wide(" not in repr(Wide(3.0)) and "Given(" not in repr(Given(3.0))


@pytest.mark.parametrize("model", [
    GaussianModel([1, Fraction(1, 3)], 2.0), BernoulliModel(Fraction(1, 3), Fraction(1, 5)), LaplaceModel(1.0, 2.0),
    EmpiricalModel([[1.0, 2.0]], [1]), LinearModel([1.0, 2.0]), RegressionModel(PoissonDesign()), DiscreteDesign([1, 2], [0.5, 0.5]),
], ids=str)
def test_a_copy_is_the_model_without_what_it_can_compute_again(model):
    before = len(pickle.dumps(model))
    if hasattr(model, "limit"):
        model.limit(0.3)
    assert len(pickle.dumps(model)) == before
    for other in copies(model):
        assert other == model and repr(other) == repr(model) and hash(other) == hash(model)
        assert not any(value.flags.writeable for value in vars(other).values() if isinstance(value, np.ndarray))


def test_a_class_may_say_itself_what_its_copies_keep():
    design = Thrifty(3.0)
    assert design == design and "Thrifty" in repr(design)
    for other in copies(design):
        assert vars(other) == {"scale": 3.0}


def test_copies_of_results_are_read_only_too():
    law = RegressionModel(NormalDesign()).law([2, 3], 0.5)
    estimate = estimate_gap(GaussianModel(1.0, 2.0), [1, 2], [0.1], trials=10, rng=1)
    for arrays in [(each.n, each.eps) for each in copies(law)] + [(each.value, each.stderr) for each in copies(estimate)]:
        for array in arrays:
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


@pytest.mark.parametrize("call", [
    lambda: GaussianModel([1.0, 2e300], 1.0), lambda: GaussianModel(1.0, 1e308), lambda: LaplaceModel(1.0, 1e308), lambda: BernoulliModel(1e308, 0.5),
    lambda: standard_classifier([[1e308], [1e308]], [1, 1]), lambda: robust_classifier([[1e308], [-1e308]], [1, 1], 0.5),
    lambda: EmpiricalModel([[1e308], [1e308]], [1, 1], bound=1.0),
])
def test_sizes_whose_sum_with_an_attack_is_no_float_are_refused(call):
    with pytest.raises(ValueError, match=r"^(mean|std|scale|theta|x) must be of a size of at most 1e\+30[02], got "):
        call()
    assert GaussianModel(1e300, 1e300).gap(3, 1.7e308) == pytest.approx(1e300 * GaussianModel(1.0, 1.0).gap(3, 1.7e8))


def test_narrow_parameters_are_the_decimals_written_for_them():
    narrow = np.float32
    assert BernoulliModel(1.0, narrow(0.2)) == BernoulliModel(1.0, 0.2)
    assert BernoulliModel(1.0, narrow(0.2)).limit(0.2) == pytest.approx(0.1)
    assert RegressionModel(NormalDesign(), narrow(0.1), narrow(0.1)) == RegressionModel(NormalDesign(), 0.1, 0.1)
    assert UniformDesign(narrow(0.1), narrow(0.3)) == UniformDesign(0.1, 0.3)
    assert DiscreteDesign([0.1, 0.2], [0.4, 0.6]).pmf(narrow(0.1)) == 0.4


@pytest.mark.parametrize("kind", [GaussianModel, LaplaceModel, UniformNoiseModel])
def test_the_largest_models_draw_what_they_may(kind):
    estimate = estimate_gap(kind(1e300, 1e300), 3, 1e300, trials=100, rng=1)
    assert estimate.value == pytest.approx(1e300 * estimate_gap(kind(1.0, 1.0), 3, 1.0, trials=100, rng=1).value)
