"""A chapter on its page: its text from the text, its outputs from the run, the code in folds with names."""

import itertools
from pathlib import Path

import nbformat
from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode

from book import plain
from book.extension import figures
from gapbook.held import CURVES_MIME, DATA_MIME


def leave_texts_out(app, config):
    """A chapter's page comes from its notebook and, by way of that, from its text."""
    chapters = Path(app.srcdir, "chapters").glob("*.ipynb")
    config.exclude_patterns = [*config.exclude_patterns, *(f"chapters/{path.stem}.md" for path in chapters)]


def read_chapter(app, docname, source):
    """Take the page from the chapter's text, fold its code, and turn what a figure says of itself into a Sphinx figure."""
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".ipynb":
        return
    notebook, text = nbformat.reads(source[0], as_version=4), path.with_suffix(".md")
    if text.exists():
        app.env.note_dependency(str(text))
        notebook = plain.page(text, notebook)
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.setdefault("tags", [])
        if not {"show-input", "remove-input", "remove-cell"} & set(tags):
            tags.append("hide-input")
        for output in cell.outputs:
            output.get("data", {}).pop(CURVES_MIME, None)
        shown = [output for output in cell.outputs if "gapsim" in output.get("metadata", {})]
        if len(shown) > 1:
            raise ValueError(f"{docname}, cell {number}: one figure a cell, not {len(shown)}")
        for output in shown:
            figure = output.metadata.gapsim
            cell.metadata["mystnb"] = {
                "image": {"alt": figure["alt"]},
                "figure": {"name": figure["name"], "caption": figure["caption"]},
            }
            figures.made_figures(app.env)[figure["name"]] = {
                "docname": docname,
                "data": figures.as_csv(output["data"].pop(DATA_MIME)),
                "made_by": figure["by"],
            }
    source[0] = nbformat.writes(notebook)


def name_folds(app, doctree, docname):
    """Name the folded code by its figure, and fold what stands before the first section as one."""
    numbers = app.env.toc_fignumbers.get(docname, {}).get("figure", {})
    cells = [node for node in doctree.findall(nodes.container) if is_cell(node)]
    named = {}
    for cell in cells:
        later = itertools.takewhile(is_cell, cell.parent[cell.parent.index(cell) :])
        last = next((one for one in later if list(one.findall(nodes.figure)) or "tag_drawing" in one["classes"]), None)
        if last is None:
            continue
        found = [numbers[key] for node in last.findall(nodes.figure) for key in node["ids"] if key in numbers]
        what = f"Figure {'.'.join(map(str, found[0]))}" if found else "the table"
        how = f"how {what} is made up" if "tag_drawing" in cell["classes"] else f"the code of {what}"
        named.setdefault((id(last), how), []).extend(cell.findall(HideCodeCellNode))
    for (_, how), folds in named.items():
        for part, fold in enumerate(folds, start=1):
            which = f"{how}, part {part}" if len(folds) > 1 else how
            fold["prompt_show"], fold["prompt_hide"] = f"Show {which}", f"Hide {which}"
    if cells:
        fold_set_up(cells[0])


def is_cell(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def fold_set_up(first):
    """Put the first cells that show nothing, imports and parameters, into one fold."""
    cells = itertools.takewhile(is_cell, first.parent[first.parent.index(first) :])
    folds = [list(cell.findall(HideCodeCellNode)) for cell in cells if len(cell) == 1]
    if not folds or not all(len(fold) == 1 for fold in folds):
        return
    (one,), *more = folds
    one["prompt_show"], one["prompt_hide"] = "Set-up and parameters", "Hide set-up and parameters"
    for (fold,) in more:
        one += fold.children
        fold.parent.parent.remove(fold.parent)


def setup(app):
    app.connect("config-inited", leave_texts_out, priority=900)
    app.connect("source-read", read_chapter)
    app.connect("doctree-resolved", name_folds)
