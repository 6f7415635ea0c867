"""The house style of the figures: what a line, a point and a hollow point mean, and in which colour.

Exact curves are lines, Monte Carlo is points with 95% intervals, published points are hollow.
Importing this module sets matplotlib's style.
"""

import io
import re
from functools import lru_cache
from importlib import resources

import matplotlib
import numpy as np
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy import optimize

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
matplotlib.rcParams.update(STYLE)

# Ends of matplotlib's viridis left out: every colour keeps a contrast of 3:1 against white.
PALETTE = ("#440154", "#3b528b", "#21868c", "#3a9141", "#a8740c", "#c2410c", "#a5175f", "#5f5f5f")
DATA_MIME = "application/vnd.gapsim.figure+json"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


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
        raise ValueError(f"values must be at most {len(PALETTE)}, got {len(values)}")
    return dict(zip(values, PALETTE))


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
    return figure, figure.subplots(rows, columns, **subplot_options)


def exact(ax, n, value, color, label=None, style="-", **options):
    """Draw an exact curve: a line."""
    return ax.plot(n, value, style, color=color, label=label, **options)


def sampled(ax, n, estimate, color, label=None, marker="o", column=None, level=0.95):
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
    """
    low, high = estimate.interval(level)
    value = estimate.value
    if column is not None:
        value, low, high = value[:, column], low[:, column], high[:, column]
    return ax.errorbar(
        n, value, (value - low, high - value), fmt=marker, color=color, label=label,
        markersize=4, elinewidth=1.3, capsize=2.2, linestyle="none",
    )


def published(ax, n, value, color, label=None, marker="o"):
    """Draw points digitised from a published figure: hollow."""
    return ax.plot(
        n, value, marker, color=color, label=label, markersize=4.5, markerfacecolor="none",
        markeredgewidth=1, linestyle="none",
    )


def label_ends(ax, labels, gap=0.055):
    """Write each curve's label at its right end, moved apart where they would overlap.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    labels : list of (x, y, text, color)
        End of the curve in data coordinates.
    gap : float
        Smallest distance between two labels, as a share of the height of the axes.

    Notes
    -----
    For axes whose scale is set already, linear or logarithmic.
    """
    ax.get_ylim()  # brings the limits up to date
    share = ax.transScale + ax.transLimits
    ends = sorted(labels, key=lambda end: end[1])
    heights = [share.transform(end[:2])[1] for end in ends]
    # The nearest heights, by least squares, that are `gap` apart: labels that are free stay.
    apart = gap * np.arange(len(ends))
    heights = optimize.isotonic_regression(heights - apart).x + apart
    for (x, _, text, color), height in zip(ends, heights):
        _, y = share.inverted().transform((0.5, height))
        ax.annotate(
            text, (x, y), xytext=(6, 0), textcoords="offset points", va="center", color=color,
            fontsize=9.5, annotation_clip=False,
        )


def whole_ticks(ax):
    """Put the ticks of the horizontal axis at whole numbers."""
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def svg(figure):
    """The figure as SVG text, the same bytes for the same figure."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _light(text.getvalue())


def _light(text):
    """The same picture in half the bytes.

    Coordinates keep hundredths of a point, marks of one kind say their style once, bars of one kind
    are one path, and an artist is one line.
    """
    text = re.sub(r' (?:d|x|y)="[^"]*"', _short_coordinates, text)
    text = re.sub(r'<g((?: clip-path="[^"]*")?)>((?:\s*<use [^>]*/>)+)\s*</g>', _one_style, text)
    bar = r'<path d="([^"]*)"'
    text = re.sub(rf'{bar}( clip-path="[^"]*" style="fill: none;[^"]*")/>(?:\s*{bar}\2/>)+', _one_path, text)
    # A notebook puts each line into quotes of its own: one for each artist, to tell which changed.
    return re.sub(r">\s+<(?!g id)", "><", re.sub(r"\n +", "\n", text)).strip() + "\n"


def _short_coordinates(attribute):
    text = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{round(float(number[0]), 2) + 0:.6g}", attribute[0])
    return re.sub(r"\n|(?<=[A-Z]) ", "", text)


def _one_style(group):
    style, *more = set(re.findall(r' style="[^"]*"', group[2])) or [""]
    return group[0] if more else f"<g{group[1]}{style}>{group[2].replace(style, '')}</g>"


def _one_path(bars):
    # What is transparent is darker where it is drawn twice.
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
        One for each curve: "panel", "curve" (its label) and "drawn" (how it is drawn) are str; "x",
        and of "y", "low" and "high" those it has, are lists of float of one length. Low and high are
        the ends of an interval or the edges of a band.

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
            columns = {name: [float(value) for value in values] for name, values in columns.items()}
            if columns["x"]:
                found.append({"panel": panel, "curve": curve, "drawn": drawn, **columns})
    return found


def _point_curves(ax):
    for bars in (each for each in ax.containers if isinstance(each, ErrorbarContainer)):
        points, _, (intervals, *_) = bars.lines
        x, y = points.get_data()
        low, high = zip(*(path.vertices[[0, -1], 1] for path in intervals.get_paths()))
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


def show(figure, name, caption, alt):
    """Display a figure in a notebook with its caption and its alternative text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Label of the figure in the book, such as "fig-1a".
    caption : str
        In MyST Markdown; states trials, seed and level where there is Monte Carlo in the figure.
    alt : str
        What the figure shows, in words and with numbers from the run.

    Notes
    -----
    Caption and alternative text are computed where the figure is; the book's build reads them from
    the output's metadata, and the `data` of the figure go with its picture. Needs IPython, which every notebook has.
    """
    from IPython.display import display

    content = {"image/svg+xml": svg(figure), DATA_MIME: _short(data(figure)), "text/plain": alt}
    display(content, raw=True, metadata={"gapsim": {"name": name, "caption": caption, "alt": alt}})
    said = f"**{' '.join(['Figure', *_numbers().get(name, [])])}.** {caption}"
    display({"text/markdown": said, "text/plain": said}, raw=True, metadata={"gapbook": {"caption": name}})


@lru_cache
def _numbers():
    # The book's numbers, which `make references` writes.
    rows = resources.files("gapbook").joinpath("data", "figure_numbers.csv").read_text(encoding="utf-8").split()
    return {name: [number] for name, number in (row.split(",") for row in rows[1:])}


def _short(curves):
    # Notebooks put every item of a list on its own line. Six digits, so that the machine does not
    # show in the last of them; an x that is that of the curve before is left out.
    short, last = [], None
    for curve in curves:
        texts = {
            name: value if isinstance(value, str) else " ".join(f"{each:.6g}" for each in value)
            for name, value in curve.items()
        }
        last, again = texts["x"], texts["x"] == last
        short.append({name: text for name, text in texts.items() if not (again and name == "x")})
    return short


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

    lines = [header, ["---"] * len(header), *rows]
    table = "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
    display(Markdown(f"{table}\n\n*{caption}*\n"))
