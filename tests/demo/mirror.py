#!/usr/bin/python3
"""A mirror of books in the manner of gutenberg.org/robot/harvest, on a loopback port of the system's choice.

    mirror.py [--circle] [--faults NAME,.. | --faults all] [--page-books N] [--delay-ms N] [--log FILE]

The first line on stdout is the port; it then serves until its stdin ends or it is killed. Pages of links are
text/html, `per page` zipped books each, joined by a "Next Page" link; books are application/zip. The ways to write a link
are mixed: scheme-relative, absolute, relative to the page, relative to the root, with entities and upper-case tags.

  --circle   each page also links to itself and to the first page: a crawl that does not end by itself
  --faults   the first page also links to /fault/NAME for each of the names

Under /fault/ the world is wrong in one way each; FAULTS lists them. /delay/MS/... answers like ... after MS ms.
"""
import argparse
import io
import os
import socket
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import books as texts  # noqa: E402

FAULTS = {
    "404": "status 404 with an HTML body",
    "500": "status 500",
    "redirect": "302 to target.html",
    "target.html": "nothing is wrong here: a page without links",
    "redirect-loop": "302 to itself",
    "redirect-chain": "302 through ever new addresses, without end",
    "slow": "headers after a minute",
    "trickle": "one byte of body each second, without end",
    "drop": "the connection closes in the middle of the body",
    "huge": "a body without end",
    "wrong-type": "application/x-unheard-of",
    "no-type": "no content type at all",
    "truncated.zip": "the first half of a zip",
    "not-a-zip.zip": "text called application/zip",
    "empty.zip": "a zip without entries",
    "bomb.zip": "a small zip that holds 1 GiB",
    "many.zip": "a zip of 100,000 entries",
    "deep.html": "elements nested 100,000 deep",
    "empty.html": "no byte of body",
    "garbage": "an answer that is not HTTP",
}


def zipped(name, data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2014, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        block = bytes(1 << 24)
        with archive.open("bomb.txt", "w") as entry:
            for _ in range(64):
                entry.write(block)
    return buffer.getvalue()


def many():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for index in range(100_000):
            archive.writestr(f"{index}.txt", b"x")
    return buffer.getvalue()


class Mirror(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, books, page_books=10, circle=False, faults=(), delay_ms=0, log=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.books = books
        self.page_books = page_books
        self.circle = circle
        self.faults = faults
        self.delay_ms = delay_ms
        self.log = log
        self.zips = {}
        self.lock = threading.Lock()

    @property
    def port(self):
        return self.server_address[1]

    @property
    def pages_count(self):
        return max(1, -(-len(self.books) // self.page_books))

    def handle_error(self, request, client_address):
        pass  # a client that goes away is no news

    def record(self, path, status):
        if self.log:
            with self.lock:
                self.log.write(f"{status} {path}\n")
                self.log.flush()

    def zip_of(self, index):
        with self.lock:
            known = self.zips.get(index)
        if known is None:
            name, data = self.books[index]
            known = zipped(name, data)
            with self.lock:
                self.zips[index] = known
        return known

    def book_link(self, index):
        host = f"127.0.0.1:{self.port}"
        number = f"{index + 1000}"
        return [
            f'<a href="//{host}/{number[0]}/{number[1]}/{number}/{number}.zip">//{host}/{number}.zip</a>',
            f'<a href="http://{host}/{number[0]}/{number[1]}/{number}/{number}.zip">{number}</a>',
            f'<a class=book href="../cache/{number}.zip">{number}</a>',
            f"<A HREF='/files/{number}.zip#top'>{number}</A>",
        ][index % 4]

    def page(self, number):
        first = number * self.page_books
        links = [self.book_link(i) for i in range(first, min(first + self.page_books, len(self.books)))]
        if number == 0:
            links += [f'<a href="/fault/{name}">{FAULTS[name]}</a>' for name in self.faults]
        if self.circle:
            links += ['<a href="harvest">first</a>', f'<a href="harvest?offset={number}">this</a>']
        if number + 1 < self.pages_count:
            links.append(f'<a href="harvest?offset={number + 1}&amp;filetypes[]=txt&amp;langs[]=en">Next Page</a>')
        body = "\n".join(f"<p>{link}</p>" for link in links)
        return (f"<!DOCTYPE html>\n<html><head><title>Harvest {number + 1}</title></head>\n<body>\n"
                f"<!-- <a href=\"/never/followed.zip\">commented out</a> -->\n<a name=top>No link</a>\n{body}\n"
                "</body></html>\n").encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, content_type, status=200, headers=()):
        self.server.record(self.path, status)
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if self.server.delay_ms:
            time.sleep(self.server.delay_ms / 1000)
        if path.startswith("/delay/"):
            _, _, delay_ms, path = path.split("/", 3)
            time.sleep(int(delay_ms) / 1000)
            path = "/" + path
        if path == "/robot/harvest":
            offset = 0
            for field in query.split("&"):
                if field.startswith("offset="):
                    offset = int(field[len("offset="):])
            if 0 <= offset < self.server.pages_count:
                return self.answer(self.server.page(offset), "text/html" if offset % 2 else "text/html; charset=UTF-8")
        elif path.startswith("/fault/"):
            return self.fault(path[len("/fault/"):])
        elif path.endswith(".zip"):
            number = path.rsplit("/", 1)[1][:-len(".zip")]
            if number.isdigit() and 0 <= int(number) - 1000 < len(self.server.books):
                return self.answer(self.server.zip_of(int(number) - 1000), "application/zip")
        elif path.startswith("/text/"):
            number = path[len("/text/"):]
            if number.isdigit() and int(number) < len(self.server.books):
                return self.answer(self.server.books[int(number)][1], "text/plain")
        return self.answer(b"<html><body>Not here</body></html>", "text/html", 404)

    def fault(self, name):
        here = f"http://127.0.0.1:{self.server.port}"
        if name == "404":
            return self.answer(b"<html><body>Not here</body></html>", "text/html", 404)
        if name == "500":
            return self.answer(b"broken", "text/plain", 500)
        if name == "redirect":
            return self.answer(b"", None, 302, [("Location", "/fault/target.html")])
        if name == "target.html":
            return self.answer(b"<html><body>arrived</body></html>", "text/html")
        if name == "redirect-loop":
            return self.answer(b"", None, 302, [("Location", f"{here}/fault/redirect-loop")])
        if name.startswith("redirect-chain"):
            step = int(name.partition("-chain-")[2] or 0)
            return self.answer(b"", None, 302, [("Location", f"{here}/fault/redirect-chain-{step + 1}")])
        if name == "slow":
            time.sleep(60)
            return self.answer(b"late", "text/plain")
        if name == "wrong-type":
            return self.answer(b"\x7fELF", "application/x-unheard-of")
        if name == "no-type":
            return self.answer(b"untyped", None)
        if name == "truncated.zip":
            whole = self.server.zip_of(len(self.server.books) - 1)
            return self.answer(whole[:len(whole) // 2], "application/zip")
        if name == "not-a-zip.zip":
            return self.answer(b"This is no zip at all.\n" * 100, "application/zip")
        if name == "empty.zip":
            return self.answer(b"PK\5\6" + bytes(18), "application/zip")
        if name in ("bomb.zip", "many.zip"):
            with self.server.lock:
                if name not in self.server.zips:
                    self.server.zips[name] = bomb() if name == "bomb.zip" else many()
            return self.answer(self.server.zips[name], "application/zip")
        if name == "deep.html":
            return self.answer(b"<div>" * 100_000 + b'<a href="/fault/target.html">deep</a>', "text/html")
        if name == "empty.html":
            return self.answer(b"", "text/html")
        if name in ("drop", "huge", "trickle"):
            return self.broken_body(name)
        if name == "garbage":
            self.server.record(self.path, 0)
            self.wfile.write(b"\0\1\2 this is not the protocol\r\n\r\n")
            self.close_connection = True
            return None
        return self.answer(b"no such fault", "text/plain", 404)

    def broken_body(self, name):
        self.server.record(self.path, 200)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(1 << 40))
        self.end_headers()
        self.close_connection = True
        try:
            if name == "drop":
                self.wfile.write(b"half of ")
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
            elif name == "trickle":
                while True:
                    self.wfile.write(b".")
                    time.sleep(1)
            else:
                block = b"words and more words\n" * 5_000
                while True:
                    self.wfile.write(block)
        except OSError:
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--circle", action="store_true")
    parser.add_argument("--faults", default="")
    parser.add_argument("--page-books", type=int, default=10)
    parser.add_argument("--delay-ms", type=int, default=0)
    parser.add_argument("--log", type=argparse.FileType("w"))
    options = parser.parse_args()
    faults = list(FAULTS) if options.faults == "all" else [name for name in options.faults.split(",") if name]
    mirror = Mirror(texts.all_books(), options.page_books, options.circle, faults, options.delay_ms,
                    options.log)
    threading.Thread(target=mirror.serve_forever, daemon=True).start()
    print(mirror.port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
