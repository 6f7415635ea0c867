"""How numbers are written where people read them: in prose, captions, alternative texts, the ledger's evidence."""

import math
import re

# Plain text; Markdown, which may hold a formula; and words, for what is read aloud.
FORMS = ("text", "markdown", "words")
# A hyphen that is a sign, and what of a Markdown text keeps its own: formulas and code.
SIGN = re.compile(r"(?<![\w.)\]−-])-(?=\.?\d)")
APART = re.compile(r"(\$[^$]*\$|`[^`]*`)")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value, digits=3, form="text"):
    """A number as people write it, with so many significant digits.

    Parameters
    ----------
    value : float or int
    digits : int
        At least 1. Whole numbers and what is left of the point keep all digits up to a million.
    form : str
        One of `FORMS`.

    Returns
    -------
    str
        0.43, −1.5, 12,345; below 0.001 and from a million on 4 × 10⁻⁸, in Markdown $4 \\times 10^{-8}$, in words
        "4 times 10 to the minus 8". Zero has no sign.

    Raises
    ------
    ValueError
        For digits below 1 or an unknown form.

    Notes
    -----
    A rounding error has no digit that another processor repeats: see `below`.
    """
    if digits < 1:
        raise ValueError(f"digits must be at least 1, got {digits!r}")
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(map(repr, FORMS))}, got {form!r}")
    value = float(value)
    if math.isnan(value):
        return "not a number"
    sign = "minus " if form == "words" else "−"
    before = sign if value < 0 else ""
    if math.isinf(value):
        return before + {"text": "∞", "markdown": r"$\infty$", "words": "infinity"}[form]
    mantissa, power = f"{abs(value):.{digits - 1}e}".split("e")
    if value == 0 or 1e-3 <= float(f"{mantissa}e{power}") < 1e6:
        places = max(0, digits - 1 - int(power)) if value else 0
        text = f"{abs(value):,.{places}f}"
        return before + (text.rstrip("0").rstrip(".") if places else text)
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return before + _scientific(mantissa, int(power), form)


def _scientific(mantissa, power, form):
    if form == "markdown":
        return rf"${mantissa} \times 10^{{{power}}}$" if mantissa != "1" else f"$10^{{{power}}}$"
    if form == "words":
        tens = f"10 to the {'minus ' if power < 0 else ''}{abs(power)}"
        return tens if mantissa == "1" else f"{mantissa} times {tens}"
    tens = f"10{str(power).translate(SUPERSCRIPTS)}"
    return tens if mantissa == "1" else f"{mantissa} × {tens}"


def below(value, bound, form="text"):
    """A bound in the place of a rounding error, whose digits differ from processor to processor.

    Parameters
    ----------
    value : float
        A residual, or any number of which only the size matters.
    bound : float
        What it is known to stay below.
    form : str
        One of `FORMS`.

    Returns
    -------
    str
        "below 10⁻¹²"; the number itself, with one digit, if it does not stay below.
    """
    within = abs(value) < bound
    return f"below {number(bound, 1, form)}" if within else number(value, 1, form)


def at_most(value, form="text"):
    """The power of ten just above an estimate of an error, whose own digits no other processor repeats.

    Parameters
    ----------
    value : float
        At least 0.
    form : str
        One of `FORMS`.

    Returns
    -------
    str
        10⁻⁷ for what is between 10⁻⁸ and 10⁻⁷, 0 for 0.
    """
    return number(10.0 ** math.ceil(math.log10(value)) if value else 0, 1, form)


def fixed(value, places, form="text"):
    """A number with so many places after the point, for columns and lists; what rounds to zero has no sign."""
    sign = "minus " if form == "words" else "−"
    text = f"{abs(value):,.{places}f}"
    return (sign if value < 0 and float(text.replace(",", "")) else "") + text


def with_minus(text):
    """A Markdown text whose negative numbers, as Python formats them, have a minus sign instead of a hyphen."""
    return "".join(part if k % 2 else SIGN.sub("−", part) for k, part in enumerate(APART.split(text)))
