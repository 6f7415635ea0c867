"""The figures of a chapter: on its page with what their run says, their data and their functions, and small on others.

sphinx-gallery shows figures of scripts that it runs itself.
"""

import csv
import hashlib
import html
import io
import json
import os
import re
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from book import labels


def as_csv(curves):
    """The data that a figure left in its notebook, one row for each point of each curve, to six digits.

    What each curve is stands above them, once, in lines that begin with #.
    """
    table = io.StringIO()
    write = csv.writer(table, lineterminator="\n").writerow
    write(["# series", "panel", "curve", "drawn"])
    for series, curve in enumerate(curves, 1):
        write([f"# {series}", curve["panel"], curve["curve"], curve["drawn"]])
    write(["series", "x", "y", "low", "high"])
    x = []
    for series, curve in enumerate(curves, 1):
        x = curve["x"].split() if "x" in curve else x
        columns = [curve[name].split() if name in curve else [""] * len(x) for name in ("y", "low", "high")]
        for point in zip(x, *columns, strict=True):
            write([series, *(value and f"{float(value):.6g}" for value in point)])
    return table.getvalue()


def made_figures(env):
    """What is known of each figure, by its name: its page, its data, the functions behind it."""
    if not hasattr(env, "book_figures"):
        env.book_figures = {}
    return env.book_figures


def offer_figures(app, doctree, docname):
    """Under each figure its functions, its data and its picture."""
    if app.builder.name != "html":
        return
    root = "../" * docname.count("/")
    for node in doctree.findall(nodes.figure):
        name = next((name for name in node["names"] if name in made_figures(app.env)), None)
        if name is None:
            continue
        figure = made_figures(app.env)[name]
        data = Path(app.outdir, "figures", f"{name}.csv")
        data.parent.mkdir(exist_ok=True)
        data.write_text(figure["data"], encoding="utf-8")
        image = app.env.images[next(node.findall(nodes.image))["uri"]][1]
        functions = ", ".join(
            f'<a href="{root}_modules/{module.replace(".", "/")}.html#{place}"><code>{html.escape(place)}</code></a>'
            for module, place in figure["made_by"]
        )
        text = (
            f'<p class="take-away">Computed {f"by {functions}" if functions else "in its own cell"}. Take away: '
            f'<a href="{root}figures/{data.name}" download>data (CSV)</a>, '
            f'<a href="{root}_images/{image}" download="{name}.svg">picture (SVG)</a></p>'
        )
        node += nodes.legend("", nodes.raw("", text, format="html"))
        # Where the page is narrow, a tap shows the picture alone and as large as wanted.
        shown = next(node.findall(nodes.image))
        alone = nodes.reference("", "", refuri=f"{root}_images/{image}", internal=True, classes=["alone"])
        shown.parent.replace(shown, alone)
        alone += shown


def stored(env, svg):
    """Where myst-nb keeps the same picture, beside the pages and by its hash: one file of both."""
    content = os.linesep.join(svg.splitlines()).encode()
    kept = Path(env.app.outdir).parent / "jupyter_execute" / f"{hashlib.sha256(content).hexdigest()}.svg"
    kept.parent.mkdir(exist_ok=True)
    if not kept.exists():  # else it would be newer than its chapter, which would be read again with the next run
        kept.write_bytes(content)
    return os.path.relpath(kept, Path(env.doc2path(env.docname)).parent)


def pictures(path):
    """What an executed chapter says of each of its figures, and the figure as SVG."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if "gapsim" in output.get("metadata", {}):
                yield output["metadata"]["gapsim"], "".join(output["data"]["image/svg+xml"])


class Gallery(SphinxDirective):
    """``{gallery}``: every figure of the book, small, with a link to its place."""

    def run(self):
        lines = []
        for page in labels.pages():
            path = Path(self.env.srcdir, "chapters", f"{page.stem}.ipynb")
            if not path.exists():
                continue
            self.env.note_dependency(str(path))
            for about, svg in pictures(path):
                first = re.match(r"(?:\$[^$]*\$|[^$]){25,}?[.;](?=\s|$)", about["caption"])
                lines += [
                    "::::{container} item", f"```{{image}} {stored(self.env, svg)}", f":alt: {about['alt']}", "```", "",
                    f"{{numref}}`{about['name']}`: {first[0].rstrip('.;') if first else about['caption']}", "::::", "",
                ]
        return [nodes.container("", *self.parse_text_to_nodes("\n".join(lines)), classes=["gallery"])]


class Picture(SphinxDirective):
    """``{picture} gaussian fig-limit``: the figure of another chapter, its caption or another with its trials, and a link."""

    required_arguments = 2
    has_content = True

    def run(self):
        chapter, name = self.arguments
        path = Path(self.env.srcdir, "chapters", f"{chapter}.ipynb")
        self.env.note_dependency(str(path))
        for about, svg in pictures(path):
            if about["name"] == name:
                return self.picture(name, about, svg)
        raise self.error(f"{path.name} has no figure {name!r}")

    def picture(self, name, about, svg):
        place = stored(self.env, svg)
        caption = " ".join(self.content) or about["caption"]
        if self.content and (said := re.search(r"Points: Monte Carlo.*?intervals\.", about["caption"])):
            caption += f" {said[0]}"  # trials, seed and level are the run's
        # No figure of its own, which would have a number of its own.
        lines = [
            ":::{container} picture", f"```{{image}} {place}", f":alt: {about['alt']}", "```", "",
            f"{caption} From {{numref}}`{name}`.", ":::",
        ]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app):
    app.add_directive("gallery", Gallery)
    app.add_directive("picture", Picture)
    app.connect("doctree-resolved", offer_figures)
