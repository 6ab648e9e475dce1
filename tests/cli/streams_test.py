#!/usr/bin/python3
"""m31sh as a citizen of a bash pipe: options, exit codes, closed pipes, full disks, colours, signals."""
import os
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402


class Options(shell.ShellTest):
    def test_code_file_and_standard_input(self):
        self.assert_prints("1 + 2", "3")
        self.assertEqual(self.assert_ok(self.run_shell("-e", "1 + 2")).text, "3\n")
        path = self.write("p.m31", "x = 20\nx + 2\n")
        self.assertEqual(self.assert_ok(self.run_shell(path)).text, "22\n")
        self.assertEqual(self.assert_ok(self.run_shell("-", stdin=b"1 + 2\n")).text, "3\n")
        self.assertEqual(self.assert_ok(self.run_shell(stdin=b"1 + 2\n")).text, "3\n")

    def test_script_on_standard_input_and_word_count_script(self):
        script = os.path.join(shell.SOURCE_DIR, "share", "examples", "wordcount.m31")
        done = self.assert_ok(self.run_shell(script, stdin=b"b a b\n"))
        self.assertEqual(done.out, b"b\t2\na\t1\n")

    def test_help_and_version(self):
        done = self.assert_ok(self.run_shell("-h"))
        self.assertIn("-c", done.text)
        self.assertEqual(done.err, b"")
        self.assertRegex(self.assert_ok(self.run_shell("-V")).text, r"^m31sh \d+\.\d+\.\d+\n$")

    def test_unknown_option_and_missing_argument(self):
        for arguments in (["--no-such-option"], ["-c"], ["--dump=nothing", "-c", "1"]):
            done = self.run_shell(*arguments)
            self.assertEqual((done.status, done.out), (2, b""), arguments)
            self.assertNotEqual(done.err, b"")

    def test_missing_file(self):
        done = self.run_shell("no-such-file.m31")
        self.assertNotEqual(done.status, 0)
        self.assertIn("no-such-file.m31", done.complaint)
        self.assert_clean(done)

    def test_a_folder_is_no_script(self):
        done = self.run_shell(self.folder)
        self.assertNotEqual(done.status, 0)
        self.assertNotEqual(done.err, b"")
        self.assert_clean(done)

    def test_double_dash_ends_options(self):
        path = self.write("-odd.m31", "40 + 2\n")
        done = self.run_shell("--", os.path.basename(path))
        self.assertEqual(self.assert_ok(done).text, "42\n")

    def test_forms(self):
        self.assertEqual(self.assert_ok(self.run_shell("--m31", "-c", '[("a", 1)]')).text, '[("a", 1)]\n')
        self.assertEqual(self.assert_ok(self.run_shell("--tsv", "-c", '[("a", 1), ("b", 2)]')).text, "a\t1\nb\t2\n")
        self.assertEqual(self.assert_ok(self.run_shell("--m31", "-c", '"a\\tb"')).text, '"a\\tb"\n')

    def test_none_prints_nothing(self):
        self.assertEqual(self.assert_ok(self.code("None")).out, b"")
        self.assertEqual(self.assert_ok(self.code("x = 1")).out, b"")
        self.assertEqual(self.assert_ok(self.code("")).out, b"")

    def test_dump(self):
        for stage in ("tokens", "ast", "types", "bytecode"):
            first = self.assert_ok(self.run_shell(f"--dump={stage}", "-c", "fn f(x): x + 1\nf(41)"))
            second = self.assert_ok(self.run_shell(f"--dump={stage}", "-c", "fn f(x): x + 1\nf(41)"))
            self.assertNotEqual(first.out, b"", stage)
            self.assertEqual(first.out, second.out, stage)

    def test_no_colour_off_a_terminal(self):
        done = self.code('x: Int = "a"')
        self.assertNotIn(b"\x1b", done.err)
        self.assertNotIn(b"\x1b", self.code("[1, 2]").out)


class ExitCodes(shell.ShellTest):
    def test_program_error_is_1(self):
        self.assert_fails(self.code("[1, 2][5]"))
        self.assert_fails(self.code("1 // 0"))

    def test_ill_typed_is_2(self):
        self.assert_refused(self.code('1 + "a"'))

    def test_killed_by_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            process = self.start("-c", "while True: 1")
            time.sleep(0.3 * min(shell.SLOW, 5))
            process.send_signal(number)
            process.communicate(timeout=10 * shell.SLOW)
            self.assertIn(process.returncode, (-number, 128 + number))


class Pipes(shell.ShellTest):
    def through(self, command, timeout_s=30):
        """Runs a line of sh in which $M31 is the shell; gives (status, out, err)."""
        done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
                              env={**self.environment, "M31": shell.SHELL}, timeout=timeout_s * shell.SLOW, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_head_ends_it_at_once_and_quietly(self):
        for code in ("1..=1_000_000 | map(x => x + 1)", "for i in 0..100_000_000: print(i)"):
            with self.subTest(code):
                began_s = time.monotonic()
                status, out, err = self.through(f'"$M31" -c "{code}" | head -1; echo ${{PIPESTATUS[0]}} >&2')
                self.assertLess(time.monotonic() - began_s, 5 * shell.SLOW)
                self.assertEqual(err.strip(), b"141")
                self.assertEqual(len(out.splitlines()), 1)

    def test_a_stream_is_shown_as_it_comes(self):
        self.assertEqual(self.through('printf "Hello B\\nA b" | "$M31" -c "stdin | lower"'), (0, b"hello b\na b\n", b""))
        self.assertEqual(self.through('yes | "$M31" -c stdin | head -2; echo ${PIPESTATUS[1]}'), (0, b"y\ny\n141\n", b""))

    def test_reader_that_ends_early(self):
        status, out, err = self.through('yes word | "$M31" -c "stdin | lines | take(2)"')
        self.assertEqual((out, err), (b"word\nword\n", b""))

    def test_full_disk_is_reported(self):
        status, out, err = self.through('"$M31" -c "1..=100000 | map(x => x)" > /dev/full')
        self.assertEqual(status, 1)
        self.assertIn(b"No space left", err)

    def test_closed_standard_output(self):
        status, out, err = self.through('"$M31" -c "1 + 2" >&-')
        self.assertEqual(status, 1)
        self.assertNotEqual(err, b"")

    def test_two_shells_in_one_pipe(self):
        status, out, err = self.through('"$M31" -c "1..=5 | map(x => x)" | "$M31" -c "stdin | map(x => Int.parse(x)) | sum"')
        self.assertEqual((status, out, err), (0, b"15\n", b""))

    def test_print_keeps_its_order_with_the_result(self):
        done = self.assert_ok(self.code('print("a"); print("b"); "c"'))
        self.assertEqual(done.text, "a\nb\nc\n")


class Interrupts(shell.ShellTest):
    def interrupt(self, code, stdin=subprocess.DEVNULL, wait_s=0.5):
        process = self.start("-c", code, stdin=stdin)
        time.sleep(wait_s * min(shell.SLOW, 6))
        self.assertIsNone(process.poll(), "ended before it could be interrupted")
        began_s = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20 * shell.SLOW)
        took_s = time.monotonic() - began_s
        self.assertIn(process.returncode, (130, -signal.SIGINT), err[-500:])
        self.assertNotIn(b"Sanitizer", err)
        self.assertLess(took_s, 2 * shell.SLOW)              # on a loaded machine; at once on an idle one

    def test_endless_loop(self):
        self.interrupt("while True: 1")

    def test_endless_loop_in_a_function(self):
        self.interrupt("fn f(n):\n  x = 0\n  while True: x = (x + n) % 7\n  x\nf(3)")

    def test_inside_a_native_word(self):
        with open("/dev/zero", "rb") as endless:
            self.interrupt("stdin | words | freq", stdin=endless)

    def test_waiting_for_a_timer(self):
        self.interrupt("select: after 100s => 1")

    def test_waiting_for_a_fibril(self):
        self.interrupt("fn wait(n):\n  select: after 100s => n\ns, r = sys.spawn(wait, [1])\nr.recv()")

    def test_waiting_for_input(self):
        held, kept = os.pipe()
        self.addCleanup(os.close, kept)
        self.addCleanup(os.close, held)
        self.interrupt("stdin | words | freq", stdin=held)

    def test_inside_a_program_of_this_machine(self):
        self.interrupt('"x" | sh("sleep 100; cat")')
        self.interrupt('sh("while echo y; do sleep 0.01; done") | lines | count')

    def test_inside_words_on_large_texts(self):
        for code in ('x | reverse', 'x | replace("b", "cd")', '[x, x] | join("-")', '(" " | repeat(n)) | trim', 'x | title', 'x | hex', 'x | isLetter',
                     'x | count("ba")', 'x | sha256', 'x | upper'):
            with self.subTest(code):
                self.interrupt(f'n = 80000000; x = "ab" | repeat(40000000)\nwhile True: {code} | len_of\n'
                               'fn len_of(y: String): len(y)\nfn len_of(y): 0')

    def test_a_hundred_busy_fibrils(self):
        self.interrupt("fn busy(n): while True: 1\ncs = []\nfor i in 0..100: cs.append(sys.spawn(busy, [i]))\nsys.collect(cs)")


if __name__ == "__main__":
    unittest.main()
