"""What makes models and designs values: equality, hash, text and copies of frozen dataclasses that hold arrays."""

import dataclasses
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from gapsim import _ties


class Kept:
    """What is copied and pickled as it stands, without what it can compute again; arrays that were read-only stay so."""

    def _kept(self) -> dict[str, Any]:
        cached = {name for each in type(self).__mro__ for name, value in vars(each).items() if isinstance(value, cached_property)}
        return {name: value for name, value in vars(self).items() if name not in cached}

    def __getstate__(self):
        kept = self._kept()
        locked = [name for name, value in kept.items() if isinstance(value, np.ndarray) and not value.flags.writeable]
        return kept, locked

    def __setstate__(self, state):
        # A class derived from this may leave something out by a `__getstate__` of its own, which gives names and values.
        kept, locked = (state, ()) if isinstance(state, dict) else state
        vars(self).update(kept)
        for name in locked:
            kept[name].setflags(write=False)


class Value(Kept):
    """A frozen dataclass derived from this is equal by value and exactness, hashable, and printed as the call that makes it."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # Of its own, so that @dataclass does not write one that fails on arrays.
        for name in ("__eq__", "__hash__", "__repr__"):
            if name not in vars(cls):
                setattr(cls, name, getattr(cls, name))

    def _fields(self) -> dict[str, Any] | None:
        """What the call was given that makes the model; None for one that is no dataclass."""
        if not dataclasses.is_dataclass(self):
            return None
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.init}

    def __eq__(self, other):
        if type(self) is not type(other) or self._fields() is None:
            return self is other
        # All that they hold: a class derived from a model may keep something of its own.
        mine, its = self._kept(), other._kept()
        return mine.keys() == its.keys() and all(
            np.array_equal(mine[name], its[name]) and _precision(mine[name]) == _precision(its[name]) for name in mine
        )

    def __hash__(self):
        if self._fields() is None:
            return object.__hash__(self)
        values = (np.asarray(value) for value in self._fields().values())
        return hash((type(self), *((value.shape, *value.ravel().tolist(), _precision(value)) for value in values)))

    def __repr__(self):
        if self._fields() is None or self._kept().keys() - self._fields():
            return object.__repr__(self)
        return f"{type(self).__name__}({', '.join(f'{name}={_written(v)!r}' for name, v in self._fields().items())})"


def _precision(value):
    """What ties see of equal numbers: the tolerance, and which are Fractions, where the others are floats."""
    array = np.asarray(value)
    numbers = array.flat if array.dtype.kind == "O" else ()
    exact = tuple(place for place, x in enumerate(numbers) if isinstance(x, Fraction) and x.denominator > 1)
    return _ties.tolerance(array), exact


def _written(value):
    """An array as the list or, if it has one coordinate, the number that makes it again."""
    if not isinstance(value, np.ndarray):
        return value
    return value.item() if value.shape == (1,) else value.tolist()
