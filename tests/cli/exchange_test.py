#!/usr/bin/python3
"""Tables and JSON in and out, against Python's own csv and json."""
import csv
import io
import json
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402


def random_cell(rng):
    alphabet = ["a", "b", ",", '"', "\n", "\r\n", " ", "ä", "\t", "\\", "0", ";"]
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(8 if rng.random() < 0.95 else 30_000)))


def random_json(rng, levels):
    kind = rng.randrange(9 if levels else 7)
    if kind == 7:
        return [random_json(rng, levels - 1) for _ in range(rng.randrange(4))]
    if kind == 8:
        return {random_cell(rng): random_json(rng, levels - 1) for _ in range(rng.randrange(4))}
    return [None, True, False, rng.randrange(-2**63, 2**63), rng.uniform(-1e6, 1e6), random_cell(rng), 0][kind]


class Exchange(shell.ShellTest):
    def setUp(self):
        super().setUp()
        self.seed = random.randrange(2**32)
        self.rng = random.Random(self.seed)

    def say(self):
        return f"seed {self.seed}"

    def test_csv_is_read_as_python_reads_it(self):
        for ends in ("\n", "\r\n"):
            rows = [[random_cell(self.rng).replace("\r\n", "\n") or "x" for _ in range(3)] for _ in range(200)]
            text = io.StringIO()
            writer = csv.writer(text, lineterminator=ends)
            writer.writerow(["k", "v", "w"])
            writer.writerows(rows)
            data = text.getvalue().encode()
            done = self.assert_ok(self.run_shell("--json", "-c", "stdin | csv({v: String, k: String}) | list", stdin=data))
            self.assertEqual([[r["k"], r["v"]] for r in json.loads(done.out)], [row[:2] for row in rows], self.say())

    def test_csv_is_written_as_python_reads_it(self):
        rows = [{"a": random_cell(self.rng), "b": str(i)} for i in range(100)]
        done = self.assert_ok(self.run_shell("--csv", "-c", "stdin | json({a: String, b: String}) | list",
                                        stdin="".join(json.dumps(row) + "\n" for row in rows).encode()))
        table = list(csv.DictReader(io.StringIO(done.out.decode(), newline="")))
        self.assertEqual(table, rows, self.say())

    def test_json_comes_back(self):
        values = [random_json(self.rng, 4) for _ in range(200 if shell.SLOW == 1 else 20)]
        text = "".join(json.dumps(value, ensure_ascii=self.rng.random() < 0.5) + "\n" for value in values).encode()
        done = self.assert_ok(self.code("for x in stdin | json: print(toJson(x))", stdin=text))
        self.assertEqual([json.loads(line) for line in done.out.decode().splitlines()], values, self.say())

    def test_each_form_of_a_value(self):
        code = '[{a: 1, b: "x,y"}, {a: 2, b: "z"}]'
        for form, expected in (("--json", b'[{"a":1,"b":"x,y"},{"a":2,"b":"z"}]\n'), ("--csv", b'a,b\n1,"x,y"\n2,z\n'),
                               ("--tsv", b"1\tx,y\n2\tz\n"), ("--m31", b'[{a: 1, b: "x,y"}, {a: 2, b: "z"}]\n')):
            self.assertEqual(self.assert_ok(self.run_shell(form, "-c", code)).out, expected)

    def test_what_has_no_form_fails(self):
        done = self.run_shell("--json", "-c", "Float.inf")
        self.assertEqual(done.status, 1)
        self.assertIn("JSON has no Float.inf", done.complaint)

    def test_a_wrong_row_is_named(self):
        done = self.code("stdin | csv({n: Int}) | map(.n) | sum", stdin=b"n\n1\ntwo\n")
        self.assertEqual(done.status, 1)
        self.assertIn("row 2: column `n`: expected Int, found \"two\"", done.complaint)


if __name__ == "__main__":
    unittest.main()
