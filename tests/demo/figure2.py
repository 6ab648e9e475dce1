"""Runs the program of Figure 2 against a mirror, over a store of its own, and reads the store back.

A run is what a person does: `m31sh figure2.m31` in a fresh data folder; the table is then read by a second process.
"""
import os
import re
import subprocess
import tempfile
from collections import Counter

SOURCE_DIR = os.environ.get("M31_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PROGRAM = os.path.join(SOURCE_DIR, "share", "examples", "figure2.m31")
SEED = "//gutenberg.org/robot/harvest"

# What a second shell is asked, to print the space as word, tab, count.
TABLE_CODE = 'fs.space("word") | map(r => (r.word, r.freq))'


class Run:
    """A fresh set of XDG folders, and a copy of the program whose seed is the mirror's."""

    def __init__(self, shell, port):
        self.shell = shell
        self.folder = tempfile.TemporaryDirectory(prefix="m31-demo-")
        self.environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        for name in ("DATA", "CONFIG", "STATE", "CACHE"):
            self.environment[f"XDG_{name}_HOME"] = os.path.join(self.folder.name, name.lower())
        with open(PROGRAM, encoding="utf-8") as file:
            text = file.read()
        if text.count(SEED) != 1:
            raise SystemExit(f"{PROGRAM}: the seed {SEED} is not there exactly once")
        self.program = os.path.join(self.folder.name, "figure2.m31")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(text.replace(SEED, f"//127.0.0.1:{port}/robot/harvest"))

    def start(self, **options):
        return subprocess.Popen([self.shell, self.program], env=self.environment, stdin=subprocess.DEVNULL, **options)

    def ask(self, code, timeout_s=300):
        return subprocess.run([self.shell, "--tsv", "-c", code], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout_s, check=False)

    def table(self):
        """(Counter of the stored words, None) or (None, why it could not be read)."""
        done = self.ask(TABLE_CODE)
        if done.returncode != 0:
            return None, done.stderr.decode("utf-8", "replace")
        return parse_table(done.stdout), None

    def close(self):
        self.folder.cleanup()


UNESCAPED = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"\\": b"\\"}


def parse_table(output):
    """Lines of word, tab, count; a heading is skipped. A word that comes twice makes the table wrong, and is kept so."""
    table = Counter()
    for number, line in enumerate(output.split(b"\n")):
        if not line:
            continue
        word, tab, count = line.rpartition(b"\t")
        if number == 0 and not count.isdigit():
            continue
        word = re.sub(rb"\\([tnr\\])", lambda m: UNESCAPED[m[1]], word)
        if not tab or not count.isdigit():
            raise SystemExit(f"not a line of the table: {line!r}")
        if word in table:
            raise SystemExit(f"the word {word!r} is in the table twice")
        table[word] = int(count)
    return table


def differences(expected, got):
    """[(word, expected count, got count)] of all words that differ."""
    return [(word, expected.get(word, 0), got.get(word, 0))
            for word in sorted(expected.keys() | got.keys()) if expected.get(word, 0) != got.get(word, 0)]
