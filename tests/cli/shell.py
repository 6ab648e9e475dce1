"""What the black-box tests of m31sh share: the binary under test, a folder of its own, runs and what they left.

The binary is the one in $M31_BUILD_DIR (build/release when unset); the same tests run against every build. A torment or
sanitized build is slow on purpose: SLOW multiplies times, and tests choose smaller inputs by it.
"""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from collections import Counter

SOURCE_DIR = os.environ.get("M31_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD_DIR = os.environ.get("M31_BUILD_DIR") or os.path.join(SOURCE_DIR, "build", "release")
SHELL = os.path.join(BUILD_DIR, "m31sh")


def cached(name):
    try:
        with open(os.path.join(BUILD_DIR, "CMakeCache.txt"), encoding="utf-8") as file:
            found = re.search(rf"^{name}:[A-Z]+=(.*)$", file.read(), re.MULTILINE)
            return found[1] if found else ""
    except OSError:
        return ""


TORMENT = cached("TORMENT") == "ON"
SANITIZED = cached("SANITIZE") != ""
RELEASE = cached("CMAKE_BUILD_TYPE") == "Release" and not SANITIZED and not TORMENT
SLOW = 20 if TORMENT else 5 if SANITIZED or not RELEASE else 1


class Done:
    """How a run ended: status (negative: the signal), out and err as bytes, seconds."""

    def __init__(self, status, out, err, took_s):
        self.status, self.out, self.err, self.took_s = status, out, err, took_s

    @property
    def text(self):
        return self.out.decode("utf-8", "replace")

    @property
    def complaint(self):
        return self.err.decode("utf-8", "replace")


class ShellTest(unittest.TestCase):
    """Each test gets a folder with its own XDG directories, removed afterwards."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="m31-cli-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        for name in ("DATA", "CONFIG", "STATE", "CACHE"):
            self.environment[f"XDG_{name}_HOME"] = os.path.join(self.folder, name.lower())
        self.environment.pop("M31_CONSTELLATION", None)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def run_shell(self, *arguments, stdin=b"", timeout_s=60, **environment):
        """Runs m31sh to its end. stdin: bytes, or an open file."""
        given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
        began_s = time.monotonic()
        done = subprocess.run([SHELL, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
                              env={**self.environment, **environment}, timeout=timeout_s * SLOW, check=False, **given)
        return Done(done.returncode, done.stdout, done.stderr, time.monotonic() - began_s)

    def code(self, code, **options):
        return self.run_shell("-c", code, **options)

    def start(self, *arguments, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen([SHELL, *arguments], cwd=self.folder, env=self.environment, **options)
        self.addCleanup(end, process)
        return process

    def assert_ok(self, done):
        self.assertEqual(done.status, 0, f"status {done.status}\n{done.complaint[-2000:]}")
        return done

    def assert_prints(self, code, expected, **options):
        done = self.assert_ok(self.code(code, **options))
        self.assertEqual(done.text.rstrip("\n"), expected)

    def assert_clean(self, done):
        """No sign of an error of ours in what a run said: no sanitizer report, no failed ENSURE, no crash."""
        self.assertNotRegex(done.complaint, r"ERROR: \w+Sanitizer|runtime error:|internal error|terminate called")
        self.assertNotIn(done.status, (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL))

    def assert_refused(self, done, *said):
        """Refused before anything ran: status 2, a caret, and each of `said`."""
        self.assert_clean(done)
        self.assertEqual(done.status, 2, done.complaint[-2000:])
        self.assertEqual(done.out, b"")
        self.assertIn("^", done.complaint)
        for text in said:
            self.assertIn(text, done.complaint)

    def assert_fails(self, done, *said):
        """The program's own error: status 1, and each of `said`."""
        self.assert_clean(done)
        self.assertEqual(done.status, 1, done.complaint[-2000:])
        for text in said:
            self.assertIn(text, done.complaint)


def end(process):
    if process.poll() is None:
        process.kill()
    process.communicate()


ORACLE_PIPELINE = r"tr -cs A-Za-z '\n' | tr A-Z a-z | grep . | sort | uniq -c"


def letters_oracle(data):
    """Counter of the lower-cased maximal runs of ASCII letters, by the classical pipeline."""
    output = subprocess.run(["sh", "-c", ORACLE_PIPELINE], input=data, stdout=subprocess.PIPE, check=False,
                            env={**os.environ, "LC_ALL": "C"}).stdout
    table = Counter()
    for line in output.split(b"\n"):
        if line:
            count, word = line.split()
            table[word] += int(count)
    return table


def table_of(output):
    """Counter of lines of word, tab, count; a word must not come twice."""
    table = Counter()
    for line in output.split(b"\n"):
        if line:
            word, _, count = line.rpartition(b"\t")
            assert word not in table, f"{word!r} comes twice"
            table[word] = int(count)
    return table


def ascii_books():
    """(name, bytes) of some ASCII texts: $M31_CORPUS if set, else licences, which every Debian has."""
    folder = os.environ.get("M31_CORPUS") or "/usr/share/common-licenses"
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read()
            if data.isascii() and data:
                yield name, data
