"""Text with numbers from the run: a notebook says what its own cells computed."""

import re

VALUES = {}
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


def compare(names, page=None, **book):
    """Say which parameters of a run differ from the book's; nothing if none does.

    Parameters
    ----------
    names : dict
        The notebook's variables.
    page : str, optional
        Address of the book's page.
    **book
        The book's value of each parameter.
    """
    from IPython.display import display

    other = [f"`{name} = {names[name]!r}` (the book: `{value!r}`)" for name, value in book.items() if names[name] != value]
    if not other:
        return
    where = f"<a href='{page}'>the book's page</a>" if page else "the book's page"
    said = f"> **A run with other parameters:** {', '.join(other)}. What is computed below follows them; {where} has the book's own."
    display({"text/markdown": said, "text/plain": said}, raw=True, metadata={"gapbook": {"differs": said}})
