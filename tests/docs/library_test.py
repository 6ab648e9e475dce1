#!/usr/bin/python3
"""Every word of the standard library says what it does with an example, and the example is true.

The comment before a word (`## ..`) holds examples, each to the end of its line, after two spaces or at the line's beginning:

  ## In upper case.  upper("ab") gives "AB"            show(upper("ab")) is the text after `gives`
  ## xs = [1]; xs.append(2); xs gives [1, 2]           statements, and an expression
  ## Int.parse("x") raises ValueError                  the error's type
  ## Waits.  as in sys.sleep(250ms)                    what the world answers is not known: it is checked, not run

A word whose name begins with `_` is for the library's own use.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AS_IN = re.compile(r"(?:^##|  )\s*as in (\S.*)$")
# What the checker calls by itself, and no program by name.
LOWERED = {"any"}


def example(line):
    """(code, how, what) of a line of a comment."""
    found = AS_IN.search(line)
    if found:
        return found.group(1), "as in", ""
    found = re.search(r"^## *(.*) (gives|raises) (.+)$", line)
    if not found:
        return None
    code = re.split(r"(?<=[.:;?)])  +(?=\S)", found.group(1))[-1].strip()
    return code, found.group(2), found.group(3).strip()


def groups(text):
    """(line number, comment lines, names) of each comment and the definitions under it."""
    comment, names, begin = [], [], 0
    for number, line in enumerate(text.splitlines() + ["## end"], 1):
        if line.startswith("##"):
            if names:
                yield begin, comment, names
                comment, names = [], []
            if not comment:
                begin = number
            comment.append(line)
        elif not line.strip():
            if names:
                yield begin, comment, names
            comment, names = [], []
        elif not line.startswith((" ", "#")):
            found = re.match(r"fn ([A-Za-z_0-9]+|[-+*/%<>=]+)|type (\w+)|(\w+) =", line)
            names.append(next(name for name in found.groups() if name))


def names_word(code, word):
    return word in code if not word[0].isalpha() else re.search(rf"(?<!\w){re.escape(word)}(?!\w)", code)


def run(m31sh, *paths):
    """The lines of m31sh test that say what is wrong, and how many examples it ran."""
    with tempfile.TemporaryDirectory() as home:
        env = dict(os.environ, XDG_DATA_HOME=home, XDG_STATE_HOME=home, XDG_CONFIG_HOME=home, TZ="UTC")
        done = subprocess.run([m31sh, "test", *paths], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=550)
    *said, last = done.stdout.decode(errors="replace").rstrip("\n").split("\n")
    counts = re.fullmatch(r"(\d+) passed, (\d+) failed", last)
    if not counts or (done.returncode and not said):
        return said + [last, f"m31sh test ended with {done.returncode}"], 0
    return said, int(counts[1]) + int(counts[2])


def main():
    m31sh, wrong, examples_of_all, words = os.path.join(os.environ["M31_BUILD_DIR"], "m31sh"), [], 0, 0
    paths = sorted(glob.glob(ROOT + "/share/m31/*.m31"))
    for path in paths:
        module = os.path.basename(path)[:-4]
        shown = {}
        for line, comment, names in groups(open(path, encoding="utf-8").read()):
            examples = [each for each in map(example, comment) if each]
            examples_of_all += len(examples)
            for name in names:
                shown.setdefault(name, (line, []))[1].extend(examples)
        for name, (line, examples) in shown.items():
            words += 1
            if name[0] == "_" or module in LOWERED or module == "errors":
                continue
            if not any(names_word(code, name) for code, _, _ in examples):
                wrong.append(f"share/m31/{module}.m31:{line}: `{name}` has no example")
    said, count = run(m31sh, *paths)
    wrong += said
    if count != examples_of_all:
        wrong.append(f"m31sh test ran {count} examples of {examples_of_all}")
    # The test can fail.
    with tempfile.NamedTemporaryFile("w", suffix=".m31") as file:
        file.write("## One more.  f(1) gives 3\n## f(1) raises ValueError\nfn f(n: Int): n + 1\n## as in nosuch()\nfn g(): 1\n")
        file.flush()
        said, count = run(m31sh, file.name)
        assert count == 3 and sum("FAILED" in line for line in said) == 3, said
    print("\n".join(wrong + [f"{examples_of_all} examples of {words} words, {len(wrong)} lines about what is wrong"]))
    return 1 if wrong or not examples_of_all else 0


if __name__ == "__main__":
    sys.exit(main())
