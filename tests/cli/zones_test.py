#!/usr/bin/python3
"""Times in all zones are those of the tz database, as Python reads it: at random instants, and around the changes of a year."""
import datetime
import os
import random
import subprocess
import sys
import unittest
import zoneinfo

M31SH = os.path.join(os.environ["M31_BUILD_DIR"], "m31sh")
SEED = int(os.environ.get("M31_SEED", random.SystemRandom().randrange(1 << 32)))
PROGRAM = """
for line in stdin:
  zone, seconds = cut(line, " ")
  t = time.ofUnix(Int.parse(seconds), zone)
  back = time.at(t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second(), zone: zone)
  print(t.offset() // 1s, t.abbreviation(), t.unix() - back.unix(), t.date(), t.hour(), t.minute())
"""


def expected(zone, seconds):
    there = datetime.datetime.fromtimestamp(seconds, zoneinfo.ZoneInfo(zone))
    back = there.replace(fold=0)        # of two equal walls the first
    offset = int(there.utcoffset().total_seconds())
    return f"{offset} {there.tzname()} {seconds - int(back.timestamp())} {there.date()} {there.hour} {there.minute}"


class Zones(unittest.TestCase):
    def test_all_zones_at_random_instants(self):
        chance = random.Random(SEED)
        names = subprocess.run([M31SH, "-c", 'time.zones() | join("\\n")'], stdout=subprocess.PIPE, check=True, timeout=60)
        names = names.stdout.decode().split()
        self.assertGreater(len(names), 400)
        asked = [(name, chance.randrange(-4_000_000_000, 7_000_000_000)) for name in names for _ in range(3)]
        for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Europe/Dublin"):
            asked += [(name, seconds) for seconds in range(1_704_067_200, 1_735_689_600, 7200 * 3)]
        known = zoneinfo.available_timezones()
        asked = [(name, seconds) for name, seconds in asked if name in known]
        given = "".join(f"{name} {seconds}\n" for name, seconds in asked)
        done = subprocess.run([M31SH, "-c", PROGRAM], input=given.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=250)
        self.assertEqual(done.stderr.decode(), "")
        answers = done.stdout.decode().splitlines()
        self.assertEqual(len(answers), len(asked))
        for (name, seconds), answer in zip(asked, answers):
            self.assertEqual(answer, expected(name, seconds), f"{name} {seconds} seed {SEED}")


if __name__ == "__main__":
    sys.exit(unittest.main())
