"""One lock for all that writes into a checkout: two builds at once would give a mixed book."""

import contextlib
import fcntl
import os


@contextlib.contextmanager
def held(folder, report=print):
    """Hold the lock in a folder; while another process has it, say which and wait.

    The system takes it back from a process that ends, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            report(f"another command is at work in this folder (process {file.read().strip()}): waiting for its end")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
