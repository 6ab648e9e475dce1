#!/usr/bin/python3
"""Random programs for a moment, and the proof that a bug would be found.

Long: ./m31 build torment && build/torment/m31_fuzz_programs --programs 1000000 tests/lang/*.m31 share/examples/*.m31
"""
import glob
import os
import re
import subprocess
import sys

BUILD = os.environ["M31_BUILD_DIR"]
SECONDS = os.environ.get("M31_FUZZ_SECONDS", "1")
FILES = sorted(glob.glob("tests/lang/**/*.m31", recursive=True) + glob.glob("share/examples/*.m31"))


def fuzz(program, *arguments):
    return subprocess.run([os.path.join(BUILD, program), *arguments], capture_output=True, text=True, errors="replace", check=False)


PLANTED = "m31_fuzz_planted"                                     # built for torment, which finds such bugs
if os.path.exists(os.path.join(BUILD, PLANTED)):
    found = fuzz(PLANTED, "--programs", "5000")
    if found.returncode == 0 or "AddressSanitizer" not in found.stderr or "planted.cc" not in found.stderr:
        sys.exit(f"the planted bug was not found:\n{found.stdout}{found.stderr}")
    seed = re.search(r"--seed (\d+)", found.stderr).group(1)
    again = fuzz(PLANTED, "--programs", "100", "--seed", seed)
    if again.returncode == 0 or again.stderr.split("--- program")[1] != found.stderr.split("--- program")[1]:
        sys.exit(f"the report does not reproduce:\n{found.stderr}\n{again.stdout}{again.stderr}")

done = fuzz("m31_fuzz_programs", "--seconds", SECONDS, *FILES)
print(done.stdout)
if done.returncode != 0:
    sys.exit(done.stderr)
