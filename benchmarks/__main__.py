"""Print the table of ratios, and keep it with its machine: `make bench`.

Every module beside this one that has rows is in it. The page "How this book was made" shows what was
kept last, in `benchmarks/ratios.csv`. It takes some minutes.
"""

import argparse
import csv
import importlib
import os
import pkgutil
import platform
from importlib import metadata
from pathlib import Path

import benchmarks

KEPT = Path(__file__).with_name("ratios.csv")


def machine():
    """Processor, cores and versions, in a line."""
    names = [line.partition(":")[2].strip() for line in cpu_info() if line.startswith("model name")]
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy", "cvxpy", "clarabel"))
    processor = names[0] if names else platform.processor() or platform.machine()
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}"


def cpu_info():
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def measure():
    """Every row, as (what was measured, the ratio)."""
    for found in pkgutil.iter_modules(benchmarks.__path__):
        if found.name == "__main__":
            continue
        module = importlib.import_module(f"benchmarks.{found.name}")
        for measured, ratio in getattr(module, "rows", list)():
            print(f"{ratio:8.2f}  {measured}", flush=True)
            yield measured, f"{ratio:.3g}"


def main():
    argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__).parse_args()
    rows = list(measure())
    with KEPT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["measured", "ratio"])
        writer.writerows(rows)
        writer.writerow(["machine", machine()])


if __name__ == "__main__":
    main()
