"""The system's own Chromium, which prints the book and in which the tests read it.

Playwright downloads a browser, or finds Google's Chrome where its installer puts it, but not what a distribution has.
"""

import shutil
import subprocess
from functools import cache

# Beside those that Playwright gives it.
FLAGS = ("--disable-gpu", "--disable-quic", "--disable-sync")

# Debian, Ubuntu and the runners of public CI, Chrome's own packages, macOS.
NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


@cache
def path():
    """Where a Chromium is that starts, or None."""
    return next(filter(starts, filter(None, map(shutil.which, NAMES))), None)


def starts(program):
    """Whether a program says its version: where only a snap has it, Ubuntu's `chromium-browser` says how to install it."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
