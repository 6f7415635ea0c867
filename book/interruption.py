"""Ctrl-C and TERM are obeyed at once: everything that was started ends too.

Neither papermill nor a pool does that: kernels have a session of their own, which no terminal interrupts, and what
waits for them goes on waiting.
"""

import contextlib
import os
import signal
import threading

import psutil

AT_THE_LATEST = 1.0  # seconds


def obey():
    """From now on a signal to end kills kernels and other programs of this process, and raises KeyboardInterrupt."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Who started this may want it to go on: nohup ignores the end of a terminal.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)


def end(number, frame):
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    # Should something that cleans up wait for what is dead.
    last = threading.Timer(AT_THE_LATEST, os._exit, [128 + number])
    last.daemon = True
    last.start()
    raise KeyboardInterrupt(number)
