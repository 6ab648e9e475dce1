"""A client of the language server protocol: what an editor does, one request at a time."""
import json
import subprocess

import shell


class Client:
    def __init__(self, folder, environment):
        self.process = subprocess.Popen([shell.SHELL, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        cwd=folder, env=environment)
        self.number = 0
        self.notes = []     # what the server said unasked

    def send_bytes(self, body):
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        length = None
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise EOFError(self.process.stderr.read().decode())
            if line == b"\r\n":
                break
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(self.process.stdout.read(length))

    def notify(self, method, **params):
        self.send_bytes(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())

    def ask(self, method, **params):
        """The whole answer: its result or its error."""
        self.number += 1
        self.send_bytes(json.dumps({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}).encode())
        while True:
            message = self.receive()
            if message.get("id") == self.number:
                return message
            self.notes.append(message)

    def result(self, method, **params):
        message = self.ask(method, **params)
        if "error" in message:
            raise AssertionError(message["error"])
        return message["result"]

    def initialize(self):
        result = self.result("initialize", processId=None, rootUri=None, capabilities={})
        self.notify("initialized")
        return result

    def diagnostics(self):
        """Of the text that was sent last."""
        while True:
            message = self.notes.pop(0) if self.notes else self.receive()
            if message.get("method") == "textDocument/publishDiagnostics":
                return message["params"]["diagnostics"]

    def open(self, uri, text):
        self.notify("textDocument/didOpen", textDocument={"uri": uri, "languageId": "m31", "version": 1, "text": text})
        return self.diagnostics()

    def change(self, uri, text, version=2):
        self.notify("textDocument/didChange", textDocument={"uri": uri, "version": version}, contentChanges=[{"text": text}])
        return self.diagnostics()

    def leave(self):
        self.result("shutdown")
        self.notify("exit")
        return self.process.wait(timeout=30 * shell.SLOW)

    def close(self):
        self.process.kill()
        self.process.communicate()
