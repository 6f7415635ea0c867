"""Chapters as text, and as executed notebooks.

A chapter is edited as `chapters/NAME.md`. Executing the plain notebook that `book.plain` makes of it
gives the same, byte for byte, each time: cell ids come from the cells, and whatever speaks of the
run (times, versions, paths) is left out. nbstripout has that aim too, but numbers the cells: one more would change
the ids of all after it.
"""

import hashlib
import re
import sysconfig
from collections import Counter
from functools import lru_cache
from pathlib import Path

from book import BookError

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
EXECUTED = ROOT / "_build" / "notebooks"

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}


class ChapterError(BookError):
    """A chapter that could not be read or executed; the message names the chapter and the cell."""


def in_cell(path, number, source, name, said):
    """The error of a code cell."""
    line = cut(next(iter(source.strip().splitlines()), ""))
    return ChapterError(f"{short(path)}, code cell {number} ({line!r}): {name}: {said}")


def cut(text):
    """A text that is no longer than a line."""
    return text if len(text) <= 80 else f"{text[:70]}..."


def texts():
    """The texts of all pages, in alphabetical order; what is hidden is an editor's."""
    return sorted(CHAPTERS.glob("[!.]*.md"))


def chapters():
    """Those of the chapters that have code."""
    return [path for path in texts() if is_notebook(path)]


def table_of_contents():
    """The text of _toc.yml, with a part for the models that it does not name."""
    text = (ROOT / "_toc.yml").read_text(encoding="utf-8").rstrip("\n") + "\n"
    pages = (f"chapters/{path.stem}" for path in sorted(CHAPTERS.glob("model_*.md")))
    more = [f"      - file: {page}\n" for page in pages if f"file: {page}\n" not in text]
    return text + "".join(["  - caption: More models\n    chapters:\n", *more] if more else [])


def placed(path):
    """Refuse a chapter that is in no table of contents.

    Raises
    ------
    ChapterError
        Says which line it needs.
    """
    if not re.search(rf"\bchapters/{re.escape(path.stem)}(?![\w.-])", table_of_contents()):
        raise ChapterError(f"{path.stem} has no page: _toc.yml has no line `- file: chapters/{path.stem}`")


def chosen(names):
    """The chapters of some names, all if there is none.

    Raises
    ------
    ChapterError
        For a name that no chapter has.
    """
    paths = {path.stem: path for path in chapters()}
    for name in names:
        text = CHAPTERS / f"{name}.md"
        if text in texts() and name not in paths:
            raise ChapterError(f"{short(text)} has no code: no line of its front matter is `kernelspec:`")
        if text.with_suffix(".ipynb") in CHAPTERS.iterdir() and name not in paths:
            notebook = short(text.with_suffix(".ipynb"))
            # One that was made of a text says so; it has not all of it.
            made = "gapbook" in read(text.with_suffix(".ipynb")).metadata
            way_out = f"`git checkout {short(text)}` brings it back" if made else f"`.venv/bin/jupytext --to myst {notebook}` writes one"
            raise ChapterError(f"{notebook} has no text: {way_out}")
        if name not in paths:
            raise ChapterError(f"CHAPTER must be among {', '.join(paths)}, got {name!r}")
    return [path for name, path in paths.items() if name in names or not names]


def is_notebook(path):
    """Whether a page is a text notebook: those declare a kernel in their front matter."""
    front, *_ = path.read_text(encoding="utf-8").split("\n---\n", 1)
    return front.startswith("---\n") and "\nkernelspec:" in front


@lru_cache(maxsize=64)
def parsed(text):
    """What jupytext makes of a text, which takes the longer part of telling whether its chapter is up to date."""
    import jupytext

    return jupytext.reads(text, {"extension": ".md"})


def notebook(path):
    """The cells of a chapter's text, in MyST and with stable ids."""
    import nbformat
    import yaml
    from jupytext.myst import MystMetadataParsingError

    try:
        book = parsed(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, MystMetadataParsingError) as error:
        why = " ".join(str(error).split())
        raise ChapterError(f"{short(path)}: its front matter or the head of a cell is no YAML: {why}") from None
    except nbformat.ValidationError as error:
        raise ChapterError(f"{short(path)}: the head of a cell is not as it should be, such as `:tags: [beside]`: {error.message}") from None
    book = nbformat.from_dict({**book, "nbformat": 4, "nbformat_minor": 5})
    book.metadata = nbformat.from_dict(METADATA)
    for cell in book.cells:
        cell.id = ""
    name_cells(book)
    return book


def name_cells(book):
    """Give an id to each cell that has none: the hash of its source."""
    seen = Counter(cell.id for cell in book.cells)
    for cell in book.cells:
        if not cell.id:
            digest = short_hash(cell.source)
            seen[digest] += 1
            cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def short_hash(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def parameters(path):
    """The names and values that a chapter's cell tagged `parameters` assigns."""
    values, (number, source) = {}, parameters_cell(path)
    try:
        exec(source, {}, values)
    except Exception as error:
        raise in_cell(path, number, source, type(error).__name__, error) from None
    return values


def parameters_cell(path):
    """Which of a chapter's code cells is tagged `parameters`, and its source; an empty one where none is."""
    code = [cell for cell in notebook(path).cells if cell.cell_type == "code"]
    tagged = [(number, cell.source) for number, cell in enumerate(code, start=1) if "parameters" in cell.metadata.get("tags", [])]
    return tagged[0] if tagged else (0, "")


def short(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def read(path):
    """A notebook as it is kept."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError, nbformat.ValidationError) as error:  # whatever nbformat stumbles over
        raise ChapterError(f"{short(path)} is no notebook, cut off or merged badly perhaps: {str(error)[:200]}") from None


def parts(book):
    """The cells of a notebook as (type, source, tags), without empty ones; adjacent texts are one, as in a chapter."""
    found = []
    for cell in book.cells:
        kind, source = cell.cell_type, cell.source.rstrip()
        # A picture that was pasted is named too: no text has it.
        tags = [*cell.metadata.get("tags", []), *cell.get("attachments", {})]
        if found and kind == "markdown" and found[-1][::2] == (kind, tags):
            source = f"{found.pop()[1]}\n\n{source}".rstrip()
        found += [(kind, source, tags)] if source else []
    return found


def hashes(cells):
    return [short_hash(repr(cell)) for cell in cells]


def as_text(book, made_with=None):
    """What is in the file of a notebook, with hashes of the cells that it was made with: see `book.edits`."""
    import nbformat

    book.metadata["gapbook"] = {"cells": " ".join(made_with or hashes(parts(book)))}
    nbformat.validate(book)
    return nbformat.writes(book) + "\n"


def write(book, path, made_with=None):
    """Write a notebook whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(as_text(book, made_with), encoding="utf-8")
    part.replace(path)


def figures(book):
    """The SVG text of each figure in an executed notebook, by its name."""
    return {
        output.metadata["gapsim"]["name"]: output.data["image/svg+xml"]
        for cell in book.cells
        for output in cell.get("outputs", [])
        if "gapsim" in output.get("metadata", {})
    }


def module_files():
    """The files of the packages that a chapter imports."""
    return [path for package in ("gapsim", "gapbook") for path in sorted((ROOT / package).rglob("[!.]*.py"))] + data_files()


def data_files():
    """The tables that a chapter may read."""
    return sorted((ROOT / "gapbook" / "data").glob("[!.]*.csv"))


def versions():
    """Every package of this environment with its version, but for this project: `make unlocked` has others."""
    installed = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    return sorted(path.stem for path in installed if not path.name.startswith("gapsim-"))


def digest(paths, extra="", folder=None):
    """One hash of the names, as seen from a folder, and the contents of some files."""
    total = hashlib.sha256(extra.encode())
    for path in paths:
        total.update(f"{path.relative_to(folder or ROOT)} {file_hash(path)}\n".encode())
    return total.hexdigest()


def executed(path):
    """Where the executed notebook of a chapter is kept between builds."""
    return EXECUTED / f"{path.stem}.ipynb"


def stamp(path):
    """What an earlier command noted in a file, if it can still be read."""
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def file_hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
