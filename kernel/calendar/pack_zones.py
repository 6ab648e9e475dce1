#!/usr/bin/python3
"""Writes the time zones of this system's tz database as C++: pack_zones.py FOLDER OUTPUT.cc

Every distinct TZif file once (RFC 8536; its second part, with 64-bit times), and the sorted names with the file each one means.
So every build knows its zones by itself, and nodes of one build agree on them.
"""
import os
import struct
import sys


def second_part(data):
    """A TZif file from its second header on; None when it is no such file."""
    if data[:4] != b"TZif" or data[4:5] < b"2":
        return None
    isut, isstd, leap, times, types, chars = struct.unpack(">6I", data[20:44])
    return data[44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut:]


def literal(data):
    """C++ string literals of some bytes, one for each 64 of them; octal escapes of three digits run into nothing."""
    rows = []
    for at in range(0, len(data), 64):
        rows.append('"' + "".join(f"\\{byte:03o}" for byte in data[at:at + 64]) + '"')
    return "\n    ".join(rows)


def main():
    folder, output = sys.argv[1:]
    names, places, packed = {}, {}, b""
    for path, folders, files in sorted(os.walk(folder)):
        folders[:] = sorted(each for each in folders if each not in ("posix", "right"))
        for file in sorted(files):
            with open(os.path.join(path, file), "rb") as opened:
                part = second_part(opened.read())
            name = os.path.relpath(os.path.join(path, file), folder)
            if part is None or name in ("localtime", "posixrules", "Factory"):
                continue
            if part not in places:
                places[part] = (len(packed), len(part))
                packed += part
            names[name] = places[part]
    if not names:
        sys.exit(f"no time zones under {folder}: is the package tzdata installed?")
    rows = "\n".join(f'    {{"{name}", {at}, {size}}},' for name, (at, size) in sorted(names.items()))
    text = (f'#include "kernel/calendar/zone_table.h"\n\nnamespace m31::calendar {{\n\nconst char zone_bytes[] =\n    {literal(packed)};\n\n'
            f'const ZoneName zone_names[] = {{\n{rows}\n}};\nconst std::size_t zone_count = {len(names)};\n\n}}  // namespace m31::calendar\n')
    if not os.path.exists(output) or open(output, encoding="ascii").read() != text:
        os.makedirs(os.path.dirname(output), exist_ok=True)
        with open(output, "w", encoding="ascii") as opened:
            opened.write(text)


if __name__ == "__main__":
    main()
