"""The ledger's verdicts on the pages: a box beside each statement, and one table of all."""

import json
from functools import lru_cache
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from gapbook.ledger import OUTCOMES, VERDICTS_MIME
from gapbook.ledger.display import SAYS, SIGNS

NOTEBOOK = "chapters/verdicts.ipynb"


@lru_cache
def read_verdicts(path):
    """The verdicts that an executed notebook computed, by id."""
    return {
        row["id"]: row
        for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        for row in output.get("data", {}).get(VERDICTS_MIME, [])
    }


def cell(text):
    """Text as a cell of a table, where a bar of a formula would end it."""
    return text.replace("|", r"\|")


class VerdictDirective(SphinxDirective):
    """What the directives below share: the verdicts, and MyST text as their content."""

    def verdicts(self, notebook=NOTEBOOK):
        path = Path(self.env.srcdir, notebook)
        self.env.note_dependency(str(path))
        return read_verdicts(str(path))

    def parsed(self, lines):
        node = nodes.Element()
        self.state.nested_parse(StringList(lines, source=NOTEBOOK), self.content_offset, node)
        return node.children


class ClaimBox(VerdictDirective):
    """``{claim} id``: the statement, what was found, and the numbers it rests on."""

    required_arguments = 1

    def run(self):
        # Computed in the chapter that shows it; a page without code shows what the table's page computed.
        own = Path(self.env.doc2path(self.env.docname))
        verdicts = self.verdicts(own if own.suffix == ".ipynb" else NOTEBOOK)
        id = self.arguments[0]
        if id not in verdicts:
            raise self.error(f"no cell checks the claim {id!r}")
        row = verdicts[id]
        outcome = row["outcome"]
        return self.parsed([
            f"(claim-{id})=",
            f"::::{{admonition}} {row['place']}: {outcome} {SIGNS[outcome]}",
            f":class: claim claim-{OUTCOMES.index(outcome)}",
            f"**{SAYS[row['source']]}:** {row['statement']}",
            "",
            "**We find:**",
            "",
            *(f"- {part['text']}" for part in row["parts"]),
            "",
            ":::{dropdown} Evidence, computed by `gapbook.ledger`",
            "| part | checked by | number | value |",
            "| --- | --- | --- | --- |",
            *(
                f"| {part['name']} | {', '.join(part['methods'])} | {cell(name)} | {cell(value)} |"
                for part in row["parts"] for name, value in part["evidence"].items()
            ),
            ":::",
            "::::",
        ])


class VerdictTable(VerdictDirective):
    """``{verdict-table}``: every claim with its outcome, each row linking to its place."""

    def run(self):
        lines = [
            ":::{table}", ":class: verdicts", "",
            "| outcome | where | the paper says | we find |", "| --- | --- | --- | --- |",
        ]
        lines += [
            f"| {SIGNS[row['outcome']]} {row['outcome']} | {{ref}}`{row['place']} <claim-{id}>` "
            f"| {cell(row['statement'])} | {cell(' '.join(part['text'] for part in row['parts']))} |"
            for id, row in self.verdicts().items()
        ]
        return self.parsed([*lines, ":::"])


class VerdictCounts(VerdictDirective):
    """``{verdict-counts}``: how many claims have each outcome."""

    def run(self):
        outcomes = [row["outcome"] for row in self.verdicts().values()]
        items = [
            f"- {SIGNS[outcome]} **{outcomes.count(outcome)}** {outcome}"
            for outcome in OUTCOMES if outcome in outcomes
        ]
        return self.parsed([f"Of **{len(outcomes)}** statements of the paper that this book checks:", "", *items])


def setup(app):
    app.add_directive("claim", ClaimBox)
    app.add_directive("verdict-table", VerdictTable)
    app.add_directive("verdict-counts", VerdictCounts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
