"""One lock for all that writes into a checkout: two builds at once would give a mixed book.

`python -m book.lock COMMAND ...` holds it while another program runs, such as `rm`. The package filelock is not there for the
bare Python that makes the environment under this lock, and the program `flock` not on every system.
"""

import contextlib
import fcntl
import os
import sys
from functools import partial
from pathlib import Path

from book import BookError

# What this process holds. Programs that write for it hold it too, lest one of them goes on writing beside the next command
# when this one is killed.
DESCRIPTORS = []


@contextlib.contextmanager
def held(folder, report=partial(print, flush=True)):
    """Hold the lock in a folder; while another process has it, say which and wait.

    The system takes it back from a process that ends, however it ends.

    Raises
    ------
    BookError
        Where nothing can be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        opened = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        what = f"{folder} is no folder that can be written to ({error.strerror})"
        raise BookError(f"{what}: mend that, or copy the project to where you may write") from None
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            process = file.read().strip() or "just begun"
            report(f"another command is at work in this folder (process {process}): waiting for its end")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        DESCRIPTORS.append(file.fileno())
        try:
            yield file
        finally:
            DESCRIPTORS.remove(file.fileno())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("error: python -m book.lock needs a command to run")
    try:
        with held(Path(__file__).resolve().parent.parent / "_build") as file:
            # The program takes the place of this one, and the lock with it.
            os.set_inheritable(file.fileno(), True)
            os.execvp(sys.argv[1], sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except (BookError, OSError) as error:
        sys.exit(f"error: {error}")
