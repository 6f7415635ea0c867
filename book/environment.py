"""The environment in .venv, as requirements.txt has it: by uv in seconds, by pip where uv does not work.

A bare Python runs this before any package is there. What it made, and by which interpreter, is written in
`.venv/ready`: another lock, another interpreter, an installation that was broken off or a package that was deleted is
noticed by that. `uv sync` alone would do it from a lock in uv's own format, and only where there is a uv.
"""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) == signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until it can be said in a sentence

import ast  # noqa: E402
import hashlib  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402

from book import BookError, lock  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
# As `-m venv`, but without a traceback of its own at Ctrl-C.
QUIET_VENV = "import signal, venv; signal.signal(signal.SIGINT, signal.SIG_DFL); venv.main()"
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install")


def make(report=print):
    """Make or renew the environment unless it is what the lock and this interpreter would give."""
    venv, made = ROOT / ".venv", wanted()
    before, _, packages = read(venv / "ready").partition("\n\n")
    # A link to an interpreter that is gone does not exist.
    whole = (venv / "bin" / "python").exists() and installed(venv) >= set(packages.splitlines())
    if before == made and whole:
        return
    interpreter, known = made.splitlines()[0], before.partition("\n")[0]
    if interpreter != known or not whole:
        if before.split():
            if interpreter == known:
                why = "has lost its Python or a package"
            elif interpreter.partition(" for ")[0] == known.partition(" for ")[0]:
                # Its programs name the folder that they were made in, and its packages have this project there.
                why = "was made for another folder"
            else:
                why = f"is of Python {before.split()[0]}"
            report(f"{venv.name} {why}: making it anew")
        # Also what was broken off before it had a word in it; of a link, only the link.
        if venv.is_symlink() or venv.is_file():
            venv.unlink()
        shutil.rmtree(venv, ignore_errors=True)
        report(f"making {venv.name} with Python {interpreter.split()[0]}")
        # Not this one, which may be in the folder that was just removed.
        run([getattr(sys, "_base_executable", sys.executable), "-c", QUIET_VENV, venv])
    (venv / "ready").write_text(interpreter, encoding="utf-8")
    install(venv / "bin" / "python", report)
    (venv / "ready").write_text("\n".join([made, "", *sorted(installed(venv))]), encoding="utf-8")


def installed(venv):
    """The names of the packages in an environment, without what says of which version they are."""
    names = {path.name for path in venv.glob("lib/python*/site-packages/*")}
    return {name for name in names if not name.endswith((".dist-info", "__pycache__"))}


def read(path):
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def wanted():
    """The interpreter and the folder, and below a hash of what is to be installed."""
    text = (ROOT / "requirements.txt").read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    interpreter = " ".join(f"{sys.version} in {os.path.realpath(sys.base_prefix)}".split())
    return f"{interpreter} for {ROOT}\n{hashlib.sha256(text).hexdigest()}"


def install(python, report):
    """Install the lock and this project with the first installer that works."""
    told = as_pip_is_told(python)
    for name, command in installers(python, told, report):
        report(f"installing the packages of requirements.txt with {name}")
        try:
            run([*command, "--require-hashes", "-r", ROOT / "requirements.txt"], told)
            run([*command, "--no-deps", "--no-build-isolation", "-e", ROOT], told)
            return
        except (OSError, subprocess.CalledProcessError):
            report(f"{name} could not do it")
    sys.exit("error: the packages could not be installed; what went wrong is said above")


def installers(python, told, report):
    """What may install, quickest first: the uv that is there, the locked one, pip."""
    pip = [python, *PIP]
    uv = ["pip", "install", "--quiet", "--no-config", "--python", python]
    if shutil.which("uv"):
        yield "uv", ["uv", *uv]
    file = python.parent.parent / "uv.txt"
    file.write_text(re.search(r"^uv==(?:.*\\\n)*.*\n", read(ROOT / "requirements.txt"), re.M)[0], encoding="utf-8")
    try:
        run([*pip, "--require-hashes", "--no-deps", "-r", file], told)
        yield "the locked uv", [python.with_name("uv"), *uv]
    except subprocess.CalledProcessError:
        report("uv could not be had")
    yield "pip, which takes a minute", pip


def run(command, told=()):
    # In a session of its own, all of which ends if this is told to: installers have children. A question at the terminal,
    # such as for a password, would stop one in the background; in a session without a terminal it fails.
    process = subprocess.Popen(
        [str(part) for part in command], env={**os.environ, **dict(told)}, stdin=subprocess.DEVNULL, start_new_session=True,
        pass_fds=lock.DESCRIPTORS,
    )
    try:
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, command)
    except BaseException:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        raise


def as_pip_is_told(python):
    """The index and the certificates that pip is configured for, as variables for uv, which does not ask pip."""
    listed = subprocess.run([str(python), *PIP[:2], "config", "list"], capture_output=True, text=True).stdout
    settings = dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
    told = {}
    for option, *names in (("index-url", "UV_DEFAULT_INDEX", "UV_INDEX_URL"), ("cert", "SSL_CERT_FILE")):
        places = [f"{place}.{option}" for place in (":env:", "install", "global")]
        found = [ast.literal_eval(settings[place]) for place in places if place in settings]
        if found and not any(name in os.environ for name in names):
            told[names[0]] = found[0]
    return told


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        sys.exit("Python %d.%d or later is needed, and %s is %s" % (*OLDEST, sys.executable, sys.version.split()[0]))

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        with lock.held(ROOT / "_build"):
            make(partial(print, flush=True))
    except KeyboardInterrupt:
        print("interrupted; the next `make` goes on from here", file=sys.stderr)
        sys.exit(130)
    except (BookError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")
