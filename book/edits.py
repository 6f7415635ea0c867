"""What somebody edited in Jupyter: never overwritten, and brought over into the chapter's text where that can be done.

A cell's id is the hash of the source that it was made with, so that no other record is needed to see an edit.
"""

import itertools
import re
from difflib import SequenceMatcher

from book import notebooks, plain

FENCE = "```"


def refuse(paths):
    """Stop before notebooks are written or built that hold an edit which their text does not have.

    Raises
    ------
    ChapterError
        Names the chapters, the cells, and what brings the edits over or drops them.
    """
    said = []
    for path in paths:
        cells = edited(path)
        if cells:
            name, first = path.stem, next(iter(cells[0].source.splitlines()), "")
            said.append(
                f"chapters/{name}.ipynb was edited in Jupyter and chapters/{name}.md does not have it "
                f"({len(cells)} cells, first {first[:60]!r}).\n"
                f"  `make edits CHAPTER={name}` brings it over, `git checkout chapters/{name}.ipynb` drops it"
            )
    if said:
        raise notebooks.ChapterError("\n".join(said))


def edited(path):
    """The cells of a notebook whose source is neither what it was made with nor what the text gives now."""
    reference = path.with_suffix(".ipynb")
    book = notebooks.read(reference) if reference.exists() else None
    others = [cell for cell in book.cells if not as_made(cell)] if book else []
    return [cell for cell in others if not is_in(path, cell)] if others else []


def is_in(path, cell):
    """Whether a chapter's text gives a cell, or text of which it is a part."""
    return any(cell.source in one.source for one in plain.notebook(path).cells if one.cell_type == cell.cell_type)


def as_made(cell):
    return cell.id.partition("-")[0] in map(notebooks.short_hash, sources(cell.source))


def sources(source):
    """A source, and what it may have been before the imports of made cells were added to its own."""
    yield source
    line = re.search(r"^from gapbook import (.+)\n?", source, re.M)
    names = line[1].split(", ") if line else []
    added = [name for name in names if name in plain.USES.values()]
    for some in itertools.chain.from_iterable(itertools.combinations(added, size) for size in range(1, len(added) + 1)):
        left = ", ".join(name for name in names if name not in some)
        yield source.replace(line[0], line[0].replace(line[1], left) if left else "", 1)


def bring_over(path, report=print):
    """Write edits made in Jupyter into the chapter's text, and name those that somebody has to write by hand."""
    for cell in edited(path):
        text = path.read_text(encoding="utf-8")
        path.write_text(with_edit(path, text, cell), encoding="utf-8")
        if not is_in(path, cell):
            path.write_text(text, encoding="utf-8")
    left = edited(path)
    for cell in left:
        report(f"chapters/{path.name} says this in the book's markup, so that it has to be edited there:\n{cell.source}\n")
    if not left:
        report(f"chapters/{path.name} has the edits: now `make references CHAPTER={path.stem}`")


def with_edit(path, text, edit):
    """A chapter's text with the edit of one cell, as far as the text has the words that were edited."""
    made = {cell.id: cell for cell in plain.notebook(path).cells}
    if edit.id in made:
        return replaced(text, made[edit.id].source, edit.source)
    # A new cell stands after the one that it stands after in the notebook.
    cells = notebooks.read(path.with_suffix(".ipynb")).cells
    before = cells[[cell.id for cell in cells].index(edit.id) - 1]
    start = text.find(before.source.split("\n\n")[-1] if before.cell_type == "markdown" else f"\n{before.source}\n{FENCE}")
    end = text.find("\n", start + len(before.source.split("\n\n")[-1]) + 1) if start >= 0 else -1
    if end < 0:
        return text
    new = f"{FENCE}{{code-cell}} ipython3\n{edit.source}\n{FENCE}" if edit.cell_type == "code" else edit.source
    end = text.find("\n", end + 1) if before.cell_type == "code" else end
    return f"{text[:end]}\n\n{new}\n{text[end:]}"


def replaced(text, old, new):
    """A text in which what differs between two versions of a cell is replaced, where it has that once."""
    if text.count(old) == 1:
        return text.replace(old, new)
    old, new = old.splitlines(), new.splitlines()
    for kind, start, end, first, last in reversed(SequenceMatcher(None, old, new, autojunk=False).get_opcodes()):
        # With as many lines before or after it as make it the only such place.
        places = [(more, 0) for more in range(start + 1)] + [(0, more) for more in range(1, len(old) - end + 1)]
        for before, after in places if kind != "equal" else ():
            lines = "\n".join(old[start - before : end + after])
            if lines.strip() and text.count(f"{lines}\n") == 1:
                text = text.replace(lines, "\n".join(old[start - before : start] + new[first:last] + old[end : end + after]))
                break
    return text
