"""Text with numbers from the run: a notebook says what its own cells computed."""

import operator
import re

VALUES = {}
# How far from the book's numbers a chapter goes: its plots and tables are made for numbers of their size.
FAR = 1e6
HOLDS = {"<": operator.lt, ">": operator.gt, "not": operator.ne}
MARK = re.compile(r"<<([^<>]+)>>")


def glue(name, value, display=False):
    """Keep a number, as it is to be read, for the text.

    Parameters
    ----------
    name : str
    value : str
        Formatted: what the text says.
    display : bool
        Whether to print it as well.
    """
    VALUES[name] = str(value)
    if display:
        print(value)


def prose(text):
    """Display text in which each <<name>> gives way to the value of that name.

    Parameters
    ----------
    text : str
        Markdown.

    Raises
    ------
    ValueError
        If a value is not there yet.

    Notes
    -----
    The book's build reads the values from the output's metadata. Needs IPython, which every notebook has.
    """
    from IPython.display import display

    names = list(dict.fromkeys(MARK.findall(text)))
    for name in names:
        if name not in VALUES:
            raise ValueError(f"text must use values that a cell before it has given, got {name!r}")
    said = MARK.sub(lambda mark: VALUES[mark[1]], text).strip()
    values = {name: VALUES[name] for name in names}
    display({"text/markdown": said, "text/plain": said}, raw=True, metadata={"gapbook": {"values": values}})


def compare(names, page=None, conditions=None, or_list=(), **book):
    """Say which parameters of a run differ from the book's, and refuse those that no chapter is written for.

    Parameters
    ----------
    names : dict
        The notebook's variables.
    page : str, optional
        Address of the book's page.
    conditions : dict, optional
        Comparisons that have to hold, such as "> 0" or "< theta", of the parameters that have some.
    or_list : sequence of str
        Numbers of which the chapter takes a list as well.
    **book
        The book's value of each parameter.

    Raises
    ------
    ValueError
        For what is not of the kind of the book's value, a number more than `FAR` times as large or as small, a count below 1,
        or one for which a condition does not hold.

    Notes
    -----
    NumPy's numbers and arrays are taken for lists and numbers. What else a model or a function allows it says itself, in the
    cell that calls it.
    """
    from IPython.display import display

    mine = {name: of_python(names[name]) for name in book}
    check(mine, book, conditions or {}, or_list)
    other = [f"`{name} = {mine[name]!r}` (the book: `{value!r}`)" for name, value in book.items() if mine[name] != value]
    if not other:
        return
    where = f"<a href='{page}'>the book's page</a>" if page else "the book's page"
    said = f"> **A run with other parameters:** {', '.join(other)}. What is computed below follows them; {where} has the book's own."
    display({"text/markdown": said, "text/plain": said}, raw=True, metadata={"gapbook": {"differs": said}})


def check(values, book, conditions, or_list):
    """Whether a chapter can be computed with parameters in the place of the book's."""
    for name in book:
        check_size(name, values[name], book[name], name in or_list, "> 0" in conditions.get(name, ()))
    for name, said in conditions.items():
        for condition in said:
            comparison, bound = condition.split()
            each = values[name] if isinstance(values[name], (list, tuple)) else [values[name]]
            other = values[bound] if bound in values else float(bound)
            if not all(HOLDS[comparison](one, other) for one in each):
                beside = f" and {bound} = {other!r}" if bound in values else ""
                raise ValueError(f"{name} must be {condition} in this chapter, got {shortened(values[name])}{beside}")


def shortened(value):
    return repr(value) if len(repr(value)) < 80 else f"{repr(value)[:70]}..."


def check_size(name, value, book, or_list, positive):
    """Whether a parameter is of the kind and about of the size of the book's."""
    wanted = book if isinstance(book, (list, tuple)) else [book]
    kind = type(wanted[0])
    listed = isinstance(value, (list, tuple)) and (wanted is book or or_list)
    said = f"got {shortened(value)}"
    values = value if listed else [value]
    what = {int: "one whole number", float: "one number", str: "one word"}.get(kind, f"one {kind.__name__}")
    if wanted is book:
        what = "a list of numbers"
    if (wanted is book and not listed) or not len(values) or not all(is_a(kind, each) for each in values):
        raise ValueError(f"{name} must be {what} such as {book!r}, {said}")
    if kind not in (int, float):
        return
    known = [abs(each) for each in wanted]
    low, high = min(known) / FAR, max(known) * FAR
    for each in values:
        if positive and not each > 0:
            continue  # which is said below, whatever its size
        if kind is int and name != "seed" and (min(known) >= 10 and each < 1 or each > high):
            raise ValueError(f"{name} must be a whole number from 1 to {high:g} in this chapter, {said}")
        # Its own bounds are of a size, for a float that is what is printed here.
        if kind is float and each and not 0.999 * low <= abs(each) <= 1.001 * high:
            zero = "" if positive else ", or 0 where that is allowed"
            raise ValueError(f"{name} must be of a size from {low:g} to {high:g} in this chapter{zero}, {said}")


def of_python(value):
    """NumPy's arrays and numbers as lists and numbers."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return [of_python(each) for each in value] if isinstance(value, (list, tuple)) else value


def is_a(kind, value):
    """Whether a value is of the kind of a chapter's own: a whole number may be written as a float, and a float whole."""
    if kind not in (int, float):
        return type(value) is kind and value != ""
    return type(value) in (int, float) and (kind is float or value == value // 1)
