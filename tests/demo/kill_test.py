#!/usr/bin/python3
"""kill -9 at random moments of Figure 2: the store opens, and holds whole flushes only, every acknowledged one, none twice.

m31sh --trace=store writes a line for each flush when its transaction is durable, and goes on only then; the lines
come through a pipe and are the acknowledgements. A run that nobody kills says which flushes there are: where they end depends on
the fibril's own actions and bytes only, so that every other run makes the same. Each flush holds a word that no other has;
so the table after a kill says which flushes are in, and has to be exactly their sum.
"""
import os
import random
import subprocess
import sys
import threading
import time
import unittest
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, os.pardir, "cli"))
import books as texts  # noqa: E402
import figure2  # noqa: E402
import mirror  # noqa: E402
import shell  # noqa: E402

KILLS = int(os.environ.get("M31_KILLS", "200" if shell.SLOW == 1 else "10"))
BOOKS_COUNT = 60 if shell.SLOW < 20 else 8
WORDS_COUNT = 2_000


def marked_books(seed):
    """Books of which every tenth word is found nowhere else, the others everywhere."""
    rng = random.Random(seed)
    everywhere = [f"w{i}" for i in range(300)] + ["pi"]
    books = []
    for book in range(BOOKS_COUNT):
        words = [f"only-{book}-{i}" if i % 10 == 0 else rng.choice(everywhere) for i in range(WORDS_COUNT)]
        books.append((f"{book}.txt", " ".join(words).encode()))
    return books


def flushes_of(trace):
    """The complete lines `store: flush TOKEN SPACE WORD<tab>COUNT<tab>..` of a trace: a list of Counters by word."""
    flushes = []
    for line in trace.split(b"\n")[:-1]:
        head, _, rest = line.partition(b"flush ")
        if head != b"store: " or not rest:
            continue
        _, _, fields = rest.split(b" ", 2)
        fields = fields.split(b"\t")
        flushes.append(Counter({word: int(count) for word, count in zip(fields[::2], fields[1::2])}))
    return flushes


def marks_of(flushes):
    """For each flush a word that no other flush holds, or None."""
    holders = Counter(word for flush in flushes for word in flush)
    return [next((word for word in flush if word.startswith(b"only-") and holders[word] == 1), None) for flush in flushes]


def complaint(flushes, marks, acknowledged, table):
    """What is wrong with the table that a kill left, or None."""
    inside = [flush for flush, mark in zip(flushes, marks) if table[mark]]
    for flush in acknowledged:
        if flush not in inside:
            return "an acknowledged flush is lost, or differs from the same of another run"
    wrong = figure2.differences(sum(inside, Counter()), table)
    return f"a flush is there in part, or twice: {wrong[:10]}" if wrong else None


class Kill(unittest.TestCase):
    def test_the_check_can_fail(self):
        flushes = [Counter({b"only-0": 1, b"w": 2}), Counter({b"only-1": 1, b"w": 3})]
        marks = marks_of(flushes)
        self.assertEqual(marks, [b"only-0", b"only-1"])
        for table in ({}, {b"only-0": 1, b"w": 2}, {b"only-0": 1, b"only-1": 1, b"w": 5}):
            self.assertIsNone(complaint(flushes, marks, flushes[:1] if table else [], Counter(table)))
        self.assertIn("lost", complaint(flushes, marks, flushes[:1], Counter({b"only-1": 1, b"w": 3})))
        self.assertIn("twice", complaint(flushes, marks, [], Counter({b"only-0": 2, b"w": 4})))
        self.assertIn("part", complaint(flushes, marks, [], Counter({b"only-0": 1})))

    def run_once(self, port, kill_after_s):
        """(acknowledged flushes, table read by a second process, seconds, status) of one run."""
        run = figure2.Run(shell.SHELL, port)
        try:
            began_s = time.monotonic()
            process = subprocess.Popen([shell.SHELL, "--trace=store", run.program], env=run.environment,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            timer = threading.Timer(kill_after_s, process.kill) if kill_after_s is not None else None
            if timer:
                timer.start()
            trace = process.stderr.read()
            process.stderr.close()
            process.wait()
            took_s = time.monotonic() - began_s
            if timer:
                timer.cancel()
            if not os.path.isdir(run.environment["XDG_DATA_HOME"]):
                return flushes_of(trace), Counter(), took_s, process.returncode
            table, why = run.table()
            if table is None and "space" in why and not flushes_of(trace):
                table = Counter()  # killed before the space was there
            self.assertIsNotNone(table, f"killed after {kill_after_s} s: {why}")
            return flushes_of(trace), table, took_s, process.returncode
        finally:
            run.close()

    def test_what_was_acknowledged_is_there_and_whole(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        books = marked_books(seed)
        expected = texts.words_of_all(books)
        server = mirror.Mirror(books, page_books=9)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

        flushes, table, whole_s, status = self.run_once(server.port, None)
        self.assertEqual(status, 0)
        self.assertEqual(figure2.differences(expected, table)[:10], [], f"seed {seed}")
        self.assertGreaterEqual(len(flushes), BOOKS_COUNT, "the trace shows no flush for each book")
        self.assertEqual(sum(flushes, Counter()), expected, f"seed {seed}")
        marks = marks_of(flushes)
        self.assertNotIn(None, marks, f"seed {seed}")

        cut_short = 0
        for kill in range(KILLS):
            after_s = rng.uniform(0, whole_s * 1.1)
            with self.subTest(seed=seed, kill=kill, after_s=round(after_s, 4)):
                acknowledged, table, _, status = self.run_once(server.port, after_s)
                cut_short += status != 0
                self.assertIsNone(complaint(flushes, marks, acknowledged, table))
        self.assertGreater(cut_short, KILLS // 4, "most runs ended before they could be killed")


if __name__ == "__main__":
    unittest.main()
