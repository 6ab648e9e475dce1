#!/usr/bin/python3
"""Every ```m31 block of docs/*.md and README.md is a program; it prints what its `# expect:` lines say."""
import glob
import os
import re
import sys
import tempfile

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(root, 'tests', 'lang'))
import programs_test  # noqa: E402


def blocks(path):
    """(line number, program) of each m31 block of a page."""
    text = open(path, encoding='utf-8').read()
    for found in re.finditer(r'^```m31\n(.*?)^```$', text, re.M | re.S):
        yield text.count('\n', 0, found.start()) + 2, found.group(1)


def main():
    m31sh = os.path.join(os.environ['M31_BUILD_DIR'], 'm31sh')
    passed = failed = 0
    for page in sorted(glob.glob(root + '/docs/*.md')) + [root + '/README.md']:
        for line, program in blocks(page):
            with tempfile.NamedTemporaryFile('w', suffix='.m31', delete=False) as file:
                file.write(program)
            problems = programs_test.check(m31sh, file.name)
            os.unlink(file.name)
            passed, failed = passed + (not problems), failed + bool(problems)
            for problem in problems:
                print(f'{os.path.relpath(page, root)}:{line}: {problem}')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
