"""Text with numbers from the run: a notebook says what its own cells computed."""

import operator
import re

from gapbook.numbers import with_minus

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
    VALUES[name] = with_minus(str(value))
    if display:
        print(VALUES[name])


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
    """Whether a chapter can be computed with parameters in the place of the book's: their kinds, conditions and sizes."""
    listed = {name: check_kind(name, values[name], book[name], name in or_list) for name in book}
    said = [(name, *condition.split()) for name, each in conditions.items() for condition in each]
    for name, comparison, bound in said:
        if bound not in book and not all(HOLDS[comparison](each, float(bound)) for each in listed[name]):
            raise ValueError(f"{name} must be {comparison} {bound} in this chapter, got {shortened(values[name])}")
    for name, numbers in listed.items():
        check_sizes(name, numbers, book[name], shortened(values[name]), "> 0" in conditions.get(name, ()))
    for name, comparison, other in said:
        if other in book and not all(HOLDS[comparison](each, values[other]) for each in listed[name]):
            got = f"{shortened(values[name])} and {other} = {values[other]!r}"
            raise ValueError(f"{name} must be {comparison} {other} in this chapter, got {got}")


def check_kind(name, value, book, or_list):
    """The values of a parameter as a list, if they are of the kind of the book's."""
    wanted = book if isinstance(book, (list, tuple)) else [book]
    kind = type(wanted[0])
    listed = isinstance(value, (list, tuple)) and (wanted is book or or_list)
    values = value if listed else [value]
    if (wanted is book and not listed) or not len(values) or not all(is_a(kind, each) for each in values):
        what = {int: "one whole number", float: "one number", str: "one word"}.get(kind, f"one {kind.__name__}")
        what = "a list of numbers" if wanted is book else what
        raise ValueError(f"{name} must be {what} such as {book!r}, got {shortened(value)}")
    return values


def check_sizes(name, values, book, said, positive):
    """Refuse numbers that are far from the book's, and counts of nothing."""
    known = book if isinstance(book, (list, tuple)) else [book]
    kind = type(known[0])
    if kind not in (int, float):
        return
    low, high = min(map(abs, known)) / FAR, max(map(abs, known)) * FAR
    for each in values:
        if kind is int and name == "seed" and each < 0:
            raise ValueError(f"{name} must be a whole number >= 0, got {said}")
        if kind is int and name != "seed" and (low * FAR >= 10 and each < 1 or each > high):
            raise ValueError(f"{name} must be a whole number from 1 to {high:g} in this chapter, got {said}")
        # Its own bounds are of a size, for a float that is what is printed here.
        if kind is float and each and not 0.999 * low <= abs(each) <= 1.001 * high:
            bound = f"at least {low:g}" if abs(each) < low else f"at most {high:g}"
            zero = "" if positive or abs(each) > low else ", or 0 where that is allowed"
            raise ValueError(f"{name} must be of a size of {bound} in this chapter{zero}, got {said}")


def shortened(value):
    return repr(value) if len(repr(value)) < 80 else f"{repr(value)[:70]}..."


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
