"""The fits of all prefixes at once against the fits one by one."""

import numpy as np
import pytest

from gapsim import DiscreteDesign, NormalDesign, PoissonDesign, RegressionModel, _prefixes, robust_slope, standard_slope


def test_fits_of_all_prefixes_are_the_fits_of_each(monkeypatch):
    rng = np.random.default_rng(10)
    monkeypatch.setattr(_prefixes, "BLOCK_NUMBERS", 2**13)  # several blocks, the last of them short
    sizes = np.array([3, 1, 2, 12, 30, 3, 40, 2000])
    radii = np.array([0.0, 3, 0.2, 1, 10 * (3 * 0.1), 6, 1e6])
    shape = (2000, 50)
    gaussian = rng.standard_normal(shape)
    counts, whole = rng.poisson(4, shape) + 1.0, rng.integers(-3, 4, shape)
    whole[0] = 3
    for x, y in (
        (gaussian, gaussian + rng.standard_normal(shape)),
        (counts, counts + rng.standard_normal(shape)),
        (counts - 1, counts),
        (np.full(shape, 3.0), counts),
        (counts, counts),
        (whole, rng.integers(-3, 4, shape)),
        (1e-8 * counts, counts + rng.standard_normal(shape)),
    ):
        x = np.where(np.cumsum(x != 0, axis=0) == 0, 1, x)  # least squares needs one input
        standard, robust = _prefixes.nested_slopes(x, y, sizes, radii)
        for i, n in enumerate(sizes):
            assert np.allclose(standard[i], standard_slope(x[:n].T, y[:n].T), rtol=1e-10, atol=1e-12)
            expected = robust_slope(x[:n].T, y[:n].T, radii).T
            assert np.allclose(robust[i], expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("design", [NormalDesign(), PoissonDesign(0.5, 0), DiscreteDesign([-1.0, 1.0], [0.5, 0.5])], ids=repr)
@pytest.mark.parametrize(("slope", "noise"), [(1.0, 1.0), (-1.0, 0.01), (0.0, 1.0)])
def test_a_set_that_is_drawn_again_for_each_pass_has_the_slopes_of_one_that_is_held(design, slope, noise):
    rng, n = np.random.default_rng(11), 300
    x, y = RegressionModel(design, slope, noise).sample(n, rng)
    x[0] = 1.0  # least squares needs one input
    radii = np.array([0.0, 0.3, 0.95, 1.0, 2.5])

    def draw():
        yield from zip(np.split(x, range(17, n, 17)), np.split(y, range(17, n, 17)))

    sizes = np.array([5, 1, 2, 300, 40, 34])
    standard, robust = _prefixes.slopes_in_passes(draw, sizes, radii)
    for i, size in enumerate(sizes):
        assert standard[i] == pytest.approx(standard_slope(x[:size], y[:size]), rel=1e-12, abs=1e-14)
        np.testing.assert_allclose(robust[i], robust_slope(x[:size], y[:size], radii), rtol=1e-9, atol=1e-14)
        assert ((robust[i] == 0) == (robust_slope(x[:size], y[:size], radii) == 0)).all()


def test_an_attack_as_large_as_every_input_gives_the_slope_0_in_passes_too():
    """By the one rule of ties: .1 * 3 is .3, from above and from below; and a hair less of an attack is not."""
    y = np.random.default_rng(12).uniform(0.5, 1.5, 200)
    for x, eps in ((0.1 * 3, 0.3), (0.3, 0.1 * 3)):
        _, robust = _prefixes.slopes_in_passes(lambda: [(np.full(200, x), y)], np.array([200, 7]), np.array([eps, 0.299]))
        assert (robust[:, 0] == 0).all() and (robust[:, 1] > 1).all()


@pytest.mark.parametrize(("inputs", "labels"), [(-400, 0), (0, -700), (500, 300)])
def test_the_units_of_inputs_and_labels_change_no_digit(inputs, labels):
    rng, sizes, radii = np.random.default_rng(13), np.array([1, 2, 30, 40]), np.array([0.0, 0.3, 1.0])
    x, y = rng.integers(-3, 4, (2, 40, 7)) + 0.0
    x[0] = 2.0

    def fits(x, y, radii):
        yield from _prefixes.nested_slopes(x, y, sizes, radii)
        yield from _prefixes.slopes_in_passes(lambda: [(x[:25, 0], y[:25, 0]), (x[25:, 0], y[25:, 0])], sizes, radii)

    scaled = fits(np.ldexp(x, inputs), np.ldexp(y, labels), np.ldexp(radii, inputs))
    for one, other in zip(fits(x, y, radii), scaled):
        np.testing.assert_allclose(np.ldexp(other, inputs - labels), one, rtol=1e-14, atol=1e-90)  # for labels 0
