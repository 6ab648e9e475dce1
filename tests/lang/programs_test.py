#!/usr/bin/python3
"""Runs programs in the language and compares what they print with what they say they print.

  M31_BUILD_DIR=DIR programs_test.py [FILE...]     without files: all of tests/lang and share/examples

Each file is run as a script on one processor, through -c on four, and on standard input; by an instrumented
build, which is slow, only as a script. When fibrils run elsewhere or are killed (torment), only
as a script, and those that say `# heavy: WHY` not at all.

A line `# program: NAME` begins a program of its own: what a file holds between two of them is one program. Programs of one
theme stand in one file.

In a program, `# expect: TEXT` lines are, in order, all of its standard output. `# error: TEXT`
lines must each occur in the diagnostics of a program that is refused (exit 2); `# fails: TEXT` in
the error of one that fails while it runs (exit 1). `# stdin: TEXT` lines are its input.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile


TORMENTED = 'M31_TORMENT_PEER' in os.environ or 'M31_TORMENT_KILL' in os.environ


def is_instrumented(build):
    with open(os.path.join(build, 'CMakeCache.txt'), encoding='utf-8') as cache:
        return re.search(r'^SANITIZE:\w+=.', cache.read(), re.M) is not None


def directives(text, word):
    return [m.group(1) for m in re.finditer(rf'^\s*# {word}: ?(.*)$', text, re.M)]


def run(m31sh, how, path, text, stdin):
    # What a program prints depends neither on how it came nor on the number of processors.
    arguments = {'file': ['--processors', '1', path], 'code': ['--processors', '4', '-c', text], 'stdin': ['-']}[how]
    given = text if how == 'stdin' else stdin
    with tempfile.TemporaryDirectory() as home:
        env = dict(os.environ, XDG_DATA_HOME=home, XDG_STATE_HOME=home, XDG_CONFIG_HOME=home)
        return subprocess.run([m31sh] + arguments, input=given.encode(), env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)


def parts(path):
    """(name, text) of each program in a file."""
    text = open(path, encoding='utf-8', newline='').read()
    found = re.split(r'^# program: (.*)\n', text, flags=re.M)
    name = os.path.basename(path)
    if len(found) == 1:
        return [(name, text)]
    return [(f'{name}: {found[i]}', found[i + 1]) for i in range(1, len(found), 2)]


def check_text(m31sh, text):
    with tempfile.NamedTemporaryFile('w', suffix='.m31', encoding='utf-8', newline='') as file:
        file.write(text)
        file.flush()
        return check(m31sh, file.name)


def check(m31sh, path):
    text = open(path, encoding='utf-8', newline='').read()
    expect = ''.join(line + '\n' for line in directives(text, 'expect'))
    errors, fails = directives(text, 'error'), directives(text, 'fails')
    stdin = ''.join(line + '\n' for line in directives(text, 'stdin'))
    code = 2 if errors else 1 if fails else 0
    problems = []
    ways = ['file'] if TORMENTED or is_instrumented(os.path.dirname(m31sh)) else ['file', 'code'] if stdin else ['file', 'code', 'stdin']
    for how in ways:
        try:
            done = run(m31sh, how, path, text, stdin)
        except subprocess.TimeoutExpired:
            problems.append(f'{how}: did not end')
            continue
        out, err = done.stdout.decode(errors='replace'), done.stderr.decode(errors='replace')
        if done.returncode != code:
            problems.append(f'{how}: exit {done.returncode}, expected {code}\n{err}')
        if out != expect:
            problems.append(f'{how}: printed\n{out}--- expected\n{expect}---\n{err}')
        for needle in errors + fails:
            if needle not in err:
                problems.append(f'{how}: no {needle!r} in\n{err}')
        if problems:
            break
    return problems


def programs():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    found = glob.glob(root + '/tests/lang/**/*.m31', recursive=True) + glob.glob(root + '/share/examples/*.m31')
    return sorted(found)


def is_run(text):
    # An example that says nothing of what it prints wants a network or a book.
    return directives(text, '(?:expect|error|fails)') and not (TORMENTED and directives(text, 'heavy'))


def main():
    m31sh, paths = os.path.join(os.environ['M31_BUILD_DIR'], 'm31sh'), sys.argv[1:] or programs()
    wanted = [(name, text) for path in paths for name, text in parts(path) if sys.argv[1:] or is_run(text)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for (name, _), problems in zip(wanted, pool.map(lambda each: check_text(m31sh, each[1]), wanted)):
            print(('FAILED ' if problems else 'ok     ') + name)
            for problem in problems:
                print('    ' + problem.replace('\n', '\n    '))
            failed += bool(problems)
    print(f'{len(wanted) - failed} passed, {failed} failed')
    return 1 if failed or not wanted else 0


if __name__ == '__main__':
    sys.exit(main())
