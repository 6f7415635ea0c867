"""The ledger: every part of every entry has a check of its own, which fails when what it rests on is broken."""

import json

import numpy as np
import pytest
from test_ledger_regression import CLAIMS as REGRESSION

from book.notebooks import CHAPTERS
from gapbook import datasets, ledger
from gapbook.ledger import accuracy, bernoulli, classifiers, dimensions, gaussian, noise, real_data
from gapbook.ledger.entries import BEARINGS, Claim, Part, evidence
from gapsim import BernoulliModel, GaussianModel, LaplaceModel, LinearModel, NormalDesign, RegressionModel, UniformNoiseModel


def scaled(factor):
    """What is returned is multiplied."""
    return lambda method: lambda *args, **kwargs: factor * method(*args, **kwargs)


def bent(method):
    """A tail that is not convex above 0."""
    return lambda model, n, s: method(model, n, s) - 0.2 * np.exp(-np.abs(s))


def lowered(method):
    """A little less than nothing, where there is nothing."""
    return lambda *args, **kwargs: method(*args, **kwargs) - 1e-9


def falling(method):
    """It falls where it rises."""
    return lambda *args, **kwargs: 1 / (1 + method(*args, **kwargs))


def growing(method):
    """It rises with n for ever, whatever the attack."""
    return lambda model, n, *args, **kwargs: n / (1.0 + n) + 0 * method(model, n, *args, **kwargs)


def a_tenth_early(method):
    return lambda model, n, *args, **kwargs: method(model, 11 * np.asarray(n) // 10, *args, **kwargs)


def of_order_two(method):
    """With two points it is a share of what it is with one."""
    return lambda model, n, eps: np.where(n == 2, 0.15, 1.0) * method(model, np.where(n == 2, 1, n), eps)


def one_off_for_few(method):
    """Where there are fewer points than coordinates, a variable has one degree of freedom too many."""
    return lambda model, n: method(model, n) if n > model.d else method(model, n) - model.noise**2 * n / (model.d - n - 1) + model.noise**2 * n / (model.d - n)


def with_one_point_more(method):
    return lambda model, n, eps, **options: method(model, n + 1, eps, **options)


def level(method):
    """It does not depend on n."""
    return lambda model, n, *args, **kwargs: 0.3 + 0 * method(model, n, *args, **kwargs)


def with_half_the_attack(method):
    return lambda model, n, eps, *args: method(model, n, np.asarray(eps) / 2, *args)


def with_a_capped_attack(method):
    """As if the attack never came closer to the mean than a tenth of it."""
    return lambda model, n, eps, *args: method(model, n, np.minimum(eps, 0.9 * model.mean[0]), *args)


def with_the_noise_of_one(method):
    """As if the deviation played no part."""
    return lambda model, n, eps, *args: method(GaussianModel(model.mean, 1.0, model.bound), n, eps, *args)


def with_the_opposite_attack(method):
    """As if an attack close to the mean were a small one."""
    return lambda model, n, eps, *args: method(model, n, model.mean[0] - np.asarray(eps), *args)


def early(method):
    """It turns at half of the training points."""
    return lambda model, n, *args, **kwargs: method(model, 2 * np.asarray(n), *args, **kwargs)


def by_the_printed_logarithm(method):
    """The turning point is of the printed order of magnitude."""
    return lambda eps, mean: 4 * gaussian.log_term(np.atleast_1d(eps) / mean)


def as_the_logarithm_says(measure):
    return lambda rho, *args: 3 * gaussian.log_term(rho)


def constant(measure):
    return lambda *args: 3.0


def of_the_other_rule(classifier):
    """Whatever rule is asked for, the other one."""
    other = {"minimizer": "published", "published": "minimizer"}
    return lambda x, y, eps, bound=1.0, rule="minimizer": classifier(x, y, eps, bound=bound, rule=other[rule])


def simulated_by_the_other_rule(estimate):
    other = {"minimizer": "published", "published": "minimizer"}
    return lambda model, n, eps, *, rule="minimizer", **options: estimate(model, n, eps, rule=other[rule], **options)


def strangely_tied(classifier):
    """A tie is lost whole under the minimiser."""
    return lambda x, y, eps, bound=1.0, rule="minimizer": classifier(
        x, y, eps + 1e-6 * (rule == "minimizer"), bound=bound, rule=rule
    )


def without_losses(method):
    """No training set has a negative gap."""
    return lambda *args: np.maximum(method(*args), 0)


def the_exact_gap(points):
    """A Figure 1a that shows the published rule's gap."""
    n = np.arange(1, 21)
    return lambda figure: {eps: (n, GaussianModel(1.0, 2.0).gap(n, eps, rule="published")) for eps in gaussian.WEAK_EPS}


def the_definitions_loss(points):
    """A loss plot that shows the minimiser, its ties decided by half."""
    return lambda figure: losses("minimizer")


def half_ties(points):
    """A loss plot that shows the published rule, its ties decided by half."""
    return lambda figure: losses("published")


def losses(rule):
    n = np.arange(1, 151)
    models = {tau: BernoulliModel(1.0, tau) for tau in (0.1, 0.2, 0.5)}
    return {tau: (n, model.gap(n, 0.2, rule=rule) - model.gap(n, 2.0)) for tau, model in models.items()}


def shifted(points):
    """The points are numbered from 0."""
    return lambda figure: {key: (n - 1 + 0 * n, value) for key, (n, value) in points(figure).items()}


def as_smooth_as_its_centre(method):
    """A Bernoulli gap without teeth."""
    return lambda model, n, eps, rule="minimizer": model.strip_center(n, eps, rule=rule)


def as_its_gap(method):
    """A centre with the teeth of the gap."""
    return lambda model, n, eps, rule="minimizer": model.gap(n, eps, rule=rule)


def displaced(method):
    """A gap that is off the centre by a tenth of the signal."""
    return lambda model, n, *args: method(model, n, *args) + 0.1 * model.tau


def of_the_mean(method):
    """As if the step at equality did not exist: a tie counts in full in the limit."""
    return lambda model, n, eps, *args: method(model, n, np.asarray(eps) * 1.01, *args)


def at_a_rate_of_one_over_n(method):
    """Whatever the attack, the gap is 1/n from its centre."""
    return lambda model, n, eps, rule="minimizer": model.strip_center(n, eps, rule=rule) + 1.0 / np.asarray(n)


def shuffled(rng):
    """Estimates that no number of points improves."""
    return lambda eps, mean: rng(eps, mean[::-1]) * np.linspace(0.2, 5, mean.size)


def positive(method):
    """A regression whose gap is never negative."""
    def gap(model, n, eps, full_output=False):
        value, error = method(model, n, eps, full_output=True)
        return (np.abs(value), error) if full_output else np.abs(value)

    return gap


def the_larger_first(measured):
    """The sizes of the subsets change places."""
    return lambda measure, x, y, n, **options: measured(measure, x, y, n[::-1], **options)


def all_or_nothing(classifier):
    """A feature is dropped if any is."""
    def drop(*args, **options):
        w = classifier(*args, **options)
        return w * (w != 0).all(axis=-1, keepdims=True)

    return drop


def of_independent_rows(variance):
    return lambda value, n, rows: value / n


def one_and_seven(digits):
    """Another pair, whatever pair is asked for."""
    return lambda *pair: digits(1, 7)


def without_attack(slope):
    return lambda x, y, eps: slope(x, y, np.zeros(len(eps)))


def one_split(parts):
    """Whatever the seed."""
    return lambda rows, share, rng: parts(rows, share, 0)


def normal(method):
    """Laplace noise is normal, with the same deviation."""
    return lambda model, n, eps: GaussianModel(model.mean, np.sqrt(2) * model.scale, model.bound).gap(n, eps)


def drawn_by(name):
    """The data come from another law of the same module."""
    return lambda sampler: getattr(noise, name)


def beyond_one(slope):
    """As if the ratio of attack and mean were as far on the other side of 1."""
    return lambda s, rho, power: slope(s, 2.0 - rho, power)


def as_printed(method):
    """A sharp strip that is as wide as the other."""
    return lambda model, n, sharp=False: method(model, n)
def finite(method):
    """No risk is infinite."""
    return lambda *args: np.nan_to_num(method(*args), posinf=1.0)


def of_the_opposite_sign(estimate):
    """Simulated gaps with the signs turned round."""

    def damage(*args, **options):
        found = estimate(*args, **options)
        return type(found)(-np.asarray(found.value), found.stderr, found.trials)

    return damage


def vanishing(estimate):
    """Simulated gaps that vanish with the attack."""

    def damage(model, n, eps, **options):
        found = estimate(model, n, eps, **options)
        return type(found)(found.value * np.asarray(eps), found.stderr, found.trials)

    return damage


GAP, BERNOULLI_GAP, CENTRE = (GaussianModel, "gap"), (BernoulliModel, "gap"), (BernoulliModel, "strip_center")
LAPLACE_GAP, UNIFORM_GAP = (LaplaceModel, "gap"), (UniformNoiseModel, "gap")
def as_half_the_gap(method):
    """As if accuracy lost half of a tie, as the linear loss does."""
    return lambda model, n, eps, rule="minimizer": float(model.tau) / 2 * model.gap(n, eps, rule=rule) / float(model.tau)


def without_ties_of_the_classifiers(method):
    """As if the two classifiers never agreed."""
    def law(model, n, eps):
        values, chances = method(model, n, eps)
        return values[values != 0], chances[values != 0] / chances[values != 0].sum()

    return law


GAP, BERNOULLI_GAP, CENTRE = (GaussianModel, "gap"), (BernoulliModel, "gap"), (BernoulliModel, "strip_center")
ACCURACY = (GaussianModel, "accuracy_gap")
TURN = (gaussian, "turning_time")

# For each part of each entry: what to break, and how.
MUTATIONS = {
    ("data-always-expands", "arbitrarily large"): (*GAP, with_a_capped_attack),
    ("data-always-expands", "but finite"): (*GAP, growing),
    ("expectations", "a"): (*GAP, scaled(-1)),
    ("expectations", "b"): (*GAP, falling),
    ("expectations", "c"): (*GAP, scaled(0)),
    ("accuracy-for-robustness", "linear loss"): (*GAP, scaled(-1)),
    ("accuracy-for-robustness", "one coordinate"): (*GAP, scaled(1.01)),
    ("accuracy-for-robustness", "published rule"): (classifiers, "robust_classifier", of_the_other_rule),
    ("accuracy-for-robustness", "published rule on a lattice"): (classifiers, "robust_classifier", of_the_other_rule),
    ("accuracy-for-robustness", "several coordinates"): (classifiers, "robust_classifier", of_the_other_rule),
    ("factor-two", "minimiser"): (classifiers, "robust_classifier", of_the_other_rule),
    ("factor-two", "worst of the box"): (classifiers, "robust_classifier", of_the_other_rule),
    ("factor-two", "twice"): (classifiers, "robust_classifier", strangely_tied),
    ("theorem-1a", "positive"): (*GAP, lowered),
    ("theorem-1a", "simulated"): (*GAP, scaled(1.2)),
    ("never-better", "on average"): (*GAP, scaled(-1)),
    ("never-better", "single training sets"): (GaussianModel, "dataset_gaps", without_losses),
    ("theorem-1b", "minimiser"): (*GAP, scaled(1.01)),
    ("theorem-1b", "trained"): (gaussian, "estimate_gap", simulated_by_the_other_rule),
    ("theorem-1b", "published rule"): (gaussian, "estimate_gap", simulated_by_the_other_rule),
    ("theorem-1c", "two bounds"): (*GAP, early),
    ("theorem-1c", "first bound"): (*GAP, early),
    ("turning-point", "where the curve is highest"): (GaussianModel, "turning_point", scaled(1.2)),
    ("turning-point", "zero of the slope"): (*TURN, scaled(1.0001)),
    ("best-constants", "bounds"): (*TURN, scaled(1.01)),
    ("best-constants", "nothing smaller than 3"): (gaussian, "K0", lambda constant: constant + 0.02),
    ("best-constants", "attained at the ends"): (*TURN, scaled(1.001)),
    ("theorem-1d", "above"): (*GAP, falling),
    ("theorem-1d", "equality"): (*GAP, falling),
    ("may-rise-twice", "four stages"): (*GAP, growing),
    ("corollary-2", "limits"): (*GAP, scaled(2)),
    ("corollary-2", "shape"): (*GAP, early),
    ("corollary-2", "equality"): (*GAP, with_half_the_attack),
    ("corollary-2", "no signal"): (*GAP, lowered),
    ("eps-1-is-strong", "equality"): (*GAP, with_half_the_attack),
    ("eps-1-is-strong", "the others"): (*GAP, growing),
    ("figure-1a", "peak"): (gaussian, "published_points", the_exact_gap),
    ("figure-1a", "height"): (gaussian, "published_points", the_exact_gap),
    ("figure-1a", "variance"): (gaussian, "published_points", the_exact_gap),
    ("duration-theta", "small attacks"): (gaussian, "duration", as_the_logarithm_says),
    ("duration-theta", "one plus log"): (gaussian, "duration", as_the_logarithm_says),
    ("one-plus-log", "between"): (*TURN, by_the_printed_logarithm),
    ("one-plus-log", "smallest"): (*TURN, scaled(1.01)),
    ("shorter-stage", "signal to noise"): (*GAP, with_the_noise_of_one),
    ("shorter-stage", "attack"): (*GAP, with_the_opposite_attack),
    ("longer-for-larger-eps", "exact curves"): (*GAP, with_the_opposite_attack),
    ("longer-for-larger-eps", "printed curves"): (gaussian, "published_points", the_exact_gap),
    ("arbitrarily-long", "noise"): (*GAP, with_the_noise_of_one),
    ("arbitrarily-long", "attack"): (*GAP, with_a_capped_attack),
    ("cannot-be-predicted", "it depends"): (*GAP, with_the_noise_of_one),
    ("cannot-be-predicted", "enough to know"): (*TURN, shuffled),
    ("theorem-3a", "exact"): (*BERNOULLI_GAP, scaled(-1)),
    ("theorem-3a", "zeros"): (*BERNOULLI_GAP, as_smooth_as_its_centre),
    ("theorem-3a", "simulated"): (*BERNOULLI_GAP, scaled(1.2)),
    ("theorem-3b", "minimiser"): (*BERNOULLI_GAP, scaled(1.01)),
    ("theorem-3b", "published rule"): (bernoulli, "estimate_gap", simulated_by_the_other_rule),
    ("theorem-3-strip", "half"): (*BERNOULLI_GAP, scaled(3)),
    ("theorem-3-strip", "room"): (*BERNOULLI_GAP, displaced),
    ("theorem-3-strip", "rate"): (*BERNOULLI_GAP, at_a_rate_of_one_over_n),
    ("theorem-3c", "two bounds"): (*CENTRE, early),
    ("theorem-3c", "turning point"): (*CENTRE, a_tenth_early),
    ("theorem-3d", "rises"): (*CENTRE, as_its_gap),
    ("corollary-4", "limits"): (*BERNOULLI_GAP, scaled(2)),
    ("corollary-4", "shape"): (*CENTRE, early),
    ("equation-5", "small attacks"): (bernoulli, "centre_duration", as_the_logarithm_says),
    ("equation-5", "one plus log"): (bernoulli, "centre_duration", as_the_logarithm_says),
    ("tau-to-zero", "elongates"): (*CENTRE, level),
    ("tau-to-zero", "both"): (*CENTRE, growing),
    ("figure-1b-oscillation", "strong"): (*BERNOULLI_GAP, as_smooth_as_its_centre),
    ("figure-1b-oscillation", "beyond"): (*BERNOULLI_GAP, as_smooth_as_its_centre),
    ("figure-1b-oscillation", "weak"): (*BERNOULLI_GAP, as_smooth_as_its_centre),
    ("monotone-trend", "centres"): (*CENTRE, as_its_gap),
    ("monotone-trend", "gaps"): (*BERNOULLI_GAP, falling),
    ("monotone-trend", "teeth at equality"): (*BERNOULLI_GAP, as_smooth_as_its_centre),
    ("figure-1b-limits", "weak"): (*BERNOULLI_GAP, displaced),
    ("figure-1b-limits", "strong"): (*BERNOULLI_GAP, of_the_mean),
    ("loss-plot", "rule"): (bernoulli, "published_points", the_definitions_loss),
    ("loss-plot", "ties"): (bernoulli, "published_points", half_ties),
    ("loss-plot", "sizes"): (bernoulli, "published_points", shifted),
    ("teeth", "first order"): (*BERNOULLI_GAP, as_smooth_as_its_centre),
    ("one-ratio", "one function"): (*CENTRE, early),
    ("one-ratio", "increasing"): (bernoulli, "duration", constant),
    ("one-curve", "simulated"): (bernoulli, "estimate_gap", with_one_point_more),
    ("conclusion-never-negative", "both models"): (*BERNOULLI_GAP, scaled(-1)),
    ("conclusion-never-negative", "both rules"): (BernoulliModel, "dataset_gaps", scaled(-1)),
    ("conclusion-unavoidable", "what is proven"): (*GAP, scaled(-1)),
    ("conclusion-unavoidable", "accuracy"): (GaussianModel, "accuracy_gap", scaled(-1)),
    ("conclusion-unavoidable", "regression"): (NormalDesign, "inverse_moment", scaled(1.05)),
    ("real-data-widens", "widens"): (datasets, "over_subsets", the_larger_first),
    ("real-data-widens", "curve of the digits"): (real_data, "coordinate_gap", scaled(1.3)),
    ("real-data-widens", "curve of the tumours"): (real_data, "coordinate_gap", scaled(1.3)),
    ("one-feature-at-a-time", "no dependence"): (real_data, "robust_classifier", all_or_nothing),
    ("one-feature-at-a-time", "variance"): (real_data, "subset_variance", of_independent_rows),
    ("real-accuracy", "less often"): (real_data, "robust_classifier", of_the_other_rule),
    ("real-accuracy", "more often"): (datasets, "digits", one_and_seven),
    ("real-regression", "widens"): (real_data, "robust_slope", without_attack),
    ("real-regression", "split"): (datasets, "parts", one_split),
    ("only-the-marginals", "simulated"): (*GAP, scaled(1.2)),
    ("only-the-marginals", "own attacks and bounds"): (noise, "robust_classifier", of_the_other_rule),
    ("limit-of-any-law", "off equality"): (noise, "estimate_gap", simulated_by_the_other_rule),
    ("limit-of-any-law", "the half"): (*LAPLACE_GAP, scaled(1.01)),
    ("limit-of-any-law", "a mean is not enough"): (noise, "one_sided_stable", drawn_by("student")),
    ("unimodal-never-negative", "exact"): (LaplaceModel, "_tail", bent),
    ("unimodal-never-negative", "simulated"): (noise, "student", drawn_by("two_points")),
    ("skewed-negative", "exact"): (noise, "skewed_gap", scaled(-1)),
    ("skewed-negative", "simulated"): (noise, "skewed", drawn_by("student")),
    ("two-humps-negative", "attained"): (noise, "two_points", drawn_by("student")),
    ("two-humps-negative", "nothing is smaller"): (noise, "two_point_gap", scaled(2)),
    ("only-at-first", "skewed"): (noise, "skewed_gap", scaled(-1)),
    ("only-at-first", "two humps"): (noise, "two_point_gap", scaled(-1)),
    ("log-concave-not-enough", "uniform"): (*UNIFORM_GAP, scaled(1.0001)),
    ("log-concave-not-enough", "laplace"): (*LAPLACE_GAP, of_order_two),
    ("log-concave-not-enough", "simulated"): (*UNIFORM_GAP, scaled(1.1)),
    ("three-draws-suffice", "grid"): (*UNIFORM_GAP, falling),
    ("scale-families-turn-once", "one zero"): (noise, "mirror_slope", beyond_one),
    ("scale-families-turn-once", "one Laplace draw"): (*LAPLACE_GAP, normal),
    ("turning-points-meet", "shift"): (noise, "shift", scaled(-1)),
    ("turning-points-meet", "less than one"): (noise, "top", scaled(1.1)),
    ("half-the-strip", "holds"): (*BERNOULLI_GAP, scaled(3)),
    ("half-the-strip", "half"): (BernoulliModel, "strip_halfwidth", as_printed),
    ("accuracy-one-coordinate", "multiple"): (*ACCURACY, scaled(1.01)),
    ("accuracy-one-coordinate", "ties"): (BernoulliModel, "accuracy_gap", as_half_the_gap),
    ("accuracy-weak-attack", "slope"): (*ACCURACY, scaled(1.01)),
    ("accuracy-weak-attack", "beside noise"): (*ACCURACY, scaled(-1)),
    ("accuracy-weak-attack", "trained"): (accuracy, "estimate_gap", simulated_by_the_other_rule),
    ("accuracy-end", "alike"): (*ACCURACY, scaled(-1)),
    ("accuracy-end", "other side"): (*ACCURACY, early),
    ("accuracy-beside-noise", "for ever"): (accuracy, "estimate_gap", simulated_by_the_other_rule),
    ("accuracy-beside-noise", "from the start"): (*ACCURACY, with_half_the_attack),
    ("accuracy-how-much", "one half"): (*ACCURACY, scaled(1.01)),
    ("accuracy-how-much", "many weak"): (*ACCURACY, with_half_the_attack),
    ("one-training-set", "median"): (GaussianModel, "gap_law", without_ties_of_the_classifiers),
    ("one-training-set", "law"): (GaussianModel, "dataset_gaps", without_losses),
    ("dimensions-lasso", "least loss"): (LinearModel, "limit_slope", scaled(1.02)),
    ("dimensions-lasso", "one after the other"): (LinearModel, "transitions", scaled(1.01)),
    ("dimensions-infinite", "three sizes"): (LinearModel, "standard_risk", finite),
    ("dimensions-infinite", "elsewhere"): (LinearModel, "standard_risk", one_off_for_few),
    ("dimensions-infinite", "one point"): (dimensions, "estimate_gap", of_the_opposite_sign),
    ("dimensions-weak", "simulated"): (dimensions, "estimate_gap", of_the_opposite_sign),
    ("dimensions-weak", "three points"): (RegressionModel, "gap", scaled(1.01)),
    ("dimensions-interpolation", "least norm"): (dimensions, "robust_linear_model", scaled(1.01)),
    ("dimensions-interpolation", "does not vanish"): (dimensions, "estimate_gap", vanishing),
}

CLAIMS = list(ledger.LEDGER.values())
# Those of the regression have their mutations in a file of their own.
HERE = [entry for entry in CLAIMS if entry.id not in REGRESSION]


@pytest.fixture(scope="module")
def published():
    """The verdicts that the book shows."""
    cells = json.loads((CHAPTERS / "verdicts.ipynb").read_text(encoding="utf-8"))["cells"]
    [rows] = [
        output["data"][ledger.VERDICTS_MIME]
        for cell in cells
        for output in cell.get("outputs", [])
        if ledger.VERDICTS_MIME in output.get("data", {})
    ]
    return {row["id"]: row for row in rows}


def test_the_book_shows_the_whole_ledger_and_nothing_else(published):
    """And all of it is confirmed: nbval compares that page with what was executed for the book."""
    assert list(published) == list(ledger.LEDGER)
    assert {row["outcome"] for row in published.values()} <= set(ledger.OUTCOMES)
    assert all(part["confirmed"] for row in published.values() for part in row["parts"])


def test_every_claim_is_complete():
    for claim in ledger.LEDGER.values():
        assert claim.place and len(claim.statement) > 30
        page = (CHAPTERS / f"{claim.page}.md").read_text(encoding="utf-8")
        assert f"{{claim}} {claim.id}\n" in page, f"{claim.id} has no box in {claim.page}"


def test_every_part_has_a_mutation_and_nothing_else_has():
    assert set(MUTATIONS) == {(entry.id, part.name) for entry in HERE for part in entry.parts}
    assert all(entry.parts for entry in CLAIMS)


@pytest.mark.parametrize("entry", HERE, ids=lambda entry: entry.id)
def test_each_check_confirms_and_fails_under_its_mutation(entry, monkeypatch):
    verdict = entry.check()
    assert [checked.part.name for checked in verdict.parts if not checked.confirmed] == []
    assert verdict.outcome in ledger.OUTCOMES
    for part in entry.parts:
        target, name, damage = MUTATIONS[entry.id, part.name]
        with monkeypatch.context() as broken:
            broken.setattr(target, name, damage(getattr(target, name)))
            confirmed, numbers = part.examine()
        assert not confirmed, f"{part.name} is confirmed although {name} is broken: {numbers}"


@pytest.mark.parametrize("entry", CLAIMS, ids=lambda entry: entry.id)
def test_texts_are_plain_markdown(entry):
    """No role, no directive, no macro: Jupyter shows them; and no bar, which would end a table's cell."""
    for text in (entry.place, entry.statement, *(part.text for part in entry.parts)):
        assert not any(mark in text for mark in ("|", "{ref}", "{eq}", ":::", "\\eps", "\\E", "\\R", "\\sgn", "\n"))
        assert text.count("$") % 2 == 0 and not text.endswith(" ")


def test_a_statement_that_does_not_simply_hold_names_its_cause():
    for entry in CLAIMS:
        outright = {part.bears for part in entry.parts} <= {"confirms", "sharpens"}
        assert (entry.cause is None) == outright, entry.id
        # What this book says has to hold as it stands.
        assert outright or entry.source == "paper", entry.id


def test_every_cause_is_somebodys():
    assert {entry.cause for entry in CLAIMS} - {None} == set(ledger.CAUSES)


@pytest.mark.parametrize(
    ("bearings", "outcome"),
    [
        (("confirms",), "holds"),
        (("confirms", "sharpens"), "holds, sharpened"),
        (("sharpens", "corrects"), "holds with a correction"),
        (("confirms", "refutes"), "does not hold"),
        (("refutes", "corrects"), "holds with a correction"),
    ],
)
def test_an_outcome_follows_from_how_the_parts_bear(bearings, outcome):
    entry = Claim("id", "place", "statement", "page")
    entry.parts.extend(Part(bears, bears, "text", ("proof",), lambda: (True, {})) for bears in bearings)
    assert set(bearings) <= set(BEARINGS) and entry.check().outcome == outcome
    entry.parts.append(Part("last", "confirms", "text", ("proof",), lambda: (False, {})))
    assert entry.check().outcome == ledger.UNCONFIRMED


def test_numbers_are_written_as_by_hand():
    numbers = evidence(a_b=-0.25, small=1.25e-9, large=-3e7, whole=np.int64(7), text="-1 to 2-1", none=np.inf)
    assert numbers == {
        "a b": "−0.25", "small": r"$1.25\cdot10^{-9}$", "large": r"$-3\cdot10^{7}$", "whole": "7", "text": "−1 to 2-1",
        "none": "∞",
    }


def test_unknown_claims_are_named():
    with pytest.raises(ValueError, match="^ids must be .*got 'theorem-9'"):
        ledger.check(["theorem-9"])
    with pytest.raises(ValueError, match="^ids must be .*got 5"):
        ledger.check(5)


@pytest.mark.parametrize("value, text", [
    (0, "0"), (0.0, "0, up to $10^{-13}$"), (1234.56, "1235"), (-0.01458, "−0.01458"), (2e-7, r"$2\cdot10^{-7}$"), (np.inf, "∞"),
    (2.9021e-11, r"$2.9\cdot10^{-11}$"), (2.373e-13, r"$2\cdot10^{-13}$"),
    (-1.388e-17, "0, up to $10^{-13}$"), (4.4e-16, "0, up to $10^{-13}$"),
])
def test_evidence_has_no_digit_that_another_processor_would_not_repeat(value, text):
    assert evidence(some_number=value) == {"some number": text}
