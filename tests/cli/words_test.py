#!/usr/bin/python3
"""The one-liner against the classical pipeline, whole tables, on good input and on bad."""
import os
import random
import resource
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402

ALL = "stdin | words | lower | freq"
TOP = "stdin | words | lower | freq | top(10)"


class Words(shell.ShellTest):
    def whole_table(self, data):
        return shell.table_of(self.assert_ok(self.code(ALL, stdin=data)).out)

    def test_equals_the_pipeline_on_every_ascii_book(self):
        books = list(shell.ascii_books())
        self.assertGreater(len(books), 3)
        for name, data in books[:4] if shell.SLOW > 5 else books:
            with self.subTest(name):
                self.assertEqual(self.whole_table(data), shell.letters_oracle(data))

    def test_pipe_and_file_give_the_same(self):
        name, data = max(shell.ascii_books(), key=lambda book: len(book[1]))
        path = self.write(name, data)
        with open(path, "rb") as file:
            from_file = self.assert_ok(self.code(ALL, stdin=file)).out
        self.assertEqual(from_file, self.assert_ok(self.code(ALL, stdin=data)).out)

    def test_top_orders_by_count_then_word(self):
        done = self.assert_ok(self.code(TOP, stdin=b"b b a a c c c d\nz y x w v u t s r q\n"))
        self.assertEqual(done.out.split(b"\n"),
                         [b"c\t3", b"a\t2", b"b\t2", b"d\t1", b"q\t1", b"r\t1", b"s\t1", b"t\t1", b"u\t1", b"v\t1", b""])

    def test_top_is_the_head_of_the_sorted_whole(self):
        name, data = max(shell.ascii_books(), key=lambda book: len(book[1]))
        expected = sorted(shell.letters_oracle(data).items(), key=lambda entry: (-entry[1], entry[0]))[:10]
        done = self.assert_ok(self.code(TOP, stdin=data))
        self.assertEqual(done.out, b"".join(b"%s\t%d\n" % entry for entry in expected), name)

    def test_random_text_in_random_pieces(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        data = bytes(rng.choice(b"aAbBzZ09 .\n\r\t'-") for _ in range(300_000 // shell.SLOW))
        path = self.write("text", data)
        with open(path, "rb") as file:
            pieces = subprocess.Popen(["dd", "bs=4099", "status=none"], stdin=file, stdout=subprocess.PIPE)
            done = self.assert_ok(self.code(ALL, stdin=pieces.stdout))
            pieces.stdout.close()
            pieces.wait()
        self.assertEqual(shell.table_of(done.out), shell.letters_oracle(data), f"seed {seed}")

    def test_a_second_thread_changes_nothing(self):
        """Long enough for the words to be shared between two threads; one processor has nobody to share with."""
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        vocabulary = ["".join(rng.choice("abcdefghijklmnopqrstuvwxyzäß") for _ in range(rng.randrange(1, 24))) for _ in range(5000)]
        text = "".join(rng.choice(vocabulary) + rng.choice([" ", " ", " ", "\n", "\r\n", ", ", "\t"]) for _ in range(5000)).encode()
        path = self.write("text", text if shell.TORMENT else b"")
        with open(path, "ab") as file:
            for _ in range(0 if shell.TORMENT else 200):        # 14 MB, and this process stays small
                file.write(text)
            file.write(b"\xc3\xff tail")
        for code in (ALL, "stdin | split | count", "stdin | lines | freq", "stdin | upper | lines | count", f"files(\"{path}\") | split | freq | top(50)"):
            answers = []
            for processors in ("1", "2", "7"):
                with open(path, "rb") as file:
                    answers.append(self.assert_ok(self.run_shell("--processors", processors, "-c", code, stdin=file)).out)
            self.assertEqual(answers[0], answers[1], f"seed {seed} {code}")
            self.assertEqual(answers[0], answers[2], f"seed {seed} {code}")

    def test_crlf(self):
        self.assertEqual(self.whole_table(b"one two\r\none\r\n"), {b"one": 2, b"two": 1})

    def test_byte_order_mark_separates(self):
        self.assertEqual(self.whole_table(b"\xef\xbb\xbfone two\n\xef\xbb\xbfone"), {b"one": 2, b"two": 1})

    def test_unicode_letters(self):
        self.assertEqual(self.whole_table("Élan ÉLAN élan Straße naïve\u2014cœur 東京 Ω2ω\n".encode()),
                         {"élan".encode(): 3, "straße".encode(): 1, "naïve".encode(): 1, "cœur".encode(): 1,
                          "東京".encode(): 1, "ω".encode(): 2})

    def test_ill_formed_bytes_separate_and_never_kill(self):
        for bad in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\x80", b"\xe2\x82"):
            with self.subTest(bad):
                self.assertEqual(self.whole_table(b"ab" + bad + b" cd" + bad + b"ef\n"), {b"ab": 1, b"cd": 1, b"ef": 1})

    def test_random_bytes_never_kill(self):
        seed = random.randrange(1 << 32)
        data = random.Random(seed).randbytes(1_000_000 // shell.SLOW)
        done = self.code(ALL, stdin=data)
        self.assert_clean(done)
        self.assertEqual(done.status, 0, f"seed {seed}: {done.complaint}")
        table = shell.table_of(done.out)
        text = data.decode("utf-8", "replace")
        self.assertEqual(sum(table.values()) > 0, any(c.isalpha() for c in text))

    def test_nul_bytes(self):
        self.assertEqual(self.whole_table(b"a\0b\0\0b a\0\n\0"), {b"a": 2, b"b": 2})

    def test_empty_input(self):
        self.assertEqual(self.whole_table(b""), {})
        self.assertEqual(self.whole_table(b"\n"), {})
        self.assertEqual(self.assert_ok(self.code(TOP, stdin=b"")).out, b"")

    def test_closed_stdin(self):
        done = self.start("-c", TOP, stdin=None, preexec_fn=lambda: os.close(0))
        out, err = done.communicate(timeout=30 * shell.SLOW)
        self.assertIn(done.returncode, (0, 1), err)

    def test_no_final_newline_and_word_at_the_end(self):
        self.assertEqual(self.whole_table(b"end end"), {b"end": 2})

    def test_one_huge_line_in_bounded_memory(self):
        megabytes = 1024 if shell.RELEASE else 64 if not shell.TORMENT else 8
        line = b"x" * 65_535 + b" "
        peak_kib = self.peak_of_stream(ALL, (line for _ in range(megabytes * 16)))
        if shell.RELEASE:
            self.assertLess(peak_kib, (64 << 10) + (8 << 10))

    def test_one_huge_word_of_one_line(self):
        # A word is held whole: the table is what bounds memory.
        megabytes = 64 // min(shell.SLOW, 16)
        process = self.start("-c", "stdin | words | freq | count", stdin=subprocess.PIPE)
        for _ in range(megabytes * 16):
            process.stdin.write(b"y" * 65_536)
        process.stdin.close()
        process.stdin = None
        out, err = process.communicate(timeout=60 * shell.SLOW)
        self.assertEqual((process.returncode, out.strip()), (0, b"1"), err)

    def test_many_short_lines_in_bounded_memory(self):
        if not shell.RELEASE:
            self.skipTest("measured in the release build")
        block = b"the quick brown fox jumps over the lazy dog\n" * 1500
        self.assertLess(self.peak_of_stream(ALL, (block for _ in range(2_000))), 64 << 10)

    def peak_of_stream(self, code, pieces):
        """Peak resident KiB of m31sh while it reads `pieces`."""
        process = self.start("-c", code, stdin=subprocess.PIPE)
        for piece in pieces:
            process.stdin.write(piece)
        process.stdin.close()
        process.stdin = None
        out = process.stdout.read()
        err = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0, err)
        self.assertNotEqual(out, b"")
        return usage.ru_maxrss

    def test_lines_and_split(self):
        self.assert_prints("stdin | lines | count", "3", stdin=b"a\r\nb\nc")
        self.assert_prints("stdin | split | freq | top(1)", "a,b\t2", stdin=b"a,b c\ta,b\n")
        self.assert_prints("stdin | sort", "a\nb\nc", stdin=b"c\na\nb\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main()
