"""How the book was made: read from the notebooks that the build shows and from its environment.

MyST-NB's own table, `nb-exec-table`, knows the seconds of what MyST-NB executed, which is nothing here.
"""

import ast
import csv
import hashlib
import json
import platform
import re
from importlib import metadata
from pathlib import Path

from sphinx.util.docutils import SphinxDirective

from book import address, cache, notebooks, plain
from gapbook.held import DATA_MIME

CHANGES, CITATION = notebooks.ROOT / "CHANGELOG.md", notebooks.ROOT / "CITATION.cff"
# What `make bench` kept last.
RATIOS = notebooks.ROOT / "benchmarks" / "ratios.csv"

PACKAGES = ("numpy", "scipy", "matplotlib", "jupyter-book", "sphinx", "myst-nb", "papermill", "jupytext")


def parameters(cells):
    """The values that a chapter's parameters cell sets, as written."""
    for cell in cells:
        if "parameters" in cell["metadata"].get("tags", []):
            return {name: ast.unparse(value) for name, value in plain.assigned("".join(cell["source"]))}
    return {}


def data_hash(curves):
    """Hash of the data behind a figure: the same for the same numbers."""
    return hashlib.sha256(json.dumps(curves, sort_keys=True).encode()).hexdigest()[:12]


class Colophon(SphinxDirective):
    """``{colophon}``: versions; trials, seed and seconds of each chapter; the hash of each figure."""

    def run(self):
        chapters, figures = [], []
        for path in sorted(Path(self.env.srcdir, "chapters").glob("*.ipynb")):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            values = parameters(cells)
            seconds = cache.seconds(path) or "not measured"
            chapters.append(
                f"| {{doc}}`{path.stem}` | {values.get('trials', '-')} | {values.get('seed', '-')} | {seconds} |"
            )
            for output in (output for cell in cells for output in cell.get("outputs", [])):
                if DATA_MIME in output.get("data", {}):
                    name = output["metadata"]["gapsim"]["name"]
                    figures.append(f"| {{numref}}`{name}` | `{name}` | `{data_hash(output['data'][DATA_MIME])}` |")
        lines = ["| what | version |", "| --- | --- |", f"| Python | {platform.python_version()} |"]
        lines += [f"| {name} | {metadata.version(name)} |" for name in PACKAGES]
        lines += ["", "| chapter | trials | seed | seconds |", "| --- | --- | --- | --- |", *chapters]
        lines += ["", "| figure | name | hash of its data |", "| --- | --- | --- |", *figures]
        return self.parse_text_to_nodes("\n".join(lines))


def ratios(path):
    """The rows (what was measured, the ratio) of a table of ratios, and the machine they are of."""
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows, (_, machine) = csv.reader(file)
    return rows, machine


class Ratios(SphinxDirective):
    """``{ratios}``: the table that `make bench` kept last, and its machine."""

    def run(self):
        self.env.note_dependency(str(RATIOS))
        rows, machine = ratios(RATIOS)
        lines = [f"Measured on: {machine}.", "", "| measured | ratio |", "| --- | ---: |"]
        lines += [f"| {measured} | {ratio} |" for measured, ratio in rows]
        return self.parse_text_to_nodes("\n".join(lines))


class About(SphinxDirective):
    """``{about}``: the version, its day and the licences."""

    def run(self):
        prose = "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)"
        return self.parse_text_to_nodes(
            f"Version {version()}. The prose and the figures are under {prose}, the code under "
            "the MIT licence."
        )


class Changelog(SphinxDirective):
    """``{changelog}``: what changed in each version, and what a version promises."""

    def run(self):
        self.env.note_dependency(str(CHANGES))
        text = CHANGES.read_text(encoding="utf-8").split("\n", 1)[1]
        return self.parse_text_to_nodes(re.sub(r"^## (.+)$", r"**\1**", text, flags=re.M))


class Feedback(SphinxDirective):
    """``{feedback}``: where to say what is wrong."""

    def run(self):
        repository = address.given().get("BOOK_REPOSITORY")
        where = f"[open an issue]({repository}/issues/new)" if repository else (
            "tell whoever gave you this copy, which does not know an address of its sources, or change the chapter "
            "and send the change"
        )
        return self.parse_text_to_nodes(
            f"If something is wrong, unclear or missing, {where}. Say which page and which sentence, and the version above."
        )


def version():
    """The version that CITATION.cff has, and its day, which the changelog has once there is one."""
    number = re.search(r"^version: (\S+)", CITATION.read_text(encoding="utf-8"), re.M)[1]
    day = re.search(rf"^## {re.escape(number)} - (\S+)", CHANGES.read_text(encoding="utf-8"), re.M)
    return f"{number} of {day[1]}" if day else f"{number}, not released yet"


def sign(app, pagename, templatename, context, doctree):
    """What the foot of every page says: version, day, and whose licence."""
    context.update(book_version=version())


def setup(app):
    app.add_directive("about", About)
    app.add_directive("changelog", Changelog)
    app.add_directive("feedback", Feedback)
    app.connect("html-page-context", sign)
    app.add_directive("colophon", Colophon)
    app.add_directive("ratios", Ratios)
