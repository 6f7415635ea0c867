"""What somebody edited in Jupyter: never overwritten, and brought over into the chapter's text where that can be done.

A notebook holds hashes of the cells that it was made with: by them an edit in Jupyter is told from one of the text, and
cells that were deleted, moved or tagged from those that are as they were. jupytext's pairing would write the whole text
anew from a notebook that does not have its markup.
"""

from difflib import SequenceMatcher, unified_diff

from book import notebooks, plain
from gapbook.sentences import MARK


def refuse(paths):
    """Stop before notebooks are written or built that hold an edit which their text does not have.

    Raises
    ------
    ChapterError
        Names the chapters, the cells, and what brings the edits over or drops them.
    """
    said = []
    for path in paths:
        cells, before = kept(path)
        found, name = differences(before, cells), path.stem
        if found:
            first = (cells[found[0][2] :] or cells)[0][1].partition("\n")[0] if cells else ""
            brings = f"`make edits CHAPTER={name}` {'brings it over' if before else 'shows what is to be written there by hand'}"
            drops = f"`git checkout chapters/{name}.ipynb`" if before else "deleting it"
            said.append(
                f"chapters/{name}.ipynb was edited in Jupyter and chapters/{name}.md does not have it "
                f"({len(found)} places, first {first[:60]!r}).\n"
                f"  {brings}, {drops} drops it"
            )
    if said:
        raise notebooks.ChapterError("\n".join(said))


def kept(path):
    """The cells of a chapter's notebook, and hashes of those that it was made with, or that its text has got since."""
    if not path.with_suffix(".ipynb").exists():
        return [], []
    book = notebooks.read(path.with_suffix(".ipynb"))
    cells, before = notebooks.parts(book), book.metadata.get("gapbook", {}).get("cells", "").split()
    if before != notebooks.hashes(cells) and cells == notebooks.parts(plain.notebook(path)):
        before = notebooks.hashes(cells)
    return cells, before


def differences(before, cells):
    """Each edit as (start, end, first, last): what was before[start:end] is cells[first:last]."""
    found = []
    for kind, start, end, first, last in matcher(before, notebooks.hashes(cells)).get_opcodes():
        if kind == "replace" and end - start == last - first:
            found += [(start + i, start + i + 1, first + i, first + i + 1) for i in range(end - start)]
        elif kind != "equal":
            found.append((start, end, first, last))
    return found


def matcher(old, new):
    return SequenceMatcher(None, old, new, autojunk=False)


def bring_over(path, report=print, by_hand=frozenset()):
    """Write edits made in Jupyter into the chapter's text, and name those that somebody has to write by hand."""
    (cells, before), text = kept(path), path.read_text(encoding="utf-8")
    found, left, stuck, written = differences(before, cells), [], set(), {}
    now = list(before)
    # From the last on, so that the places of the others stay what they are.
    for edit in reversed(found):
        start, end, first, last = edit
        new = notebooks.hashes(cells[first:last])
        shown = write(path, now, start, end, cells[first:last], edit in by_hand)
        changed = set(before[start:end]) ^ set(new)
        if shown:
            left.append(shown)
            stuck |= changed
        else:
            now[start:end] = new
            written[edit] = changed
    # What was moved is not to be taken away where it could not be put in, nor the other way round.
    moved = {edit for edit, changed in written.items() if changed & stuck}
    if moved:
        put(path, text)
        return bring_over(path, report, by_hand | moved)
    for shown in left:
        why = "says this in the book's markup, or it was edited too or moved, so that it has to be edited there"
        report(f"chapters/{path.name} {why}:\n{shown}\n")
    if written:
        notebooks.write(notebooks.read(path.with_suffix(".ipynb")), path.with_suffix(".ipynb"), now)
    if not found:
        report(f"chapters/{path.stem}.ipynb has no edits")
    elif not left:
        report(f"chapters/{path.name} has the edits: now `make references CHAPTER={path.stem}`")


def write(path, before, start, end, new, by_hand=False):
    """Write one edit into a text; if that is not to be, or does not give the edit and nothing else, return what to show of it."""
    text, made = path.read_text(encoding="utf-8"), notebooks.parts(plain.notebook(path))
    place = {-1: -1, len(before): len(made)}
    for mine, its, size in matcher(before, notebooks.hashes(made)).get_matching_blocks():
        place |= {mine + i: its + i for i in range(size)}
    first, last = place.get(start - 1), place.get(end)
    if first is None or last is None or notebooks.hashes(made[first + 1 : last]) != before[start:end]:
        return as_text(new) or "cells are deleted"
    # The cells around show where it is.
    around = made[max(first, 0) : first + 1], made[last : last + 1]
    old, wanted = (as_text([*around[0], *some, *around[1]]).splitlines() for some in (made[first + 1 : last], new))
    at_end = start == end and last == len(made)
    changed, done = f"{text.rstrip()}\n\n{as_text(new)}\n" if at_end else replaced(text, old, wanted), False
    try:
        changed = text if by_hand else changed
        put(path, changed)
        expected = [*authored(made[: first + 1]), *new, *authored(made[last:])]
        done = changed != text and authored(notebooks.parts(plain.notebook(path))) == expected
    except notebooks.ChapterError:
        pass
    finally:
        if not done:
            put(path, text)
    return "" if done else "\n".join(list(unified_diff(old, wanted, n=1, lineterm=""))[3:])


def put(path, text):
    """Write a text with the line ends that it has."""
    path.write_text(text, encoding="utf-8", newline="\r\n" if b"\r\n" in path.read_bytes() else "\n")


def authored(cells):
    """Without the cell that follows from the parameters."""
    return [cell for cell in cells if "differs" not in cell[2]]


def as_text(cells):
    """Cells as a chapter's text has them, where they hold nothing that its markup made."""
    texts = []
    for kind, source, tags in cells:
        if "prose" in tags:
            source = MARK.sub(r"{glue:text}`\1`", source.removeprefix(plain.OPEN).removesuffix(plain.CLOSE))
        elif kind == "code":
            head = f":tags: [{', '.join(tags)}]\n\n" if tags else ""
            source = f"```{{code-cell}} ipython3\n{head}{source}\n```"
        texts.append(source)
    return "\n\n".join(texts)


def replaced(text, old, new):
    """A text in which what differs between two versions of some lines is replaced, where it has that once."""
    for kind, start, end, first, last in reversed(matcher(old, new).get_opcodes()):
        # With as many lines before or after it as make it the only such place.
        places = [(more, 0) for more in range(start + 1)] + [(0, more) for more in range(1, len(old) - end + 1)]
        for before, after in places if kind != "equal" else ():
            lines, others = (
                "".join(f"\n{line}" for line in [*old[start - before : start], *middle, *old[end : end + after]])
                for middle in (old[start:end], new[first:last])
            )
            if lines.strip() and text.count(f"{lines}\n") == 1:
                text = text.replace(f"{lines}\n", f"{others}\n")
                break
    return text
