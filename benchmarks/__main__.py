"""Print the table of ratios: `make bench`. Every module beside this one that has rows is in it."""

import importlib
import pkgutil

import benchmarks

for found in pkgutil.iter_modules(benchmarks.__path__):
    if found.name == "__main__":
        continue
    module = importlib.import_module(f"benchmarks.{found.name}")
    for measured, ratio in getattr(module, "rows", list)():
        print(f"{ratio:8.2f}  {measured}", flush=True)
