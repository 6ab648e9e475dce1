#!/usr/bin/python3
"""HTTP and archives when the world is wrong: an error value that the program can match, and others go on."""
import os
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402
sys.path.insert(0, os.path.join(shell.SOURCE_DIR, "tests", "demo"))
import mirror  # noqa: E402

BOOKS = [("one.txt", b"pi is a word, pi is\n"), ("two.txt", "cœur pi\n".encode())]


class World(shell.ShellTest):
    @classmethod
    def setUpClass(cls):
        cls.server = mirror.Mirror(BOOKS)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.base = f"//127.0.0.1:{cls.server.port}"

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def caught(self, expression, timeout_s=60):
        """Evaluates `expression` in a try; it must raise, be caught, and name what happened."""
        done = self.assert_ok(self.code(f'try: "got " + show({expression})\ncatch e: "caught " + show(e)',
                                        timeout_s=timeout_s))
        self.assert_clean(done)
        return done.text

    def test_good_documents(self):
        self.assert_prints(f'http.req("{self.base}/files/1000.zip").contentType', "application/zip")
        self.assert_prints(f'http.req("{self.base}/robot/harvest").contentType', "text/html")
        self.assert_prints(f'jam.unzip(http.req("{self.base}/files/1001.zip").content()).split() | count', "2")
        self.assert_prints(f'http.req("{self.base}/robot/harvest").urls() | count', "2")
        self.assert_prints(f'http.req("{self.base}/fault/redirect").contentType', "text/html")

    def test_links_are_absolute_and_loadable(self):
        done = self.assert_ok(self.code(f'http.req("{self.base}/robot/harvest").urls() | map(u => http.req(u).contentType)'))
        self.assertEqual(done.text.split(), ["application/zip"] * 2)

    def test_each_fault_is_an_error_value(self):
        for name in ("404", "500", "redirect-loop", "redirect-chain", "drop", "garbage"):
            with self.subTest(name):
                self.assertIn("caught", self.caught(f'http.req("{self.base}/fault/{name}").content()'))

    def test_status_is_in_the_error(self):
        self.assertIn("404", self.caught(f'http.req("{self.base}/fault/404")'))

    def test_refused_connection(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            closed = taken.getsockname()[1]
        self.assertIn("caught", self.caught(f'http.req("//127.0.0.1:{closed}/")'))

    def test_bad_addresses(self):
        for address in ("", "nonsense", "//", "ftp://127.0.0.1/", "file:///etc/passwd", "//127.0.0.1:99999/", "//[bad/"):
            with self.subTest(address):
                self.assertIn("caught", self.caught(f'http.req("{address}").content()'))

    def test_bad_archives(self):
        for name in ("truncated.zip", "not-a-zip.zip"):
            with self.subTest(name):
                self.assertIn("caught", self.caught(f'jam.unzip(http.req("{self.base}/fault/{name}").content())'))

    def test_bombs_are_bounded(self):
        for name in ("bomb.zip", "many.zip"):
            with self.subTest(name):
                text = self.caught(f'jam.unzip(http.req("{self.base}/fault/{name}").content()) | split | count', timeout_s=120)
                if name == "bomb.zip":
                    self.assertIn("caught", text)

    def test_a_body_without_end_is_bounded(self):
        self.assertIn("caught", self.caught(f'http.req("{self.base}/fault/huge").content()', timeout_s=120))

    def test_strange_documents(self):
        self.assert_prints(f'http.req("{self.base}/fault/wrong-type").contentType', "application/x-unheard-of")
        self.assert_prints(f'http.req("{self.base}/fault/empty.html").urls() | count', "0")
        self.assert_ok(self.code(f'try: http.req("{self.base}/fault/deep.html").urls() | count\ncatch e: 0'))
        self.assert_ok(self.code(f'http.req("{self.base}/fault/no-type").contentType'))

    def test_other_fibrils_go_on(self):
        code = (f'fn fetch(u: String) -> Int:\n  try: http.req(u).content() | count\n  catch e: -1\n'
                f'cs = []\nfor u in ["{self.base}/fault/404", "{self.base}/fault/drop", "{self.base}/files/1000.zip"]:\n'
                f'  cs.append(sys.spawn(fetch, [u]))\n[r.recv() > 0 for (s, r) in cs]')
        code = code.replace("http.req(u).content() | count", "jam.unzip(http.req(u).content()) | split | count")
        self.assertEqual(self.assert_ok(self.code(code)).text.split(), ["False", "False", "True"])

    def test_slow_answers_do_not_hold_up_others(self):
        code = (f'fn fetch(u: String) -> String: http.req(u).contentType\ncs = []\n'
                f'for i in 0..20: cs.append(sys.spawn(fetch, ["{self.base}/delay/500/robot/harvest"]))\n'
                '[r.recv() for (s, r) in cs] | count')
        began_s = time.monotonic()
        self.assert_prints(code, "20")
        self.assertLess(time.monotonic() - began_s, 5 * shell.SLOW)

    def test_missing_file_of_this_machine(self):
        done = self.code('files("/no/such/folder/*.txt") | words | freq')
        self.assert_fails(done, "NotFound", 'no file matches "/no/such/folder/*.txt"')
        self.assert_prints('host.list("/no/such/folder/*.txt")', "")


if __name__ == "__main__":
    unittest.main()
