#!/usr/bin/python3
"""Writes archives, good and hostile, into a folder: make_archives.py FOLDER"""
import gzip
import os
import struct
import sys
import zipfile
import zlib


def archive(path, entries, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as out:
        for name, data in entries:
            out.writestr(name, data)


def main(folder):
    def at(name):
        return os.path.join(folder, name)

    archive(at("two.zip"), [("b.txt", b"first"), ("folder/", b""), ("a.txt", b"second\n"), ("c.txt", "c\u0153ur\0".encode())])
    archive(at("stored.zip"), [("a.txt", b"as it is")], zipfile.ZIP_STORED)
    archive(at("empty.zip"), [])
    link = zipfile.ZipInfo("link")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    archive(at("link.zip"), [("a.txt", b"text\n"), (link, b"/etc/passwd")])
    archive(at("same-name.zip"), [("a", b"1"), ("b", b"2")])
    whole = open(at("two.zip"), "rb").read()
    with open(at("same-name.zip"), "rb") as same:
        data = same.read().replace(b"b", b"a")
    open(at("same-name.zip"), "wb").write(data)
    open(at("truncated.zip"), "wb").write(whole[:len(whole) // 2])
    archive(at("damaged.zip"), [("a.txt", os.urandom(1000))], zipfile.ZIP_STORED)
    data = bytearray(open(at("damaged.zip"), "rb").read())
    data[200] ^= 0xff
    open(at("damaged.zip"), "wb").write(data)
    archive(at("bomb.zip"), [("zeros", bytes(100 << 20))])
    archive(at("many.zip"), [(f"{i}.txt", b"x") for i in range(70_000)], zipfile.ZIP_STORED)
    # Large, but not out of proportion to what it came from.
    archive(at("repeated.zip"), [("pi.txt", b"pi is a word, pi is\n" * 1_000_000)])
    with open(at("one.gz"), "wb") as out:
        out.write(gzip.compress(b"one\n") + gzip.compress(b"two") + bytes(64))
    open(at("truncated.gz"), "wb").write(gzip.compress(os.urandom(10_000))[:5000])
    open(at("bomb.gz"), "wb").write(gzip.compress(bytes(100 << 20)))
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = packed.compress(b"text") + packed.flush()
    # The checksum is wrong.
    open(at("damaged.gz"), "wb").write(b"\x1f\x8b\x08\0\0\0\0\0\0\3" + raw + struct.pack("<II", 12345, 4))


if __name__ == "__main__":
    main(sys.argv[1])
