"""The ledger's verdicts on the pages: a box beside each statement, and one table of all.

sphinx-needs has boxes and tables of statements too, with a status that somebody writes; here an executed notebook has it.
"""

import json
from functools import lru_cache
from pathlib import Path

from sphinx.util.docutils import SphinxDirective

from gapbook.outcomes import CAUSES, OUTCOMES, SAYS, SIGNS, VERDICTS_MIME

NOTEBOOK = "chapters/verdicts.ipynb"
# What is said of more than one statement.
SEVERAL = dict(zip(OUTCOMES, ("hold", "hold and can be sharpened", "hold with a correction", "do not hold")))


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


def of_the(source, verdicts):
    """The verdicts on statements of the paper, or of this book."""
    return {id: row for id, row in verdicts.items() if row["source"] == source}


def causes(verdicts):
    """Ids of the paper's statements that do not simply hold, by what causes it."""
    found = {}
    for id, row in of_the("paper", verdicts).items():
        if row["cause"] is not None:
            found.setdefault(row["cause"], []).append(id)
    return found


def summary(verdicts):
    """How many statements have which outcome, and how many causes there are, in two sentences."""
    paper, book = of_the("paper", verdicts), of_the("book", verdicts)
    outcomes = [row["outcome"] for row in paper.values()]
    *items, last = (f"**{outcomes.count(outcome)}** {SEVERAL[outcome]}" for outcome in OUTCOMES if outcome in outcomes)
    amiss = sum(map(len, causes(verdicts).values()))
    return (
        f"Of **{len(paper)}** statements of the paper that this book checks {', '.join(items)} and {last}. "
        f"The {amiss} that need a correction or do not hold have {len(causes(verdicts))} causes between them. This book's own "
        f"{len(book)} statements are checked in the same way, and counted apart."
    )


class VerdictDirective(SphinxDirective):
    """What the directives below share: the verdicts."""

    def verdicts(self, notebook=NOTEBOOK):
        path = Path(self.env.srcdir, notebook)
        self.env.note_dependency(str(path))
        return read_verdicts(str(path))


class ClaimBox(VerdictDirective):
    """``{claim} id``: place and outcome; unfolded the statement, what was found, and the numbers it rests on."""

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
        return self.parse_text_to_nodes("\n".join([
            f"(claim-{id})=",
            f"::::{{dropdown}} {row['place']}: {outcome} {SIGNS[outcome]}",
            f":class-container: claim claim-{OUTCOMES.index(outcome)}",
            f"**{SAYS[row['source']]}:** {row['statement']}",
            "",
            "**We find:**",
            "",
            *(f"- {part['text']}" for part in row["parts"]),
            "",
            f":::{{dropdown}} Evidence, computed by `ledger.check(\"{id}\")`",
            "| part | checked by | number | value |",
            "| --- | --- | --- | --- |",
            *(
                f"| {part['name']} | {', '.join(part['methods'])} | {cell(name)} | {cell(value)} |"
                for part in row["parts"] for name, value in part["evidence"].items()
            ),
            ":::",
            "::::",
        ]))


class VerdictTable(VerdictDirective):
    """``{verdict-table} source``: every claim of a source with its outcome, each row linking to its place."""

    required_arguments = 1

    def run(self):
        source = self.arguments[0]
        if source not in SAYS:
            raise self.error(f"a table of verdicts is of the {' or the '.join(SAYS)}, got {source!r}")
        lines = [
            ":::{table}", ":class: verdicts" + " own" * (source == "book"), "",
            f"| outcome | where | {SAYS[source][0].lower()}{SAYS[source][1:]} | we find |",
            "| --- | --- | --- | --- |",
        ]
        for id, row in of_the(source, self.verdicts()).items():
            methods = dict.fromkeys(method for part in row["parts"] for method in part["methods"])
            lines.append(
                f"| [{SIGNS[row['outcome']]} {row['outcome']}]{{.claim-{OUTCOMES.index(row['outcome'])}}} | {{ref}}`{row['place']} <claim-{id}>` `{id}` "
                f"| {cell(row['statement'])} | {cell(' '.join(part['text'] for part in row['parts']))} "
                f"*Checked by {', '.join(methods)}.* |"
            )
        return self.parse_text_to_nodes("\n".join([*lines, ":::"]))


class VerdictCauses(VerdictDirective):
    """``{verdict-causes}``: why statements do not simply hold, with the statements that each reason concerns."""

    def run(self):
        verdicts = self.verdicts()
        lines = [":::{table}", "", "| cause | statements |", "| --- | --- |"]
        for cause, ids in causes(verdicts).items():
            links = ", ".join(f"{{ref}}`{verdicts[id]['place']} <claim-{id}>`" for id in ids)
            lines.append(f"| {cell(CAUSES[cause])} | {links} |")
        return self.parse_text_to_nodes("\n".join([*lines, ":::"]))


class VerdictCounts(VerdictDirective):
    """``{verdict-counts}``: how many claims have each outcome, and how many causes there are."""

    def run(self):
        return self.parse_text_to_nodes(summary(self.verdicts()))


def setup(app):
    app.add_directive("claim", ClaimBox)
    app.add_directive("verdict-table", VerdictTable)
    app.add_directive("verdict-causes", VerdictCauses)
    app.add_directive("verdict-counts", VerdictCounts)
