#!/usr/bin/python3
"""Runs programs in the language and compares what they print with what they say they print.

  M31_BUILD_DIR=DIR programs_test.py [FILE...]     without files: all of tests/lang and share/examples

Each file is run as a script on one processor, through -c on four, on standard input, pasted at a prompt, and by a Session
without a face (session_face.cc); by an instrumented build, which is slow, only as a script. When fibrils run elsewhere or are killed (torment), only
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
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile


TORMENTED = 'M31_TORMENT_PEER' in os.environ or 'M31_TORMENT_KILL' in os.environ


def is_instrumented(build):
    with open(os.path.join(build, 'CMakeCache.txt'), encoding='utf-8') as cache:
        return re.search(r'^SANITIZE:\w+=.', cache.read(), re.M) is not None


def directives(text, word):
    return [m.group(1) for m in re.finditer(rf'^\s*# {word}: ?(.*)$', text, re.M)]


def home_in(home):
    return dict(os.environ, XDG_DATA_HOME=home, XDG_STATE_HOME=home, XDG_CONFIG_HOME=home)


PROMPT = b'\x1b[?2004h\rm31> '                                 # reading keys begins, and ends by 2004l


def at_prompt(m31sh, text):
    """What a terminal receives while the program runs, pasted at a prompt as one cell."""
    seen = b''

    def take(seconds):
        nonlocal seen
        if not select.select([terminal], [], [], seconds)[0]:
            raise subprocess.TimeoutExpired(m31sh, seconds)
        seen += os.read(terminal, 1 << 16)

    with tempfile.TemporaryDirectory() as home:
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(m31sh, [m31sh], dict(home_in(home), TERM='xterm', NO_COLOR='1', ASAN_OPTIONS='detect_leaks=0'))
        try:
            while PROMPT not in seen:
                take(60)
            seen = b''
            keys = b'\x1b[200~' + text.encode() + b'\x1b[201~\r'
            while keys:                                           # what it echoes is read, or both would wait
                readable, writable, _ = select.select([terminal], [terminal], [])
                if readable:
                    take(0)
                if writable:
                    keys = keys[os.write(terminal, keys[:256]):]
            # A line of the paste is followed by a prompt that continues it, the last one by what the cell prints.
            run_of = re.compile(rb'\x1b\[\?2004l((?:(?!\x1b\[\?2004[lh]).)*)' + re.escape(PROMPT), re.S)
            while not (found := run_of.search(seen)):
                take(60)
            return found.group(1).replace(b'\r\n', b'\n')
        except OSError:                                           # it ended
            return seen
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(terminal)


def check_faces(m31sh, text, expect, errors, fails):
    """At the prompt and by a bare Session: what a program prints is the same; how a value is shown is the face's.
    (A program that is refused is not pasted: at a prompt one that is not whole is waited for.)"""
    valueless = text if errors else text.rstrip('\n') + '\nNone\n'
    with tempfile.NamedTemporaryFile('w', suffix='.m31', encoding='utf-8', newline='') as file, \
            tempfile.TemporaryDirectory() as home:
        file.write(valueless)
        file.flush()
        session = subprocess.run([os.path.join(os.path.dirname(m31sh), 'm31_session_face'), file.name], env=home_in(home),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        if session.returncode == 2 and not errors:
            return []                                             # it is nothing but its value
        prompt = expect if errors else at_prompt(m31sh, valueless).decode(errors='replace')
        out, err = session.stdout.decode(errors='replace'), session.stderr.decode(errors='replace')
        if out != expect:                                         # its last value is missing
            expect = run(m31sh, 'file', file.name, valueless, '').stdout.decode(errors='replace')
    problems = []
    if out != expect:
        problems.append(f'Session: printed\n{out}--- expected\n{expect}---\n{err}')
    if prompt != expect and not (fails and prompt.startswith(expect)):
        problems.append(f'prompt: printed\n{prompt}--- expected\n{expect}---')
    problems += [f'Session: no {needle!r} in\n{err}' for needle in errors + fails if needle not in err]
    problems += [f'prompt: no {needle!r} in\n{prompt}' for needle in fails if needle not in prompt]
    return problems


def run(m31sh, how, path, text, stdin):
    # What a program prints depends neither on how it came nor on the number of processors.
    arguments = {'file': ['--processors', '1', path], 'code': ['--processors', '4', '-c', text], 'stdin': ['-']}[how]
    given = text if how == 'stdin' else stdin
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run([m31sh] + arguments, input=given.encode(), env=home_in(home),
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
            return problems
    if 'stdin' in ways:
        problems = check_faces(m31sh, text, expect, errors, fails)
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
