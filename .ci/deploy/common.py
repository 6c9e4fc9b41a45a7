"""What every check uses: programs that are run, faults that are planted, reasons that are told."""

import atexit
import contextlib
import functools
import pathlib
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = TOP / "deploy"

# How long a validator may take, in seconds.
DEADLINE_S = 60


def run(*command, env=None, cwd=TOP):
    """Runs a program to its end; its exit code and all that it said."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE_S, check=False,
    )
    return done.returncode, done.stdout


def passes(*command, **more):
    """Runs a program that must succeed; what it said."""
    code, said = run(*command, **more)
    demand(code == 0, f"{' '.join(map(str, command))}: exit {code}\n{said}")
    return said


def demand(holds, why):
    """Ends the check with a reason unless something holds."""
    if not holds:
        raise Unmet(why)


@functools.cache
def secrets():
    """What make-secrets makes; there until the program ends."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="askonce-deploy."))
    atexit.register(shutil.rmtree, folder)
    passes(DEPLOY / "make-secrets", folder)
    return folder


class Unmet(Exception):
    """Something that was checked does not hold."""


sys.excepthook = lambda kind, error, trace: (
    print(error, file=sys.stderr) if issubclass(kind, Unmet) else sys.__excepthook__(kind, error, trace)
)


@contextlib.contextmanager
def scratch():
    """A folder for a while."""
    with tempfile.TemporaryDirectory(prefix="askonce-deploy.") as folder:
        yield pathlib.Path(folder)


def planted(check, folder, faults):
    """Plants each fault in a copy of a folder, where the check must find it and say why.

    A fault is the file, what stands there, what takes its place, and a part of what is said of it.
    """
    for file, was, becomes, said in faults:
        with scratch() as copy:
            copied = copy / folder.name
            shutil.copytree(folder, copied)
            text = (copied / file).read_text()
            demand(was in text, f"{file} holds no {was!r} any more: plant another fault")
            (copied / file).write_text(text.replace(was, becomes, 1))
            try:
                check(copied)
            except Unmet as found:
                demand(said in str(found), f"{file}: {becomes!r} was found for another reason: {found}")
                print(f"refused: {file}: {becomes.strip().splitlines()[0] if becomes.strip() else 'without ' + was.strip()}")
            else:
                raise Unmet(f"{file}: {becomes!r} in place of {was!r} was not found")
