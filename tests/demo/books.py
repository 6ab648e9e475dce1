"""The texts that the demo's mirror serves, and what their words are.

Texts come from the folder $M31_CORPUS if set, else from the plain-text documents found on the machine (bounded), and
always from one generated text that holds the word "pi" a known number of times.

The oracle shares no code with M31: for an ASCII text it is the pipeline
    LC_ALL=C tr -s ' \\t\\n\\v\\f\\r' '\\n' | grep . | sort | uniq -c
and for any other text python's split of the decoded text, where bytes that are ill-formed stay what they were.
"""
import os
import random
import re
import subprocess
from collections import Counter

PI_COUNT = 3141
FOUND_FOLDERS = ["/usr/share/common-licenses", "/usr/share/doc", "/usr/share/perl", "/usr/share/cmake-3.25/Help"]
FOUND_ENDINGS = (".txt", ".rst", ".pod", ".md")
FOUND_FOLDER_BYTES_MAX = 3 << 20
BOOK_BYTES_MIN = 6 << 10
BOOK_BYTES_MAX = 8 << 20

NOT_WHITE = "[^\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
ORACLE_PIPELINE = r"tr -s ' \t\n\v\f\r' '\n' | grep . | sort | uniq -c"


def generated_book(words_count=200_000, seed=31):
    """A text of `words_count` made-up words and PI_COUNT times the word "pi" between them."""
    rng = random.Random(seed)
    syllables = ["an", "dro", "me", "da", "fi", "bril", "nu", "cle", "us", "man", "tle", "con", "stel", "la", "tion"]
    vocabulary = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(5_000)]
    assert "pi" not in vocabulary
    words = rng.choices(vocabulary, k=words_count) + ["pi"] * PI_COUNT
    rng.shuffle(words)
    lines = []
    at = 0
    while at < len(words):
        width = rng.randint(6, 14)
        lines.append(rng.choice(["", "", "  ", "\t"]) + " ".join(words[at:at + width]))
        at += width
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def is_text(data):
    return b"\0" not in data[:65536] and len(data.strip()) > 0


def read_folder(folder):
    """Every text directly in `folder` or below it, by name."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(place, name)
            if os.path.islink(path) and not os.path.exists(path):
                continue
            try:
                with open(path, "rb") as file:
                    yield path, file.read(BOOK_BYTES_MAX)
            except OSError:
                continue


def found_books():
    """Plain-text documents of this machine: of each folder the longest, at most FOUND_FOLDER_BYTES_MAX bytes."""
    books = []
    seen = set()
    for folder in FOUND_FOLDERS:
        here = [(name, data) for name, data in read_folder(folder)
                if (name.endswith(FOUND_ENDINGS) or folder.endswith("licenses")) and is_text(data)
                and BOOK_BYTES_MIN <= len(data) < BOOK_BYTES_MAX]
        here.sort(key=lambda book: (-len(book[1]), book[0]))
        room = FOUND_FOLDER_BYTES_MAX
        for name, data in here:
            if data not in seen and len(data) <= room:
                seen.add(data)
                books.append((os.path.basename(name), data))
                room -= len(data)
            if room < FOUND_FOLDER_BYTES_MAX // 20:
                break
    return books


def all_books():
    """[(name, bytes)] of all texts to serve, the generated one last."""
    folder = os.environ.get("M31_CORPUS")
    if folder:
        books = [(os.path.basename(path), data) for path, data in read_folder(folder) if is_text(data)]
        if not books:
            raise SystemExit(f"M31_CORPUS={folder}: no text found there")
    else:
        books = found_books()
    return books + [("generated-pi.txt", generated_book())]


def parse_uniq(output):
    table = Counter()
    for line in output.split(b"\n"):
        if line:
            count, word = line.lstrip(b" ").split(b" ", 1)
            table[word] += int(count)
    return table


def words_of(data):
    """Counter of the white-space separated words of one text, as bytes."""
    if data.isascii():
        output = subprocess.run(["sh", "-c", ORACLE_PIPELINE], input=data, stdout=subprocess.PIPE, check=False,
                                env={**os.environ, "LC_ALL": "C"}).stdout
        return parse_uniq(output)
    text = data.decode("utf-8", "surrogateescape")
    # str.split also splits at the separators U+001C..U+001F, which are not white space to Unicode.
    found = re.findall(NOT_WHITE, text) if re.search("[\x1c-\x1f]", text) else text.split()
    return Counter({w.encode("utf-8", "surrogateescape"): n for w, n in Counter(found).items()})


def words_of_all(books):
    total = Counter()
    for _, data in books:
        total.update(words_of(data))
    return total
