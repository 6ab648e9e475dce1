#!/usr/bin/python3
"""An HTTP server on loopback in which each path is wrong in one way. Prints its port; ends when its stdin does."""
import gzip
import http.server
import socket
import sys
import threading
import time

PAGE = b'<html><a href="/ok">ok</a> <a href=x.zip>zip</a></html>'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    connections = 0
    requests_now = 0
    requests_most = 0
    lock = threading.Lock()

    def setup(self):
        with Handler.lock:
            Handler.connections += 1
        super().setup()

    def log_message(self, *_):
        pass

    def answer(self, status=200, body=b"", headers=(), content_type=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path
        with Handler.lock:
            Handler.requests_now += 1
            Handler.requests_most = max(Handler.requests_most, Handler.requests_now)
        try:
            self.serve(path)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with Handler.lock:
                Handler.requests_now -= 1

    def serve(self, path):
        if path == "/ok":
            self.answer(body=b"fine\0bytes", content_type="Text/Plain; Charset=UTF-8")
        elif path == "/page":
            self.answer(body=PAGE, content_type="text/html")
        elif path == "/empty":
            self.answer()
        elif path == "/connections":
            self.answer(body=str(Handler.connections).encode())
        elif path == "/most":
            self.answer(body=str(Handler.requests_most).encode())
        elif path == "/here":
            self.answer(302, headers=[("Location", "/page#part")])
        elif path == "/loop":
            self.answer(302, headers=[("Location", "/loop")])
        elif path == "/to-file":
            self.answer(302, headers=[("Location", "file:///etc/passwd")])
        elif path == "/slow":
            time.sleep(5)
            self.answer()
        elif path.startswith("/delay/"):
            time.sleep(int(path.rsplit("/", 1)[1]) / 1000)
            self.answer(body=b"late")
        elif path == "/stated-large":
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
        elif path == "/endless":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while True:
                self.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        elif path == "/gzip":
            self.answer(body=gzip.compress(b"packed " * 1000), headers=[("Content-Encoding", "gzip")])
        elif path == "/gzip-bomb":
            self.answer(body=gzip.compress(bytes(1 << 25)), headers=[("Content-Encoding", "gzip")])
        elif path == "/cut-off":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        elif path == "/garbage":
            self.wfile.write(b"\x00\xff no http at all\r\n\r\n")
            self.close_connection = True
        elif path == "/hang-up":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        else:
            self.answer(404, b"<html>not here</html>", content_type="text/html")


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_):
        pass                                        # clients that go away are what is tested


def main():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
