"""How numbers are written: against what is written out here by hand."""

import math

import numpy as np
import pytest

from gapbook.numbers import below, fixed, number


@pytest.mark.parametrize(
    ("value", "digits", "text", "markdown", "words"),
    [
        (0.4263, 2, "0.43", "0.43", "0.43"),
        (-1.5, 3, "−1.5", "−1.5", "minus 1.5"),
        (0.0, 3, "0", "0", "0"),
        (-0.0, 3, "0", "0", "0"),
        (60, 4, "60", "60", "60"),
        (12345, 3, "12,345", "12,345", "12,345"),
        (1234.56, 3, "1,235", "1,235", "1,235"),
        (0.001, 3, "0.001", "0.001", "0.001"),
        (0.0009999, 2, "0.001", "0.001", "0.001"),
        (4.2e-8, 1, "4 × 10⁻⁸", r"$4 \times 10^{-8}$", "4 times 10 to the minus 8"),
        (-4.26e-8, 2, "−4.3 × 10⁻⁸", r"−$4.3 \times 10^{-8}$", "minus 4.3 times 10 to the minus 8"),
        (1e7, 3, "10⁷", "$10^{7}$", "10 to the 7"),
        (999_999.9, 3, "10⁶", "$10^{6}$", "10 to the 6"),
        (math.inf, 3, "∞", r"$\infty$", "infinity"),
        (-math.inf, 3, "−∞", r"−$\infty$", "minus infinity"),
        (math.nan, 3, *["not a number"] * 3),
    ],
)
def test_a_number_in_each_form(value, digits, text, markdown, words):
    assert [number(value, digits, form) for form in ("text", "markdown", "words")] == [text, markdown, words]
    assert number(np.float64(value), digits) == text


@pytest.mark.parametrize("wrong", [{"digits": 0}, {"form": "latex"}])
def test_nonsense_is_refused_by_name(wrong):
    [name] = wrong
    with pytest.raises(ValueError, match=f"^{name} must be"):
        number(1.0, **wrong)


def test_a_residual_is_a_bound_unless_it_is_larger():
    assert below(-1.38778e-17, 1e-12) == below(0.0, 1e-12) == "below 10⁻¹²"
    assert below(3e-13, 1e-12, "markdown") == "below $10^{-12}$"
    assert below(2.6e-12, 1e-12, "words") == "3 times 10 to the minus 12"


def test_places_are_kept_and_zero_has_no_sign():
    assert [fixed(value, 2) for value in (-0.004, -0.0, 0.5, -0.5, 1234.5)] == ["0.00", "0.00", "0.50", "−0.50", "1,234.50"]
    assert fixed(-0.5, 1, "words") == "minus 0.5"
