"""How long a call takes."""

import time


def seconds(call, repeats=7):
    """The shortest of several runs: what the machine adds by chance only lengthens them."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best
