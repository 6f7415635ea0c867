"""What the page about the book's making reads from the notebooks."""

import re

from book import notebooks
from book.extension.colophon import RATIOS, data_hash, parameters, ratios


def test_parameters_are_those_of_the_tagged_cell():
    cells = [
        {"metadata": {}, "source": "seed = 1"},
        {"metadata": {"tags": ["parameters"]}, "source": ["trials = 20_000\n", "seed, bound = 7, 1\n", "bound = 2.5"]},
    ]
    assert parameters(cells) == {"trials": "20000", "seed": "7", "bound": "2.5"}
    assert parameters(cells[:1]) == {}


def test_hash_is_that_of_the_numbers():
    curves = [{"curve": "a", "x": "1 2", "y": "3 4"}]
    assert data_hash(curves) == data_hash([{"y": "3 4", "x": "1 2", "curve": "a"}])
    assert data_hash(curves) != data_hash([{"curve": "a", "x": "1 2", "y": "3 5"}])


def test_the_kept_ratios_are_within_their_limits_and_name_chapters_and_the_machine():
    rows, machine = ratios(RATIOS)
    assert re.search(r"\d+ cores, Python 3\.\d+\.\d+, numpy \d", machine)
    stages = set(re.findall(r"executing the chapter (\w+):", " ".join(what for what, _ in rows)))
    assert stages and stages <= {path.stem for path in notebooks.chapters()}
    for what, ratio in rows:
        limit = re.search(r"\(limit (\d+)\)", what)
        assert float(ratio) > 0 and (limit is None or float(ratio) <= float(limit[1])), f"{ratio}: {what}"
