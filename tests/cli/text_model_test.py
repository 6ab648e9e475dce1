#!/usr/bin/python3
"""Words on texts give what Python gives, for random texts of every length up to some quanta of the words' work (32 KiB)."""
import base64
import hashlib
import os
import random
import re
import subprocess
import sys
import unittest
import urllib.parse

M31SH = os.path.join(os.environ["M31_BUILD_DIR"], "m31sh")
SEED = int(os.environ.get("M31_SEED", random.SystemRandom().randrange(1 << 32)))
LETTERS = ["a", "b", "A", "ä", "€", "\U0001f600", " ", "\t", "\n", "\u2003", "1", "\u0662", ".", "-", "%", "'"]
SPACES = " \t\n\u2003"

PROGRAM = r"""
fn sum_of(s: String): sha256(s)[0..16]
s = host.read("text")
from = host.read("from")
to = host.read("to")
for x in [trim(s), trimStart(s), trimEnd(s), replace(s, from, to), reverse(s), join(split(s, from), "|"), join(chars(s), to), hex(s), base64(s),
          urlEncode(s), urlDecode(urlEncode(s)), text(unhex(hex(s))), text(unbase64(base64(s))), textOfCodes(codes(s)), repeat(from, 9000),
          replace(s, re("[ab]+"), to), join(split(s, re("[ab1]")), "|"), join(findAll(s, r"\pL+"), "|"), join(findAll(s, "[^ ]a"), "|")]:
  print(sum_of(x))
for n in [count(s, from), len(s), find(s, from) ?? -1, find(s, re("b+")) ?? -1, count(lines(s)), count(split(s))]: print(n)
print(isSpace(s), isAscii(s), contains(s, from), startsWith(s, from), endsWith(s, from))
"""


def letters(s):
    return re.findall(r"[^\W\d_]+", s)


def expected(s, old, new):
    def digest(x):
        return hashlib.sha256(x if isinstance(x, bytes) else x.encode()).hexdigest()[:16]
    encoded = urllib.parse.quote(s, safe="-_.~")
    texts = [s.strip(SPACES), s.lstrip(SPACES), s.rstrip(SPACES), s.replace(old, new), s[::-1], "|".join(s.split(old)), new.join(s),
             s.encode().hex(), base64.b64encode(s.encode()), encoded, s, s, s, s, old * 9000, re.sub("[ab]+", lambda _: new, s),
             "|".join(re.split("[ab1]", s)), "|".join(letters(s)), "|".join(re.findall("[^ ]a", s))]
    found = re.search("b+", s)
    lines = s.split("\n")
    numbers = [s.count(old), len(s), s.find(old), found.start() if found else -1, len(lines) - (lines[-1] == ""), len(s.split())]
    flags = [s != "" and s.strip(SPACES) == "", s != "" and s.isascii(), old in s, s.startswith(old), s.endswith(old)]
    return [digest(x) for x in texts] + [str(n) for n in numbers] + [" ".join(str(f) for f in flags)]


class Texts(unittest.TestCase):
    def test_against_python(self):
        import tempfile
        chance = random.Random(SEED)
        for turn in range(60):
            kind = chance.sample(LETTERS, chance.randrange(1, len(LETTERS)))
            size = chance.choice([0, 1, 2, 5, 50, 5000, 16384, 32768 + chance.randrange(-40, 40), 40000, 98304 + chance.randrange(-40, 40)])
            s = "".join(chance.choices(kind, k=size))
            start = chance.randrange(len(s) + 1)
            old = s[start:start + chance.choice([1, 2, 3, 40])] or "zz"
            new = chance.choice(["", "x", "ä€", "123456789" * 5])
            with self.subTest(turn=turn, seed=SEED), tempfile.TemporaryDirectory() as folder:
                for name, value in (("text", s), ("from", old), ("to", new)):
                    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
                        file.write(value)
                env = dict(os.environ, XDG_DATA_HOME=folder, XDG_STATE_HOME=folder, XDG_CONFIG_HOME=folder)
                done = subprocess.run([M31SH, "-c", PROGRAM], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
                self.assertEqual(done.stderr.decode(), "")
                self.assertEqual(done.stdout.decode().splitlines(), expected(s, old, new), (kind, size, old, new))


if __name__ == "__main__":
    sys.exit(unittest.main())
