"""Malformed input at every public function: an error that names the argument, or the right number.

What is tried is found by introspection, so a new model or function is tried too.
"""

import datetime
import importlib
import inspect
import pickle
import pkgutil
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gapsim

NUMBERS = (1.25, 0.5, 5.0)


def normal_points(n, rng):
    y = rng.choice([-1, 1], n)
    return y[:, None] * NUMBERS[0] + rng.standard_normal((n, 1)), y


# A good value of each argument, by name; an argument that is not here is taken to be a number, the first that a model takes.
GOOD = {
    "n": 3, "eps": 0.5, "trials": 10, "rng": 0, "bound": 1.5, "level": 0.9, "tau": 0.5,
    "x": np.array([[0.5], [-1.0], [2.0]]), "y": np.array([1, -1, 1]), "w": np.array([0.5]),
    "model": gapsim.GaussianModel(1.0, 2.0), "design": gapsim.PoissonDesign(), "size": 3,
    "values": [-1.0, 2.0], "probabilities": [0.25, 0.75], "low": -1.0, "high": 2.0,
    "sampler": normal_points,
}
# The fits of a slope take inputs without coordinates.
GOOD_POINTS = {"x": np.array([0.5, -1.0, 2.0]), "y": np.array([1.0, -0.5, 1.0])}
SLOPES = (gapsim.robust_slope, gapsim.standard_slope)
# Their law is that of a regression.
GOOD_MODEL = {"model": gapsim.RegressionModel(gapsim.PoissonDesign())}
# Called with arguments that are checked before, and what opens windows.
UNCHECKED = {"dataset_gaps", "nodes", "term", "plot"}

MALFORMED = [
    None, "", "text", "0.5", b"1", ["a", 1], [1, "2"], object(), print, gapsim.GaussianModel, {}, {"n": 1}, {1, 2}, Ellipsis, int,
    float("nan"), float("inf"), -float("inf"), -1, -0.5, -(10**400), 10**400, 1e400, 2.0**64, 1 + 2j, 0j,
    [], [[]], [[], []], [1, [2]], [[1, 2], [3]], [None], [float("nan")], [0.5, float("nan")], [-1, 1],
    np.empty((0, 2)), np.empty((2, 0)), np.zeros((1, 2, 3, 4)), np.full((3, 1), np.nan), np.full((3, 1), np.inf),
    np.array("text"), np.array(["0.5"]), np.array([1 + 1j]), np.array(None), np.array([object()]),
    np.array([1, None], dtype=object), np.datetime64("2020-01-01"), np.timedelta64(3, "s"), datetime.date(2020, 1, 1),
    np.ma.masked, np.ma.array([0.5, 1.0], mask=[True, False]), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"),
    Fraction(-1, 3), True, False, np.True_, range(0), range(-1, 1), slice(3), (x for x in [1.0]), memoryview(b"12"),
    [Fraction(1, 2), "0.5"], [Fraction(1, 2), b"1"], np.array("5", dtype=object), np.array(["0.5", 1], dtype=object),
    np.zeros(3, dtype=[("a", float)]), type("Odd", (), {"__float__": lambda self: "1"})(), Exception("x"), NotImplemented,
]


def public_things():
    """What the package offers, and every model in its modules, passed on by the package or not."""
    yield from ((name, getattr(gapsim, name)) for name in gapsim.__all__)
    for found in pkgutil.iter_modules(gapsim.__path__):
        module = importlib.import_module(f"gapsim.{found.name}")
        for name, thing in vars(module).items():
            own = getattr(thing, "__module__", None) == module.__name__
            if own and name not in gapsim.__all__ and is_model(thing):
                yield name, thing


def is_model(thing):
    return inspect.isclass(thing) and issubclass(thing, gapsim.ClassificationModel) and not inspect.isabstract(thing)


def callables():
    """Every public function, class and method, with a way to call it by name of its arguments."""
    for name, thing in public_things():
        if not callable(thing):
            continue
        if not inspect.isclass(thing):
            yield name, thing
        elif not inspect.isabstract(thing):
            if name != "GapEstimate":  # a result, which nobody else constructs
                yield name, thing
            instance = thing(**good(thing)) if name != "GapEstimate" else thing(0.5, 0.1, 100, 3, 0.5)
            for method, _ in inspect.getmembers(thing, inspect.isfunction):
                known = {"gap": "_knows_gap", "accuracy_gap": "_knows_accuracy", "gap_law": "_knows_law"}.get(method, "")
                formula = getattr(instance, known, True)
                if not method.startswith("_") and method not in UNCHECKED and formula:
                    yield f"{name}.{method}", getattr(instance, method)


def good(call):
    """Good values for the arguments that a call needs, or whose good value is known."""
    arguments = inspect.signature(call).parameters.values()
    known = GOOD | (GOOD_POINTS if call in SLOPES else GOOD_MODEL if call is gapsim.SlopeLaw else {})
    needed = [each.name for each in arguments if each.name in known or each.default is each.empty]
    for number in NUMBERS:
        values = {name: known.get(name, number) for name in needed}
        if not is_model(call):
            break
        try:  # a new model's parameter may have a range of its own
            call(**values)
            break
        except ValueError:
            continue
    return values


CALLS = dict(callables())
PLACES = [(call, name) for call in CALLS for name in inspect.signature(CALLS[call]).parameters]


def numbers(result):
    """All numbers in a result."""
    if isinstance(result, gapsim.GapEstimate):
        return np.append(np.ravel(result.value), np.ravel(result.stderr))
    if isinstance(result, tuple):
        return np.concatenate([np.ravel(part).astype(float) for part in result])
    if isinstance(result, (int, float, np.ndarray)):
        return np.ravel(result).astype(float)
    return np.empty(0)


def try_out(call, names, arguments):
    """Call with arguments of which the named ones may be bad: None if refused as it should be."""
    try:
        result = CALLS[call](**arguments)
    except (ValueError, TypeError) as error:
        message = str(error)
        if message.startswith("design must be one that knows "):
            return None  # whatever it is asked
        assert any(re.search(rf"\b{name}\b", message) for name in names), f"{call}: {message}"
        return None
    if isinstance(result, gapsim.PoissonDesign):  # what is accepted can be computed with
        assert len(result.support) < 10**5
    return result


@pytest.mark.parametrize(("call", "name"), PLACES, ids=[f"{call}({name})" for call, name in PLACES])
def test_malformed_input_is_refused_by_name_or_is_the_number_it_looks_like(call, name):
    for value in MALFORMED:
        result = try_out(call, [name], {**good(CALLS[call]), name: value})
        free = ("rng", "executor", "progress", "full_output", "sampler", "sharp")
        if result is None or name in free or value is None and name in ("tol", "loss"):
            continue
        text = any(isinstance(part, (str, bytes)) for part in np.asarray(value, dtype=object).flat)
        assert not text and not np.ma.is_masked(value), f"{call}: {name} = {value!r} was accepted"
        whole = np.asarray(value).dtype.kind in "bi"
        same = np.asarray(value, dtype=int if whole else float)
        assert not np.isnan(same).any(), f"{call}: {name} = {value!r} was accepted"
        expected = CALLS[call](**{**good(CALLS[call]), name: same if same.ndim else same.item()})
        assert np.array_equal(numbers(result), numbers(expected), equal_nan=True), f"{call}: {name} = {value!r}"
        if "turning" not in call:  # nan by definition where the gap is constant
            assert not np.isnan(numbers(result)).any(), f"{call}: {name} = {value!r} gives nan"


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 50), st.integers(2**63, 2**70), st.text(max_size=3),
    st.floats(-5, 5), st.sampled_from([np.nan, np.inf, -np.inf, 1e-300, 1e200, -0.0]), st.complex_numbers(max_magnitude=3),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4), max_leaves=8)


@pytest.mark.parametrize("call", CALLS)
@settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_several_malformed_arguments_at_once(call, data):
    names = list(inspect.signature(CALLS[call]).parameters)
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)) if names else []
    values = {name: data.draw(VALUES, label=name) for name in chosen}
    try_out(call, chosen, {**good(CALLS[call]), **values})


def test_thousands_of_inputs_were_tried():
    assert len(PLACES) * len(MALFORMED) + len(CALLS) * 60 > 3000
    assert {"estimate_gap", "robust_classifier", "GaussianModel", "GaussianModel.gap"} <= set(CALLS)


@pytest.mark.parametrize("model", [thing for _, thing in public_things() if is_model(thing)])
def test_every_model_agrees_with_its_own_simulation(model):
    model = model(**good(model))
    x, y = model.sample(200_000, 1)
    votes = y[:, None] * x
    error = votes.std(axis=0) / np.sqrt(len(y))
    assert (np.abs(votes.mean(axis=0) - model.class_mean) <= 5 * error).all()
    n, eps = np.array([1, 4, 15]), np.array([0.3, 0.6, 1.4]) * model.class_mean.max()
    once = gapsim.estimate_gap(model, n, eps, trials=20_000, rng=2).value
    # At a mean half of its coordinate is lost: what is just below and just above it says the same of each.
    means = np.unique(model.class_mean[model.class_mean > 0])
    at, below, above = (model.limit(means * factor) for factor in (1, 0.999, 1.001))
    assert np.allclose(at, (below + above) / 2, rtol=1e-12) and (below < above).all()
    assert np.allclose(model.limit([Fraction(mean) for mean in means]), at, rtol=1e-12)  # exact numbers go another way
    late = gapsim.estimate_gap(model, 4000, means, trials=2000, rng=3)
    assert (np.abs(late.value[0] - at) <= 4.5 * late.stderr[0] + 5e-3 * means).all()
    assert model.limit(0) == 0 and model.limit(1e9) == pytest.approx(model.bound * np.abs(model.class_mean).sum())
    for rule, factor in gapsim.classifiers.RULE_FACTOR.items():
        sampled = gapsim.estimate_gap(model, n, eps, trials=20_000, rng=2, rule=rule)
        assert np.allclose(sampled.value, factor * once, rtol=1e-12, atol=0)
        assert np.allclose(model.limit(eps, rule=rule), factor * model.limit(eps), rtol=1e-12, atol=0)
        if not model._knows_gap:
            with pytest.raises(ValueError, match="^model must be one whose exact gap is known"):
                model.gap(n[:, None], eps, rule=rule)
            continue
        exact = model.gap(n[:, None], eps, rule=rule)
        # What happens less than once in all trials shows no spread: one training set's share is the least error.
        error = np.maximum(sampled.stderr, factor * model.bound * model.class_mean.max() / sampled.trials)
        assert (np.abs(sampled.value - exact) <= 4.5 * error).all()
        assert np.allclose(exact, factor * model.gap(n[:, None], eps), rtol=1e-12, atol=0)
        assert np.allclose(model.gap(10**6, eps, rule=rule), model.limit(eps, rule=rule), atol=1e-2 * model.class_mean.sum())
        assert np.allclose(model.gap(10**6, means, rule=rule), model.limit(means, rule=rule), atol=1e-2 * model.class_mean.sum())
    again = pickle.loads(pickle.dumps(model))
    assert again == model and hash(again) == hash(model) and eval(repr(model), {**vars(gapsim), **globals(), type(model).__name__: type(model)}) == model
