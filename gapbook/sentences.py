"""Text with numbers from the run: a notebook says what its own cells computed."""

import re
from numbers import Real

VALUES = {}
# How far from the book's numbers a chapter goes: its plots and tables are made for numbers of their size.
FAR = 1e6
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


def compare(names, page=None, positive=(), **book):
    """Say which parameters of a run differ from the book's, and refuse those that no chapter is written for.

    Parameters
    ----------
    names : dict
        The notebook's variables.
    page : str, optional
        Address of the book's page.
    positive : sequence of str
        Parameters that the chapter divides by.
    **book
        The book's value of each parameter.

    Raises
    ------
    ValueError
        For a number more than `FAR` times as large or as small as the book's, a count below 1, or a parameter of `positive`
        that is not above 0.

    Notes
    -----
    What else a model or a function allows it says itself, in the cell that calls it.
    """
    from IPython.display import display

    other = []
    for name, value in book.items():
        mine = names[name]
        mine = mine.tolist() if hasattr(mine, "tolist") else mine  # of NumPy
        if mine != value:
            check(name, mine, value, name in positive)
            other.append(f"`{name} = {mine!r}` (the book: `{value!r}`)")
    if not other:
        return
    where = f"<a href='{page}'>the book's page</a>" if page else "the book's page"
    said = f"> **A run with other parameters:** {', '.join(other)}. What is computed below follows them; {where} has the book's own."
    display({"text/markdown": said, "text/plain": said}, raw=True, metadata={"gapbook": {"differs": said}})


def check(name, value, book, positive):
    """Whether a chapter can be computed with a parameter in the place of the book's."""
    known = [abs(each) for each in (book if isinstance(book, list) else [book]) if isinstance(each, Real)]
    if not known:  # a word
        return
    said = f"got {str(value) if len(str(value)) < 80 else f'{str(value)[:70]}...'}"
    for each in value if isinstance(value, (list, tuple)) else [value]:
        if not isinstance(each, Real):
            continue
        if isinstance(book, int) and book >= 10 and name != "seed" and each < 1:
            raise ValueError(f"{name} must be at least 1, {said}")
        if positive and not each > 0:
            raise ValueError(f"{name} must be > 0 in this chapter, {said}")
        if not isinstance(book, int) and each and not min(known) / FAR <= abs(each) <= max(known) * FAR:
            sizes = f"{'' if positive else '0 or '}of a size from {min(known) / FAR:g} to {max(known) * FAR:g}"
            raise ValueError(f"{name} must be {sizes} in this chapter, {said}")
