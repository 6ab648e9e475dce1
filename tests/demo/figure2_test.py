#!/usr/bin/python3
"""Figure 2 from outside: exact counts over a mirror of small books, a mirror with faults, a mirror that is a circle."""
import os
import random
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, os.pardir, "cli"))
import books as texts  # noqa: E402
import figure2  # noqa: E402
import mirror  # noqa: E402
import shell  # noqa: E402


def small_books(seed):
    """A dozen texts with every kind of white space, words that are long, and bytes that are no UTF-8."""
    rng = random.Random(seed)
    scale = 20_000 // shell.SLOW
    long_words = [bytes([rng.choice(b"abc/_") for _ in range(size)]) for size in (300, 511, 512, 1_000, 5_000)]
    made = []
    for index in range(12):
        words = [bytes(rng.choice(b"abcdefg.,-'\"\\") for _ in range(rng.randint(1, 5))) for _ in range(200)]
        words += [b"pi", "cœur".encode(), "\u00bfqué?".encode()] if index % 3 == 0 else [b"pi"]
        text = b"".join(rng.choice(words) + rng.choice([b" ", b"\n", b"\r\n", b"\t", b"  ", b"\v", b"\f"])
                        for _ in range(rng.randint(1, scale // 12)))
        if index == 4:
            text += b" ".join(long_words)
        if index == 7:
            text += b" ill\xff formed \xc3 \xed\xa0\x80 \xf0\x9f\x92 end"
        if index == 9:
            text += "one\u00a0two\u2003three\u3000four\u0085five\u200bsix".encode()
        made.append((f"{index}.txt", text))
    return made + [("pi.txt", b"pi " * 100), ("blank.txt", b" \n\n")]


class Figure2(unittest.TestCase):
    def serve(self, books, **options):
        server = mirror.Mirror(books, **options)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        run = figure2.Run(shell.SHELL, server.port)
        self.addCleanup(run.close)
        return run

    def finish(self, run, timeout_s=120):
        process = run.start(stdout=-1, stderr=-1)
        self.addCleanup(shell.end, process)
        out, err = process.communicate(timeout=timeout_s * shell.SLOW)
        self.assertNotIn(b"Sanitizer", err)
        return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    def assert_table(self, run, expected, seed):
        table, why = run.table()
        self.assertIsNone(why)
        self.assertEqual(figure2.differences(expected, table)[:10], [], f"seed {seed}")

    def test_counts_are_exact(self):
        seed = random.randrange(1 << 32)
        books = small_books(seed)
        expected = texts.words_of_all(books)
        run = self.serve(books, page_books=4)
        status, out, err = self.finish(run)
        self.assertEqual(status, 0, f"seed {seed}: {err}")
        self.assertIn(str(expected[b"pi"]), out)
        self.assert_table(run, expected, seed)

    def test_a_second_run_adds_up(self):
        books = [("a.txt", b"pi is pi\n"), ("b.txt", b"so it is\n")]
        run = self.serve(books)
        for times in (1, 2):
            status, out, err = self.finish(run)
            self.assertEqual(status, 0, err)
            self.assert_table(run, {w: n * times for w, n in texts.words_of_all(books).items()}, None)

    def test_faults_fail_their_fibrils_only(self):
        seed = random.randrange(1 << 32)
        books = small_books(seed)[:5]
        run = self.serve(books, page_books=2, faults=["404", "drop", "wrong-type", "truncated.zip", "redirect-loop",
                                                      "garbage", "redirect"])
        status, out, err = self.finish(run)
        self.assertIn(status, (0, 1), f"seed {seed}: {err}")
        self.assertIn("Impossible", out)
        self.assert_table(run, texts.words_of_all(books), seed)

    def test_a_circle_ends_with_the_fibril_limit(self):
        run = self.serve([("a.txt", b"pi\n")], circle=True)
        limit = 2_000 if shell.SLOW == 1 else 200
        process = shell.subprocess.Popen([shell.SHELL, "--fibrils", str(limit), run.program], env=run.environment,
                                         stdin=-3, stdout=-1, stderr=-1)
        self.addCleanup(shell.end, process)
        _, err = process.communicate(timeout=120 * shell.SLOW)
        said = err.decode("utf-8", "replace").replace("_", "").replace(",", "")
        self.assertEqual(process.returncode, 1, said)
        self.assertIn(str(limit), said)
        self.assertIn("main", said)

    def test_the_oracle_can_fail(self):
        self.assertEqual(figure2.differences({b"a": 1, b"b": 2}, {b"a": 1, b"b": 3, b"c": 1}),
                         [(b"b", 2, 3), (b"c", 0, 1)])
        self.assertEqual(texts.words_of(b"a b\ta\r\n"), {b"a": 2, b"b": 1})
        self.assertEqual(texts.words_of("é a é\u00a0a".encode()), {"é".encode(): 2, b"a": 2})
        self.assertEqual(texts.words_of(texts.generated_book(1_000))[b"pi"], texts.PI_COUNT)


if __name__ == "__main__":
    unittest.main()
