"""What the page about the book's making reads from the notebooks."""

from book.colophon import data_hash, parameters


def test_parameters_are_those_of_the_tagged_cell():
    cells = [
        {"metadata": {}, "source": "seed = 1"},
        {"metadata": {"tags": ["parameters"]}, "source": ["trials = 20_000\n", "seed, bound = 7, 1\n", "seed = 2020"]},
    ]
    assert parameters(cells) == {"trials": "20000", "seed": "2020"}
    assert parameters(cells[:1]) == {}


def test_hash_is_that_of_the_numbers():
    curves = [{"curve": "a", "x": "1 2", "y": "3 4"}]
    assert data_hash(curves) == data_hash([{"y": "3 4", "x": "1 2", "curve": "a"}])
    assert data_hash(curves) != data_hash([{"curve": "a", "x": "1 2", "y": "3 5"}])
