#!/usr/bin/python3
"""The demo: Figure 2 of the Andromeda paper over a local mirror of real texts, and every count checked.

    demo.py --build DIR      DIR holds m31sh; M31_CORPUS names a folder of texts to use instead of this machine's
"""
import argparse
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import books as texts  # noqa: E402
import figure2  # noqa: E402
import mirror  # noqa: E402

TIME_LIMIT_S = 600


class Progress:
    """One line that is written over on a terminal; elsewhere a line every few seconds."""

    def __init__(self):
        self.on_terminal = sys.stdout.isatty()
        self.last_s = 0.0

    def show(self, text, last=False):
        now_s = time.monotonic()
        if self.on_terminal:
            sys.stdout.write(f"\r\033[K{text}" + ("\n" if last else ""))
            sys.stdout.flush()
        elif last or now_s - self.last_s > 3:
            print(text, flush=True)
            self.last_s = now_s


def megabytes(count):
    return f"{count / 1e6:.1f} MB"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    options = parser.parse_args()
    shell = os.path.join(os.path.abspath(options.build), "m31sh")

    books = texts.all_books()
    ascii_count = sum(data.isascii() for _, data in books)
    print(f"{len(books)} texts, {megabytes(sum(len(data) for _, data in books))} "
          f"({ascii_count} of them ASCII), one of them generated with {texts.PI_COUNT} times the word \"pi\"")
    served = set()
    server = mirror.Mirror(books, log=None)
    server.record = lambda path, status: served.add(path)
    for index in range(len(books)):
        server.zip_of(index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    documents_count = len(books) + server.pages_count
    print(f"mirror: http://127.0.0.1:{server.port}/robot/harvest, {server.pages_count} pages of links, "
          f"{len(books)} zipped books")

    run = figure2.Run(shell, server.port)
    print(f"running share/examples/figure2.m31 over a fresh store (its seed is the mirror instead of {figure2.SEED})")
    progress = Progress()
    began_s = time.monotonic()
    with open(os.path.join(run.folder.name, "stdout"), "w+b") as out, \
            open(os.path.join(run.folder.name, "stderr"), "w+b") as err:
        process = run.start(stdout=out, stderr=err)
        while process.poll() is None:
            time.sleep(0.1)
            elapsed_s = time.monotonic() - began_s
            progress.show(f"  {len(served)} of {documents_count} documents fetched, {elapsed_s:.1f} s")
            if elapsed_s > TIME_LIMIT_S:
                process.kill()
        took_s = time.monotonic() - began_s
        progress.show(f"  {len(served)} of {documents_count} documents fetched, {took_s:.1f} s", last=True)
        out.seek(0)
        err.seek(0)
        answer, complaint = out.read().decode("utf-8", "replace"), err.read().decode("utf-8", "replace")
    if process.returncode != 0:
        print(complaint, file=sys.stderr)
        print(f"FAILED: m31sh ended with status {process.returncode}")
        return 1
    print("it answers:")
    for line in answer.splitlines():
        print(f"  {line}")

    table, why = run.table()
    if table is None:
        print(why, file=sys.stderr)
        print(f"FAILED: a second m31sh could not read the table with: {figure2.TABLE_CODE}")
        return 1
    print("most frequent words in the store, read by a second m31sh:")
    for word, count in sorted(table.items(), key=lambda entry: (-entry[1], entry[0]))[:12]:
        print(f"  {count:>9}  {word.decode('utf-8', 'replace')}")

    expected = texts.words_of_all(books)
    wrong = figure2.differences(expected, table)
    run.close()
    pi = expected[b"pi"]
    if wrong:
        print(f"FAILED: {len(wrong)} of {len(expected)} words differ from the oracle's counts, the first of them:")
        for word, want, got in wrong[:10]:
            print(f"  {word.decode('utf-8', 'replace')}: expected {want}, in the store {got}")
        return 1
    if str(pi) not in answer:
        print(f"FAILED: the program's answer does not say {pi}")
        return 1
    print(f"CHECKED: all {len(expected)} words and their {sum(expected.values())} occurrences are exactly the oracle's "
          f"(tr | sort | uniq -c over each text); \"pi\" {pi} times, {texts.PI_COUNT} of them generated.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
