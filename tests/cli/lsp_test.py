#!/usr/bin/python3
"""m31sh lsp, driven as an editor drives it."""
import json
import os
import random
import sys
import unittest
import urllib.parse

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
        self.assertIsNone(self.at("definition", "[\"x\""))

    def read_uri(self, uri):
        self.assertTrue(uri.startswith("file:///"), uri)
        with open(urllib.parse.unquote(uri[7:]), encoding="utf-8") as file:
            return file.read()

    def test_definition_in_the_library(self):
        text = TEXT + 'x = float.parse("1.5")\nfs.write("/a", "b")\ny = "b" | trim\n'
        self.client.open(URI, text)
        for what, after, found, begin in (("parts | freq", 9, "freq", "fn freq[T](xs: List[T])"), ("float.parse", 7, "parse", "fn parse("),
                                          ("fs.write", 4, "write", "fn write(path: String, text: String)"), ("| trim", 3, "trim", "fn trim(s: String) -> String")):
            answer = self.at("definition", what, after, text)
            library = self.read_uri(answer["uri"])
            line = library.split("\n")[answer["range"]["start"]["line"]]
            self.assertEqual((covered(library, answer["range"]), line.startswith(begin)), (found, True), line)
            self.assertIn("/cache/m31/", answer["uri"])

    def test_definition_in_a_module(self):
        geo = "# 😀\nPI = 3.14\ntype Point = {x: Float}\nfn area(r: Float) -> Float: r * r * PI\n"
        self.write("g e.m31", geo)
        os.rename(self.path("g e.m31"), self.path("geo.m31"))
        text = "import geo\nprint(geo.area(1.0), 2.0 | geo.area)\n"
        self.client.open(URI, text)
        for what in ("geo.area(1", "geo.area)"):
            answer = self.at("definition", what, 5, text)
            self.assertEqual((self.read_uri(answer["uri"]), covered(geo, answer["range"])), (geo, "area"))

    def test_references(self):
        text = ("fn f(x: Int, y = 2):\n  z = x + y\n  print(\"\\(z)\", x.f)\n  f(x, y: z)\n"
                "x = 1\nprint(x, f(x), 3.f(), [x for x in [1]])\n").replace("x.f)", "x)").replace("  f(x, y: z)\n", "  x\n")
        self.client.open(URI, text)

        def lines(what, after=0, declaration=True):
            found = self.client.result("textDocument/references", textDocument=self.document, position=place(text, what, after),
                                       context={"includeDeclaration": declaration})
            name = {covered(text, each["range"]) for each in found}
            self.assertEqual(len(name), 1, found)
            return name.pop(), [each["range"]["start"]["line"] for each in found]
        self.assertEqual(lines("x: Int"), ("x", [0, 1, 2, 3]))       # of the function's own, and not of the others
        self.assertEqual(lines("x + y", 4), ("y", [0, 1]))
        self.assertEqual(lines("z = x"), ("z", [1, 2]))
        self.assertEqual(lines("f(x)"), ("f", [0, 5, 5]))
        self.assertEqual(lines("f(x)", 0, False), ("f", [5, 5]))
        self.assertEqual(lines("x = 1")[1][0], 4)

    def test_signature_help(self):
        unfinished = TEXT + 'x = replace("a", "b'
        self.client.open(URI, TEXT)
        self.client.change(URI, unfinished)
        answer = self.at("signatureHelp", 'replace("a", "b', len('replace("a", '), unfinished)
        self.assertEqual(answer["activeParameter"], 1)
        active = answer["signatures"][answer["activeSignature"]]
        self.assertEqual(active["parameters"][1]["label"], "from: String")
        for part in active["parameters"]:
            self.assertIn(part["label"].split(":")[0], active["label"])
        piped = TEXT + 'x = text | padLeft(3, '
        self.client.change(URI, piped, 3)
        answer = self.at("signatureHelp", "padLeft(3, ", len("padLeft(3, "), piped)
        self.assertEqual((answer["activeParameter"], answer["signatures"][0]["parameters"][2]["label"]), (2, "fill"))
        own = TEXT + "y = tally(\n"
        self.client.change(URI, own, 4)
        answer = self.at("signatureHelp", "y = tally(", len("y = tally("), own)
        self.assertEqual(answer["signatures"][0]["label"], "tally(book: String) -> Map[String, Int]")
        self.assertIsNone(self.at("signatureHelp", "parts | freq", 2))

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
            for method in ("hover", "definition", "completion", "signatureHelp"):
                answer = self.client.ask("textDocument/" + method, textDocument=self.document, position=at)
                self.assertIn("result", answer, f"seed {seed}: {json.dumps(text)}")
            self.client.result("textDocument/documentSymbol", textDocument=self.document)
        self.assertEqual(self.client.leave(), 0)


if __name__ == "__main__":
    unittest.main()
