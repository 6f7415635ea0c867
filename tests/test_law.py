"""The exact regression curves against other integrals, simulation, closed forms and limits."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_ndtr, ndtr
from scipy.stats import binom

import gapsim
from gapsim import DiscreteDesign, NormalDesign, PoissonDesign, RegressionModel, _inversion, _law, _terms
from gapsim import estimate_gap, robust_slope
from gapsim._terms import AtomsTerm
from tests import simulate_slopes

NORMAL = RegressionModel(NormalDesign())
POISSON = RegressionModel(PoissonDesign(5.0, 1))
POISSON_MODELS = [
    POISSON,
    RegressionModel(PoissonDesign(2.0, 1), -1.5, 0.7),
    RegressionModel(PoissonDesign(0.5, 1), 1.0, 2.0),
    RegressionModel(PoissonDesign(0.5, 2), 3.0, 0.3),
    RegressionModel(PoissonDesign(0.5, 0), 3.0, 2.0),
    RegressionModel(PoissonDesign(10.0, 2), 0.3, 1.0),
]


def cases(model, eps, w):
    """Mass, k and mean of s r for each x and each sign s of r, as three arrays."""
    design = model.design
    if isinstance(design, DiscreteDesign):
        x, mass = np.array(design.values), np.tile(design.probabilities, 2)
    else:
        x = np.arange(200) + float(design.shift)
        mass = np.tile(design.pmf(x), 2)
    k = np.concatenate([eps - x, eps + x])
    mean = np.concatenate([(model.slope - w) * x, -(model.slope - w) * x])
    seen = mass * ndtr(mean / model.noise) > 1e-15
    return mass[seen], k[seen], mean[seen]


def two_points(model, eps, w, nodes=400):
    """P(Z_1 + Z_2 < 0) by quadrature over the larger residual of each pair of cases."""
    mass, k, mean = cases(model, eps, w)
    c, noise = eps * w, model.noise
    weight = mass * ndtr(mean / noise)
    falls = k < 0
    total = weight[falls].sum() * (weight[falls].sum() + 2 * weight[k == 0].sum())
    node, share = np.polynomial.legendre.leggauss(nodes)
    for p, rise, center in zip(mass[k > 0], k[k > 0], mean[k > 0]):
        low, high = max(0.0, center - 9 * noise), max(center, 0) + 9 * noise
        # Below this residual of the rising term the falling one outweighs it whatever its own is.
        kink = np.clip(c * (-k[falls] / rise - 1), low, high)[:, None]
        for start, end in ((low, kink), (kink, high)):
            half = (end - start) / 2
            residual = start + half * (1 + node)
            density = np.exp(-(((residual - center) / noise) ** 2) / 2) / noise / np.sqrt(2 * np.pi)
            needed = np.maximum(rise * (residual + c) / -k[falls, None] - c, 0)
            tail = mass[falls, None] * ndtr((mean[falls, None] - needed) / noise)
            total += 2 * p * (half * share * density * tail).sum()
    return total


def along_the_axis(model, sizes, eps, w, end, nodes):
    """P(Z_1 + ... + Z_n < 0) for each n by the inversion formula on the imaginary axis itself.

    What at most one term off the atom contributes is known, and the rest falls as t^-3.
    """
    mass, k, mean = cases(model, eps, w)
    noise = model.noise
    weight = mass * ndtr(mean / noise)
    atom = weight[k == 0].sum()
    t = (np.arange(nodes) + 0.5) * (end / nodes)
    rest = np.zeros(nodes, complex)
    for p, factor, center in zip(mass[k != 0], k[k != 0], mean[k != 0]):
        s = factor * t
        bell = 1j * s * (center + eps * w) - (s * noise) ** 2 / 2
        rest += p * np.exp(bell + log_ndtr(center / noise + 1j * s * noise))
    for n in sizes:
        one = n * atom ** (n - 1)
        several = (atom + rest) ** n - atom**n - one * rest
        half = (1 - atom**n - one * (1 - atom)) / 2
        yield one * weight[k < 0].sum() + half - (several.imag / t).sum() * end / nodes / np.pi


@pytest.mark.parametrize("model", POISSON_MODELS)
@pytest.mark.parametrize("eps", [1.0, 6.5])
def test_law_of_two_poisson_points_is_that_of_all_pairs(model, eps):
    mirrored = RegressionModel(model.design, abs(model.slope), model.noise)
    for w in np.array([0.0, 1e-3, 0.4, 1.0]) * mirrored.slope:
        law, error = mirrored.slope_cdf(w, 2, eps, full_output=True)
        assert abs(1 - law - two_points(mirrored, eps, w)) < error + 1e-10
        assert error < 1e-4


@pytest.mark.parametrize(
    ("model", "eps", "w"),
    [
        (POISSON, 6.0, 0.3),
        (POISSON, 6.5, 0.0),
        (POISSON, 1.0, 0.9),
        (RegressionModel(PoissonDesign(2.0, 1), 1.5, 0.7), 2.0, 1.0),
        (RegressionModel(PoissonDesign(0.5, 2), 3.0, 0.3), 3.5, 0.9),
        (RegressionModel(PoissonDesign(0.5, 0), 3.0, 2.0), 0.5, 0.003),
        (RegressionModel(PoissonDesign(0.5, 1), 1.0, 2.0), 1.0, 0.5),
    ],
)
def test_law_of_more_poisson_points_is_that_of_the_inversion_on_the_axis(model, eps, w):
    sizes = np.array([2, 3, 4, 6, 10, 20])
    law, error = model.slope_cdf(w, sizes, eps, full_output=True)
    expected = list(along_the_axis(model, sizes, eps, w, 300 / model.noise, 40_000))
    # The first n, of which the other oracle is sure to 1e-13, says how good this one is.
    own = abs(expected[0] - two_points(model, eps, w)) + 1e-10
    assert (np.abs(1 - law - expected) < error + 3 * own).all()
    assert own < 1e-6 and error.max() < 1e-4


@pytest.mark.parametrize(("n", "eps", "w"), [(6, 0.2, 0.8), (9, 1.0, 0.0), (20, 0.7, 0.4), (60, 0.2, 0.9)])
def test_law_with_normal_inputs_is_that_of_the_inversion_on_the_axis(n, eps, w):
    model = RegressionModel(NormalDesign(), 1.0, 0.8)
    # sgn(r) x given |r| = rho is normal; the characteristic function is one integral over rho.
    variance = model.noise**2 + (model.slope - w) ** 2
    lean, spread = (model.slope - w) / variance, model.noise**2 / variance
    node, share = np.polynomial.legendre.leggauss(600)
    rho = 5 * np.sqrt(variance) * (1 + node)
    density = 10 * np.sqrt(variance) * share * np.exp(-(rho**2) / variance / 2)
    density /= np.sqrt(2 * np.pi * variance)
    t = (np.arange(4000) + 0.5) * 0.01 * np.sqrt(6 / n)
    s = t[:, None] * (rho + eps * w)
    transform = np.exp(1j * s * (eps - lean * rho) - spread * s**2 / 2) @ density
    expected = 0.5 - ((transform**n).imag / t).sum() * (t[1] - t[0]) / np.pi
    law, error = model.slope_cdf(w, n, eps, full_output=True)
    assert abs(1 - law - expected) < error + 2e-7 and error < 1e-9


@pytest.mark.parametrize("model", POISSON_MODELS[1:4])
def test_gap_of_two_poisson_points_is_that_of_all_pairs(model):
    eps = 2.0
    node, share = np.polynomial.legendre.leggauss(10)
    expected = model.slope**2 - model.standard_risk(2)
    for side in (1, -1):
        seen = RegressionModel(model.design, side * abs(model.slope), model.noise)
        # The law falls around |slope| like that of the noise over x.
        offsets = np.array([-12, -6, -3, -1.5, -0.5, 0, 0.5, 1.5, 3, 6, 12, 25]) * model.noise / 2
        edges = np.unique(np.maximum(abs(model.slope) + np.append(offsets, -99), 0)) if side > 0 else [0, 0.3, 1, 4]
        for a, b in zip(edges, edges[1:]):
            for w, part in zip(a + (b - a) / 2 * (1 + node), (b - a) / 2 * share):
                expected += part * 2 * (w - seen.slope) * two_points(seen, eps, w, nodes=120)
    value, error = model.gap(2, eps, full_output=True)
    assert abs(value - expected) < error + 1e-6


with simulate_slopes.PATH.open(newline="", encoding="utf-8") as file:
    SIMULATED = list(csv.DictReader(file))


def test_the_simulation_kept_is_the_one_that_its_script_describes():
    kept = {(row["design"], float(row["slope"]), float(row["eps"]), int(row["n"])) for row in SIMULATED}
    asked = {
        (design, slope, eps, n)
        for design, _, slope, _, attacks in simulate_slopes.SETTINGS
        for eps in attacks
        for n in simulate_slopes.SIZES[design == "normal" :]
    }
    assert kept == asked
    assert {int(row["trials"]) for row in SIMULATED} == {simulate_slopes.TRIALS}


@pytest.mark.parametrize("setting", range(len(simulate_slopes.SETTINGS)))
def test_curves_agree_with_twenty_million_simulated_training_sets(setting, monkeypatch):
    monkeypatch.setattr(_law, "FAINT", 0)  # more is told where the noise is little
    rows = [row for row in SIMULATED if int(row["seed"]) == 2020 + setting]
    n, eps, gap, stderr = (np.array([float(row[key]) for row in rows]) for key in ("n", "eps", "gap", "stderr"))
    n = n.astype(int)
    model = simulate_slopes.model(*simulate_slopes.SETTINGS[setting][:4])
    exact, error = model.gap(n, eps, full_output=True)
    assert (np.abs(exact - gap) < 4 * stderr + error).all()
    unit = model.slope**2 + model.noise**2
    small = (n < 5) if isinstance(model.design, NormalDesign) else (n < 10)
    assert (error <= np.where(small, 1e-4, 1e-6) * unit).all()


@pytest.mark.parametrize("model", [NORMAL, RegressionModel(NormalDesign(), 3.0, 0.3), *POISSON_MODELS[1:5]])
@pytest.mark.parametrize("eps", [0.5, 2.0])
def test_finer_steps_stay_within_the_estimated_error(model, eps, monkeypatch):
    sizes = [3, 4, 5, 10, 40]
    monkeypatch.setattr(_law, "FAINT", 0)  # more is told where the noise is little
    value, error = model.law(sizes, eps).squared_error(full_output=True)
    monkeypatch.setattr(_inversion, "STEP", 0.04)
    monkeypatch.setattr(_law, "TOLERANCE", 3e-9)
    monkeypatch.setattr(_law, "MOST_RISK_WORK", np.inf)
    finer = {"RAY_STEP": 0.3, "RESOLVED": 15, "FAR": 1e6, "FEW": 14, "NEGLIGIBLE": 1e-9, "RARE": 1e-14}
    for name, setting in finer.items():
        monkeypatch.setattr(AtomsTerm, name, setting)
    better, _ = model.law(sizes, eps).squared_error(full_output=True)
    assert (np.abs(value - better) <= error).all()


def test_coefficients_that_fall_steeply_once_are_not_trusted_to_do_so_again(monkeypatch):
    monkeypatch.setattr(_law, "FAINT", 0)
    model = RegressionModel(DiscreteDesign([-2.3, 0.4], [0.48803022677654384, 0.5119697732234562]), noise=0.04456714769139317)
    law = model.law(53, 2.006841326634588)
    value, error = law.squared_error(full_output=True)
    monkeypatch.setattr(_law, "TOLERANCE", 1e-11)
    better, rest = law.squared_error(full_output=True)
    assert rest < 2e-8 and abs(value - better) <= error < 1e-7


@pytest.mark.parametrize(
    ("values", "shares", "noise", "eps", "n"),
    [
        ([-3.4, 0.1, 3.8], [0.40015449131319464, 0.3383702857297142, 0.2614752229570911], 0.0351, 2.0938425601184334, 30),
        ([-3.3, -2.9, 1.7, 2.1], [0.7869624096670061, 0.18123678960891193, 0.018840141003032704, 0.012960659721049412],
         0.05695316395098927, 3.0800316118667785, 59),
        ([-3.7, 0.0, 2.6], [0.04454118664362732, 0.48761612933105414, 0.4678426840253185], 0.19858968875584357, 1.3649507244263641, 71),
    ],
)
def test_faint_waves_that_the_points_miss_are_told(values, shares, noise, eps, n, monkeypatch):
    """Separate inputs and little noise: up to 1e-6 lies between the points of the integral over w, whose coefficients tell less."""
    law = RegressionModel(DiscreteDesign(values, shares), noise=noise).law(n, eps)
    value, error = law.squared_error(full_output=True)
    monkeypatch.setattr(_law, "FAINT", 0)
    _, seen = law.squared_error(full_output=True)
    for name, finer in (("TOLERANCE", 1e-9), ("FINE", 20), ("MOST_RISK_WORK", np.inf)):
        monkeypatch.setattr(_law, name, finer)
    better, _ = law.squared_error(full_output=True)
    assert seen < abs(value - better) <= error < 1e-5


def test_what_is_told_where_the_noise_is_little_is_what_the_texts_say():
    share, (digit, power) = f"{_law.LITTLE:g}", f"{_law.FAINT:.0e}".split("e")
    short, folder = share.lstrip("0"), Path(__file__).resolve().parent.parent
    page, changes = ((folder / name).read_text(encoding="utf-8") for name in ("chapters/regression_exact.md", "CHANGELOG.md"))
    assert f"noise is less than {share} of the slope, at least ${digit}" + r"\cdot10^{" + f"{int(power)}}}$ " in page
    for text in (changes, gapsim.SlopeLaw.squared_error.__doc__):
        said = " ".join(text.split())
        assert f"less than {short} of the slope" in said and f"at least {digit}e{int(power)} " in said


@pytest.mark.parametrize("share", [0.9, 1.0, 1.1])
def test_signs_as_inputs_are_exact_under_strong_attacks(share):
    """Where |x| is hardly above the attack the term is nearly an atom, and many points are nearly atoms together."""
    model = RegressionModel(DiscreteDesign([-1.0, 1.0], [0.5, 0.5]))
    eps, sizes = share * model.threshold(), np.arange(1, 31)
    gap, error = model.gap(sizes, eps, full_output=True)
    sampled = estimate_gap(model, sizes, [eps], trials=100_000, rng=5)
    assert error.max() < 1e-5
    assert (np.abs(gap - sampled.value[:, 0]) < 4.5 * sampled.stderr[:, 0] + error + 1e-12).all()


@pytest.mark.parametrize("eps", [0.09, 2.0])
def test_risk_of_inputs_that_may_be_zero(eps):
    """Chernoff's bound does not fall with w there: inputs near 0 hold the term near 0."""
    model = RegressionModel(PoissonDesign(2.0, 0), 0.3)
    risk, error = model.law(3, eps).squared_error(full_output=True)
    x, y = (part.reshape(-1, 3) for part in model.sample(3 * 200_000, rng=1))
    squares = (robust_slope(x, y, eps) - model.slope) ** 2
    assert abs(risk - squares.mean()) < 4.5 * squares.std() / np.sqrt(squares.size) + error
    assert error < 1e-5


def test_known_values_with_normal_inputs():
    known = {10: 0.0372687, 15: 0.0399662, 20: 0.0381984, 50: 0.0329266, 1000: 0.0299273}
    assert np.allclose(NORMAL.gap(list(known), 0.2), list(known.values()), rtol=0, atol=6e-8)


def test_one_poisson_point_has_the_closed_form():
    eps = np.array([0.5, 1.0, 2.5, 6.0, 9.3])
    for model in (POISSON, RegressionModel(PoissonDesign(1.0, 2), -2.0, 0.5)):
        gap, error = model.gap(1, eps, full_output=True)
        assert np.array_equal(gap, model.first_gap(eps)) and not error.any()
        assert np.allclose(gap, model.law(1, eps).risk - model.standard_risk(1), rtol=0, atol=1e-15)
        # The law of one slope needs no integral either: it is y/x for x > eps, and 0 otherwise.
        x = np.arange(1, 80)
        slope, mass = abs(model.slope), model.design.pmf(x)
        above = mass @ np.where(x > 2.5, ndtr((slope - 0.4) * x / model.noise), 0)
        mirrored = RegressionModel(model.design, slope, model.noise)
        assert 1 - mirrored.slope_cdf(0.4, 1, 2.5) == pytest.approx(above, abs=1e-10)


def test_what_cannot_be_computed_is_refused_by_name():
    """At once, with the cause and what to use instead."""
    for model, n, eps in (
        (RegressionModel(PoissonDesign(), noise=1e-3), 2, 6.0), (RegressionModel(PoissonDesign(100.0)), 10, 90.0),
        (RegressionModel(PoissonDesign(1000.0)), 2, 900.0), (RegressionModel(PoissonDesign(50.0)), 2, 45.0),
        # Each of the probabilities is quick, and there would be hundreds.
        (RegressionModel(PoissonDesign(), noise=0.02), 2, 6.5), (RegressionModel(PoissonDesign(), noise=0.02), 5, 6.5),
    ):
        with pytest.raises(ArithmeticError, match="n = .* too many values, the noise is too small, or eps is .* Use estimate_gap"):
            model.gap(n, eps)


def test_what_would_take_long_is_given_with_the_error_that_it_has(monkeypatch):
    """Past the budget, with the error of the points that there are; where they do not resolve the noise, more."""
    for noise, budget in ((0.2, 700_000), (0.12, 1_000_000)):
        model = RegressionModel(PoissonDesign(), noise=noise)
        law = model.law(10, 1.05 * model.threshold())
        with monkeypatch.context() as patch:
            patch.setattr(_law, "MOST_RISK_WORK", np.inf)
            better = law.risk
        with monkeypatch.context() as patch:
            patch.setattr(_law, "MOST_RISK_WORK", budget)
            patch.setattr(_law, "ROUGH", 1e-2)
            rough, error = law.squared_error(full_output=True)
        assert 5e-5 < abs(rough - better) <= error < 5e-3


@pytest.mark.parametrize(
    ("design", "noise", "eps", "n"),
    [
        # Probabilities that are cheap, by the thousand; two rays; many sizes; a long path; a fine lattice.
        (DiscreteDesign([-3.0, 6.0], [0.77, 0.23]), 0.012, 4.175, [6]),
        (DiscreteDesign([5.0, 7.0], [0.7, 0.3]), 0.0331, 6.877, [3, 1000, 20_000]),
        (DiscreteDesign([-3.0, 8.0], [0.35, 0.65]), 0.011, 7.282, [2, 3]),
        (PoissonDesign(), 0.1, 6.5, np.unique(np.geomspace(2, 300, 36).astype(int))),
        (PoissonDesign(20.0), 1.0, 19.7, [5]),
        (DiscreteDesign([-2.86, -2.29, -2.03, -1.59, -0.47, 0.54, 2.07], np.ones(7) / 7), 0.62, 2.165, [11]),
    ],
)
def test_a_risk_is_answered_or_refused_within_its_budget(monkeypatch, design, noise, eps, n):
    """In the units of `_law.MOST_RISK_WORK` what is evaluated is counted here, one function at a time."""
    done = []

    def counted(module, name, cost):
        compute = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *known, **more: done.append(cost(*known)) or compute(*known, **more))

    counted(_terms, "half_line", lambda log_scale, z, bell: z.size)
    counted(_terms, "exponential", lambda rate, theta: rate.size * theta.size / 5)
    counted(_terms, "interpolation", lambda steps, count: steps.size * count / 25)
    counted(_law, "negative", lambda values, n, *rest: min(n.size, _law.MANY_SIZES) * values.size / 2)
    counted(_terms.fft, "fft", lambda table: table.size / 15)
    counted(_terms.fft, "ifft", lambda table: table.size / 15)
    try:
        risk, error = RegressionModel(design, noise=noise).law(n, eps).squared_error(full_output=True)
        assert np.isfinite(risk).all() and error.max() < 0.02
    except ArithmeticError:
        pass
    # It ends with the probability that is too much.
    assert sum(done) < _law.MOST_RISK_WORK + _law.MOST_WORK


def test_what_has_an_answer_keeps_it_with_a_larger_budget(monkeypatch):
    """Neither the last doubling nor the mirror image throws away what the points before it gave."""
    law, answered = RegressionModel(DiscreteDesign([-1.0, 2.0], [0.5, 0.5]), noise=0.5).law(6, 1.0), []
    monkeypatch.setattr(_law, "ROUGH", np.inf)
    for budget in np.geomspace(2e5, 6e6, 34):
        monkeypatch.setattr(_law, "MOST_RISK_WORK", budget)
        try:
            law.squared_error(full_output=True)
            answered.append(True)
        except ArithmeticError:
            answered.append(False)
    assert answered == sorted(answered) and answered[-1]


def test_thousands_of_sizes_are_no_reason_to_refuse(monkeypatch):
    """What is within the budget for some sizes is so for all between them, with the same points."""
    some, work = np.unique(np.geomspace(2, 3000, 30).astype(int)), []
    for n in (some, np.arange(2, 3001)):
        term = PoissonDesign().term(1.0, 1.0, 6.0, 0.6)
        value, error = _law.probability(term, n)
        work.append(term.work)
        assert error.max() < 1e-6 and (value[np.isin(n, some)] > 0).all()
    assert work[0] <= work[1] < 1.2 * work[0]


@pytest.mark.filterwarnings("error")
def test_attacks_are_of_a_size_whose_inverse_has_powers():
    model = RegressionModel(NormalDesign(), 1.0, 10.0)
    gap, error = model.gap([3, 4, 20], 1e-70, full_output=True)
    assert (np.abs(gap) <= error + 1e-9).all() and error.max() < 1e-4
    with pytest.raises(ValueError, match="^eps must be 0 or at least 1e-70, got 1e-300"):
        model.gap(3, 1e-300)


@pytest.mark.parametrize("noise", [0.03, 0.026, 0.02, 1e-3, 1e-8])
def test_a_slope_that_is_almost_surely_0_is_0(noise, monkeypatch):
    """Inputs +-1 under eps = 1: a term is 0 unless the noise outweighs the slope; of equal minima the one nearest 0."""
    monkeypatch.setattr(_law, "FAINT", 0)
    n = np.array([1, 2, 10, 1000])
    model = RegressionModel(DiscreteDesign([-1.0, 1.0], [0.5, 0.5]), noise=noise)
    gap, error = model.gap(n, 1.0, full_output=True)
    np.testing.assert_allclose(gap, 1 - noise**2 / n, rtol=1e-12)
    assert error.max() < 1e-12
    assert RegressionModel(DiscreteDesign([2.0], [1.0]), noise=noise).law(5, 2.0).risk == pytest.approx(1, rel=1e-12)


def test_probabilities_where_all_terms_have_one_sign():
    two = RegressionModel(DiscreteDesign([-1.0, 1.0], [0.5, 0.5]))
    assert two.slope_cdf([1e3, -1e3], 5, 1e6).tolist() == [1, 0]
    steep = RegressionModel(PoissonDesign(), 1e6, 1e-3)
    assert steep.gap([2, 10], [1e6, 30.0]) == pytest.approx([1e12, 1e12], rel=1e-12)
    assert RegressionModel(PoissonDesign(), 0.001, 30).slope_cdf(1.689e16, 5, 0.3) == 1
    # With far too small a slope the loss surely falls.
    assert RegressionModel(two.design, noise=1e-3).slope_cdf(0.1, 5, 0.3) == 0


@pytest.mark.parametrize(
    ("small", "large", "share", "noise", "n", "eps", "to_limit"),
    [
        (1, 3, 0.5, 1e-2, 10**5, 2.4, [0.998, 0.999, 1, 1.001]),
        (1, 3, 0.5, 1e-3, 10**5, 2.4, [0.998, 0.999, 1, 1.001]),
        # Few points and slow terms: what is left to `tail` oscillates close to its start.
        (-1.5, 4, 0.1, 3e-4, 5, 3.9555, [0, 0.5]),
        (1.5, 3, 0.3, 3e-5, 2, 1.8165, [0.975]),
        (-1.5, -4, 0.1, 7e-3, 9, 3.9272, [0, 1]),
    ],
)
def test_law_where_the_noise_turns_no_residual(small, large, share, noise, n, eps, to_limit):
    model = RegressionModel(DiscreteDesign([small, large], [share, 1 - share]), 1.0, noise)
    w = model.limit_slope(eps) * np.array(to_limit)
    # Of m inputs of the smaller size and n - m of the larger the sum of all terms is normal.
    m, sizes = np.arange(n + 1)[:, None], np.abs([small, large])
    each = (eps - sizes) * (sizes * (1 - w[:, None]) + eps * w[:, None])
    spread = noise * np.sqrt(m * (eps - sizes[0]) ** 2 + (n - m) * (eps - sizes[1]) ** 2)
    expected = binom.pmf(m, n, share)[:, 0] @ ndtr((m * each[:, 0] + (n - m) * each[:, 1]) / spread)
    value, error = model.slope_cdf(w, n, eps, full_output=True)
    assert (np.abs(value - expected) <= error + 1e-11).all() and error.max() < 2e-7


@pytest.mark.parametrize(
    ("noise", "eps", "w", "n"),
    [
        # The mean of a term is thousands of its deviations, and its minimum that of what is rarely negative.
        (0.0038953850019899073, 2.6963392727897166, 3.0054157348790143, 2),
        (0.0229791907986813, 0.9381359929118673, 3.0250504216214265, 2),
        (0.003986599763867528, 2.0467795729733225, 3.00426431680442, 3),
        # What is left to `tail` decays at once.
        (0.0019232485060976959, 3.6990680256944826, 2.99962444244825, 2),
    ],
)
def test_law_where_one_residual_outweighs_the_others(noise, eps, w, n):
    """All inputs are 4: the loss falls if every residual has the sign of its input, and rises otherwise."""
    model = RegressionModel(DiscreteDesign([4.0], [1.0]), 3.0, noise)
    value, error = model.slope_cdf(w, n, eps, full_output=True)
    assert abs(value - (1 - ndtr((3 - w) * 4 / noise) ** n)) <= error + 1e-11 and error < 1e-6


@pytest.mark.parametrize(
    ("values", "shares", "slope", "noise", "n", "eps", "w", "expected"),
    [
        ([0, 7], [0.5437868798794736, 0.4562131201205263], 3, 0.004166074788385049, 2, 6.998164334959267, 3,
         1 - (0.4562131201205263 / 2) ** 2),
        ([5], [1], 1, 0.003183459372677526, 6, 4.994971948993918, 1, 63 / 64),
        ([-5, -7], [0.5835576053719513, 0.4164423946280486], 0.3, 2.185e-4, 4, 6.99999997258625, 0,
         1 - 0.4164423946280486**4),
    ],
)
def test_a_rare_case_far_away_is_resolved(values, shares, slope, noise, n, eps, w, expected):
    """The loss falls only if every point is the largest, with a residual of its sign: the others are rare when tilted."""
    value, error = RegressionModel(DiscreteDesign(values, shares), slope, noise).slope_cdf(w, n, eps, full_output=True)
    assert abs(value - expected) <= error + 1e-12 and error < 1e-7


@pytest.mark.parametrize(
    ("values", "share", "slope", "noise", "n", "eps", "w"),
    [
        # A case too rare to be resolved, but turning fast.
        ([-1.0, 2.0], 0.1, 1.9973334335650927, 0.0002788149706991706, 4, 1.999999997328701, 0.01997333433565093),
        ([1.5, 4.0], 0.1, 5.831360642896596, 0.010953351862231966, 2, 3.9999995261393257, 0.0),
        # One that turns by nearly pi in each step where the path ends.
        ([-1.5, -2.0], 0.1, 0.12927277640715185, 0.02936021166550854, 2, 1.999924016001778, 0.0),
        # The rounding of M, to the power n.
        ([2.0, 4.0], 0.5, 1.8899638157743561, 0.0003882775935473177, 16522, 3.33069574500492, 0.014393062110328664),
        ([-0.5, -3.0], 0.9, 0.1397603896674084, 4.306778033448383e-05, 28874, 1.144305257035729, 0.051456170358240266),
    ],
)
def test_the_last_digits_too_are_within_the_error(values, share, slope, noise, n, eps, w):
    """No residual turns: given how many inputs are the first, the sum is normal. The noise is in units of the slope."""
    model = RegressionModel(DiscreteDesign(values, [share, 1 - share]), slope, noise * slope)
    first, size = np.arange(n + 1), np.abs(values)
    count, k = np.stack([first, n - first]), eps - size
    mean = (k * ((slope - w) * size + eps * w)) @ count
    above = ndtr(-mean / (noise * slope * np.sqrt(k**2 @ count)))
    value, error = model.slope_cdf(w, n, eps, full_output=True)
    assert abs(value - (1 - binom.pmf(first, n, share) @ above)) <= error < 1e-7


@pytest.mark.parametrize(
    ("values", "share", "noise", "eps", "w"),
    [
        # The end of the path, where the last correction's real part is 0.
        ([1.0, 1.1], 0.99762571700196, 0.06140456957199045, 1.0, 0.8708840414819797),
        ([1.0, 1.2], 0.9981988043516475, 0.048399106060439324, 1.0, 0.8842468321420296),
        ([1.0, 1.1], 0.9998488492528953, 0.04248748407516124, 0.9345132133648171, 0.7589480616701251),
        # The start of `tail`, where erfc is 0 for one case.
        ([1.0, 2.0], 0.5, 0.5, 1.4367144262886133, 0.5415915485705401),
        ([1.0, 3.0], 0.3, 1.2, 2.436717925597565, 0.19464003527578908),
    ],
)
def test_the_law_of_two_points_where_estimates_could_vanish_by_accident(values, share, noise, eps, w):
    model = RegressionModel(DiscreteDesign(values, [share, 1 - share]), 1.0, noise)
    value, error = model.slope_cdf(w, 2, eps, full_output=True)
    assert abs(value - (1 - two_points(model, eps, w))) <= error + 1e-12 and error < 3e-3


def test_what_the_tail_turns_is_in_its_error():
    """Fine and coarse imaginary parts agree by accident there; the moduli do not."""
    shares = [0.6136263865008273, 0.2922074138889361, 0.09416619961023648]
    model = RegressionModel(DiscreteDesign([1.0, 2.0, 4.0], shares), 1.0, 0.11225658941677999)
    value, error = model.slope_cdf(0.7333486546336296, 2, 2.0, full_output=True)
    assert abs(value - (1 - two_points(model, 2.0, 0.7333486546336296))) <= error < 1e-6


@pytest.mark.parametrize(("far", "eps", "n"), [(1e4, 2.0, 10**4), (1e4, 2.0, 10**6), (10.0, 1.001, 10**4)])
def test_a_case_too_rare_to_compute_is_in_chernoffs_bound(far, eps, n):
    """One such input among many decides, and what is computed is certain without it."""
    rare = 9e-12
    model = RegressionModel(DiscreteDesign([1.0, far], [1 - rare, rare]), noise=0.1)
    value, error = model.slope_cdf(0.0, n, eps, full_output=True)
    assert abs(value - (1 - rare) ** n) <= error * (1 + 1e-5) < 1e-4
    # But in a bound that does not depend on it it costs nothing.
    assert RegressionModel(PoissonDesign()).slope_cdf(1.3, 10**4, 3.3, full_output=True)[1] < 1e-30


def test_with_the_cases_that_are_left_out_the_transform_is_whole(monkeypatch):
    """Also so far out that what they are tilted by overflows: all errors of this curve are there."""
    theta, design = np.array([-0.5, -0.2, 0.1]), DiscreteDesign([1.0, 2.0, 30.0], [0.5, 0.5 - 5e-12, 5e-12])
    some = design.term(1.0, 1.0, 1.5, 0.2)
    monkeypatch.setattr(AtomsTerm, "RARE", 0.0)
    every = design.term(1.0, 1.0, 1.5, 0.2)
    monkeypatch.undo()
    assert every.size > some.size and abs(some.transform(theta[:1]) / every.transform(theta[:1])) < 1e-9
    np.testing.assert_allclose(some.whole(theta), every.transform(theta), rtol=1e-13)
    value, error = POISSON.gap(np.arange(1, 21), 9.0, full_output=True)
    assert (np.diff(value) > 0).all() and (error >= 0).all() and error.max() < 1e-6
    assert (POISSON.slope_cdf(np.linspace(0, 3, 50), 6, 9.0, full_output=True)[1] >= 0).all()


def test_where_all_that_counts_is_rare_the_rest_is_certain():
    """One input among three off the attack, and that one hardly ever."""
    rare = 1e-13
    model = RegressionModel(DiscreteDesign([-1.0, 1.0, 10.0], [0.5, 0.5 - rare, rare]), noise=0.16)
    value, error = model.slope_cdf(0.0, 886_708, 1.0, full_output=True)
    with_two = RegressionModel(DiscreteDesign([-1.0, 1.0], [0.5, 0.5]), noise=0.16).slope_cdf(0.0, 886_708, 1.0)
    assert abs(value - with_two) <= error + 886_708 * rare < 1e-3


def test_many_cases_too_rare_to_compute_are_in_the_error():
    share, many = 9e-14, 200
    values, shares = np.r_[1.0, 1e9 + 1e3 * np.arange(many)], np.r_[1 - many * share, np.full(many, share)]
    model = RegressionModel(DiscreteDesign(values, shares), noise=0.01)
    value, error = model.slope_cdf(0.0, 10**6, 1.5, full_output=True)
    # One such input among a million decides.
    assert abs(value - (1 - share * many) ** (10**6)) <= error and value <= 1
    with pytest.raises(ArithmeticError):
        model.gap(10**6, 1.5)


def test_without_an_attack_the_law_is_that_of_least_squares():
    law = POISSON.law([1, 2, 5], [0.0, 0.0, 3.0])
    assert law.risk[:2] == pytest.approx(POISSON.standard_risk([1, 2]), rel=1e-14)
    assert law.risk[2] == POISSON.law(5, 3.0).risk
    assert eval(repr(law), vars(gapsim)).cdf(0.5) == pytest.approx(law.cdf(0.5), rel=1e-14)
    # One input +-1: the slope is its label.
    assert RegressionModel(DiscreteDesign([-1.0, 1.0], [0.5, 0.5])).slope_cdf(0.3, 1, 0.0) == pytest.approx(ndtr(-0.7))


def test_the_ends_of_a_logarithmic_axis_are_summed():
    # The integral of 1 / (1 + x)^3; with u = log x the first summands are x - 3 x^2, the last x^-2.
    step = 0.3
    x = np.exp(np.arange(np.log(1e-3), np.log(1e5), step))
    assert step * _inversion.log_trapezoid(x / (1 + x) ** 3, step, 2) == pytest.approx(0.5, abs=2e-8)


def test_a_tail_that_would_not_fit_in_memory_is_refused_before_it_is_allocated():
    # From within bells that oscillate ten million radians over their width.
    term = DiscreteDesign([1.0, 3.0], [0.5, 0.5]).term(1.0, 1e-7, 1.5, 0.0)
    with pytest.raises(ArithmeticError, match=r"a slow tail of 11 x \d{9,} terms"):
        term.tail(np.array([5]), -0.5 + 2e7j)


@pytest.mark.parametrize("turn", [0.1, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, np.pi])
def test_what_turns_at_the_end_of_a_trapezoidal_rule_is_in_its_last_correction(turn):
    """exp(z j) for j = 0, -1, ..., which has died away at the other end: only the last correction tells of it there."""
    z = 0.005 + 1j * turn
    integral, last = _inversion.trapezoid(np.exp(z * np.arange(-8000, 1)))
    assert abs(integral - 1 / z) <= 3 * abs(last)


# Function, integral over [-1, 1] and how many points it takes to know that to 1e-7.
INTEGRANDS = {
    "a bell": (lambda x: np.exp(-50 * x**2), np.sqrt(np.pi / 50) * (2 * ndtr(10) - 1), 65),
    "a bell on a slope": (
        lambda x: np.exp(x) + np.exp(-(((x - 0.05) / 0.06) ** 2)) / 1000,
        2 * np.sinh(1) + 6e-5 * np.sqrt(np.pi) * (ndtr(0.95 / 0.06 * np.sqrt(2)) - ndtr(-1.05 / 0.06 * np.sqrt(2))), 129,
    ),
    "a bell beside a narrower one": (
        lambda x: np.exp(-(((x - 0.1) / 0.06) ** 2)) + np.exp(-(((x - 0.5) / 0.015) ** 2)) / 1000,
        np.sqrt(np.pi) * 0.060015, 513,
    ),
    "poles near the axis": (lambda x: 1 / (1 + 400 * x**2), np.arctan(20) / 10, 257),
    "two scales": (
        lambda x: np.exp(x) + 1e-5 / (1 + 1e4 * (x - 0.3) ** 2), 2 * np.sinh(1) + 1e-7 * (np.arctan(70) + np.arctan(130)), 129,
    ),
    "a step": (lambda x: 1 / (1 + np.exp(-80 * (x - 0.2))), np.log1p(np.exp(64)) / 80, 513),
    "a kink": (lambda x: np.abs(x - 0.3), (0.7**2 + 1.3**2) / 2, 2049),
    "a smooth kink": (lambda x: np.abs(x - 0.3) ** 3, (0.7**4 + 1.3**4) / 4, 129),
    "a wave": (lambda x: np.cos(60 * x), np.sin(60) / 30, 129),
}


@pytest.mark.parametrize("name", INTEGRANDS)
def test_an_integral_is_as_exact_as_its_coefficients_say(name):
    """Wherever it is stopped, and where it stops by itself."""
    function, exact, needed = INTEGRANDS[name]

    def compute(tolerance, most=np.inf):
        calls = []

        def counted(x):
            calls.append(x)
            return np.array([function(x), 1.0])

        (integral, two), (error, _) = _inversion.clenshaw_curtis(
            counted, -1.0, 1.0, tolerance, enough=lambda _: len(calls) > most
        )
        assert two == pytest.approx(2, rel=1e-15) and abs(integral - exact) <= error + 1e-15
        return len(calls)

    for points in (32, 64, 128, 256, 512):
        assert compute(0.0, points) == points + 1
    assert compute(1e-7) == needed


def test_what_is_unseen_is_twice_the_integrals_of_what_the_decay_leaves():
    """Each coefficient beyond the order 32 counts for its own integral and for that of the one it was taken for."""
    def size(order):
        return np.abs(np.polynomial.Chebyshev.basis(order, domain=[-1, 1]).integ(lbnd=-1)(1.0))

    sizes, decay = np.exp(-0.3 * np.arange(17)), 0.4
    # From order 26 on, the first of the last quarter; 1.2 is the fall over a quarter, of eight orders.
    left = {order: sizes[13] * np.exp(-1.2 * decay * (order - 24) / 8) for order in range(34, 65, 2)}
    told = 2 * sum(each * (size(order) + size(64 - order)) for order, each in left.items())
    assert _inversion.unseen(sizes[:, None], decay) == pytest.approx(told, rel=1e-12)


def test_a_smooth_integral_needs_few_points_and_nothing_needs_fewer():
    for size, most in ((1.0, 65), (1e-12, 17)):
        calls = []
        integral, error = _inversion.clenshaw_curtis(lambda x: calls.append(x) or np.array([size * np.exp(-x)]), 0.0, 20.0, 1e-7)
        assert len(calls) == most and abs(integral - size) < 1e-8 and error <= 1e-7


def test_a_narrow_feature_is_looked_for_up_to_the_points_that_resolve_it():
    def bump(x):  # between two of 65 points
        return np.array([1 + np.exp(-(((x - 0.3596) / 0.003) ** 2) / 2)])

    exact = 2 + 0.003 * np.sqrt(2 * np.pi)
    integral, error = _inversion.clenshaw_curtis(bump, -1.0, 1.0, 1e-7, trusted=1000)
    assert abs(integral - exact) <= error < 1e-7
    integral, _ = _inversion.clenshaw_curtis(bump, -1.0, 1.0, 1e-7)
    assert abs(integral - exact) > 1e-3


@pytest.mark.parametrize("scale", [1.0, 700.0])
@pytest.mark.parametrize(("noise", "share", "least"), [(0.02, 0.97, 1024), (0.02, 0.9, 128), (1.0, 0.9, 64)])
def test_the_wider_a_law_beside_its_noise_the_more_points_are_taken(monkeypatch, noise, share, least, scale):
    """Inputs on a lattice leave steps as narrow as the noise makes them, of which fewer points may show nothing."""
    calls = []
    compute = _law.probability
    monkeypatch.setattr(_law, "probability", lambda *arguments: calls.append(1) or compute(*arguments))
    monkeypatch.setattr(_law, "MOST_RISK_WORK", np.inf)
    monkeypatch.setattr(_law, "FAINT", 0)
    model = RegressionModel(DiscreteDesign([scale, 2 * scale], [0.5, 0.5]), 1 / scale, noise)
    risk, error = model.law(5000, share * model.threshold()).squared_error(full_output=True)
    assert error < 1e-6 and least < len(calls) < 2 * least + 100


def test_a_rule_for_steps_is_exact_for_polynomials_and_spectral_for_waves():
    steps = np.array([0.0, 0.1, 0.15, 0.7, 1.9, 2.0])
    points, matrix = _inversion.interpolation(steps, 20)
    assert points.min() > 0 and points.max() < 2
    for power in range(20):
        np.testing.assert_allclose(points**power @ matrix, steps**power, rtol=0, atol=1e-14 * 2.0**power)
    np.testing.assert_allclose(np.exp(5j * points) @ matrix, np.exp(5j * steps), rtol=0, atol=1e-9)
    assert np.abs(np.exp(40j * points) @ matrix - np.exp(40j * steps)).max() > 0.1


@pytest.mark.parametrize(
    ("design", "noise", "eps", "w", "n"),
    [
        (PoissonDesign(20.0), 1.0, 19.7, 0.9, 5),
        (PoissonDesign(5.0), 0.1, 6.5, 0.3, 5),
        (PoissonDesign(5.0), 0.1, 4.0, 0.95, 5),
        (DiscreteDesign([-3.0, -2.5, -1.0, 0.5, 2.0], [0.2] * 5), 0.001, 1.9, 0.95, 3),
    ],
)
def test_between_the_points_of_a_long_path_the_transform_is_exact(design, noise, eps, w, n):
    term, n = design.term(1.0, noise, eps, w), np.array([n])
    theta, _ = _inversion.crossing(term.transform, term.edge, term.moments, n.max())
    height, needed, _ = term.path(n, theta, 37.0)
    nodes, _ = _inversion.path(theta, height, needed.max())
    between = term.along(nodes)
    assert nodes.size > term.LONG and term.work < term.size * nodes.size
    # Both round the angles, which grow on the way up.
    angle = np.abs(term.k * (term.c + term._typical(theta))).max() * nodes[-1].imag
    np.testing.assert_allclose(between, term.transform(nodes), rtol=0, atol=(2e-14 + 4e-16 * angle) * between[0].real)


@pytest.mark.parametrize("start", [-0.02, 0.05])
def test_a_piece_as_long_as_the_reach_is_interpolated_to_the_last_digits(start):
    """The bound holds for the sum over the cases of the largest error on a piece, here at three heights."""
    term = PoissonDesign(5.0).term(1.0, 0.3, 6.0, 0.4)
    typical = term._typical(start)
    rise = np.linspace(0, term._reach(start, typical), 501)
    weight = np.exp(term.c * start * term.k)[:, None]
    for low in (0.0, rise[-1] / 2, 3 * rise[-1]):

        def smooth(t, low=low):
            turned = np.exp(-1j * np.outer(term.k * typical, t))
            return weight * term.cases(start + 1j * (low + t)) * turned

        points, matrix = _inversion.interpolation(rise, term.POINTS)
        error = np.abs(smooth(points) @ matrix - smooth(rise)).max(axis=1).sum()
        assert error < 3e-14 * term.transform(np.array([start]))[0].real
        if low == 0:
            # Four times as far it fails: the bound is not far from what is needed.
            points, matrix = _inversion.interpolation(4 * rise, term.POINTS)
            assert np.abs(smooth(points) @ matrix - smooth(4 * rise)).max() > 5e-14


@pytest.mark.parametrize(("model", "eps"), [(NORMAL, 0.2), (POISSON, 6.0)])
def test_sizes_up_to_a_million(model, eps):
    sizes = np.array([10_000, 100_000, 1_000_000])
    gap, error = model.gap(sizes, eps, full_output=True)
    # The distance to the limit falls like 1/n.
    distance = sizes * (gap - model.limit(eps))
    assert error.max() < 2e-7 and np.ptp(distance) < 0.03 * distance[0]
    together = model.gap([20, *sizes], eps)
    assert np.allclose(together[1:], gap, rtol=0, atol=1e-7)


def test_limits_in_n_and_in_eps():
    eps = np.array([0.2, 0.6, 1.1])
    assert np.allclose(NORMAL.gap(10_000, eps), NORMAL.limit(eps), atol=2e-3)
    assert NORMAL.gap(7, 0.0) == 0 and abs(NORMAL.gap(7, 1e-7)) < 1e-5
    assert NORMAL.gap(7, 50.0) == pytest.approx(1 - NORMAL.standard_risk(7), abs=1e-6)
    assert POISSON.gap(7, 0.0) == 0 and abs(POISSON.gap(7, 1e-7)) < 1e-6
    assert POISSON.gap(7, 100.0) == pytest.approx(1 - POISSON.standard_risk(7), abs=1e-6)
    assert np.allclose(POISSON.gap(10_000, [2.0, 6.0, 8.0]), POISSON.limit([2.0, 6.0, 8.0]), atol=5e-4)


def test_slopes_and_inputs_may_be_mirrored_and_labels_rescaled():
    for scale in (-1.0, 3.0):
        other = RegressionModel(NormalDesign(), scale, abs(scale))
        assert other.gap(9, 0.4) == pytest.approx(scale**2 * NORMAL.gap(9, 0.4), abs=1e-7 * scale**2)
        assert other.limit_slope(0.4) == pytest.approx(scale * NORMAL.limit_slope(0.4), rel=1e-12)
        assert other.threshold() == pytest.approx(NORMAL.threshold(), rel=1e-12)


def test_law_of_the_slope_is_the_empirical_one():
    x, y = np.random.default_rng(2).standard_normal((2, 60_000, 6))
    y += x
    slopes = robust_slope(x, y, 0.7)
    for w in (-0.3, 0.0, 0.2, 0.8, 1.5):
        exact = NORMAL.slope_cdf(w, 6, 0.7)
        assert abs((slopes <= w).mean() - exact) < 4.5 * np.sqrt(exact * (1 - exact) / len(x)) + 1e-6
    atom = NORMAL.slope_cdf(0.0, 6, 0.7) - NORMAL.slope_cdf(-1e-12, 6, 0.7)
    assert atom == pytest.approx((slopes == 0).mean(), abs=5 * np.sqrt(atom / len(x)))


def test_threshold_and_limit_slope():
    assert NORMAL.threshold() == pytest.approx(np.sqrt(np.pi) / 2, rel=1e-14)
    assert POISSON.threshold() == pytest.approx(6.83133, abs=5e-6)
    for model in (NORMAL, POISSON, RegressionModel(PoissonDesign(2.0, 0), -2.0, 0.3)):
        edge = model.threshold()
        below = model.limit_slope(edge * np.array([1e-6, 0.5, 0.999]))
        assert (np.abs(below) > 0).all() and (np.diff(np.abs(below)) < 0).all()
        assert model.limit_slope([edge * 1.000001, 2 * edge]).tolist() == [0, 0]


def test_limit_slope_minimises_the_expected_loss():
    x, y = POISSON.sample(400_000, 3)
    for eps in (2.0, 6.0):
        w = POISSON.limit_slope(eps)
        slope = ((np.abs(y - w * x) + eps * w) * (eps - np.sign(y - w * x) * x))
        assert abs(slope.mean()) < 4.5 * slope.std() / np.sqrt(len(x))


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("n", lambda: NORMAL.gap(0, 0.5)),
        ("eps", lambda: NORMAL.gap(5, -0.5)),
        ("n and eps", lambda: NORMAL.gap([5, 6], [0.1, 0.2, 0.3])),
        ("eps", lambda: NORMAL.limit(-1.0)),
        ("w", lambda: NORMAL.slope_cdf(np.nan, 5, 0.5)),
    ],
)
def test_bad_input_names_the_argument(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument} must "):
        call()


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8])
def test_large_sizes_are_as_exact_as_they_say(share):
    """Alone and with others, and against the limit and the first correction, where what is left is of order 1/n^2."""
    two = DiscreteDesign([1.0, 3.0], [0.5, 0.5])
    for model in (RegressionModel(two), RegressionModel(two, 1.0, 5.0), POISSON, RegressionModel(PoissonDesign(), 1.0, 5.0)):
        eps, n = share * model.threshold(), 10**6
        alone, error = model.gap(n, eps, full_output=True)
        together, errors = model.gap([33_333, n], eps, full_output=True)
        assert abs(alone - together[1]) <= error + errors[1]
        rest = 1e-9 * (model.slope**2 + model.noise**2)
        assert abs(alone - model.limit(eps) - model.correction(eps) / n) <= error + rest


@pytest.mark.parametrize(
    ("values", "shares", "noise", "eps", "n", "w"),
    [
        ([-2.3, -0.7, 1.2, 3.1], [0.30048368261384045, 0.17934335654555202, 0.15639656574907804, 0.36377640608153], 0.7580270399154156,
         3.0529688159092427, 9, 0.0),
        ([-2.9, -2.8, -1.7, 4.0], [0.5348959325290819, 0.14634420019501454, 0.23739344813991345, 0.08136641913599016],
         0.4590837937407258, 2.799287593108265, 8, 0.0015845277777055645),
        ([1.2, 2.4, 3.7], [0.08294163546754603, 0.12474098502382074, 0.7923173795086332], 0.3548450940598018, 3.510989403579722, 9,
         0.04421376604132619),
        ([-1.9, 0.4, 2.1], [0.7836710453213479, 0.20630943588968884, 1.0018518963238e-05], 0.23080891506403967, 1.7538913682067474, 8,
         0.2883945629675937),
    ],
)
def test_products_of_many_bells_are_followed_beside_0(values, shares, noise, eps, n, w):
    """Slow bells are still high where `tail` begins, and each more of them grows on a path turned too far."""
    model = RegressionModel(DiscreteDesign(values, np.array(shares) / np.sum(shares)), 1.0, noise)
    value, error = model.slope_cdf(w, n, eps, full_output=True)
    [expected] = along_the_axis(model, [n], eps, w, end=2000.0, nodes=400_000)
    assert abs(value - (1 - expected)) <= error + 1e-9 and error < 1e-4


@pytest.mark.parametrize(
    ("values", "shares", "noise", "eps", "n", "w"),
    [
        ([-1.9, 2.6], [0.7907778863438374, 0.2092221136561626], 0.07989286327351544, 1.8774631212806023, [2, 52, 66, 102], 0.9329133090472326),
        ([-2.9, 0.8], [0.33144537525880513, 0.66855462474119487], 0.14639552297275954, 2.1492344397061967, [2, 51, 66, 119], 0.0074841330606160075),
        # Far between two steps of the path for two points, M^n comes back.
        ([1.0], [1.0], 0.01, 0.878, [2, 37395], 0.9846028355725698),
        ([-1.0, 2.0], [0.6609, 0.3391], 0.0126, 1.374, [2, 3, 10**4], 0.9),
        ([1.0, 2.0, 3.0], [0.2183, 0.6292, 0.1525], 0.0113, 1.9, [2, 3, 10**4], 0.9825938491906174),
        ([-1.6], [1.0], 0.03618249223950164, 1.44, [8, 808, 913, 1044], 0.9624532307216717),
    ],
)
def test_sizes_asked_for_together_are_as_exact_as_alone(values, shares, noise, eps, n, w):
    """On a lattice the powers of M come back: the few steps that two points need would miss where those of a hundred do."""
    model = RegressionModel(DiscreteDesign(values, shares), 1.0, noise)
    value, error = model.slope_cdf(w, n, eps, full_output=True)
    alone, alone_error = np.transpose([model.slope_cdf(w, size, eps, full_output=True) for size in n])
    assert (np.abs(value - alone) <= error + alone_error).all() and error.max() < 1e-5


@pytest.mark.parametrize(
    ("far", "rare", "value", "noise", "eps", "n", "w"),
    [
        (208194.3, 2.1153e-9, 2.6, 0.052155971962476254, 1.8196572476148887, [416], 0.5182254674134411),
        (979684.243438402, 5.787406352734947e-12, 1.9, 0.14648618541354813, 1.71, [2205], 0.8756175764491188),
        (74884.27317727497, 2.5909016531610884e-9, -2.3, 0.13351634562461148, 2.53, [41, 91, 152, 288], 0.0),
        (68276.10057862216, 6.748773960831707e-12, -0.1, 0.03180366353796582, 0.10998408776684321, [88, 381, 888, 1604],
         0.007940995835856848),
        (21024.816185598265, 1.5511457210367507e-8, 3.2, 0.06425961173693595, 3.52, [161, 250, 275, 331], 0.0),
    ],
)
def test_what_is_far_and_rare_changes_no_more_than_it_is_likely(far, rare, value, noise, eps, n, w):
    """It pulls theta to within 1e-8 of the pole, where no difference of logarithms tells a variance."""
    n = np.array(n)
    law, errors = zip(*(
        RegressionModel(design, 1.0, noise).slope_cdf(w, n, eps, full_output=True)
        for design in (DiscreteDesign([value, far], [1 - rare, rare]), DiscreteDesign([value], [1.0]))
    ))
    assert (np.abs(law[0] - law[1]) <= -np.expm1(n * np.log1p(-rare)) + sum(errors)).all()
    assert np.max(errors) < 1e-6


@pytest.mark.parametrize(
    ("values", "shares", "noise", "eps", "n", "w"),
    [
        ([0.3, 0.2, -0.3], [0.5, 0.2, 0.3], 0.3, 0.25, 2, 0.02),
        ([0.28, -0.42, -0.35], [0.5, 0.2, 0.3], 0.3, 0.33, 7, 0.02),
        ([0.45, 0.63, 0.36], [0.5, 0.2, 0.3], 0.5, 0.51, 6, 0.001),
        # On it, and 1 is not.
        ([0.3, 0.6, -0.3], [0.5, 0.2, 0.3], 0.3, 0.3, 2, 0.02),
    ],
)
def test_sums_that_cancel_are_counted_once(values, shares, noise, eps, n, w):
    """Where the attack is off the inputs' lattice some of its multiples are on it: rounding decides for no side."""
    model = RegressionModel(DiscreteDesign(values, shares), 1.0, noise)
    value, error = model.slope_cdf(w, n, eps, full_output=True)
    expected = two_points(model, eps, w) if n == 2 else next(along_the_axis(model, [n], eps, w, end=4000.0, nodes=400_000))
    assert abs(value - (1 - expected)) <= error + 1e-9 and error < 1e-6


@pytest.mark.parametrize("side", [-1, 1])
def test_an_attack_beside_an_input_is_on_its_side_however_near(side):
    """From 4e-12 on it is no tie. Further off hardly changes the law; a side mistaken for the other would."""
    for values, shares, x, n in (([1.0, 2.0, 3.0], [0.4, 0.35, 0.25], 2.0, 2), ([1.0], [1.0], 1.0, 3), ([-1.0, 1.0], [0.5, 0.5], 1.0, 4)):
        model = RegressionModel(DiscreteDesign(values, shares), 1.0, 0.4)
        found = [model.slope_cdf(0.3, n, x * (1 + side * far), full_output=True) for far in (4e-12, 1e-10, 6e-10, 4e-9)]
        law, error = np.transpose(found)
        assert (np.abs(law - law[-1]) <= error + error[-1] + 3e-7).all() and error.max() < 1e-5
