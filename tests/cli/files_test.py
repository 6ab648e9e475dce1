#!/usr/bin/python3
"""Stored files from outside: imported, listed, read as a flow with the words of files(..), replaced, removed."""
import os
import random
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402


class StoredFiles(shell.ShellTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("corpus"))
        self.write("corpus/a.txt", "the cat\nthe dog")
        self.write("corpus/b.txt", "The end\n")
        self.write("corpus/empty.txt", "")
        self.write("corpus/c.md", "the the the")

    def import_all(self, pattern="corpus/*"):
        return self.assert_ok(self.code(f'fs.import(files("{pattern}"))')).text

    def test_the_flagship(self):
        self.import_all("corpus/*.txt")
        self.assert_prints('fs.files("/corpus/*.txt") | words | lower | freq | top(10)', "the\t3\ncat\t1\ndog\t1\nend\t1")

    def test_words_give_what_they_give_on_files(self):
        names = []
        for name, data in shell.ascii_books():
            names.append(name)
            self.write("corpus/" + name, data)
        self.assertGreater(len(names), 3)
        self.import_all()
        for words in ("words | lower | freq", "lines | count", "split | upper | freq | top(20)", "join(\"\\n\") | len", "take(5)"):
            here = self.assert_ok(self.code(f'files("corpus/*") | {words}'))
            stored = self.assert_ok(self.code(f'fs.files("/corpus/*") | {words}'))
            self.assertEqual(stored.out, here.out, words)

    def test_alone_it_shows_the_text(self):
        self.import_all()
        self.assert_prints('fs.files("/corpus/*.txt")', "the cat\nthe dog\nThe end")

    def test_what_was_stored_is_told_and_unchanged_files_stay(self):
        rows = ["/corpus/a.txt\t15\tstored", "/corpus/b.txt\t8\tstored", "/corpus/c.md\t11\tstored", "/corpus/empty.txt\t0\tstored"]
        self.assertEqual(self.import_all().splitlines(), rows)
        before = self.code("fs.ls()").out
        self.assertEqual(self.import_all().splitlines(), [row.replace("stored", "unchanged") for row in rows])
        self.assertEqual(self.code("fs.ls()").out, before)
        self.write("corpus/a.txt", "the bat\nthe dog")
        self.assertEqual(self.import_all().splitlines()[0], "/corpus/a.txt\t15\treplaced")
        self.assert_prints('fs.read("/corpus/a.txt")', "the bat\nthe dog")
        self.assert_prints('fs.ls("/corpus/a")[0].version', "2")

    def test_under_another_path(self):
        self.assert_ok(self.code('fs.import(files("corpus/*.txt"), under: "/x/y")'))
        self.assert_prints('fs.list("/x/**")', "/x/y/corpus/a.txt\n/x/y/corpus/b.txt\n/x/y/corpus/empty.txt")
        self.assert_ok(self.code(f'fs.import(files("{self.folder}/corpus/a.txt"))'))
        self.assert_prints('fs.list("/**/a.txt") | count', "2")
        self.assert_prints(f'fs.exists("{self.folder}/corpus/a.txt")', "True")

    def test_prefix_and_pattern(self):
        self.import_all()
        self.assert_prints('fs.ls("/corpus/a") | map(.path)', "/corpus/a.txt")
        self.assert_prints('fs.ls("corpus/*.md") | map(.path)', "/corpus/c.md")
        self.assert_prints('fs.ls("/cor") | map(.size) | sum', "34")
        self.assert_prints('fs.ls("/other")', "")
        self.assert_prints('fs.list("/corpus/{a,b}.*")', "/corpus/a.txt\n/corpus/b.txt")
        self.assert_prints('fs.ls("/corpus/a")[0].origin', self.folder + "/corpus/a.txt")

    def test_write_read_remove(self):
        self.assert_prints('fs.write("/n/one", "1\\n2"); fs.write("/n/two", b"\\x00\\xff"); fs.readBytes("/n/two") | len', "2")
        self.assert_prints('fs.read("n/one") | lines | count', "2")
        self.assert_prints('fs.remove("/n/*")', "2")
        self.assert_prints('fs.remove("/n/*")', "0")
        self.assert_fails(self.code('fs.remove("/n/one")'), "NotFound: there is no stored file /n/one", "fs.ls()")

    def test_what_is_wrong_is_an_error_value(self):
        self.assert_prints('try: fs.files("/none/*.txt") | count catch (e: NotFound): e.message',
                           "no stored file matches /none/*.txt; fs.ls() shows those there are, fs.import(files(..)) stores some")
        self.assertFalse(os.path.exists(self.path("data")))       # to look makes no store
        self.assert_fails(self.code('fs.read("/none")'), "NotFound: there is no stored file /none")
        self.assert_fails(self.code('fs.import(files("corpus/*.txt") | lower)'), "ValueError", "without words after it")
        self.assert_refused(self.code('fs.import("corpus/a.txt")'), "fs.import")
        self.assert_fails(self.code('fs.import(stdin)', stdin=b"x"), "ValueError", "files(..)")
        self.assert_refused(self.code('f = files("corpus/*.txt"); fs.import(f); fs.import(f)'), "used before")
        self.assert_fails(self.code('fs.write("/", "x")'), "ValueError")
        self.assert_fails(self.code('fs.import(files("{corpus/a.txt,./corpus/a.txt}"))'), "both be stored as /corpus/a.txt")
        os.mkfifo(self.path("corpus/pipe"))
        self.assert_fails(self.code('fs.import(files("corpus/p*"))'), "no regular file")
        os.mkdir(self.path("corpus/folder"))
        os.chmod(self.path("corpus/b.txt"), 0)
        if os.geteuid() != 0:
            self.assert_fails(self.code('fs.import(files("corpus/*.txt"))'), "Denied")

    def test_readers_of_a_file_that_is_replaced_see_it_whole(self):
        """Old or new, never parts of both, while another shell replaces it all the time."""
        letters = "ab"
        size = 1_500_000 // min(shell.SLOW, 5)
        for letter in letters:
            self.write(letter, (letter + "\n") * size)
            self.assert_ok(self.code(f'fs.write("/f", host.read("{letter}"))'))
        writer = self.start("-c", 'texts = [host.read("a"), host.read("b")]\nfor i in 0..100000: fs.write("/f", texts[i % 2])')
        for _ in range(6):
            done = self.assert_ok(self.code('fs.files("/f") | words | freq'))
            self.assertIn(done.text, [f"{letter}\t{size}\n" for letter in letters])
        self.assertIsNone(writer.poll())

    def test_kill_at_any_moment_of_an_import(self):
        size = 3_000_000
        for round_number in range(4):
            self.write("corpus/big", bytes([65 + round_number]) * size)
            importing = self.start("-c", 'fs.import(files("corpus/*"))')
            time.sleep(random.random() * 0.05 * min(shell.SLOW, 4))
            importing.send_signal(signal.SIGKILL)
            importing.communicate()
            if self.code('fs.exists("/corpus/big")').text == "True\n":
                content = self.assert_ok(self.code('fs.read("/corpus/big")')).out.rstrip(b"\n")
                self.assertEqual((len(content), set(content) <= set(b"ABCD"), len(set(content))), (size, True, 1))
        self.import_all()
        self.assertEqual(self.assert_ok(self.code('fs.read("/corpus/big")')).out.rstrip(b"\n"), b"D" * size)

    def test_interrupt_ends_an_import(self):
        with open(self.path("corpus/huge"), "wb") as file:
            file.truncate(3 << 30)                                # a hole
        importing = self.start("-c", 'fs.import(files("corpus/huge"))')
        time.sleep(0.5)
        importing.send_signal(signal.SIGINT)
        began = time.monotonic()
        importing.communicate(timeout=60)
        self.assertLess(time.monotonic() - began, 10 * shell.SLOW)
        self.assertEqual(importing.returncode, 130)
        self.assert_prints('fs.exists("/corpus/huge")', "False")
        self.assert_ok(self.code('fs.write("/small", "x")'))      # sweeps what it left
        self.assertLess(os.path.getsize(self.path("data/m31/store/data.mdb")), 3 << 30)


if __name__ == "__main__":
    unittest.main()
