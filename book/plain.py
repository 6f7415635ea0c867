"""The notebook that people open in Jupyter: a chapter's text without any markup of its own.

A chapter is written in MyST. Jupyter, Colab, VS Code and GitHub know Markdown and formulas, nothing
else: here theorems become quotations, references become words or links with the numbers of the
book's page, and a paragraph with a number from the run becomes a cell that displays it. jupytext leaves all that as it was
written, and jupyterlab-myst reads it in JupyterLab alone, where somebody installed it, without the book's numbers.
"""

import ast
import re
from collections import deque
from dataclasses import dataclass, field

from nbformat import NotebookNode

from book import notebooks
from book.labels import Labels
from gapbook.held import DATA_MIME
from gapbook.sentences import MARK

FENCE = re.compile(r"(:{3,}|`{3,})\{([\w:-]+)\} *(.*)")
GLUED = re.compile(r"\{glue:text\}`([^`]+)`")
ROLE = re.compile(r"\{([\w:]+)\}`(?:([^`<]*?)\s*<([^`>]+)>|([^`]+))`")
EXPLORER = (
    "*On the book's page, sliders move these curves. Here, change the parameters in the cell near the top and run all cells.*"
)
END_OF_PROOF = r"$\square$"


@dataclass
class Block:
    """A directive with what it holds, or (without a name) a piece of text between blank lines."""

    lines: list
    name: str = ""
    argument: str = ""
    options: dict = field(default_factory=dict)


@dataclass
class Piece:
    """Something of the plain notebook: text, text with values of the run, or a claim to check."""

    text: str
    claim: str = ""

    @property
    def values(self):
        return GLUED.findall(self.text)


def notebook(path, labels=None, url=None):
    """The plain notebook of a chapter's text, without outputs.

    Parameters
    ----------
    path : pathlib.Path
        The chapter's text.
    labels : Labels, optional
        The book's numbers; read from its pages if omitted.
    url : str, optional
        Address of the book, for links; without it, links lead to notebooks beside this one.

    Returns
    -------
    nbformat.NotebookNode
        Code cells have the ids of those of the text.

    Raises
    ------
    ChapterError
        For a directive or a role that has no plain form, or a value that no cell before or right
        after its paragraph gives.
    """
    book = notebooks.notebook(path)
    writer = Writer(path.stem, labels or Labels(), url)
    cells, given, todo = [], [], deque(book.cells)

    def take_code():
        cell = todo.popleft()
        cells.append(code(cell))
        try:
            given.extend(given_values(cell.source))
            if "parameters" in cell.metadata.get("tags", []):
                cells.append(made(comparison(cell.source, writer.page()), "differs"))
        except SyntaxError as error:
            number = sum(each.cell_type == "code" for each in cells)
            raise notebooks.in_cell(path, number, cell.source, type(error).__name__, error.msg) from None

    def wanted(piece):
        return [name for name in piece.values if not any(each.fullmatch(name) for each in given)]

    while todo:
        if todo[0].cell_type == "code":
            take_code()
            continue
        for piece in writer.pieces(todo.popleft().source):
            while wanted(piece) and todo and todo[0].cell_type == "code":
                take_code()
            if wanted(piece):
                raise notebooks.ChapterError(
                    f"{path.name}: no cell before or right after its paragraph gives {wanted(piece)[0]!r}"
                )
            add(cells, piece)
    book.cells = cells
    import_what_is_used(book)
    notebooks.name_cells(book)
    return book


def add(cells, piece):
    """Append a piece, to the cell before where that is of its kind."""
    if piece.claim:
        cells.append(made(f'ledger.show("{piece.claim}")', "claim"))
        return
    text = GLUED.sub(r"<<\1>>", piece.text)
    last = cells[-1] if cells else None
    if piece.values:
        if last and "prose" in last.metadata.get("tags", []):
            text = f"{last.source.removeprefix(OPEN).removesuffix(CLOSE)}\n\n{text}"
            cells.pop()
        cells.append(made(OPEN + text + CLOSE, "prose"))
    elif last and last.cell_type == "markdown":
        last.source += f"\n\n{text}"
    else:
        cells.append(markdown(text))


# The cell that papermill adds.
OTHER = "other-parameters"
# What a made cell, by its tag, needs to be imported.
USES = {"prose": "prose", "claim": "ledger", "differs": "compare"}
OPEN, CLOSE = 'prose(r"""\n', '\n""")'


def markdown(text):
    return NotebookNode(cell_type="markdown", id="", metadata={}, source=text)


def made(source, tag):
    """A cell of code that is not in the chapter's text."""
    cell = NotebookNode(
        cell_type="code", id="", metadata={"tags": [tag]}, source=source, execution_count=None, outputs=[]
    )
    return cell if tag == "claim" else folded(cell)


def code(cell):
    return folded(cell) if {"drawing", "remove-cell"} & set(cell.metadata.get("tags", [])) else cell


def folded(cell):
    """Fold the source away, in JupyterLab and in Colab."""
    cell.metadata["jupyter"] = {"source_hidden": True}
    cell.metadata["cellView"] = "form"
    return cell


def tree(source):
    """The syntax tree of a cell, whose lines may begin with % or ! as in IPython."""
    try:
        return ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return ast.parse(TransformerManager().transform_cell(source))


def comparison(source, page):
    """The cell that says which parameters are not the book's."""
    values = [f"{name}={ast.get_source_segment(source, value)}" for name, value in assigned(source)]
    where = [f'page="{page}"'] if page else []
    where += [f"{rule}={said}" for rule, said in rules(source).items() if said]
    return f"compare(globals(), {', '.join(where + values)})"


def rules(source):
    """What comments say of parameters: comparisons that hold, such as > 0, and where there may be one for each of several."""
    comments = dict(re.findall(r"^(\w+) = [^#\n]*#(.*)$", source, re.M))
    bound = "|".join([r"[\d.]+", *re.findall(r"^(\w+) = ", source, re.M)])
    # papermill reads no parameter whose comment has an equals sign.
    compared = re.compile(rf"(?:^|[,;]) (?!not [<>])(?:\w+ )?((?:[<>]|not) (?:{bound}))(?=[,;]|$)")
    return {
        "conditions": {name: found for name, said in comments.items() if (found := compared.findall(said))},
        "or_list": [name for name, said in comments.items() if "or one for each" in said],
    }


def assigned(source):
    """The names that a cell assigns to and the nodes of their values; there may be several on a line."""
    for statement in tree(source).body:
        if isinstance(statement, ast.Assign):
            target, value = statement.targets[0], statement.value
            pairs = zip(target.elts, value.elts) if isinstance(target, ast.Tuple) else [(target, value)]
            yield from ((name.id, part) for name, part in pairs)


def given_values(source):
    """Patterns of the names of the values that a cell gives to the text."""
    calls = [
        node for node in ast.walk(tree(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "glue"
    ]
    for call in calls:
        name = call.args[0]
        if isinstance(name, ast.JoinedStr):
            parts = [re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in name.values]
            yield re.compile("".join(parts))
        elif isinstance(name, ast.Constant):
            yield re.compile(re.escape(name.value))
        elif isinstance(name, ast.Name):
            # It runs over strings of the cell.
            strings = {node.value for node in ast.walk(tree(source)) if isinstance(node, ast.Constant)}
            yield from (re.compile(re.escape(text)) for text in strings if isinstance(text, str))
        else:
            yield re.compile(".+")


def import_what_is_used(book):
    """Add to the chapter's imports what its made cells call."""
    tags = {tag for cell in book.cells for tag in cell.metadata.get("tags", [])}
    names = {USES[tag] for tag in tags & USES.keys()}
    if not names:
        return
    line = re.compile(r"^from gapbook import (.+)$", re.M)
    first = next(cell for cell in book.cells if cell.cell_type == "code")
    for cell in book.cells:
        found = cell.cell_type == "code" and line.search(cell.source)
        if found:
            names |= set(found[1].split(", "))
            first, start, end = cell, *found.span()
            break
    else:
        start = end = 0
    imports = f"from gapbook import {', '.join(sorted(names))}"
    first.source = first.source[:start] + imports + ("" if end else "\n") + first.source[end:]


def blocks(lines):
    """The blocks of some lines of MyST."""
    lines = deque(lines)
    found = []
    while lines:
        line = lines.popleft()
        fence = FENCE.fullmatch(line.strip())
        if fence:
            found.append(directive(fence, lines))
        elif line.startswith("```"):
            text = [line]
            while lines and text[-1].rstrip() != "```" or len(text) == 1:
                text.append(lines.popleft())
            found.append(Block(text))
        elif line.strip():
            text = [line]
            # What is indented after a blank line still belongs to the item of a list.
            while lines and (lines[0].strip() and not FENCE.fullmatch(lines[0].strip()) or goes_on(lines)):
                text.append(lines.popleft())
            found.append(Block(text))
    return found


def goes_on(lines):
    """Whether indented text follows, with nothing but blank lines before it."""
    following = next((line for line in lines if line.strip()), "")
    return following.startswith("  ")


def directive(fence, lines):
    marks, name, argument = fence.groups()
    body = []
    while lines and lines[0].strip() != marks:
        body.append(lines.popleft())
    if lines:
        lines.popleft()
    options = {}
    while body and (option := re.fullmatch(r":([\w-]+):\s*(.*)", body[0].strip())):
        options[option[1]] = option[2]
        body.pop(0)
    return Block(body, name, argument, options)


class Writer:
    """Writes blocks of MyST as plain Markdown."""

    def __init__(self, chapter, labels, url=None):
        self.chapter, self.labels, self.url = chapter, labels, url

    def page(self, chapter=None):
        """Address of a page of the book, or None."""
        return f"{self.url}/chapters/{chapter or self.chapter}.html" if self.url else None

    def pieces(self, text):
        """The pieces of a Markdown cell's text."""
        return self.write(blocks(text.splitlines()))

    def write(self, found):
        return [piece for block in found for piece in self.write_one(block)]

    def write_one(self, block):
        if not block.name:
            text = self.plain("\n".join(block.lines).rstrip())
            return [Piece(text)] if text else []
        kind = block.name.removeprefix("prf:")
        inner = blocks(block.lines)
        if kind in ("derivation", "summary"):
            return self.write(inner)
        if kind == "claim":
            return [Piece("", block.argument)]
        if kind == "explorer":
            return [Piece(EXPLORER)]
        if kind == "image":
            return [Piece(f"![{block.options.get('alt', '')}]({block.argument})")]
        if kind == "picture":
            return [Piece(self.inline(f"See {{numref}}`{block.argument.split()[1]}`."))]
        if kind in ("verdict-table", "verdict-causes"):
            # The cell that computes the verdicts shows both.
            return []
        body = "\n\n".join(piece.text for piece in self.write(inner))
        if kind == "dropdown":
            return [Piece(f"<details>\n<summary>{block.argument}</summary>\n\n{body}\n\n</details>")]
        if kind == "proof":
            return [Piece(f"*Proof.* {body}" + ("\n\n" if body.endswith("$$") else " ") + END_OF_PROOF)]
        if block.name.startswith("prf:"):
            return [Piece(quoted(f"**{self.statement(kind, block)}**\n\n{body}"))]
        raise notebooks.ChapterError(f"{self.chapter}: the directive {block.name!r} has no plain form")

    def statement(self, kind, block):
        """What heads a theorem: its number where it has one, and its title."""
        title = self.inline(block.argument)
        label = self.labels.get(block.options.get("label"))
        if label and label.number:
            return f"{kind.capitalize()} {label.number}" + (f" ({title})." if title else ".")
        # "Theorem 1 of the paper" says what it is.
        return f"{title}." if title.startswith(kind.capitalize()) else f"{kind.capitalize()} ({title})."

    def plain(self, text):
        """Text with formulas numbered, and without labels and roles."""
        text = re.sub(r"^\([\w-]+\)=\n?", "", text, flags=re.M)
        text = re.sub(r"(\n *)?\$\$ *\(([\w-]+)\)", self.numbered, text)
        return self.inline(text)

    def numbered(self, end):
        tag = rf"\tag{{{self.labels.need(end[2], self.chapter).number}}}"
        return f"{end[1]}{tag}{end[1]}$$" if end[1] else f" {tag} $$"

    def inline(self, text):
        return ROLE.sub(self.role, text)

    def role(self, match):
        name, text, label = match[1], match[2], match[3] or match[4]
        if name == "glue:text":
            return match[0]
        if name in ("cite:t", "cite:p"):
            return self.labels.cite(label, name == "cite:p")
        if name == "doc":
            return self.link(text or self.labels.title(label, self.chapter), label)
        if name not in ("eq", "prf:ref", "numref", "ref"):
            raise notebooks.ChapterError(f"{self.chapter}: the role {name!r} has no plain form")
        found = self.labels.need(label, self.chapter)
        return self.link(text or found.text, found.page)

    def link(self, text, page):
        """Words as a link to another page, where that can be read in Jupyter or is on the web."""
        if page == self.chapter:
            return text
        if self.url:
            return f"[{text}]({self.page(page)})"
        return f"[{text}]({page}.ipynb)" if page in self.labels.notebooks else text


def quoted(text):
    """A quotation; a formula in it has to be on one line, or its marks would be taken for the formula's."""
    text = re.sub(r"\$\$(.+?)\$\$", lambda formula: f"$${' '.join(formula[1].split())}$$", text, flags=re.S)
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def page(path, executed):
    """The chapter as its page shows it: the cells of its text, with the outputs of its executed notebook.

    Parameters
    ----------
    path : pathlib.Path
        The chapter's text.
    executed : NotebookNode
        Its plain notebook, executed.

    Raises
    ------
    ChapterError
        If the notebook is not that of the text.
    """
    book = notebooks.notebook(path)
    cells = {cell.id: cell for cell in executed.cells}
    notes = [
        output.metadata.gapbook for cell in executed.cells for output in cell.get("outputs", [])
        if "gapbook" in output.get("metadata", {})
    ]
    values = {name: value for note in notes for name, value in note.get("values", {}).items()}
    shown = []
    for cell in book.cells:
        if cell.cell_type == "code":
            if cell.id not in cells:
                raise notebooks.ChapterError(f"{path.stem}.ipynb is not that of its text: run `make references`")
            cell.execution_count = cells[cell.id].execution_count
            # A caption is the figure's own on the page.
            cell.outputs = [out for out in cells[cell.id].outputs if "gapbook" not in out.get("metadata", {})]
        else:
            cell.source = GLUED.sub(lambda name: values[name[1]], cell.source)
        shown.append(cell)
        if "parameters" in cell.metadata.get("tags", []) and OTHER in cells:
            shown.append(cells[OTHER])
    differs = [note["differs"] for note in notes if "differs" in note]
    if differs:
        shown[0].source = shown[0].source.replace("\n", f"\n\n{differs[0]}\n", 1)
    book.cells = shown
    return book


def away(path, executed, addresses):
    """The executed notebook as the site offers it: without the figures' data, with links to the book's pages.

    Parameters
    ----------
    path : pathlib.Path
        The chapter's text.
    executed : NotebookNode
        Its plain notebook, executed; changed in place.
    addresses : dict
        What `address.given` knows. With the sources' address, a first cell installs from there in Colab.
    """
    for output in (output for cell in executed.cells for output in cell.get("outputs", [])):
        output.get("data", {}).pop(DATA_MIME, None)
        if "image/svg+xml" in output.get("data", {}):
            # A notebook is JSON, in which a double quote takes two bytes and a line some more.
            output.data["image/svg+xml"] = output.data["image/svg+xml"].replace("\n", "").replace('"', "'")
    if "BOOK_URL" in addresses:
        for cell, linked in zip(executed.cells, notebook(path, url=addresses["BOOK_URL"]).cells, strict=True):
            cell.source = linked.source
            for output in cell.get("outputs", []):
                values = output.get("metadata", {}).get("gapbook", {}).get("values")
                if values is not None:
                    said = linked.source.removeprefix(OPEN).removesuffix(CLOSE)
                    said = MARK.sub(lambda mark: values[mark[1]], said)
                    output.data.update({"text/markdown": said, "text/plain": said})
    if "BOOK_REPOSITORY" in addresses:
        source = f"git+{addresses['BOOK_REPOSITORY']}@{addresses.get('BOOK_BRANCH', 'main')}"
        cell = made(INSTALL.format(source=source), "install")
        cell.id = "install"
        executed.cells.insert(0, cell)
    return executed


INSTALL = """import sys

if "google.colab" in sys.modules:
    %pip install --quiet "gapsim @ {source}"
"""
