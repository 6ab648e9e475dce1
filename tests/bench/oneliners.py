"""The one-liners over a million rows: each beside mawk, miller and Python where they are installed, answers compared first.

mawk splits at commas: the CSV holds quoted commas only in a column behind those it is asked for, so that it can take part at all.
"""
import csv
import json
import os
import random
import shlex
import shutil
import statistics

ROWS = 1_000_000


def write_inputs(folder, rows):
    rng = random.Random(31)
    paths = {name: os.path.join(folder, name) for name in ("sales.csv", "events.ndjson", "access.log")}
    cities = [f"city{i}" for i in range(500)]
    with open(paths["sales.csv"], "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "city", "amount", "note"])
        writer.writerows([i, rng.choice(cities), rng.randrange(100_000), rng.choice(["", "a, b", 'say "x"', "plain"])]
                         for i in range(rows))
    with open(paths["events.ndjson"], "w", encoding="utf-8") as file:
        for i in range(rows):
            file.write(json.dumps({"ts": 1_700_000_000 + i, "status": rng.choice((200, 200, 200, 404, 500)),
                                   "path": f"/p/{rng.randrange(1000)}", "ms": rng.random() * 100}) + "\n")
    with open(paths["access.log"], "w", encoding="utf-8") as file:
        for _ in range(rows):
            file.write(f"10.0.{rng.randrange(8)}.{int(rng.paretovariate(1)) % 256} - - [21/Nov/2026:01:02:03 +0000] "
                       f'"GET /p/{rng.randrange(1000)} HTTP/1.1" {rng.choice((200, 404))} {rng.randrange(10_000)}\n')
    return paths


CASES = [
    ("group-by sum of a CSV with quotes", "sales.csv",
     "stdin|csv|sumBy(.city,.amount)",
     {"mawk": ["mawk", "-F,", 'NR>1{s[$2]+=$3}END{for(k in s)print k "\\t" s[k]}'],
      "miller": ["mlr", "--icsv", "--otsv", "--headerless-csv-output", "stats1", "-a", "sum", "-f", "amount", "-g", "city"],
      "python": ["/usr/bin/python3", "-c", "import csv,sys\ns={}\nfor r in csv.DictReader(sys.stdin): "
                 "s[r['city']]=s.get(r['city'],0)+int(r['amount'])\nfor k in s: print(k,s[k],sep='\\t')"]}),
    ("filter and count of NDJSON", "events.ndjson", "stdin|json|count({status:500})",
     {"mawk": ["mawk", '/"status": 500[,}]/{n++}END{print n}'],
      "miller": ["mlr", "--ijsonl", "--otsv", "--headerless-csv-output", "filter", "$status==500", "then", "count"],
      "python": ["/usr/bin/python3", "-c", "import json,sys\nprint(sum(json.loads(l)['status']==500 for l in sys.stdin))"]}),
    ("top client addresses of a log", "access.log", "stdin|column(0)|freq|top(5)",
     {"mawk": ["sh", "-c", "mawk '{c[$1]++}END{for(k in c)print k \"\\t\" c[k]}' | sort -t'\t' -k2,2nr -k1,1 | head -5"],
      "miller": ["mlr", "--inidx", "--ifs", " ", "--otsv", "--headerless-csv-output", "count", "-g", "1", "then",
                 "sort", "-nr", "count", "-f", "1", "then", "head", "-n", "5"],
      "python": ["/usr/bin/python3", "-c", "import sys,collections\nc=collections.Counter(l.split()[0] for l in sys.stdin)\n"
                 "for k,n in sorted(c.items(),key=lambda e:(-e[1],e[0]))[:5]: print(k,n,sep='\\t')"]}),
]


def typed(command):
    """What a person types for a command, with the least quoting that the shell needs."""
    if command[0] == "sh":
        return command[2]
    words = ["python3" if word == "/usr/bin/python3" else word for word in command]
    return " ".join(word if word == shlex.quote(word) else "'" + word + "'" for word in words)


def measure(bench, rows=ROWS):
    print(f"oneliners: {rows:,} rows each, process start included, page cache warm")
    paths = write_inputs(bench.folder, rows)
    for title, name, code, peers in CASES:
        commands = {"m31sh": [bench.shell, "-c", code]}
        commands.update({peer: command for peer, command in peers.items() if shutil.which(command[0]) and
                         (peer != "mawk" or shutil.which("mawk"))})
        times = {peer: [] for peer in commands}
        answers = {}
        for _ in range(max(1, bench.rounds)):
            for peer, command in commands.items():
                if peer in ("python", "miller") and len(times[peer]) == 3:
                    continue                                   # seconds each
                took_s, output = bench.timed(command, paths[name])
                times[peer].append(took_s)
                answers[peer] = sorted(output.decode().split("\n"))
        for peer, answer in answers.items():
            if answer != answers["python"]:
                raise SystemExit(f"{title}: {peer} answers {answer[:3]}, python {answers['python'][:3]}")
        medians = {peer: statistics.median(values) for peer, values in times.items()}
        base = medians.get("mawk", medians["m31sh"])
        lengths = {peer: len(typed(["m31sh", "-c", code] if peer == "m31sh" else command)) for peer, command in commands.items()}
        print(f"  {title}; all answers are equal\n    {typed(['m31sh', '-c', code])}")
        for peer, median in medians.items():
            print(f"    {peer:<10} {median:8.3f} s {median / base:8.2f}x {lengths[peer]:6} characters typed")
        for peer in ("mawk", "miller"):
            if peer in medians:
                bench.goal(f"{title}, in times of {peer}", medians["m31sh"] / medians[peer], 1)
                bench.goal(f"{title}, in characters of {peer}", lengths["m31sh"] / lengths[peer], 1)
