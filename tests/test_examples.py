"""Every public name has an example, every example does what it says, and every docstring is whole."""

import doctest
import importlib
import inspect
import pkgutil

import numpydoc.validate
import pytest

import gapbook
import gapsim

MODULES = [
    found.name
    for package in (gapsim, gapbook)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not found.name.endswith("__main__")
]
# A docstring whose sections do not say what goes in, what comes out or what it refuses; see numpydoc's list.
REQUIRED = {
    "GL08": "no docstring",
    "PR01": "parameters not documented", "PR02": "unknown parameters", "PR03": "parameters in wrong order",
    "PR10": "no space before the colon of a parameter", "RT01": "no Returns", "YD01": "no Yields", "SS01": "no summary",
}


def test_every_public_name_has_an_example():
    for name in gapsim.__all__:
        [test] = doctest.DocTestFinder(recurse=False).find(getattr(gapsim, name), name, globs={})
        assert test.examples, f"{name} has no example"


@pytest.mark.parametrize("name", MODULES)
def test_examples_do_what_they_say(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def public_objects():
    """The public names, and what their classes add to the classes they derive from, by address."""
    for name in gapsim.__all__:
        thing = getattr(gapsim, name)
        yield f"gapsim.{name}"
        for member, value in inspect.getmembers(thing) if inspect.isclass(thing) else ():
            described = any(hasattr(getattr(gapsim, base.__name__, None), member) for base in thing.__mro__[1:])
            own = getattr(value, "__doc__", None) and (inspect.isroutine(value) or isinstance(value, property))
            if own and not (member.startswith("_") or described):
                yield f"gapsim.{name}.{member}"


@pytest.mark.parametrize("name", list(public_objects()))
def test_docstrings_are_whole(name):
    errors = numpydoc.validate.validate(name)["errors"]
    assert [text for code, text in errors if code in REQUIRED] == []
