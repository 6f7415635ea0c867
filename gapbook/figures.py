"""The house style of the figures: what a line, a point and a hollow point mean, and in which colour.

Exact curves are lines, Monte Carlo is points with 95% intervals, published points are hollow. The
axes that this module makes draw in its style; matplotlib's own settings stay as they are.
"""

import functools
import io
import re
import sys

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import FillBetweenPolyCollection, LineCollection
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.spines import Spine
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox
from scipy import optimize

from gapbook.held import COMPUTED, DATA_MIME, EXACT, PUBLISHED, SAMPLED, SOLVED
from gapbook.numbers import with_minus

STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#5a5a5a",
    "axes.grid": True,
    "axes.labelcolor": "#222222",
    "axes.labelsize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 10,
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "lines.linewidth": 1.8,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.05,
    # The same figure gives the same bytes: see the test of the book's references.
    "svg.hashsalt": "gapsim",
    "svg.fonttype": "path",
    "text.color": "#222222",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
}

# Ends of matplotlib's viridis left out: every colour keeps a contrast of 3:1 against white.
PALETTE = ("#440154", "#3b528b", "#21868c", "#3a9141", "#a8740c", "#c2410c", "#a5175f", "#5f5f5f")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DRAWING = (
    "plot", "errorbar", "fill_between", "bar", "contour", "clabel", "annotate", "text", "axhline", "axvline", "axline",
    "axhspan", "axvspan", "hlines", "vlines", "set", "set_title", "set_xlabel", "set_ylabel",
)


def in_style(function):
    """The same function, with matplotlib's defaults and the house style while it runs."""

    @functools.wraps(function)
    def styled(*args, **options):
        if matplotlib.rcParams["svg.hashsalt"] == STYLE["svg.hashsalt"]:  # within another of these
            return function(*args, **options)
        with matplotlib.rc_context({**_defaults(), **STYLE}):
            return function(*args, **options)

    return styled


@functools.cache
def _defaults():
    # A person's own settings stay out of the book's figures.
    return {key: value for key, value in matplotlib.rcParamsDefault.items() if not key.startswith("backend")}


HouseAxes = type("HouseAxes", (Axes,), {name: in_style(getattr(Axes, name)) for name in DRAWING})
HouseAxes.__doc__ = "Axes that draw in the house style."


def colors(values):
    """One colour for each value, in the order given: keep the dictionary for a whole chapter.

    Parameters
    ----------
    values : sequence
        At most eight values.

    Returns
    -------
    dict of value to colour
    """
    values = list(values)
    if len(values) > len(PALETTE):
        raise ValueError(f"values must be at most {len(PALETTE)}, which is how many colours there are, got {len(values)}")
    return dict(zip(values, PALETTE))


@in_style
def axes(columns=1, rows=1, width=7.0, height=4.2, **subplot_options):
    """A figure in the house style, and its axes.

    Parameters
    ----------
    columns, rows : int
        Grid of axes.
    width, height : float
        Size of the whole figure in inches.
    **subplot_options
        Passed to `matplotlib.figure.Figure.subplots`, such as ``sharey=True``.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes, or an array of them
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)  # which remembers how large a text is
    return figure, figure.subplots(rows, columns, subplot_kw={"axes_class": HouseAxes}, **subplot_options)


def exact(ax, n, value, color, label=None, style="-", error=None, **options):
    """Draw an exact curve: a line.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    n, value : (k,) array_like
    color, label, style
        As in matplotlib.
    error : float or (k,) array_like, optional
        Estimate of the absolute error of `value`: what a rerun may differ by.
    **options
        Passed to `matplotlib.axes.Axes.plot`.
    """
    lines = ax.plot(n, value, style, color=color, label=label, **options)
    if error is not None:
        lines[0].held = EXACT, np.broadcast_to(error, np.shape(value))


def sampled(ax, n, estimate, color, label=None, marker="o", column=None, level=0.95, held=SAMPLED):
    """Draw Monte Carlo estimates: points with intervals.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    n : (k,) array_like
    estimate : GapEstimate
        With values of shape (k,) or (k, m); then `column` says which of the m.
    color, label, marker
        As in matplotlib.
    column : int, optional
    level : float
        Level of the intervals.
    held : str
        What the data are held to; `SOLVED` if a solver found them.
    """
    low, high = estimate.interval(level)
    value = estimate.value
    if column is not None:
        value, low, high = value[:, column], low[:, column], high[:, column]
    measured(ax, n, value, (value - low, high - value), color, label=label, marker=marker, held=held)


def measured(ax, x, value, reach, color, label=None, marker="o", held=SAMPLED):
    """Draw points with intervals that reach so far to either side, or a pair: below and above."""
    bars = ax.errorbar(
        x, value, reach, fmt=marker, color=color, label=label,
        markersize=4, elinewidth=1.3, capsize=2.2, linestyle="none",
    )
    bars.held = held, None


def monte_carlo(trials, seed, level=0.95):
    """What a caption says of the simulated points."""
    return f"Points: Monte Carlo, {trials:,} training sets (seed {seed}), with {100 * level:g}% intervals."


def published(ax, n, value, color, label=None, marker="o"):
    """Draw points digitised from a published figure: hollow."""
    points = ax.plot(
        n, value, marker, color=color, label=label, markersize=4.5, markerfacecolor="none",
        markeredgewidth=1, linestyle="none",
    )
    points[0].held = PUBLISHED, None


def label_ends(ax, labels):
    """Write each curve's label right of its end, moved apart where they would overlap.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    labels : list of (x, y, text, color)
        End of the curve in data coordinates.

    Notes
    -----
    They find their places when the figure is shown; see `place_labels`.
    """
    for x, y, text, color in labels:
        note = ax.annotate(
            text, (x, y), xytext=(6, 0), textcoords="offset points", va="center", color=color,
            fontsize=9.5, annotation_clip=False,
        )
        note.stands = "end"


def label(ax, x, y, text, color):
    """Write a curve's label beside it, where it touches nothing.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    x, y : float or (k,) array_like
        Points of the curve in data coordinates, those first at which the label is wanted most.
    text, color : str

    Notes
    -----
    It finds its place when the figure is shown; see `place_labels`.
    """
    x, y = np.broadcast_arrays(np.atleast_1d(x).astype(float), np.atleast_1d(y).astype(float))
    if not x.size:  # nothing of the curve shows
        return
    note = ax.annotate(
        text, (x[0], y[0]), xytext=(0, 6), textcoords="offset points", ha="center", va="center",
        color=color, fontsize=9.5, annotation_clip=False,
    )
    note.stands = np.column_stack([x, y])
    note.set_in_layout(False)


@in_style
def key(figure, columns=2):
    """Write above the axes what each kind of line and point means, each once."""
    found = {}
    for ax in figure.axes:
        for handle, text in zip(*ax.get_legend_handles_labels()):
            found.setdefault(text, handle)
    figure.legend(
        found.values(), found, loc="outside upper left", ncols=columns, borderaxespad=0, columnspacing=1.4,
    )


@in_style
def place_labels(figure):
    """Bring the labels to where they touch no curve, no point and no other label.

    Notes
    -----
    A label at a curve's end stays as near to its height as the other ends' labels allow, and goes
    right until it is free. A label beside its curve takes the first free one of the places around
    the points that it was given; the one that touches least if none is free. The figure's layout
    stays what it is from here on: it would be a little otherwise each time, beginning from what it was.
    """
    notes = [note for ax in figure.axes for note in ax.texts if hasattr(note, "stands")]
    ends = {ax: [note for note in notes if note.axes is ax and isinstance(note.stands, str)] for ax in figure.axes}
    beside = [note for note in notes if not isinstance(note.stands, str)]
    figure.draw_without_rendering()
    pixel, obstacles = 72 / figure.dpi, _obstacles(figure) if notes else {}
    for ax, own in ends.items():
        own.sort(key=lambda note: note.xy[1])
        anchors = np.array([ax.transData.transform(note.xy)[1] for note in own])
        if own:
            size = max(note.get_window_extent().height for note in own) + 3
            # The nearest heights, by least squares, that are a label apart: those that are free stay.
            apart = size * np.arange(len(own))
            heights = optimize.isotonic_regression(anchors - apart).x + apart
            shifts = (heights - anchors) * pixel
            for note, shift in zip(own, shifts):
                _stand(note, (6, shift), obstacles)
            for note, shift in zip(own, shifts):
                _take_free_place(note, [(right, shift) for right in range(6, 40, 3)], obstacles)
    if any(ends.values()):  # which the layout leaves room for
        figure.draw_without_rendering()
        obstacles = _obstacles(figure) if beside else {}
    figure.set_layout_engine(None)
    for note in beside:
        inside = [point for point in note.stands if note.axes.bbox.padded(1).contains(*note.axes.transData.transform(point))]
        box = note.get_window_extent()
        across, up = box.width / 2 * pixel, box.height / 2 * pixel
        around = [
            (right * (across + near), above * (up + near))
            for near in (4, 8, 13)
            for right, above in ((0, 1), (0, -1), (1, 0.7), (-1, 0.7), (1, -0.7), (-1, -0.7), (1, 0), (-1, 0))
        ]
        _take_free_place(note, [(shift, point) for point in inside for shift in around], obstacles, note.axes.bbox)
        note.set_in_layout(True)


def _take_free_place(note, places, obstacles, area=None):
    """Try places in turn, inside an area first; each is an offset in points, or that and its point."""
    counts = []
    for place in places:
        box = _stand(note, place, obstacles).padded(2)
        outside = area is not None and area.count_contains(box.corners()) < 4
        counts.append(len(_touched(note, box, obstacles)) + outside / 2)
        if not counts[-1]:
            return
    if counts:
        _stand(note, places[int(np.argmin(counts))], obstacles)


def _stand(note, place, obstacles):
    """Put a label there, and return the box that it takes."""
    if np.ndim(place[1]) or isinstance(place[0], tuple):
        place, note.xy = place
    note.set_position(place)
    box = note.get_window_extent()
    obstacles[note] = f"label {_words(note)!r}", box.overlaps
    return box


@in_style
def collisions(figure):
    """Labels that touch a line, a point or another label.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    list of (str, str)
        The label's text, and what it touches.

    Notes
    -----
    Measured as drawn, with a margin of a pixel. Labels are the texts in the axes, their titles,
    axis labels and the ticks' labels, and legends as a whole.
    """
    if figure.stale:
        figure.draw_without_rendering()
    obstacles = _obstacles(figure)
    return [
        (_words(text), other)
        for text in _labels(figure)
        for other in _touched(text, text.get_window_extent().padded(1), obstacles)
    ]


def _words(text):
    return text.get_text() if hasattr(text, "get_text") and not isinstance(text, str) else type(text).__name__


def _labels(figure):
    """Every visible text that stands alone, and every legend."""
    found = list(figure.legends)
    for ax in (ax for ax in figure.axes if ax.get_visible()):
        found += [ax.get_legend()] if ax.get_legend() else []
        found += [*ax.texts, ax.title, ax._left_title, ax._right_title]
        for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
            found.append(axis.label)
            slack = 1e-9 * (high - low)
            for tick in axis.get_major_ticks() + axis.get_minor_ticks():
                if tick.label1.get_visible() and low - slack <= tick.get_loc() <= high + slack:
                    found.append(tick.label1)
    return [each for each in found if each.get_visible() and _words(each).strip()]


def _touched(text, box, obstacles):
    """What a label's box meets besides the label itself; edges only of the axes that it is a text of."""
    return [
        name for artist, (name, meets) in obstacles.items()
        if artist is not text and (not isinstance(artist, Spine) or text in artist.axes.texts) and meets(box)
    ]


def _obstacles(figure):
    """What a label may meet: other labels, its axes' edges, and the lines and points of every axes as far as they show.

    Each artist with its name and a function that says whether a box meets it.
    """
    found = {text: (f"label {_words(text)!r}", text.get_window_extent().overlaps) for text in _labels(figure)}
    for ax in (ax for ax in figure.axes if ax.get_visible()):
        for side, edge in ax.spines.items():
            if edge.get_visible():
                found[edge] = f"the {side} edge", functools.partial(_crosses, _pieces(edge, edge.get_path()))
        for artist in (*ax.lines, *(each for each in ax.collections if isinstance(each, (LineCollection, ContourSet)))):
            if artist.get_visible():
                found[artist] = f"{type(artist).__name__} {artist.get_label()!r}", _meets(artist, ax)
    return found


def _pieces(artist, *paths):
    """Its paths as drawn, piece by piece: matplotlib's own test joins what a missing value or a new beginning parts."""
    pieces = []
    for path in map(artist.get_transform().transform_path, paths):
        known = np.isfinite(path.vertices).all(axis=1)
        breaks = ~known if path.codes is None else ~known | (path.codes == Path.MOVETO)
        parts = (part[np.isfinite(part).all(axis=1)] for part in np.split(path.vertices, np.flatnonzero(breaks)))
        pieces += [Path(part) for part in parts if len(part)]
    return pieces


def _crosses(pieces, box):
    return any(piece.intersects_bbox(box, filled=False) for piece in pieces)


def _meets(artist, ax):
    """A function that says whether a box meets a line with its points, or a collection of lines."""
    line = artist not in ax.collections
    drawn = not line or artist.get_linestyle() != "None"
    pieces = _pieces(artist, *([artist.get_path()] if line else artist.get_paths())) if drawn else []
    points, reach = np.empty((0, 2)), 0.0
    if line and artist.get_marker() not in ("None", None, "", " "):
        points = artist.get_transform().transform_path(artist.get_path()).vertices
        reach = artist.get_markersize() / 2 * artist.get_figure(root=True).dpi / 72
    if artist.get_clip_on():
        points = points[((points >= ax.bbox.min) & (points <= ax.bbox.max)).all(axis=1)]

    def meets(box):
        seen = Bbox.intersection(box, ax.bbox) if artist.get_clip_on() else box
        if seen is None:
            return False
        around = box.padded(reach)
        return _crosses(pieces, seen) or bool(((points >= around.min) & (points <= around.max)).all(axis=1).any())

    return meets


def whole_ticks(ax):
    """Put the ticks of the horizontal axis at whole numbers."""
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


@in_style
def svg(figure):
    """The figure as SVG text, the same bytes for the same figure, whose layout stays what it is from here on."""
    if figure.get_layout_engine():
        figure.draw_without_rendering()
        figure.set_layout_engine(None)
    text, box = io.StringIO(), figure.get_tightbbox().padded(matplotlib.rcParams["savefig.pad_inches"])
    figure.savefig(text, format="svg", bbox_inches=box, metadata={"Date": None, "Creator": None})
    return _light(text.getvalue())


def _light(text):
    """The same picture in half the bytes.

    Coordinates keep hundredths of a point, marks of one kind say their style once, a mark on top of
    its like is left out, discs and bars of one kind are one path, and an artist is one line. What no
    browser needs is gone: names of groups, comments, metadata, a second name space.
    """
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<!DOCTYPE[^>]*>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r' (?:d|x|y)="[^"]*"|translate\([^)]*\)', _short_coordinates, text)
    text = re.sub(r'<g((?: clip-path="[^"]*")?)>((?:\s*<use [^>]*/>)+)\s*</g>', _one_style, text)
    for disc in re.finditer(r'<path id="(\w+)" d="M0 ([\d.]+) C[^"]*z" style="stroke: (#\w+)"/>', text):
        text = _dots(text, *disc.groups())
    bar = r'<path d="([^"]*)"'
    text = re.sub(rf'{bar}( clip-path="[^"]*" style="fill: none;[^"]*")/>(?:\s*{bar}\2/>)+', _one_path, text)
    # A notebook puts each line into quotes of its own: one for each artist, to tell which changed.
    text = re.sub(r">\s+<(?!g id)", "><", re.sub(r"\n +", "\n", text)).strip() + "\n"
    text = text.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace("xlink:href", "href")
    return re.sub(r'(?<=")(#?)DejaVuSans', r"\1D", re.sub(r'<g id="[^"]*"', "<g", text))


def _short_coordinates(attribute):
    text = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{round(float(number[0]), 2) + 0:.6g}", attribute[0])
    return re.sub(r"\n|(?<=[A-Z]) ", "", text)


def _one_style(group):
    style, *more = set(re.findall(r' style="[^"]*"', group[2])) or [""]
    if more:
        return group[0]
    marks = re.findall(r"<use [^>]*/>", group[2].replace(style, ""))
    if "opacity" not in style:  # what is transparent is darker where it is drawn twice
        marks = [*dict.fromkeys(reversed(marks))][::-1]
    return f"<g{group[1]}{style}>{''.join(marks)}</g>"


def _dots(text, name, radius, color):
    # A piece of line without length and with round ends, as wide as the disc and its edge, is the disc.
    use = rf'<use xlink:href="#{name}" x="([^"]*)" y="([^"]*)"/>'
    dots = f'style="fill: none; stroke: {color}; stroke-width: {2 * float(radius) + 1:g}; stroke-linecap: round"'
    group = rf'<g((?: clip-path="[^"]*")?) style="fill: {color}; stroke: {color}">((?:{use})+)</g>'

    def drawn(found):
        places = "".join(f"M{x} {y}h0" for x, y in re.findall(use, found[2]))
        return f'<path d="{places}"{found[1]} {dots}/>'

    text = re.sub(group, drawn, text)
    return text if f"#{name}" in text else re.sub(rf'<defs>\s*<path id="{name}"[^>]*/>\s*</defs>', "", text)


def _one_path(bars):
    if "opacity" in bars[2]:
        return bars[0]
    parts = "".join(re.findall(r' d="([^"]*)"', bars[0]))
    return f'<path d="{parts}"{bars[2]}/>'


def data(figure):
    """What a figure draws, as numbers.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    list of dict
        One for each curve: "panel", "curve" (its label), "drawn" (how it is drawn) and "held" (one of
        `gapbook.held.TOLERANCES`) are str; "x", and of "y", "low", "high" and "error" those it has, are lists of
        float of one length. Low and high are the ends of an interval or the edges of a band.

    Notes
    -----
    Read from the axes, so that it is the data of the picture and of nothing else. Guides over the
    whole width or height are no data.
    """
    found = []
    for number, ax in enumerate(figure.axes, start=1):
        panel = _plain_text(ax.get_title("left") or ax.get_title()) or str(number)
        for artist, color, drawn, columns in (*_point_curves(ax), *_line_curves(ax), *_bands(ax)):
            curve = _curve_name(ax, artist, color) or f"curve {len(found) + 1}"
            held, error = getattr(artist, "held", (COMPUTED, None))
            if error is not None:
                columns["error"] = error
            columns = {name: [float(value) for value in values] for name, values in columns.items()}
            if columns["x"]:
                found.append({"panel": panel, "curve": curve, "drawn": drawn, "held": held, **columns})
    return found


def _point_curves(ax):
    for bars in (each for each in ax.containers if isinstance(each, ErrorbarContainer)):
        points, _, (intervals, *_) = bars.lines
        x, y = points.get_data()
        low, high = np.reshape([path.vertices[[0, -1], 1] for path in intervals.get_paths()], (-1, 2)).T
        yield bars, points.get_color(), "points with intervals", dict(x=x, y=y, low=low, high=high)


def _line_curves(ax):
    parts = {
        id(line)
        for bars in ax.containers if isinstance(bars, ErrorbarContainer)
        for line in (bars.lines[0], *bars.lines[1])
    }
    styles = {"-": "line", "--": "dashed line", ":": "dotted line", "-.": "dash-dotted line"}
    for line in ax.lines:
        if id(line) in parts or line.get_transform() != ax.transData:
            continue
        hollow = str(line.get_markerfacecolor()) == "none"
        drawn = styles.get(line.get_linestyle(), "hollow points" if hollow else "points")
        x, y = line.get_data()
        yield line, line.get_color(), drawn, dict(x=x, y=y)


def _bands(ax):
    for band in ax.collections:
        if not isinstance(band, FillBetweenPolyCollection):
            continue
        x, low, high = [], [], []
        for path in band.get_paths():
            # The outline: a corner, one edge, a corner, the other edge backwards, and round again.
            count = (len(path.vertices) - 3) // 2
            edge, other = path.vertices[1 : count + 1], path.vertices[2 * count + 1 : count + 1 : -1]
            x += edge[:, 0].tolist()
            low += np.minimum(edge[:, 1], other[:, 1]).tolist()
            high += np.maximum(edge[:, 1], other[:, 1]).tolist()
        yield band, band.get_facecolor()[0], "band", dict(x=x, low=low, high=high)


def _curve_name(ax, artist, color):
    label = str(artist.get_label() or "")
    if label and not label.startswith("_"):
        return _plain_text(label)
    same = (text for text in ax.texts if to_hex(text.get_color()) == to_hex(color))
    return next((_plain_text(text.get_text()) for text in same), None)


def _plain_text(label):
    return re.sub(r"[$\\{}]", "", label.replace(r"\varepsilon", "eps")).replace("\n", " ").strip()


def show(figure, name, caption, alt, by=()):
    """Display a figure in a notebook with its caption and its alternative text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Label of the figure in the book, such as "fig-1a".
    caption : str
        In plain Markdown; states trials, seed and level where there is Monte Carlo in the figure.
    alt : str
        What the figure shows, in words and with numbers from the run.
    by : sequence of functions and methods
        Those of gapsim that computed it, such as ``[GaussianModel.gap, estimate_gap]``.

    Raises
    ------
    ValueError
        If something in `by` is not a public function, class or method of gapsim.

    Notes
    -----
    Caption and alternative text are computed where the figure is; the book's build reads them from
    the output's metadata, and the `data` of the figure go with its picture. Needs IPython, which every notebook has.
    """
    from IPython.display import display

    about = {"name": name, "caption": caption, "alt": alt, "by": computed_by(by)}
    place_labels(figure)
    # With other parameters some label may find no place: the reader's figure is shown, and the book's fails a test.
    touching = collisions(figure)
    about |= {"touching": [list(pair) for pair in touching]} if touching else {}
    content = {"image/svg+xml": svg(figure), DATA_MIME: _short(data(figure)), "text/plain": caption}
    display(content, raw=True, metadata={"gapsim": about})


def computed_by(functions):
    """Module and qualified name of each function: where the book finds its source."""
    places = []
    for function in functions:
        module, name = getattr(function, "__module__", "") or "", getattr(function, "__qualname__", "")
        found = sys.modules.get(module)
        for part in name.split("."):
            found = getattr(found, part, None)
        public = module.split(".")[0] == "gapsim" and not re.search(r"(^|\.)_", f"{module}.{name}")
        if not public or found is not function:
            raise ValueError(f"by must name public functions and methods of gapsim, got {function!r}")
        places.append([module, name])
    # A method that two models have from one class is one.
    return [place for k, place in enumerate(places) if place not in places[:k]]


def _short(curves):
    # Notebooks put every item of a list on its own line. Twelve digits, enough for `gapbook.held.TOLERANCES`; an x
    # that is that of the curve before is left out.
    short, last = [], None
    for curve in curves:
        texts = {
            name: value if isinstance(value, str) else _digits(value, 2 if name == "error" else 12)
            for name, value in curve.items()
        }
        last, again = texts["x"], texts["x"] == last
        short.append({name: text for name, text in texts.items() if not (again and name == "x")})
    return short


def _digits(values, digits):
    return " ".join(f"{value + 0:.{digits}g}" for value in values)


def show_table(header, rows, caption):
    """Display a table in a notebook.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequences of str
        Cells as they are to be read: formatted numbers, Markdown, mathematics.
    caption : str
        In Markdown.

    Notes
    -----
    Needs IPython, which every notebook has.
    """
    from IPython.display import Markdown, display

    lines = [header, ["---"] * len(header), *([with_minus(str(cell)) for cell in row] for row in rows)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    display(Markdown(f"{table}\n\n*{caption}*\n"))
