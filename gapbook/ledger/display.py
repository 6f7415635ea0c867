"""A verdict as a box in a notebook, and all of them as a table."""

from gapbook.ledger.entries import LEDGER, check, one_of, rows
from gapbook.outcomes import CAUSES, SAYS, SIGNS, VERDICTS_MIME


def show(verdicts):
    """Display verdicts in a notebook: one as a box, several as a table.

    Parameters
    ----------
    verdicts : str, or sequence of Verdict
        The id of a claim, which is checked then and there, or verdicts that `check` returned.

    Notes
    -----
    The book's build reads the claim boxes and the table of verdicts from this output. Needs
    IPython, which every notebook has.
    """
    from IPython.display import display

    if isinstance(verdicts, str):
        one_of("verdicts", verdicts, LEDGER)
        verdicts = check(verdicts)
    data = rows(verdicts)
    text = box(data[0]) if len(data) == 1 else table(data)
    plain = "\n".join(f"{row['place']}: {row['outcome']}" for row in data)
    display({"text/markdown": text, "text/plain": plain, VERDICTS_MIME: data}, raw=True)


def box(row):
    """One verdict in plain Markdown, its evidence folded."""
    evidence = [
        f"| {part['name']} | {', '.join(part['methods'])} | {_cell(name)} | {_cell(value)} |"
        for part in row["parts"] for name, value in part["evidence"].items()
    ]
    lines = [
        f"**{SIGNS.get(row['outcome'], '?')} {row['place']}: {row['outcome']}**", "",
        f"**{SAYS[row['source']]}:** {row['statement']}", "",
        "**We find:**", "",
        *(f"- {part['text']}" for part in row["parts"]), "",
        "<details>", "<summary>Evidence</summary>", "",
        "| part | checked by | number | value |", "| --- | --- | --- | --- |", *evidence, "",
        "</details>",
    ]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _cell(text):
    # A bar of a formula would end the cell.
    return text.replace("|", r"\|")


def table(data):
    """Several verdicts in plain Markdown, and the causes that they share."""
    lines = ["| outcome | id | where | statement |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {SIGNS.get(row['outcome'], '?')} {row['outcome']} | `{row['id']}` | {row['place']} | {_cell(row['statement'])} |"
        for row in data
    ]
    found = {cause: [row["id"] for row in data if row["cause"] == cause] for cause in CAUSES}
    lines += ["", "| cause | statements |", "| --- | --- |"]
    lines += [f"| {_cell(CAUSES[cause])} | {', '.join(ids)} |" for cause, ids in found.items() if ids]
    return "\n".join(lines)
