"""Every public name has an example in its docstring, and the examples do what they say."""

import doctest

import pytest

import gapsim


@pytest.mark.parametrize("name", gapsim.__all__)
def test_example(name):
    thing = getattr(gapsim, name)
    [test] = doctest.DocTestFinder(recurse=False).find(thing, name, globs={})
    assert test.examples, f"{name} has no example"
    assert doctest.DocTestRunner().run(test).failed == 0
