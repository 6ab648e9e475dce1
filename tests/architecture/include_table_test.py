#!/usr/bin/python3
"""The include table: who may include whom, and where each third-party header lives (docs/architecture.md).

Dependencies run downwards only: kernel <- store <- runtime <- shell, jupyter; shell and jupyter never meet. A third-party
header that is in no row of HOMES is refused: adding a dependency means adding a row.
"""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tree  # noqa: E402

MAY_INCLUDE = {
    "kernel": {"kernel"},
    "store": {"kernel", "store"},
    "runtime": {"kernel", "store", "runtime"},
    "shell": {"kernel", "store", "runtime", "shell"},
    "jupyter": {"kernel", "store", "runtime", "jupyter"},
}

# Third-party header (regex) -> files that may include it (regex). None of them but fmt is for headers of ours.
HOMES = [
    (r"lmdb\.h", r"store/[a-z_]+\.cc"),
    (r"boost/context/.*", r"runtime/io/native_fibril\.(h|cc)"),
    (r"curl/.*", r"runtime/plugins/http/.*\.cc"),
    (r"(zip|gumbo|zlib)\.h", r"runtime/parse/.*\.cc"),
    (r"rapidjson/.*", r"kernel/data/json_events\.cc"),
    (r"utf8proc\.h", r"(kernel|shell)/.*\.cc"),
    (r"xxhash\.h", r"(kernel|store|runtime)/.*\.cc"),
    (r"sodium/.*", r"kernel/words/.*\.cc"),
    (r"re2/.*", r"kernel/words/.*\.cc"),
    (r"CLI/.*", r"shell/.*\.cc"),
    (r"nlohmann/.*", r"shell/.*\.cc"),
    (r"fmt/.*", r".*\.cc"),
    (r"catch2/catch\.hpp", r"tests/.*"),
]
ONE_FILE_ONLY = [r"lmdb\.h", r"boost/context/.*"]

# The kernel has no thread, no socket and no file; headers stay light.
KERNEL_NEVER = re.compile(r"(thread|condition_variable|future|semaphore|fstream|filesystem|pthread\.h|"
                          r"sys/(socket|epoll|eventfd|stat)\.h|netinet/.*|fcntl\.h|poll\.h|dlfcn\.h)")
HEADER_NEVER = re.compile(r"(regex|iostream|fmt/.*)")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"]+)[>"]', re.MULTILINE)
SYSTEM = re.compile(
    r"[a-z0-9_]+|c?(assert|errno|limits|math|signal|stddef|stdint|stdio|stdlib|string|time)\.h|[a-z0-9]*intrin\.h|cxxabi\.h|"
    r"(dirent|dlfcn|endian|execinfo|fcntl|fnmatch|getopt|glob|grp|langinfo|link|locale|malloc|netdb|poll|pthread|pwd|sched|"
    r"spawn|strings|syslog|termios|ucontext|unistd|wchar|wctype)\.h|(sys|linux|netinet|arpa|sanitizer)/[a-z0-9_]+\.h")


def complaints(path, text):
    """What is wrong with the includes of one C++ file."""
    folder = path.split("/")[0]
    is_header = path.endswith(".h")
    wrong = []
    if is_header and "#pragma once" not in text:
        wrong.append("no #pragma once")
    if is_header and not text.lstrip().startswith(("//", "/*")):
        wrong.append("does not open with what it is")
    for kind, name in INCLUDE.findall(text):
        if kind == '"':
            target = name.split("/")[0]
            if not os.path.isfile(os.path.join(tree.ROOT, name)):
                wrong.append(f'"{name}" is no path from the root of the repository')
            elif folder in MAY_INCLUDE and target not in MAY_INCLUDE[folder]:
                wrong.append(f'{folder}/ must not include "{name}"')
            elif folder == "tests" and len(path.split("/")) > 2 and path.split("/")[1] in MAY_INCLUDE:
                area = path.split("/")[1]
                if target != "tests" and target not in MAY_INCLUDE[area]:
                    wrong.append(f'tests of {area}/ must not include "{name}"')
            continue
        homes = [home for header, home in HOMES if re.fullmatch(header, name)]
        if homes:
            if not any(re.fullmatch(home, path) for home in homes) and not path.startswith("tests/"):
                wrong.append(f"<{name}> lives in {homes[0]}")
        elif not SYSTEM.fullmatch(name):
            wrong.append(f"<{name}> is in no row of HOMES")
        if folder == "kernel" and KERNEL_NEVER.fullmatch(name):
            wrong.append(f"the kernel has no <{name}>")
        if is_header and HEADER_NEVER.fullmatch(name):
            wrong.append(f"<{name}> is too heavy for a header")
    return wrong


def sources():
    return [(path, text) for path, text in tree.text_files() if path.endswith((".h", ".cc", ".def", ".inc"))]


class IncludeTable(unittest.TestCase):
    def test_every_include_is_allowed(self):
        wrong = [f"{path}: {what}" for path, text in sources() if not path.endswith((".def", ".inc"))
                 for what in complaints(path, text)]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_a_header_with_one_home_has_one(self):
        for header in ONE_FILE_ONLY:
            users = [path for path, text in sources() if not path.startswith("tests/")
                     and any(re.fullmatch(header, name) for _, name in INCLUDE.findall(text))]
            self.assertLessEqual(len(users), 1, f"{header}: {users}")

    def test_the_rules_can_fail(self):
        heading = "// What it is.\n#pragma once\n"
        for path, text, said in [
            ("kernel/a.h", "// What.\n", "pragma"),
            ("kernel/a.h", "#pragma once\n", "open"),
            ("kernel/a.cc", '#include "CMakeLists.txt"\n', "must not"),
            ("kernel/a.cc", '#include "a.h"\n', "no path"),
            ("kernel/a.cc", "#include <thread>\n", "kernel has no"),
            ("kernel/a.cc", "#include <lmdb.h>\n", "lives in"),
            ("shell/a.cc", "#include <zmq/zmq.hpp>\n", "no row"),
            ("shell/a.cc", "#include <uv.h>\n", "no row"),
            ("shell/a.h", heading + "#include <iostream>\n", "too heavy"),
            ("shell/a.h", heading + "#include <fmt/format.h>\n", "too heavy"),
        ]:
            found = complaints(path, text)
            self.assertTrue(any(said in what for what in found), (path, text, found))
        self.assertEqual(complaints("store/a.cc", "#include <vector>\n#include <sys/mman.h>\n"), [])


if __name__ == "__main__":
    unittest.main()
