#!/usr/bin/python3
"""The embedded store from outside: several shells over one, places where none can be, and programs that use none."""
import os
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402

SPACE = 'fs.addSpace({key: "word", value: {freq: Int}, opts: {partitions: 4}})\n'
COUNT_UP = SPACE + 'for i in 0..%d: fs.invoke({word: "w\\(i %% %d)", freq: Int.incr})\n'
TABLE = SPACE + 'fs.space("word") | map(r => (r.word, r.freq))'


def under_strace(environment):
    """A leak cannot be looked for in a process that is traced."""
    return {**environment, "ASAN_OPTIONS": environment.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


class Store(shell.ShellTest):
    def table(self):
        return shell.table_of(self.assert_ok(self.code(TABLE)).out)

    def test_what_one_shell_stores_the_next_reads(self):
        self.assert_ok(self.code(COUNT_UP % (1000, 7)))
        expected = {b"w%d" % i: sum(1 for k in range(1000) if k % 7 == i) for i in range(7)}
        self.assertEqual(self.table(), expected)
        self.assert_ok(self.code(COUNT_UP % (7, 7)))
        self.assertEqual(self.table(), {word: count + 1 for word, count in expected.items()})

    def test_search_by_key_and_by_attribute(self):
        self.assert_ok(self.code(COUNT_UP % (10, 4)))
        done = self.assert_ok(self.run_shell("--tsv", "-c", SPACE + 'fs.search({word: "w1"}) | map(r => r.freq)'))
        self.assertEqual(done.text, "3\n")
        done = self.assert_ok(self.run_shell("--tsv", "-c", SPACE + "fs.search({freq: 2}) | map(r => r.word) | sort"))
        self.assertEqual(done.text, "w2\nw3\n")
        self.assertEqual(self.assert_ok(self.code(SPACE + 'fs.search({word: "none"}) | count')).text, "0\n")

    def test_put_and_get(self):
        self.assert_ok(self.code(SPACE + 'fs.put({word: "pi", freq: 3})'))
        self.assertEqual(self.assert_ok(self.code(SPACE + 'fs.get({word: "pi"})?.freq')).text, "3\n")

    def test_two_shells_at_once_lose_nothing(self):
        rounds = 3_000 // min(shell.SLOW, 10)
        self.assert_ok(self.code(SPACE))
        running = [self.start("-c", COUNT_UP % (rounds, 5)) for _ in range(3)]
        for process in running:
            _, err = process.communicate(timeout=120 * shell.SLOW)
            self.assertEqual(process.returncode, 0, err)
        self.assertEqual(sum(self.table().values()), 3 * rounds)

    def test_a_pipe_of_two_shells_over_one_store(self):
        self.assert_ok(self.code(SPACE))
        writer = self.start("-c", COUNT_UP % (20, 5) + '"done"')
        reader = self.start("-c", SPACE + 'stdin | freq\nfs.space("word") | map(r => r.freq) | sum', stdin=writer.stdout)
        out, err = reader.communicate(timeout=60 * shell.SLOW)
        self.assertEqual(reader.returncode, 0, err)
        self.assertEqual(out.strip(), b"20")

    def test_a_stopped_shell_holds_nobody_up(self):
        self.assert_ok(self.code(SPACE))
        forever = SPACE + 'while True: fs.invoke({word: "spin", freq: Int.incr})'
        for _ in range(5):
            stopped = self.start("-c", forever)
            time.sleep(0.3 * min(shell.SLOW, 4))
            stopped.send_signal(signal.SIGTSTP)
            time.sleep(0.1)
            done = self.code(COUNT_UP % (100, 5), timeout_s=20)
            stopped.send_signal(signal.SIGCONT)
            stopped.kill()
            self.assert_ok(done)

    def test_directory_that_cannot_be_written(self):
        if os.geteuid() == 0:
            where = "/proc/m31-cannot-be-made"  # root may write anywhere else
        else:
            where = self.path("locked")
            os.mkdir(where, 0o500)
        done = self.run_shell("-c", SPACE + 'fs.put({word: "a", freq: 1})', XDG_DATA_HOME=where)
        self.assert_fails(done, where)

    def test_a_file_where_the_store_should_be(self):
        where = self.write("plain", "no folder")
        done = self.run_shell("-c", SPACE, XDG_DATA_HOME=where)
        self.assert_fails(done, "plain")

    def test_a_damaged_store_is_refused_and_left_alone(self):
        self.assert_ok(self.code(COUNT_UP % (10, 5)))
        found = [os.path.join(place, name) for place, _, names in os.walk(self.path("data")) for name in names
                 if name == "data.mdb"]
        self.assertEqual(len(found), 1)
        with open(found[0], "wb") as file:
            file.write(b"this is no store" * 1000)
        done = self.code(TABLE)
        self.assert_clean(done)
        self.assertEqual(done.status, 1, done.complaint)
        with open(found[0], "rb") as file:
            self.assertEqual(file.read(), b"this is no store" * 1000)

    def test_a_different_space_of_the_same_name_is_an_error(self):
        self.assert_ok(self.code(SPACE))
        done = self.code('fs.addSpace({key: "word", value: {freq: String}})')
        self.assert_clean(done)
        self.assertIn(done.status, (1, 2))
        self.assertIn("freq", done.complaint)

    def test_a_one_liner_that_uses_no_store_opens_none(self):
        for code in ("1 + 2", "stdin | words | lower | freq | top(10)"):
            trace = self.path("trace")
            subprocess.run(["strace", "-f", "-e", "trace=%file", "-o", trace, shell.SHELL, "-c", code], input=b"a b a\n",
                           cwd=self.folder, env=under_strace(self.environment), stdout=subprocess.DEVNULL,
                           timeout=60 * shell.SLOW, check=True)
            with open(trace, encoding="utf-8") as file:
                text = file.read()
            self.assertNotIn("mdb", text)
            self.assertNotIn("libcurl", text)
            self.assertFalse(os.path.exists(self.path("data")))

    def test_ill_typed_record_is_refused(self):
        self.assert_refused(self.code(SPACE + 'fs.put({word: "a", freq: "many"})'), "freq")


class SystemCalls(shell.ShellTest):
    def test_a_million_local_messages_make_few(self):
        rounds = 1_000_000 if shell.RELEASE else 2_000
        code = ("fn feed(s: Sender[Int], n: Int):\n  for i in 0..n: s.send(i)\n  s.close()\n"
                f"s, r = chan(Int)\nsys.spawn(feed, [s, {rounds}])\ns.close()\ntotal = 0\nfor x in r: total += x\ntotal")
        summary = self.path("summary")
        done = subprocess.run(["strace", "-f", "-c", "-o", summary, shell.SHELL, "--processors", "1", "-c", code],
                              cwd=self.folder, env=under_strace(self.environment), stdout=subprocess.PIPE,
                              timeout=300 * shell.SLOW, check=True)
        self.assertEqual(int(done.stdout), rounds * (rounds - 1) // 2)
        with open(summary, encoding="utf-8") as file:
            total = [line.split() for line in file if line.rstrip().endswith("total")][0]
        calls = int(total[3])
        if shell.RELEASE:
            self.assertLess(calls, 1_000)


if __name__ == "__main__":
    unittest.main()
