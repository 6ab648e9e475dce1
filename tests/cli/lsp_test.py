#!/usr/bin/python3
"""m31sh lsp, driven as an editor drives it."""
import json
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lsp_client  # noqa: E402
import shell  # noqa: E402

URI = "file:///books/count%20words.m31"
TEXT = """## Counts words.  tally("a a") gives ["a": 2]
fn tally(book: String) -> Map[String, Int]:
  parts = book | words
  parts | freq

type Shape = Circle(r: Float) | Dot()
text = "😀 to be" + "or not"; size = len(text)
print(tally(text), size)
test "tallies": assert tally("x") == ["x": 1]
"""


def place(text, what, after=0):
    """Line and UTF-16 character where `what` begins."""
    at = text.index(what) + after
    line = text.count("\n", 0, at)
    before = text[text.rfind("\n", 0, at) + 1:at]
    return {"line": line, "character": len(before.encode("utf-16-le")) // 2}


def covered(text, span):
    """The text of a range."""
    lines = text.split("\n")

    def offset(at):
        line = lines[at["line"]].encode("utf-16-le")[:2 * at["character"]].decode("utf-16-le")
        return sum(len(each) + 1 for each in lines[:at["line"]]) + len(line)
    return text[offset(span["start"]):offset(span["end"])]


class Lsp(shell.ShellTest):
    def setUp(self):
        super().setUp()
        self.client = lsp_client.Client(self.folder, self.environment)
        self.addCleanup(self.client.close)
        self.capabilities = self.client.initialize()["capabilities"]
        self.document = {"uri": URI}

    def at(self, method, what, after=0, text=TEXT, **more):
        return self.client.result("textDocument/" + method, textDocument=self.document, position=place(text, what, after), **more)

    def test_begins_and_ends(self):
        for each in ("hoverProvider", "completionProvider", "definitionProvider", "documentSymbolProvider", "documentFormattingProvider"):
            self.assertTrue(self.capabilities[each], each)
        self.assertEqual(self.client.leave(), 0)

    def test_an_end_without_shutdown_is_none(self):
        self.client.notify("exit")
        self.assertEqual(self.client.process.wait(timeout=30 * shell.SLOW), 1)

    def test_diagnostics_come_and_go(self):
        self.assertEqual(self.client.open(URI, TEXT), [])
        wrong = TEXT.replace("book | words", "book | wrods")
        found = self.client.change(URI, wrong)
        self.assertEqual([(each["severity"], covered(wrong, each["range"])) for each in found], [(1, "wrods")])
        self.assertIn("did you mean `words`?", found[0]["message"])
        self.assertEqual(self.client.change(URI, TEXT, 3), [])
        behind = 'x = "😀"; n: Int = "text"\n'
        self.assertEqual(covered(behind, self.client.change(URI, behind, 4)[0]["range"]), '"text"')
        self.client.notify("textDocument/didClose", textDocument=self.document)
        self.assertEqual(self.client.diagnostics(), [])

    def test_edits_make_it_right(self):
        wrong = TEXT.replace("book | words", "book | wrods")
        found = self.client.open(URI, wrong)
        actions = self.client.result("textDocument/codeAction", textDocument=self.document, range=found[0]["range"], context={"diagnostics": found})
        edit = actions[0]["edit"]["changes"][URI][0]
        self.assertEqual((covered(wrong, edit["range"]), edit["newText"]), ("wrods", "words"))

    def test_hover(self):
        self.client.open(URI, TEXT)
        for what, after, said in (("tally(text)", 1, "tally(book: String) -> Map[String, Int]"), ("tally(text)", 1, "Counts words."),
                                  ("freq", 2, "How often each element occurs"), ("parts | freq", 0, "parts: List[String]"),
                                  ("size)", 1, "size: Int"), ("book | words", 0, "book: String")):
            self.assertIn(said, self.at("hover", what, after)["contents"]["value"], what)
        self.assertEqual(covered(TEXT, self.at("hover", "len(text)", 1)["range"]), "len")
        self.assertIsNone(self.at("hover", "[\"x\"", 0, TEXT))

    def test_definition(self):
        self.client.open(URI, TEXT)
        for what, after, line, found in (("tally(text)", 2, 1, "tally"), ("text), size", 0, 6, "text"), ("parts | freq", 1, 2, "parts"),
                                         ("book | words", 1, 1, "book")):
            answer = self.at("definition", what, after)
            self.assertEqual((answer["range"]["start"]["line"], covered(TEXT, answer["range"])), (line, found), what)
            self.assertEqual(answer["uri"], URI)
        self.assertIsNone(self.at("definition", "freq"))

    def test_completion(self):
        self.client.open(URI, TEXT)
        unfinished = TEXT + "t = ta\nx = float.\n"
        self.client.change(URI, unfinished)
        items = {item["label"]: item for item in self.at("completion", "t = ta", 6, unfinished)}
        for name in ("tally", "size", "sortBy", "print", "match"):
            self.assertIn(name, items)
        resolved = self.client.result("completionItem/resolve", **items["tally"])
        self.assertIn("Counts words.", resolved["documentation"]["value"])
        members = {item["label"] for item in self.at("completion", "float.", 6, unfinished)}
        self.assertIn("parse", members)
        self.assertNotIn("tally", members)

    def test_symbols(self):
        self.client.open(URI, TEXT)
        found = self.client.result("textDocument/documentSymbol", textDocument=self.document)
        self.assertEqual([(each["name"], each["kind"]) for each in found],
                         [("tally", 12), ("Shape", 23), ("text", 13), ("size", 13), ('test "tallies"', 6)])
        self.assertEqual(covered(TEXT, found[0]["selectionRange"]), "tally")

    def test_formatting(self):
        self.client.open(URI, TEXT.replace("parts = book", "parts=book"))
        options = {"tabSize": 2, "insertSpaces": True}
        edits = self.client.result("textDocument/formatting", textDocument=self.document, options=options)
        self.assertEqual(edits[0]["newText"], TEXT)
        self.client.change(URI, TEXT)
        self.assertEqual(self.client.result("textDocument/formatting", textDocument=self.document, options=options), [])

    def test_nothing_is_run(self):
        self.client.open(URI, 'host.write("made", "x")\n')
        self.client.leave()
        self.assertFalse(os.path.exists(self.path("made")))

    def test_mistakes_of_the_editor(self):
        self.assertEqual(self.client.ask("workspace/nothing")["error"]["code"], -32601)
        self.assertEqual(self.client.ask("textDocument/hover", textDocument=self.document)["error"]["code"], -32602)
        self.assertEqual(self.client.ask("textDocument/hover")["error"]["code"], -32602)
        self.client.send_bytes(b"{nonsense")
        self.assertEqual(self.client.receive()["error"]["code"], -32700)
        self.client.send_bytes(b"[1, 2]")
        self.assertEqual(self.client.receive()["error"]["code"], -32600)
        self.client.open(URI, TEXT)
        self.client.result("textDocument/hover", textDocument=self.document, position={"line": 4_000_000, "character": 9})
        self.assertEqual(self.client.ask("textDocument/hover", textDocument=self.document, position={"line": -1, "character": "x"})["error"]["code"], -32602)
        self.assertEqual(self.client.leave(), 0)

    def test_a_length_that_cannot_be_ends_it(self):
        self.client.process.stdin.write(b"Content-Length: 99999999999999\r\n\r\n")
        self.client.process.stdin.flush()
        self.assertEqual(self.client.process.wait(timeout=30 * shell.SLOW), 1)

    def test_texts_in_the_middle_of_being_written(self):
        seed = random.randrange(1 << 32)
        rng = random.Random(seed)
        self.client.open(URI, TEXT)
        for version in range(40 if shell.SLOW == 1 else 5):
            begin = rng.randrange(len(TEXT))
            text = TEXT[:begin] + rng.choice(["", "(", "\n", '"', ".", "😀", "\\("]) + TEXT[begin + rng.randrange(20):]
            self.client.change(URI, text, version + 2)
            at = {"line": rng.randrange(12), "character": rng.randrange(40)}
            for method in ("hover", "definition", "completion"):
                answer = self.client.ask("textDocument/" + method, textDocument=self.document, position=at)
                self.assertIn("result", answer, f"seed {seed}: {json.dumps(text)}")
            self.client.result("textDocument/documentSymbol", textDocument=self.document)
        self.assertEqual(self.client.leave(), 0)


if __name__ == "__main__":
    unittest.main()
