#!/usr/bin/python3
"""m31sh fmt: one layout for every program, which keeps its meaning and its comments."""
import os
import random
import re
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402


def programs():
    """Path and text of every program of the repository."""
    for folder, folders, names in os.walk(shell.SOURCE_DIR):
        folders[:] = sorted(f for f in folders if f not in ("build", ".git", ".cache"))
        for name in sorted(names):
            if name.endswith(".m31"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8", newline="") as file:
                    yield path, file.read()


# A string (short ones only), a comment, or blanks between two others on a line.
LEXEME = re.compile(r'r?"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#.*| +')


def disturb(text, rng):
    """The program with other blanks, other indentation, more empty lines, in the same lines."""
    times = rng.choice((1, 2, 3))

    def blanks(found):
        return " " * rng.randrange(1, 4) if found[0].isspace() else found[0]

    lines = []
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        body = LEXEME.sub(blanks, line[indent:])
        if "#" not in body and body:
            body += " " * rng.choice((0, 0, 1, 5))
        lines.append(" " * (indent * times) + body)
        if not line and rng.random() < 0.3:
            lines += [""] * rng.randrange(1, 3)
    return "\n".join(lines)


class Fmt(shell.ShellTest):
    def fmt(self, text, status=0):
        done = self.run_shell("fmt", "-", stdin=text.encode())
        self.assertEqual(done.status, status, done.complaint)
        return done.text

    def assert_becomes(self, text, expected):
        self.assertEqual(self.fmt(text), expected)
        self.assertEqual(self.fmt(expected), expected, "not idempotent")

    def tree(self, text):
        done = self.run_shell("--dump=ast", "-", stdin=text.encode())
        return re.sub(r" @\d+(\.\.\d+)?", "", done.text)

    def test_the_programs_of_the_repository_are_formatted(self):
        right = [path for path, text in programs() if self.run_shell("--dump=ast", path).status == 0]
        self.assertGreater(len(right), 50)
        done = self.run_shell("fmt", "--check", *right)
        self.assertEqual((done.status, done.text), (0, ""), "run: m31sh fmt " + done.text)

    def test_layout_is_found_again_after_it_was_disturbed(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        tried = 0
        all_programs = [(path, text) for path, text in programs()
                        if "# fmt: off" not in text and '"""' not in text and "refused" not in path]
        rng.shuffle(all_programs)
        for path, text in all_programs[:60 if shell.SLOW == 1 else 5]:
            if any("#" in line and not line.lstrip().startswith("#") for line in text.split("\n")):
                continue   # the column of a comment behind code is the author's
            if re.search(r"^ *[|.,)\]}]|[([{,]$", text, re.M):
                continue   # lines that go on stand where they stood in relation to others
            other = disturb(text, rng)
            if self.tree(other) != self.tree(text) or not self.tree(text):
                continue   # a blank too many inside a word of another kind
            tried += 1
            with self.subTest(path, seed=seed):
                self.assertEqual(self.fmt(other), text, f"seed {seed}")
        self.assertGreater(tried, 20 if shell.SLOW == 1 else 0, f"seed {seed}")

    def test_the_meaning_is_kept(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        all_programs = list(programs())
        for _ in range(40 if shell.SLOW == 1 else 4):
            path, text = rng.choice(all_programs)
            # A few bytes elsewhere, as a person in the middle of something would leave them.
            for _ in range(rng.randrange(4)):
                at, to = rng.randrange(len(text)), rng.randrange(len(text))
                text = text[:at] + text[to:to + rng.randrange(6)] + text[at + rng.randrange(3):]
            done = self.run_shell("fmt", "-", stdin=text.encode())
            self.assert_clean(done)
            if done.status != 0:
                self.assertEqual((done.status, done.out), (2, b""), f"seed {seed} {path}")
                continue
            self.assertEqual(self.tree(done.text), self.tree(text), f"seed {seed} {path}")
            self.assertEqual(self.fmt(done.text), done.text, f"seed {seed} {path}: not idempotent")

    def test_blanks(self):
        self.assert_becomes("x=1+2*-3\ny = f( x,-x , a:1 ) [ 0 ]", "x = 1 + 2 * -3\ny = f(x, -x, a: 1)[0]\n")
        self.assert_becomes("m=[ 'a':1 ]; e=[ : ]; r={ ...m , age :4 }", "m = ['a': 1]; e = [:]; r = {...m, age: 4}\n")
        self.assert_becomes("f=x=>x+1\ng = ( + )\nxs|map( .name )|sort", "f = x => x + 1\ng = (+)\nxs | map(.name) | sort\n")
        self.assert_becomes("fn  f( a:Int,b=2 )->Int?:a", "fn f(a: Int, b = 2) -> Int?: a\n")
        self.assert_becomes("g: fn( Int )->Int uses {fs}=f", "g: fn(Int) -> Int uses {fs} = f\n")
        self.assert_becomes("0..3 | map(f)\nxs[ 1.. ]\na + 1 .. b", "0..3 | map(f)\nxs[1..]\na + 1 .. b\n")

    def test_spellings_stay(self):
        text = "x = 0xff + 1_000 + 5s\ny = r\"a\\b\" + 'c' + \"\\(x +  1)\"\n"
        self.assert_becomes(text, text)

    def test_blocks_and_brackets(self):
        self.assert_becomes("if a:\n    b\n    if c:\n          d\nelse:\n e\n", "if a:\n  b\n  if c:\n    d\nelse:\n  e\n")
        self.assert_becomes("f(a,\nb)\nf(\na,\n    b\n    )\n", "f(a,\n  b)\nf(\n  a,\n  b\n)\n")
        self.assert_becomes("xs | map(x =>\n      y = x\n      y)\n", "xs | map(x =>\n  y = x\n  y)\n")
        self.assert_becomes("xs\n| sort\n      | uniq\n", "xs\n  | sort\n  | uniq\n")
        self.assert_becomes("if a:\n    xs\n| sort\n", "if a:\n  xs\n| sort\n")

    def test_comments(self):
        self.assert_becomes("#!/usr/bin/m31sh\n\n\n# one   \nif a:\n    # two\n    b   # three\n    # four\n# five\nc\n\n\n\n# six",
                            "#!/usr/bin/m31sh\n\n# one\nif a:\n  # two\n  b     # three\n  # four\n# five\nc\n\n# six\n")
        self.assert_becomes("xs = [\n1,   # one\n    # two\n]\n", "xs = [\n  1,  # one\n  # two\n]\n")
        self.assert_becomes("##  doc\nfn f(x): x\n", "##  doc\nfn f(x): x\n")

    def test_long_lines_are_broken(self):
        words = ", ".join(f'"number {i}"' for i in range(20))
        text = self.fmt(f"xs = [{words}]\n")
        lines = text.rstrip("\n").split("\n")
        self.assertLessEqual(max(map(len, lines)), 120)
        self.assertEqual(lines[1][:7], '      "')
        self.assertEqual(self.fmt(text), text)
        pipe = " | ".join(f"map(x => x + {i})" for i in range(12))
        text = self.fmt(f"xs | {pipe}\n")
        self.assertTrue(all(line.startswith("  | ") for line in text.rstrip("\n").split("\n")[1:]), text)
        self.assertEqual(self.fmt(text), text)

    def test_what_shall_not_be_touched(self):
        self.assert_becomes("a=1\n# fmt: off\nb=2\n  \n# fmt: on\nc=3\n", "a = 1\n# fmt: off\nb=2\n  \n# fmt: on\nc = 3\n")

    def test_line_ends_and_marks(self):
        self.assert_becomes("\ufeffif a:\r\n    b\r\nc", "if a:\n  b\nc\n")
        self.assert_becomes("", "")
        self.assert_becomes("# only this", "# only this\n")

    def test_in_place_and_check(self):
        right, wrong = self.write("right.m31", "x = 1\n"), self.write("wrong.m31", "x=1\n")
        os.chmod(wrong, 0o755)
        done = self.run_shell("fmt", "--check", right, wrong)
        self.assertEqual((done.status, done.text), (1, wrong + "\n"))
        self.assert_ok(self.run_shell("fmt", right, wrong))
        with open(wrong, encoding="utf-8") as file:
            self.assertEqual(file.read(), "x = 1\n")
        self.assertEqual(stat.S_IMODE(os.stat(wrong).st_mode), 0o755)
        self.assert_ok(self.run_shell("fmt", "--check", right, wrong))

    def test_a_program_that_does_not_parse_is_left_alone(self):
        path = self.write("broken.m31", "x=(1\n")
        self.assert_refused(self.run_shell("fmt", path), "never closed")
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "x=(1\n")


if __name__ == "__main__":
    unittest.main()
