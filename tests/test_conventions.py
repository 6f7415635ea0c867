"""What all public functions agree on: see the first lines of `gapsim/_arguments.py`."""

import inspect

import numpy as np
import pytest

import gapsim
from gapsim import (
    BernoulliModel, GaussianModel, PoissonDesign, RegressionModel, coordinate_gap, estimate_gap, robust_classifier, turning_time,
)  # fmt: skip

BY_NAME = {"rule", "tie", "full_output", "executor", "progress", "tol", "trials", "loss"}
MODELS = [GaussianModel([1.0, 0.4], 2.0), BernoulliModel([1.0, 0.3], 0.2)]


def signatures():
    for name in gapsim.__all__:
        thing = getattr(gapsim, name)
        if inspect.isclass(thing):
            for method, function in inspect.getmembers(thing, inspect.isfunction):
                if not method.startswith("_") and method != "dataset_gaps":
                    yield f"{name}.{method}", inspect.signature(function)
        elif callable(thing):
            yield name, inspect.signature(thing)


SIGNATURES = dict(signatures())


@pytest.mark.parametrize("name", SIGNATURES)
def test_options_are_given_by_name(name):
    for parameter in SIGNATURES[name].parameters.values():
        if parameter.name in BY_NAME:
            assert parameter.kind is parameter.KEYWORD_ONLY, parameter


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_scalars_give_floats_and_arguments_broadcast(model):
    for call in (model.gap, model.accuracy_gap, *([model.strip_center] if hasattr(model, "strip_center") else [])):
        assert type(call(5, 0.5)) is type(call(np.int64(5), np.float32(0.5))) is type(call(5.0, np.array(0.5))) is float
        assert call([5, 10], [0.5, 0.6]).shape == (2,) and call([[5], [10]], [0.5, 0.6]).shape == (2, 2)
        assert call([5], 0.5).shape == call(5, [0.5]).shape == (1,) and call([], 0.5).shape == (0,)
    assert type(model.limit(0.5)) is float and model.limit([[0.5]]).shape == (1, 1)
    assert model.turning_point(0.5).shape == (2,) and model.turning_point([0.5]).shape == (1, 2)
    assert type(model.test_loss([1.0, 0.0])) is float and model.test_loss([[1.0, 0.0]]).shape == (1,)


def test_functions_too():
    assert type(turning_time(0.5, 1.0)) is type(coordinate_gap(5, 1.0, 2.0, 0.5)) is float
    assert turning_time([0.5], 1.0).shape == coordinate_gap(5, [1.0], 2.0, 0.5).shape == (1,)
    x, y = np.ones((4, 3, 2)), np.ones((4, 3))
    assert robust_classifier(x, y, 0.5).shape == (4, 2) and robust_classifier(x, y, [0.5, 0.6, 1.0]).shape == (4, 3, 2)
    assert np.array_equal(robust_classifier(x, y, [0.5, 1.0])[:, 1], robust_classifier(x, y, 1.0))


def test_regressions_too():
    model = RegressionModel(PoissonDesign())
    for call in (model.gap, lambda n, eps: model.slope_cdf(0.5, n, eps)):
        assert type(call(5, 0.5)) is type(call(5.0, np.array(0.5))) is float
        assert call([5, 10], [0.5, 0.6]).shape == (2,) and call([[5], [10]], [0.5, 0.6]).shape == (2, 2)
        assert call([5], 0.5).shape == call(5, [0.5]).shape == (1,) and call([], 0.5).shape == (0,)
    for call in (model.first_gap, model.first_risk, model.limit, model.limit_slope, model.correction):
        assert type(call(0.5)) is type(call(np.float32(0.5))) is float and call([[0.5]]).shape == (1, 1)
    assert type(model.law(5, 0.5).risk) is float and model.law([5, 6], [[0.5]]).risk.shape == (1, 2)
    assert type(model.standard_risk(5.0)) is type(model.threshold()) is float


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_whole_floats_are_whole_numbers_and_a_simulation_forms_the_grid(model):
    assert np.array_equal(model.sample(5.0, 1)[0], model.sample(5, 1)[0])
    assert model.gap(1e5, 0.5) == model.gap(10**5, 0.5)
    estimate = estimate_gap(model, [5.0, 10.0], [0.5, 0.6], trials=1e2, rng=1)
    assert estimate.trials == 100 and estimate.value.shape == (2, 2)
    assert type(estimate_gap(model, 5, 0.5, trials=10, rng=1).value) is float
    for bad in (5.5, np.inf, np.nan, "5"):
        with pytest.raises(ValueError, match="^n must be"):
            model.gap(bad, 0.5)
        with pytest.raises(ValueError, match="^n must be"):
            model.sample(bad, 1)


def test_messages_show_the_number_that_was_given():
    for zero in (0.0, np.array(0.0), np.float64(0)):
        with pytest.raises(ValueError, match=r"^std must be finite and > 0, got 0\.0$"):
            GaussianModel(1.0, zero)
    with pytest.raises(ValueError, match=r"^eps must be finite and >= 0, got -1\.0$"):
        RegressionModel(PoissonDesign()).law(5, np.array(-1.0))
    with pytest.raises(ValueError, match=r"got array\(\[0\.\]\)$"):
        GaussianModel(1.0, np.array([0.0]))
    with pytest.raises(ValueError, match=r"got masked$"):  # whatever number is behind the mask
        GaussianModel(1.0, np.ma.masked)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_extremes_warn_of_nothing(model):
    for eps in (0, 1e-300, 1e-160, 0.5, 1e160, 1.797e308):
        assert np.isfinite(model.gap([1, 2**53, 2**62], eps)).all() and np.isfinite(model.limit(eps))
        model.turning_point(eps)


def test_whole_numbers_keep_all_their_digits_and_a_narrow_attack_is_its_decimal_for_a_linear_model_too():
    assert gapsim.RegressionModel(gapsim.NormalDesign()).law(2**53 + 1, 0.5).n == 2**53 + 1
    model = gapsim.LinearModel(1.0, 1.0)
    narrow, wide = (gapsim.estimate_gap(model, 9, eps, trials=20, rng=1, progress=np.bool_(False)) for eps in (np.float32(0.3), 0.3))
    assert narrow.value == wide.value
