"""What makes models and designs values: equality, hash, text and copies of frozen dataclasses that hold arrays."""

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np

from gapsim import _ties


class Value:
    """A frozen dataclass derived from this is equal by value and exactness, hashable, and copied by the call that makes it."""

    def __init_subclass__(cls, **options):
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
        pairs = zip(self._fields().values(), other._fields().values())
        return all(np.array_equal(one, another) and _precision(one) == _precision(another) for one, another in pairs)

    def __hash__(self):
        if self._fields() is None:
            return object.__hash__(self)
        values = (np.asarray(value) for value in self._fields().values())
        return hash((type(self), *((value.shape, *value.ravel().tolist(), _precision(value)) for value in values)))

    def __repr__(self):
        if self._fields() is None:
            return object.__repr__(self)
        return f"{type(self).__name__}({', '.join(f'{name}={_written(v)!r}' for name, v in self._fields().items())})"

    def __reduce_ex__(self, protocol):
        if self._fields() is None:
            return super().__reduce_ex__(protocol)
        return _make, (type(self), self._fields())


def _precision(value):
    """What ties see of equal numbers: the tolerance, and which are Fractions, where the others are floats."""
    array = np.asarray(value)
    numbers = array.flat if array.dtype.kind == "O" else ()
    exact = tuple(place for place, x in enumerate(numbers) if isinstance(x, Fraction) and x.denominator > 1)
    return _ties.tolerance(array), exact


def _make(model, fields):
    return model(**fields)


def _written(value):
    """An array as the list or, if it has one coordinate, the number that makes it again."""
    if not isinstance(value, np.ndarray):
        return value
    return value.item() if value.shape == (1,) else value.tolist()
