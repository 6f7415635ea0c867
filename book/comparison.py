"""When two executions of a chapter are the same: text to the letter, figures by the data behind them.

The same computation on another processor ends in other last digits: those move the lines of a picture,
and no picture is compared here. nbval compares the text; of the rest it can leave out a kind of output or replace words
by a pattern, and knows no tolerance: this module has the tolerances and their reasons.
"""

import re

import numpy as np

from gapbook.held import COMPUTED, CURVES_MIME, DATA_MIME, SOLVED, TOLERANCES

PICTURE = "image/svg+xml"
# What of an output is not compared to the letter.
BY_VALUE = (PICTURE, DATA_MIME, CURVES_MIME)
# Numbers that the sum of a curve's largest ones cannot tell from 0, as a share of the largest.
ROUNDING = 1e-12
# The explorer's curves are kept to eight digits, and may be off by what computed ones in figures may be.
EIGHT_DIGITS = 1e-7
# Pictures keep hundredths of a point.
MOVED = 0.05
COORDINATE = r"-?\d+(?:\.\d+)?"
LETTERS = str.maketrans("0123456789", "ghijklmnop")
COLUMNS = ("x", "y", "low", "high")


def texts(output):
    """What of an output is compared to the letter: all but pictures and data, so captions and alternative texts too."""
    plain = {key: value for key, value in output.items() if key not in ("data", "execution_count")}
    return plain, {key: value for key, value in output.get("data", {}).items() if key not in BY_VALUE}


def differences(chapter, reference, computed):
    """What differs between the outputs of one cell, in sentences.

    Parameters
    ----------
    chapter : str
    reference, computed : list of dict
        Outputs as a notebook holds them.

    Yields
    ------
    str
        Names the chapter, and where it is a figure's data the figure, the curve, the point and both values.
    """
    if [texts(output) for output in reference] != [texts(output) for output in computed]:
        yield from text_differences(chapter, reference, computed)
    yield from data_differences(chapter, reference, computed)


def text_differences(chapter, reference, computed):
    """The first text that differs."""
    for mine, theirs in zip(reference, computed):
        if texts(mine) != texts(theirs):
            yield f"{chapter}: the text {_shown(texts(mine), texts(theirs))}"
            return
    if len(reference) != len(computed):
        yield f"{chapter}: {len(reference)} outputs in the reference, {len(computed)} computed"


def _shown(mine, theirs):
    mine, theirs = str(mine), str(theirs)
    start = next((k for k, (one, other) in enumerate(zip(mine, theirs)) if one != other), min(len(mine), len(theirs)))
    part = slice(max(0, start - 40), start + 40)
    return f"...{mine[part]!r}... in the reference, ...{theirs[part]!r}... computed"


def data_differences(chapter, reference, computed):
    """What differs between the data of the outputs of one cell, in sentences."""
    mine, theirs = _figures(reference), _figures(computed)
    for name in dict.fromkeys((*mine, *theirs)):
        where = f"{chapter}, {name}"
        if name not in theirs or name not in mine:
            yield f"{where}: {'not drawn any more' if name in mine else 'not in the reference'}"
            continue
        yield from figure_differences(where, mine[name]["data"][DATA_MIME], theirs[name]["data"][DATA_MIME])
    for mine, theirs in zip(reference, computed):
        tables = [output.get("data", {}).get(CURVES_MIME) for output in (mine, theirs)]
        if not same_table(*tables):
            yield f"{chapter}: the explorer's curves differ by more than 1e-7 of a value"


def _figures(outputs):
    return {
        output["metadata"]["gapsim"]["name"]: output for output in outputs if DATA_MIME in output.get("data", {})
    }


def figure_differences(where, reference, computed):
    """What differs between the curves of a figure, in sentences."""
    mine, theirs = curves(reference), curves(computed)
    for key in mine.keys() - theirs.keys():
        yield f"{where}: {named(*key)} is missing"
    for key in theirs.keys() - mine.keys():
        yield f"{where}: {named(*key)} is not in the reference"
    for key in (key for key in mine if key in theirs):
        kinds = [each["held"] for each in (mine[key], theirs[key])]
        found = curve_difference(mine[key], theirs[key]) if kinds[0] == kinds[1] else "held to {!r}, now to {!r}".format(*kinds)
        if found:
            yield f"{where}: {named(*key)}, {found}"


def named(panel, curve, drawn, again):
    """A curve in words."""
    return f"panel {panel!r}, curve {curve!r} ({drawn}{f', number {again + 1}' if again else ''})"


def curves(data):
    """The curves of a figure by (panel, curve, drawn, how many such came before), with numbers as arrays."""
    found, x = {}, ""
    for curve in data:
        x = curve.get("x", x)
        columns = {
            name: np.array(text.split(), float)
            for name, text in (curve | {"x": x}).items() if name in (*COLUMNS, "error")
        }
        key = curve["panel"], curve["curve"], curve["drawn"]
        again = sum(key == other[:3] for other in found)
        found[*key, again] = columns | {"held": curve.get("held", COMPUTED)}
    return found


def curve_difference(reference, computed):
    """The point at which two curves are farthest apart, in units of what is allowed; None if all are within it."""
    worst, said = 1.0, None
    for name in (name for name in COLUMNS if name in reference):
        mine, theirs = reference[name], computed.get(name, np.empty(0))
        if mine.shape != theirs.shape:
            return f"{name}: {mine.size} points in the reference, {theirs.size} computed"
        allowed = tolerance(reference, name)
        same = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
        with np.errstate(invalid="ignore", divide="ignore"):
            off = np.where(same, 0.0, np.abs(mine - theirs) / allowed)
        off[np.isnan(off)] = np.inf
        if off.size and off.max() > worst:
            k = off.argmax()
            worst = off[k]
            said = (
                f"point {k + 1} (x = {reference['x'][k]:.12g}): {name} = {mine[k]:.12g} in the reference, "
                f"{theirs[k]:.12g} computed; allowed is {allowed[k]:.1g} ({reference['held']})"
            )
    return said


def tolerance(curve, name):
    """What each value of a column may differ by: the share that its curve is held to, and its error estimate."""
    share, value = TOLERANCES[curve["held"]], np.abs(curve[name])
    if share == 0:
        return np.zeros(value.shape)
    largest = value[np.isfinite(value)].max(initial=0.0)
    # Two computations are each within their error.
    error = 2 * curve.get("error", 0.0) if name == "y" else 0.0
    scale = largest if curve["held"] == SOLVED else value
    return np.where(np.isfinite(value), share * scale + ROUNDING * largest + error, 0.0)


def same_table(reference, computed):
    """Whether two tables of rounded numbers differ by the last of their digits at most."""
    if isinstance(reference, dict) and isinstance(computed, dict):
        return reference.keys() == computed.keys() and all(same_table(reference[key], computed[key]) for key in reference)
    if isinstance(reference, list) and isinstance(computed, list):
        return len(reference) == len(computed) and all(map(same_table, reference, computed))
    if isinstance(reference, float) and isinstance(computed, float):
        return abs(reference - computed) <= EIGHT_DIGITS * abs(reference)
    return reference == computed


def keep_the_same(chapter, reference, computed):
    """Put into an executed notebook the outputs of the reference that are the same, and name what is not.

    Parameters
    ----------
    chapter : str
    reference, computed : nbformat.NotebookNode
        The committed notebook and a new execution, which is changed in place.

    Returns
    -------
    list of str
        What differs beyond tolerance in cells that both have, in sentences; empty if only digits did
        that the tolerances allow.

    Notes
    -----
    A picture whose data are the same is kept unless something else than its coordinates changed.
    """
    known = {cell.id: cell.outputs for cell in reference.cells if cell.cell_type == "code"}
    found = []
    for cell in computed.cells:
        if cell.cell_type != "code" or cell.id not in known:
            continue
        kept = known[cell.id]
        different = list(differences(chapter, kept, cell.outputs))
        found += different
        if not different and all(map(same_drawing, kept, cell.outputs)):
            for mine, theirs in zip(kept, cell.outputs):
                if "execution_count" in theirs:
                    mine["execution_count"] = theirs["execution_count"]
            cell.outputs = kept
    return found


def same_drawing(reference, computed):
    """Whether two outputs have one picture, but for coordinates that the rounding of numbers may move."""
    (mine, where), (theirs, there) = map(_drawing, (reference, computed))
    return mine == theirs and bool(np.all(np.abs(where - there) <= MOVED))


def _drawing(output):
    # A colour has digits that are no coordinate; names of clip paths and marks are hashes of coordinates.
    svg = re.sub(r"#[0-9a-f]{6}\b", lambda color: color[0].translate(LETTERS), "".join(output.get("data", {}).get(PICTURE, "")))
    svg = re.sub(r"\b[mp][0-9a-f]{10}\b", "name", svg)
    return re.sub(COORDINATE, "0", svg), np.array(re.findall(COORDINATE, svg), float)
