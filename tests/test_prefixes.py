"""The fits of all prefixes at once against the fits one by one."""

import numpy as np

from gapsim import _prefixes, robust_slope, standard_slope


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
