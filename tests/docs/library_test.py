#!/usr/bin/python3
"""Every word of the standard library says what it does with an example, and the example is true.

The comment before a word (`## ..`) holds examples, each to the end of its line, after two spaces or at the line's beginning:

  ## In upper case.  upper("ab") gives "AB"            show(upper("ab")) is the text after `gives`
  ## xs = [1]; xs.append(2); xs gives [1, 2]           statements, and an expression
  ## Int.parse("x") raises ValueError                  the error's type
  ## Waits.  as in sys.sleep(250ms)                    what the world answers is not known: it is checked, not run

A word whose name begins with `_` is for the library's own use.
"""
import concurrent.futures
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


def program(code, how):
    if how == "as in":
        return f"fn example():\n  {code}\n  None\n"
    parts = code.split("; ")
    for at in range(len(parts) - 1, -1, -1):        # a `; ` in a text is none between statements
        last = "; ".join(parts[at:])
        if all(last.count(a) == last.count(b) for a, b in ("()", "[]", "{}")) and last.count('"') % 2 == 0:
            break
    return "\n".join(parts[:at] + [f"print(show({last}))"]) + "\n"


def run(m31sh, code, how, what):
    """What is wrong with an example, or None."""
    with tempfile.TemporaryDirectory() as home:
        env = dict(os.environ, XDG_DATA_HOME=home, XDG_STATE_HOME=home, XDG_CONFIG_HOME=home, TZ="UTC")
        done = subprocess.run([m31sh, "-c", program(code, how)], env=env, input=b"", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300)
    out, err = done.stdout.decode(errors="replace").rstrip("\n"), done.stderr.decode(errors="replace").strip()
    if how == "gives" and (done.returncode or out != what):
        return f"{code} gives {out or err}, not {what}"
    if how == "raises" and (done.returncode != 1 or what.split()[0] not in err):
        return f"{code} raises no {what}: {out}{err}"
    if how == "as in" and done.returncode:
        return f"{code}: {err}"
    return None


def main():
    m31sh, wrong, jobs, words = os.path.join(os.environ["M31_BUILD_DIR"], "m31sh"), [], [], 0
    for path in sorted(glob.glob(ROOT + "/share/m31/*.m31")):
        module = os.path.basename(path)[:-4]
        shown = {}
        for line, comment, names in groups(open(path, encoding="utf-8").read()):
            examples = [each for each in map(example, comment) if each]
            for name in names:
                shown.setdefault(name, (line, []))[1].extend(examples)
            jobs += [(f"share/m31/{module}.m31:{line}", each) for each in examples]
        for name, (line, examples) in shown.items():
            words += 1
            if name[0] == "_" or module in LOWERED or module == "errors":
                continue
            if not any(names_word(code, name) for code, _, _ in examples):
                wrong.append(f"share/m31/{module}.m31:{line}: `{name}` has no example")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for (place, each), problem in zip(jobs, pool.map(lambda job: run(m31sh, *job[1]), jobs)):
            if problem:
                wrong.append(f"{place}: {problem}")
    # The test can fail.
    assert run(m31sh, "1 + 1", "gives", "3") and run(m31sh, "1", "raises", "ValueError") and run(m31sh, "nosuch()", "as in", "")
    print("\n".join(wrong + [f"{len(jobs)} examples of {words} words, {len(wrong)} wrong"]))
    return 1 if wrong or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
