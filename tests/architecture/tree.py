"""The files of this repository: what git knows or would take, or everything but build/ where there is no git."""
import os
import subprocess

ROOT = os.environ.get("M31_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files():
    """Paths relative to ROOT, sorted; binary files and what .gitignore excludes are left out."""
    try:
        output = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        found = [name.decode() for name in output.split(b"\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = []
        for place, folders, names in os.walk(ROOT):
            folders[:] = [f for f in folders if f not in ("build", ".git", "__pycache__")]
            found += [os.path.relpath(os.path.join(place, name), ROOT) for name in names]
    return sorted(path for path in found if os.path.isfile(os.path.join(ROOT, path)))


def read(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        return file.read()


def text_files():
    """(path, text) of every file that is text."""
    for path in files():
        data = read(path)
        if b"\0" not in data:
            yield path, data.decode("utf-8", "replace")
