#!/usr/bin/python3
"""What a program and a person can ask about names and values: reflect, help, x?, the commands of a prompt, m31sh doc."""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402

COUNTS = '## Counts words.  counts("a b a") gives ["a": 2, "b": 1]\nfn counts(book: String, n = 3) -> Map[String, Int]:\n  book | words | freq\n'


class Reflect(shell.ShellTest):
    def test_a_function(self):
        self.assert_prints(COUNTS + "r = reflect(counts); print(r.name, r.type, r.doc)\nprint(r.parameters)\nprint(r.effects)",
                           'counts counts(book: String, n = 3) -> Map[String, Int] Counts words.  counts("a b a") gives ["a": 2, "b": 1]\n'
                           '[{name: "book", type: "String"}, {name: "n", type: "_"}]\n[]')
        self.assert_prints(COUNTS + "print(reflect(counts).source)", COUNTS.split("\n", 1)[1].strip())

    def test_fingerprints_tell_what_a_function_does(self):
        def fingerprint(text):
            return self.assert_ok(self.code(text + "\nprint(reflect(f).fingerprint)")).text.strip()
        first = fingerprint("fn f(x: Int): x + 1")
        self.assertRegex(first, "^[0-9a-f]{32}$")
        self.assertEqual(first, fingerprint("## doc\nfn f(y: Int):\n  y  +  1   # comment"))
        self.assertNotEqual(first, fingerprint("fn f(x: Int): x + 2"))

    def test_effects_reach_through_calls(self):
        self.assert_prints("fn g(u: String): http.req(u)\nfn f(u: String): print(g(u).status)\nprint(reflect(f).effects)", '["http", "print"]')
        self.assert_prints("fn f(g, x): g(x) + random.int(0, 9)\nprint(reflect(f).effects)", '["random"]')
        self.assert_prints("fn f(x: Int): PARENT.send(x)\nprint(reflect(f).effects)", '["chan"]')

    def test_a_value(self):
        self.assert_prints('type P = {x: Int, y: Float}\nr = reflect(P(x: 1, y: 2.0)); print(r.type, r.fields)',
                           'P [{name: "x", type: "Int"}, {name: "y", type: "Float"}]')
        self.assert_prints('m = reflect([1]).methods; print("map" in m, "sum" in m, "trim" in m)', "True True False")
        self.assert_prints('m = reflect("a").methods; print("map" in m, "trim" in m)', "False True")
        self.assert_prints('print(reflect("x" | repeat(1000)).size > reflect("x").size + 900)', "True")

    def test_a_value_is_evaluated_once(self):
        self.assert_prints("fn f() -> Int:\n  print('ran')\n  3\nprint(reflect(f()).type)", "ran\nInt")

    def test_an_any_tells_when_it_runs(self):
        self.assert_prints('a: Any = [1]\nprint(reflect(a).type)\na = "x"\nprint(a.reflect().type)', "List[Int]\nString")

    def test_modules_and_types(self):
        self.assert_prints('r = reflect(float); print(r.type, "parse" in r.members)', "module True")
        self.assert_prints("## A place.\ntype P = {x: Int}\nr = reflect(P); print(r.name, r.doc, r.source)", "P A place. type P = {x: Int}")

    def test_a_function_of_that_name_comes_first(self):
        self.assert_prints('fn help(x: Int): x + 1\nfn reflect(x: Int): x * 2\nprint(help(1), reflect(4))', "2 8")

    def test_mistakes(self):
        self.assert_refused(self.code("reflect(1, 2)"), "reflect takes one value")
        self.assert_refused(self.code("help(nosuch)"), "nosuch")
        self.assert_refused(self.code(":effects 3"), "names no function")


class Help(shell.ShellTest):
    def test_a_word_with_its_examples(self):
        text = self.assert_ok(self.code("help(map)")).text
        self.assertIn("map(xs, f)\nmap[K, V](xs: Map[K, V], f)\nin module collections\n", text)
        self.assertRegex(text, r"(?m)^  \[1, 2\] \| map\(x => x \+ 1\)  gives \[2, 3\]$")

    def test_what_the_program_defines(self):
        text = self.assert_ok(self.code(COUNTS + "help(counts)")).text
        self.assertTrue(text.startswith("counts(book: String, n = 3) -> Map[String, Int]\n\n  Counts words.\n\n  counts("), text)

    def test_values_and_modules(self):
        self.assertTrue(self.assert_ok(self.code("x = 3\nhelp(x)")).text.startswith("x: Int\n"))
        self.assertIn("  req ", self.assert_ok(self.code("help(http)")).text)

    def prompt(self, *lines):
        return self.run_shell("-i", stdin=("\n".join(lines) + "\n").encode())

    def test_at_a_prompt(self):
        text = self.assert_ok(self.prompt("trim?", "x = [1]", "x?", "float.parse?", "help", ":help sort")).text
        for said in ("trim(s: String) -> String", "x: List[Int]", "parse(text: String) -> Float", ":bytecode f", "sort[T](xs: List[T])"):
            self.assertIn(said, text)

    def test_a_question_mark_is_no_help_in_a_script(self):
        self.assertNotIn("Without white space", self.code("trim?").text)

    def test_commands(self):
        self.assert_prints(":type [1, 2] | map(x => x + 1)", "List[Int]")
        self.assert_prints(":type print('never')", "None")
        self.assert_prints("fn f(x: Int): print(x)\n:effects f", "f(x: Int) uses {print}")
        self.assert_prints("shell.type(1 == 1)", "Bool")
        self.assertRegex(self.assert_ok(self.code("fn f(x: Int) -> Int: x + 1\n:bytecode f")).text, r"fn f:(.|\n)* ret ")
        self.assertIn("native", self.assert_ok(self.code(":bytecode trim")).text)
        self.assert_refused(self.code(":typ 3"), "did you mean `type`?")


class Exit(shell.ShellTest):
    def test_the_status(self):
        for code, status in ((":exit", 0), (":quit", 0), (":exit 7", 7), ("shell.exit(3)\nprint('never')", 3)):
            done = self.code(code)
            self.assertEqual((done.status, done.out, done.err), (status, b"", b""), code)
        self.assert_fails(self.code(":exit 256"), "ValueError", "0 to 255")

    def test_what_was_said_and_stored_before_stays(self):
        self.assertEqual(self.code('fs.addSpace({key: "word", value: {freq: Int}})\nfs.invoke({word: "a", freq: Int.incr})\nprint("said")\n:exit 5').status, 5)
        self.assert_prints('fs.get({word: "a"})', "a\t1")

    def test_from_a_fibril(self):
        done = self.code("fn leave(n: Int): shell.exit(n)\ns, r = spawn leave(9)\nr.recv()\nprint('never')")
        self.assertEqual((done.status, done.out), (9, b""), done.complaint)

    def test_at_a_prompt(self):
        done = self.run_shell("-i", stdin=b"print(1)\n:exit 4\nprint(2)\n")
        self.assertEqual(done.status, 4)
        self.assertNotIn("2", re.sub("m31> ", "", done.text))
        self.assertEqual(self.run_shell("-i", "-c", ":exit 6", stdin=b"print(2)\n").status, 6)


class Doc(shell.ShellTest):
    def test_a_name(self):
        self.assertIn("trim(s: String) -> String", self.assert_ok(self.run_shell("doc", "trim")).text)
        self.assertIn("fs.addSpace", self.assert_ok(self.run_shell("doc", "fs")).text)
        self.assertIn("type Response = {url: String", self.assert_ok(self.run_shell("doc", "http.Response")).text)
        self.assertIn("PI", self.assert_ok(self.run_shell("doc", "Float.PI")).text)

    def test_everything(self):
        text = self.assert_ok(self.run_shell("doc")).text
        for said in ("collections", "http", "sortBy", ":effects"):
            self.assertIn(said, text)

    def test_every_listed_word_has_a_page(self):
        words = self.assert_ok(self.run_shell("doc")).text.split("always in scope:\n")[-1].split()
        self.assertGreater(len(words), 80)
        self.assertEqual(self.assert_ok(self.run_shell("doc", *words)).err, b"")

    def test_a_name_that_is_none(self):
        done = self.run_shell("doc", "tirm")
        self.assertEqual((done.status, done.out), (1, b""))
        self.assertIn("did you mean `trim`?", done.complaint)

    def test_places(self):
        self.assert_prints("s, r = chan(Int, 2)\nprint(reflect(s).place.uri == reflect(r).place.uri, reflect(s).place.node)", "True /node/local")
        self.assert_prints("s, r = chan(Int)\nprint(reflect(r).place.uri | matches(r\"^/chan/\\d+$\"))", "True")
        self.assertRegex(self.code("s, r = chan(Int)\nhelp(r)").text, r"\n  place: /chan/\d+\n")
        self.assert_prints("print(reflect(1).place.uri, reflect(1).labels, reflect(1).provenance)", " [:] [:]")

    def test_a_stored_file(self):
        self.write("a.txt", "x\ny\n")
        self.assert_ok(self.code('fs.import(files("a.txt"), under: "/b")'))
        self.assert_prints('f = fs.files("/b/a.txt")\nr = reflect(f)\nprint(r.place.uri, r.labels, r.provenance["origin"], f | count)',
                           f'/fs/b/a.txt ["path": "/b/a.txt"] {self.folder}/a.txt 2')
        self.assert_prints('p = reflect(fs.files("/b/a.txt")).provenance\n'
                           'print(p["version"], p["by"] | matches(r"^/fibril/[0-9a-f]{16}$"), (p["stored"] | time.parse) > time.at(2020, 1, 1))', "1 True True")
        self.assert_prints('r = reflect(fs.files("/b/*.txt") | words); print(r.place.uri, r.type)', "/fs/b/a.txt Stream[String]")


if __name__ == "__main__":
    unittest.main()
