#!/usr/bin/python3
"""Modules as files: where they are found, and where their errors point."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402


class Modules(shell.ShellTest):
    def test_beside_the_file_then_here_then_in_the_path(self):
        for folder in ("far", "here/deep"):
            os.makedirs(os.path.join(self.folder, folder))
        for path, value in (("far/m.m31", 3), ("m.m31", 2), ("here/m.m31", 1)):
            with open(os.path.join(self.folder, path), "w", encoding="utf-8") as file:
                file.write(f"fn which(): {value}\n")
        with open(os.path.join(self.folder, "here", "main.m31"), "w", encoding="utf-8") as file:
            file.write("import m\nprint(m.which())\n")
        self.environment["M31_PATH"] = "/nowhere:" + os.path.join(self.folder, "far")
        self.assertEqual(self.assert_ok(self.run_shell("here/main.m31")).out, b"1\n")
        os.remove(os.path.join(self.folder, "here", "m.m31"))
        self.assertEqual(self.assert_ok(self.run_shell("here/main.m31")).out, b"2\n")
        self.assertEqual(self.assert_ok(self.code("import m; m.which()")).out, b"2\n")
        os.remove(os.path.join(self.folder, "m.m31"))
        self.assertEqual(self.assert_ok(self.run_shell("here/main.m31")).out, b"3\n")
        del self.environment["M31_PATH"]
        done = self.run_shell("here/main.m31")
        self.assertEqual(done.status, 2)
        self.assertIn("here/main.m31:1:8: error: the module `m` is not known", done.complaint)

    def test_fibrils_run_the_code_of_modules(self):
        with open(os.path.join(self.folder, "m.m31"), "w", encoding="utf-8") as file:
            file.write("type P = {x: Int}\nBASE = 10\nfn f(n: Int): P(x: n + BASE)\n")
        done = self.assert_ok(self.code("import m\ncs = [sys.spawn(m.f, [i]) for i in 0..3]\nprint(sys.gather(cs))"))
        self.assertEqual(done.text, "[m.P(x: 10), m.P(x: 11), m.P(x: 12)]\n")

    def test_an_error_inside_points_into_its_file_and_nothing_runs(self):
        with open(os.path.join(self.folder, "m.m31"), "w", encoding="utf-8") as file:
            file.write("fn f(x: Int) -> String:\n  x\n")
        done = self.code("print(1)\nimport m")
        self.assertEqual((done.status, done.out), (2, b""))
        self.assertIn("m.m31:2:3: error: the result: expected String, found Int", done.complaint)

    def test_what_is_no_module_file_is_none(self):
        os.mkdir(os.path.join(self.folder, "d.m31"))
        os.mkfifo(os.path.join(self.folder, "p.m31"))
        for name in ("d", "p"):
            self.assertIn(f"the module `{name}` is not known", self.code(f"import {name}").complaint)

    def store(self, name, text):
        self.write("text", text)
        self.assert_ok(self.code(f'fs.write("/m31/{name}.m31", host.read("text"))'))

    def test_stored_modules_come_after_files(self):
        self.store("m", "## Which one.\nfn which(): \"stored\"\n")
        self.assert_prints("import m; m.which()", "stored")
        self.assertIn("Which one.", self.code("import m; help(m.which)").text)
        self.write("m.m31", 'fn which(): "file"\n')
        self.assert_prints("import m; m.which()", "file")
        self.store("text", 'fn upper(s: String): "stored"\n')     # nothing of the library can be replaced
        self.assert_prints('import text; "a" | upper', "A")

    def test_a_folder_of_modules_is_imported_at_once(self):
        os.mkdir(self.path("lib"))
        self.write("lib/a.m31", "import b\nfn f(): b.g() + 1\n")
        self.write("lib/b.m31", "fn g(): 41\n")
        self.assert_ok(self.code('for name in ["a", "b"]: fs.write("/m31/\\(name).m31", host.read("lib/\\(name).m31"))'))
        self.assert_prints("import a; a.f()", "42")
        self.assert_prints("import a\nsys.gather([sys.spawn(a.f, []) for i in 0..2])", "42\n42")

    def test_stored_modules_that_import_each_other_are_refused(self):
        self.store("p", "import q\nfn f(): 1\n")
        self.store("q", "import p\nfn f(): 2\n")
        self.assert_refused(self.code("print(1)\nimport p"), "/fs/m31/q.m31:1:8", "modules import each other: p -> q -> p")

    def test_errors_in_a_stored_module_name_it(self):
        self.store("m", "fn f(x: Int) -> String:\n  x\n")
        self.assert_refused(self.code("print(1)\nimport m"), "/fs/m31/m.m31:2:3: error: the result: expected String, found Int")

    def test_a_stored_module_that_changes_is_loaded_again(self):
        self.store("m", "fn f(): 1\n")
        cells = 'import m; print(m.f())\nfs.write("/m31/m.m31", "fn f(): 2\\n")\nimport m; print(m.f())\n'
        done = self.run_shell("-i", stdin=cells.encode())
        self.assertEqual(done.text.replace("m31> ", "").split(), ["1", "2"], done.complaint)


if __name__ == "__main__":
    unittest.main()
