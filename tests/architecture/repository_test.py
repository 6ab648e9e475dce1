#!/usr/bin/python3
"""The repository speaks of the product: its top level, its languages, and what no file of it says."""
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tree  # noqa: E402

TOP_LEVEL = {
    "CMakeLists.txt", "CMakePresets.json", "shell", "kernel", "runtime", "store", "jupyter", "share", "tests", "docs",
    "README.md", "LICENSE", "NOTICE", "m31", ".ci", ".gitignore", ".clang-format",
}

# What is put off, who made it, and where it was made are no part of the product. (Written so that this file passes.)
NEVER = [re.compile(pattern) for pattern in [
    "TO" + "DO", "FIX" + "ME", r"\bXX" + r"X\b", r"\bHA" + r"CK\b", "(?i)not (yet )?imple" + "mented",
    "(?i)unimple" + "mented", r"(?i)\bst" + r"ubs?\b", "(?i)place" + r"holder",
    r"(?i)\b(cl" + r"aude|anth" + r"ropic|chat" + r"gpt|open" + r"ai|cop" + r"ilot|ll" + r"ms?)\b",
    "(?i)language mo" + "del", "/wo" + "rk/", "/ro" + "ot/", r"/ho" + r"me/\w", "/tmp/(br" + "ief|bu" + "ild)",
    r"(?i)\bissue #?\d", r"^(<<<<<<<|>>>>>>>) ", r"(?i)co-authored" + "-by",
]]
PLAIN_NAMES_NEVER = re.compile(r"(^|[/_])(util|utils|common|helper|helpers|manager|misc)(_|\.|/|$)")


def said(text):
    """[(line number, line)] of lines that hold what no file should."""
    return [(number, line) for number, line in enumerate(text.splitlines(), 1)
            if any(pattern.search(line) for pattern in NEVER)]


class Repository(unittest.TestCase):
    def test_top_level(self):
        top = {path.split("/")[0] for path in tree.files()}
        self.assertEqual(top - TOP_LEVEL, set())

    def test_what_no_file_says(self):
        wrong = [f"{path}:{number}: {line.strip()[:120]}" for path, text in tree.text_files()
                 if path not in ("LICENSE", "NOTICE") for number, line in said(text)]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_the_rules_can_fail(self):
        for line in ["// TO" + "DO: later", "see /wo" + "rk/main", "raise: not imple" + "mented", "as in issue" + " 2"]:
            self.assertEqual(len(said(line)), 1, line)
        self.assertEqual(said("a node agent serves the session\nclear the display"), [])

    def test_names_say_what_is_inside(self):
        wrong = [path for path in tree.files() if PLAIN_NAMES_NEVER.search(path)]
        self.assertEqual(wrong, [])

    def test_sources_have_unix_line_ends(self):
        wrong = [path for path in tree.files() if path.endswith((".cc", ".h", ".def", ".inc", ".py", ".md", ".txt"))
                 and not path.startswith("tests/data/") and b"\r\n" in tree.read(path)]
        self.assertEqual(wrong, [])

    def test_every_c_plus_plus_test_mirrors_a_source_folder(self):
        wrong = []
        for path in tree.files():
            match = re.fullmatch(r"tests/((kernel|store|runtime|shell)(/.*)?)/[^/]+_test\.cc", path)
            if match and not os.path.isdir(os.path.join(tree.ROOT, match[1])):
                wrong.append(path)
        self.assertEqual(wrong, [])

    def test_scripts_parse(self):
        for path in tree.files():
            if path.endswith(".py"):
                compile(tree.read(path), path, "exec")
        for path in ("m31", ".ci/run"):
            done = subprocess.run(["sh", "-n", os.path.join(tree.ROOT, path)], stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(os.access(os.path.join(tree.ROOT, path), os.X_OK), path)


if __name__ == "__main__":
    unittest.main()
