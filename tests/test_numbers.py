"""How numbers are written: against what is written out here by hand."""

import math
import re

import nbformat
import numpy as np
import pytest

from book import notebooks
from gapbook.figures import DATA_MIME
from gapbook.outcomes import VERDICTS_MIME
from gapbook.numbers import below, fixed, number, with_minus


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


# Zero with a sign, zero with a power of ten, and the digits of rounding errors of numbers around one.
NOISE = re.compile(
    r"(?<![\w.])[-−]0(?:\.0*)?(?![\d.])|(?<![\w.])minus 0(?:\.0*)?(?![\d.])"
    r"|(?<![\d.])0(?:\.0*)?e[-+]?\d+|(?<!below )\b[\d.]+e-1[3-9]\b"
    r"|(?<!below )(?:[\d.]+ × )?10⁻¹[³-⁹]|(?<!below )(?<!0, up to )\$(?:[\d.]+ \\times )?10\^\{-1[3-9]\}"
)


def said(notebook):
    """Every text that an executed notebook shows: what cells print and display, captions, alternative texts, evidence."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("text", "")
            about = output.get("metadata", {}).get("gapsim", {})
            yield from (about.get("caption", ""), about.get("alt", ""))
            for kind, content in output.get("data", {}).items():
                if kind.startswith(("text/", "application/papermill.record/text/")):
                    yield content
                elif kind == DATA_MIME:
                    yield from (curve[name] for curve in content for name in ("panel", "curve"))
                elif kind == VERDICTS_MIME:
                    yield from (value for row in content for part in row["parts"] for value in part["evidence"].values())


@pytest.mark.parametrize("path", notebooks.chapters(), ids=lambda path: path.stem)
def test_no_chapter_shows_the_digits_of_a_rounding_error(path):
    notebook = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
    found = [text[max(0, noise.start() - 40) : noise.end() + 10] for text in said(notebook) for noise in NOISE.finditer(text)]
    assert not found


@pytest.mark.parametrize(("text", "read"), [
    ("-0.0571, 0.0959 to -1", "−0.0571, 0.0959 to −1"), ("+0.17 (-.5)", "+0.17 (−.5)"), ("2020-01-01, 3-5, x-1, a -> b", "2020-01-01, 3-5, x-1, a -> b"),
    ("$-1$ and $10^{-6}$, `-1`, -1", "$-1$ and $10^{-6}$, `-1`, −1"), ("−1 --2", "−1 --2"), ("1e-9", "1e-9"),
])
def test_a_sign_is_no_hyphen(text, read):
    assert with_minus(text) == read


@pytest.mark.parametrize("path", notebooks.chapters(), ids=lambda path: path.stem)
def test_negative_numbers_in_what_is_read_have_a_minus(path):
    notebook = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
    shown = [output.data["text/markdown"] for cell in notebook.cells for output in cell.get("outputs", []) if "text/markdown" in output.get("data", {})]
    assert [text for text in shown if with_minus(text) != text] == []


@pytest.mark.parametrize(
    ("text", "noise"),
    [
        ("ends at -0.00, published", True), ("−0", True), ("minus 0.0", True), ("more than 0.0e+00.", True), ("0e0", True),
        ("4e-16", True), ("1.38e-17", True), ("8.9 × 10⁻¹⁶", True), (r"$1.4 \times 10^{-14}$", True),
        ("-0.05", False), ("−0.5", False), ("2020-01-01", False), ("10.0e+00", False), ("2e-09", False), ("below 10⁻¹³", False),
        ("2.8e-23", False), ("4 × 10⁻⁸", False), (r"below $10^{-13}$", False), ("10⁻¹²", False),
        (r"0, up to $10^{-13}$", False), (r"up to $10^{-13}$", True),
    ],
)
def test_what_is_taken_for_noise(text, noise):
    assert bool(NOISE.search(text)) is noise
