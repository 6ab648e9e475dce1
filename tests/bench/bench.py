#!/usr/bin/python3
"""The measurements: m31sh beside the peers that are installed, as ratios of medians from interleaved runs.

    bench.py --build DIR [--rounds N] [start] [words] [fibrils] [calls] [interpreter] [compile] [oneliners]

Results are compared before times are: a peer that answers differently ends the benchmark with an error. Times alone mean
little on a shared machine, so every line says how many times the reference's median it took.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "demo")]
import books as texts  # noqa: E402
import generate  # noqa: E402
import oneliners  # noqa: E402

WORDS_BYTES_MIN = 100 << 20
WORDS_CODE = "stdin | words | lower | freq"
# The program itself types 45 characters at most; mawk's does the same work on what tr gives it.
MAWK_CODE = r"""LC_ALL=C tr -cs A-Za-z '\n' | LC_ALL=C tr A-Z a-z | mawk '$0!=""{c[$0]++} END{for(w in c) print w "\t" c[w]}'"""

UNITS_NS = {"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "min": 60e9}


def nanoseconds(text):
    """What a peer printed: a Duration of M31 (1.5ms, or parts of it together), or a number of seconds."""
    parts = re.findall(r"([0-9._e+-]+?)(ns|us|µs|ms|min|s)", text)
    if parts:
        return sum(float(number.replace("_", "")) * UNITS_NS[unit] for number, unit in parts)
    return float(text) * 1e9


class Bench:
    def __init__(self, options):
        self.build = os.path.abspath(options.build)
        self.shell = os.path.join(self.build, "m31sh")
        self.rounds = options.rounds
        self.folder = tempfile.mkdtemp(prefix="m31-bench-")
        self.environment = {**os.environ, "XDG_DATA_HOME": os.path.join(self.folder, "data"),
                            "XDG_STATE_HOME": os.path.join(self.folder, "state"),
                            "XDG_CONFIG_HOME": os.path.join(self.folder, "config")}
        self.missed = []

    def goal(self, what, value, most):
        verdict = "met" if value <= most else "MISSED"
        print(f"  goal: {what} at most {most:.3g}: {value:.2f}, {verdict}")
        if value > most:
            self.missed.append(what)

    def tool(self, name):
        path = os.path.join(self.build, name)
        return path if os.access(path, os.X_OK) else None

    # ------------------------------------------------------------------------------------------------ start
    def start(self):
        """The time from exec to exit of a program that does nothing much."""
        print("start: one program that prints a number, from exec to exit")
        commands = [("mawk", ["mawk", "BEGIN{print 1}"]), ("m31sh -c 1", [self.shell, "-c", "1"])]
        for name, code in (("perl", ["perl", "-e", "print 1"]), ("lua5.4", ["lua5.4", "-e", "print(1)"]),
                           ("python3", ["/usr/bin/python3", "-S", "-c", "print(1)"])):
            if shutil.which(code[0]):
                commands.append((name, code))
        arguments = []
        for _, command in commands:
            arguments += ["--", *command] if arguments else command
        output = subprocess.run([self.tool("launch"), str(self.rounds * 40), *arguments], env=self.environment,
                                stdout=subprocess.PIPE, check=True, text=True).stdout
        medians = [float(line.split()[0]) for line in output.splitlines()]
        for (name, _), median in zip(commands, medians):
            print(f"  {name:<14} {median / 1000:8.2f} ms {median / medians[0]:8.2f}x")
        self.goal("start of m31sh, in starts of mawk", medians[1] / medians[0], 2)

    # ------------------------------------------------------------------------------------------------ words
    def words_input(self):
        books = [data for _, data in texts.all_books() if data.isascii()]
        once = b"\n".join(books) + b"\n"
        path = os.path.join(self.folder, "words.txt")
        size = 0
        with open(path, "wb") as file:
            while size < WORDS_BYTES_MIN:
                size += file.write(once)
        return path, size

    def timed(self, command, path):
        """(seconds, output) of a command that reads `path` on its standard input."""
        with open(path, "rb") as file:
            began_s = time.monotonic()
            done = subprocess.run(command, stdin=file, stdout=subprocess.PIPE, env=self.environment, check=True)
            return time.monotonic() - began_s, done.stdout

    def words(self):
        """The one-liner over at least 100 MB, process start included."""
        path, size = self.words_input()
        print(f"words: {WORDS_CODE}, {size / 1e6:.0f} MB of ASCII texts, process start included, page cache warm")
        commands = []
        if self.tool("yardstick_words"):
            commands.append(("yardstick (C++, 2 threads)", [self.tool("yardstick_words")]))
        commands.append(("m31sh", [self.shell, "-c", WORDS_CODE]))
        commands.append(("tr | mawk", ["sh", "-c", MAWK_CODE]))
        tables = {}
        times = {name: [] for name, _ in commands}
        for _ in range(self.rounds):
            for name, command in commands:
                took_s, output = self.timed(command, path)
                times[name].append(took_s)
                tables.setdefault(name, sorted(output.splitlines()))
        expected = tables["tr | mawk"]
        for name, table in tables.items():
            if table != expected:
                raise SystemExit(f"{name} counts other words than tr | mawk: {len(table)} lines, {len(expected)} expected; "
                                 f"first of its own: {sorted(set(table) - set(expected))[:3]}")
        print(f"  all tables are equal: {len(expected)} words")
        medians = {name: statistics.median(values) for name, values in times.items()}
        base = medians[commands[0][0]]
        for name, median in medians.items():
            print(f"  {name:<28} {median:8.3f} s {median / base:8.2f}x {size / median / 1e9:8.2f} GB/s")
        if "yardstick (C++, 2 threads)" in medians:
            times_faster = medians["tr | mawk"] / base
            valid = times_faster >= 10
            print(f"  the yardstick is {times_faster:.1f}x faster than tr | mawk: "
                  + ("a valid yardstick" if valid else "NOT A VALID YARDSTICK (10x is asked)"))
            self.goal("m31sh, in yardsticks", medians["m31sh"] / base, 6)

    # ---------------------------------------------------------------------------------------------- fibrils
    def measured(self, command):
        """(output, peak bytes) of a command."""
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen(command, stdout=out, env=self.environment, stdin=subprocess.DEVNULL,
                                       cwd=self.folder)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                raise SystemExit(f"{command[0]} ended with status {process.returncode}")
            out.seek(0)
            return out.read().decode(), usage.ru_maxrss * 1024

    def fibril_rows(self):
        """name -> function that runs once and gives the passes that the first program printed, as lists of words,
        what the second one printed, and the peak in bytes."""
        def m31(processors):
            arguments = ["--fibrils", "1100000"] + (["--processors", str(processors)] if processors else [])

            def run():
                output, peak = self.measured([self.shell, *arguments, os.path.join(HERE, "fibrils.m31")])
                passes = [line.split()[1:] for line in output.splitlines()]
                output, _ = self.measured([self.shell, *arguments, os.path.join(HERE, "messages.m31")])
                return passes, output.split(), peak
            return run

        def peer(command):
            def run():
                output, peak = self.measured(command)
                lines = [line.split() for line in output.splitlines()]
                return [line[1:] for line in lines[:-1]], lines[-1][1:], peak
            return run

        rows = {"m31sh, 1 processor": m31(1), f"m31sh, {os.cpu_count()} processors": m31(0)}
        if shutil.which("go"):
            binary = os.path.join(self.folder, "fibrils-go")
            subprocess.run(["go", "build", "-o", binary, os.path.join(HERE, "fibrils.go")], check=True,
                           env={**self.environment, "GO111MODULE": "off", "GOCACHE": os.path.join(self.folder, "go")})
            rows["go, 1 processor"] = peer(["env", "GOMAXPROCS=1", binary])
            rows[f"go, {os.cpu_count()} processors"] = peer([binary])
        if shutil.which("erlc"):
            subprocess.run(["erlc", "-o", self.folder, os.path.join(HERE, "fibrils.erl")], check=True)
            rows["erlang, 1 processor"] = peer(["erl", "+P", "2000000", "+S", "1", "-noshell", "-pa", self.folder,
                                                "-s", "fibrils", "main"])
        return rows

    def fibrils(self):
        """A million fibrils, and two million messages."""
        print("fibrils: 1,000,000 spawned, parked, each sent one message, all collected; then 2,000,000 messages")
        print("  in three passes of one process: the first pays the kernel for its memory, the others use it again")
        columns = ["first", "again", "send", "collect", "message"]
        print(f"  {'ns':<22}" + "".join(f" {name:>8}" for name in columns) + f" {'peak MiB':>9}")
        rows = self.fibril_rows()
        samples = {name: [] for name in rows}
        for _ in range(max(3, self.rounds // 2)):
            for name, run in rows.items():
                passes, messages, peak = run()
                if any(each[0] != "499999500000" for each in passes) or messages[0] != "1999999000000":
                    raise SystemExit(f"{name} answers {[each[0] for each in passes]} and {messages[0]}")
                times = [[nanoseconds(x) / 1e6 for x in each[1:]] for each in passes]
                spawn, send, collect = (min(column) for column in zip(*times[1:]))
                samples[name].append([times[0][0], spawn, send, collect, nanoseconds(messages[1]) / 2e6,
                                      peak / (1 << 20)])
        for name, rows_of in samples.items():
            *times, peak = (statistics.median(column) for column in zip(*rows_of))
            print(f"  {name:<22}" + "".join(f" {time:8.0f}" for time in times) + f" {peak:9.0f}")
        # Nanoseconds mean something on an idle machine only: the best pass is nearest to one.
        one = [min(column) for column in zip(*samples["m31sh, 1 processor"])]
        self.goal("spawn, ns in the best pass", min(one[0], one[1]), 300)
        self.goal("message, ns in the best round", one[4], 100)
        self.goal("a million fibrils, MiB", one[5], 2048)

    # ------------------------------------------------------------------------------------------------ calls
    def calls(self):
        """System calls of a program of two million local messages."""
        if not shutil.which("strace"):
            print("calls: strace is not installed")
            return
        print("calls: system calls of messages.m31 (2,000,000 local messages)")
        for processors in ("1", "2"):
            summary = os.path.join(self.folder, "calls")
            subprocess.run(["strace", "-f", "-c", "-o", summary, self.shell, "--processors", processors,
                            os.path.join(HERE, "messages.m31")], env=self.environment, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, check=True)
            with open(summary, encoding="utf-8") as file:
                count = [int(line.split()[3]) for line in file if line.rstrip().endswith("total")][0]
            print(f"  {processors} processor(s): {count}")
            self.goal(f"system calls, {processors} processor(s)", count, 1000)

    # ------------------------------------------------------------------------------------------ interpreter
    def processor_time(self, command):
        """(seconds of processor time, output) of a command: time in which others had the processor does not count."""
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen(command, stdout=out, env=self.environment, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}")
            out.seek(0)
            return usage.ru_utime + usage.ru_stime, out.read()

    def interpreter(self):
        """The same program in M31 and in Lua, process start included."""
        if not shutil.which("lua5.4"):
            print("interpreter: lua5.4 is not installed")
            return
        print("interpreter: programs in M31 and in Lua 5.4, processor time, process start included")
        folder = os.path.join(HERE, "interpreter")
        faster = []
        for name in sorted(file[:-4] for file in os.listdir(folder) if file.endswith(".m31")):
            commands = {"m31sh": [self.shell, os.path.join(folder, name + ".m31")],
                        "lua5.4": ["lua5.4", os.path.join(folder, name + ".lua")]}
            outputs = {who: self.processor_time(command)[1] for who, command in commands.items()}
            if outputs["m31sh"] != outputs["lua5.4"]:
                raise SystemExit(f"{name} answers otherwise than in Lua: {outputs}")
            times = {who: [] for who in commands}
            for _ in range(self.rounds):
                for who, command in commands.items():
                    times[who].append(self.processor_time(command)[0])
            ours, theirs = (statistics.median(times[who]) for who in ("m31sh", "lua5.4"))
            faster.append(theirs / ours)
            print(f"  {name:<14} m31sh {ours * 1000:7.0f} ms   lua5.4 {theirs * 1000:7.0f} ms   {faster[-1]:6.2f}x as fast")
        median = statistics.median(faster)
        print(f"  median of {len(faster)}: {median:.2f}x as fast as lua5.4")
        self.goal("time of m31sh in times of lua5.4, median of the programs", 1 / median, 1 / 1.5)

    # -------------------------------------------------------------------------------------------- compile
    def compile(self):
        """A program of 10,000 lines, each of whose functions is called once: checked, compiled and run."""
        text, groups = generate.module(10_000)
        path = os.path.join(self.folder, "large.m31")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text + "".join(f"print(use{i}(3, 4))\n" for i in range(groups)))
        lines = text.count("\n") + groups
        print(f"compile: a program of {lines:,} lines, {len(text) / 1e3:.0f} kB, all of it used, processor time")
        times = []
        for _ in range(self.rounds):
            seconds, output = self.processor_time([self.shell, path])
            if output.count(b"\n") != groups:
                raise SystemExit(f"the program of {lines} lines printed {output[:200]}")
            times.append(seconds * 1000)
        nothing = statistics.median(self.processor_time([self.shell, "-c", "1"])[0] for _ in range(self.rounds)) * 1000
        print(f"  {statistics.median(times):.0f} ms, of which {nothing:.0f} ms are the start")
        self.goal("check, compile and run 10,000 lines, ms", statistics.median(times), 300)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    bench = Bench(options)
    parts = {"start": bench.start, "words": bench.words, "fibrils": bench.fibrils, "calls": bench.calls,
             "interpreter": bench.interpreter, "compile": bench.compile,
             "oneliners": lambda: oneliners.measure(bench)}
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
    unknown = set(options.names) - set(parts)
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))} (there are: {', '.join(parts)})")
    try:
        for name in options.names or parts:
            parts[name]()
            print()
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
    if bench.missed:
        print(f"{len(bench.missed)} goals missed: {'; '.join(bench.missed)}")
        return 1
    print("all goals met")
    return 0


if __name__ == "__main__":
    sys.exit(main())
