#include "tests/kernel/syntax/programs.h"

#include "kernel/syntax/shape.h"

namespace m31::syntax::testing {

namespace {

constexpr std::string_view figure_2_text = R"m31(## Counts the words of one book.                    (doc comment: shown by help, kept with the function)
fn count(book: String) -> Map[String, Int]:
  book | words | lower | freq

fn main(url: String):
  import http, fs, sys, jam
  res = http.req(url)
  match res.contentType:
    "application/zip" =>
      book = jam.unzip(res.content())
      for b in book.split():
        fs.invoke({word:b, freq:Int.incr})
      PARENT.send(sys.SUCCESS)
    "text/html" =>
      cs = []
      for url in res.urls():
        cs.append(sys.spawn(main, [url]))
      PARENT.send(sys.collect(cs))
    _ =>
      PARENT.send(sys.FAILURE)

words = { key: "word", value: {"freq": Int}
        , opts: { partitions:8, failures:2, versioning: False}}
fs.addSpace(words)
seed = "//gutenberg.org/robot/harvest"
s,r = sys.spawn(main, [seed])
match r.recv():
  sys.SUCCESS => fs.search({word:"pi"})
  _           => ("Impossible", -1)
)m31";

constexpr std::string_view all[] = {
    "assert x == 1, \"\\(x)\"\nassert not f(x)\n",
    "test \"one thing\":\n  y = 1\n  assert y\n",
    figure_2_text,
    "",
    "# only a comment\n",
    "1\n",
    // literals
    "42; 1_000; 0xff; 0b101; 0o17; 1.5e3; 2e-3; True; False; None\n",
    "5s; 250ms; 1.5h; 3min; 2d; 7ns; 9us; 64mb; 4kib; 1gb; 2tb; 3gib\n",
    "-9223372036854775808; -1; - 1; --x\n",
    "\"text \\(expr)\"; 'text'; r\"raw\\n\"; b\"bytes\\x00\\xff\"; \"\"\n",
    "x = \"\"\"\n  one\n    two \\(a +\n b)\n  \"\"\"\ny = '''a'b''c'''\n",
    "\"a \\(m[\"k\"]) b \\('c \\(\"d\")') e\"\n",
    "\"\\n\\t\\r\\0\\e\\\\\\\"\\'\\x41\\u{1F600}\"\n",
    "(a, b); [a, b]; [\"k\": 1]; [:]; []; {}; (); (a,); [[1], [2, 3]]\n",
    "{name: \"x\", \"age\": 3, name, if: 1, \"two words\": 2}; {...r, age: 4}; [...xs, 1, ...ys]; [...m, 1: 2]\n",
    "0..10; 0..=10; a+1..b*2; xs[-1]; xs[a..b]; xs[1..]; xs[..3]; xs[..=3]; xs[i, j]; xs[0][1]; xs[0..=]\n",
    // functions
    "fn f(a: Int, b = 2) -> Int: a + b\nf(1, b: 3)\nf(...xs, 2)\n",
    "x => x + 1; (x, y) => x * y; () => 1; (x: Int, y = 2) => x; ((a, b), c) => a; (var x) => x\n",
    "xs | map(.name); xs | map(.name.upper()); xs | map(.f(1)[2]?.g); (.a); fold(xs, 0, (+)); (**); (<=); (-)\n",
    "fn +(a: Point, b: Point): Point(x: a.x + b.x, y: a.y + b.y)\nfn ==(a: P, b: P) -> Bool: True\nfn -(a: P): a\n",
    "fn push(var s: Stack, x): s.items.append(x)\n",
    "fn f[T, U](xs: List[T], g: fn(T) -> U uses {http}) -> List[U] uses {}: xs\n",
    "fn f((a, b), x): a\n",
    "## One.\n##\n## Two.\nfn f(x):\n  ## Inner.\n  y = x\n  y\n## A type.\ntype A = Int\n## A name.\nx = 1\n",
    "fn outer(x):\n  fn inner(y):\n    y + x\n  inner(1)\n",
    // calls, pipes, operators
    "x.f(a); x.f; x?.f(a); x?.f; x.f(a).g.h(b)(c)[d]; (x.f)(a); x.if; x.f(a: 1)\n",
    "x | f(a); x | e.f(a); x | (f(a)); x | (y => y); x | f | g(1) | h; x | (a | b)\n",
    "stdin | words | lower | freq | top(10)\n",
    "files(\"corpus/*.txt\") | words | lower | freq | top(10)\nfs.files(\"/corpus/*.txt\") | words\n",
    "x | sh(\"sort -u\")\n(stdin | count) > 3\n",
    "a or b and not c; not not a; a < b <= c != d; x in xs; x not in xs; a ?? b ?? c; a?.b ?? c\n",
    "a + b - c * d / e // f % g ** -h ** i; -a ** 2; (-a) ** 2; a +% b -% c *% d; (a + b) * c; a - (b - c)\n",
    "T?; T? | None; List[Int]; Map[String, List[Int]]; (T?)?; A | B\n",
    "(a; b); (x = 3; x + 1); (x: Int = 3; x); (x = 3); ((a, b) = c; a)\n",
    "f((a, b) => a, 3); f(x => x, y => y); f(x => (y => x))\n",
    // statements
    "x = 1; x += 1; x -= 1; x *= 2; x /= 2; x //= 2; x %= 2; x **= 2; x +%= 1; x -%= 1; x *%= 1\n",
    "a, b = b, a; s, r = chan(Int, 64); (p, q) = t; m[\"k\"].a[0], c = d; _, e = f; x = 1, 2\n",
    "x: T = e; x: Int | None = None; f: fn(Int, (A, B)) -> {a: Int, \"b c\": T?} uses {http, fs} = g; t: () = ()\n",
    "m[\"k\"].append(x); r.a.b = 1; g[i][j] = v\n",
    "import http, fs.local, sys\n",
    ":enter box\n:exit\n:type f(x), 3\n",
    "box = sandbox({print, fs: fs.readonly()}, limits: {memory: 64mb, time: 5s, fibrils: 100})\n"
    "box.run(count, [text])\n:enter box\npeer.send(box)\nbox.on(\"print\", x => log(x))\n",
    // control
    "if a: b\nif a: b else: c\nif a: b elif c: d elif e: f else: g\nx = if a: b else: c\n",
    "if a:\n  b\nelif c:\n  d\nelse:\n  e\n",
    "x = if c:\n  1\nelse:\n  2\n",
    "for x in xs: f(x)\nfor i, (a, b) in enumerate(xs): print(i); print(a)\nfor x: Int in xs: x\n",
    "while True: x += 1; if x > 3: break\nwhile a:\n  continue\n",
    "match x:\n  {age: n: Int, ...rest} if n > 3 => a\n  [a, ...rest] => b\n  (x, y) => c\n  Circle(r: r) | Dot() => d\n"
    "  -1 | 2 => e\n  s: String | Int => f\n  _: Int => g\n  None => h\n  \"x\" | b\"y\" | 5s | 1.5 => i\n  sys.SUCCESS => j\n"
    "  [] => k\n  {} => l\n  () => m\n  (a,) => n\n  Pair(a, (b: Int)) => o\n  {\"two words\": _} => p\n  [..._] => q\n  _ => r\n",
    "match x: 1 => a; 2 if b => c; _ => d\n",
    "match x:\n  1 =>\n    a\n    b\n  2 => return 3\n  _ => y = 4\n",
    "try: f() catch e: print(e) finally: g()\n",
    "try:\n  f()\ncatch (e: NotFound):\n  g()\ncatch Timeout(after: t) if t > 5s:\n  i()\ncatch e:\n  raise e\nfinally:\n  h()\n",
    "try: f()\n",
    "select:\n  x = r.recv() => print(x)\n  a, b = q.recv() =>\n    a\n    b\n  s.send(v) => 1\n  after 5s => None\n",
    "select: x = r.recv() => x; after timeout => None\n",
    "after = 3; uses = after; var = uses; fn g(var): var\n",
    "fn f(): return\nfn g(): return 1, 2\nfn h(): raise E(1)\nfn i(): raise\n",
    "[f(x) for x in xs if p(x)]; [k: v for k, v in m]; [(a, b) for a in xs for b in a if a if b]; [x if c]\n",
    "spawn f(args); spawn x.f(); move x; g(move x, spawn f(1)); s, r = spawn f(2)\n",
    // types
    "type Point = {x: Float, y: Float}\ntype Shape = Circle(r: Float) | Rect(w: Float, h: Float) | Dot()\n",
    "type Tree[T] = Leaf() | Node(left: Tree[T], value: T, right: Tree[T])\ntype F = fn(Int) -> (fn() -> Int)?\n",
    "f = fn(Int) -> (fn() -> Int)?\nselect: (.x) => 1; y = r.recv() => y\n",
    "type T =\n  | A()\n  | B(x: Int)\n\ntype U =\n  Int | String\ntype V = (Int | None)?\n",
    // layout
    "inc = x => x+1; 3 | inc\n",
    "x = if c: 1 else: 2; x\n",
    "match x: 1 => if a: b else: c; _ => d\n",
    "(fn sq(x): x*x); 0..10 | map(sq)\n",
    "fn sq(x): x*x; 0..10 | map(sq)\n",
    "n=0; for x in xs: n += 1; print(n)\n",
    "for x in xs: (if x>3: continue); print(x)\n",
    "if a: if b: c\nelse: d\n",
    "if a: (if b: c) else: d; e;\n",
    "xs\n  | map(f)\n  | top(3)\n\nxs\n  .map(f)\n  .top(3)\nxs\n| f\n",
    "x = 1 +\n  2\nx =\n  3\ny = a and\nb\n",
    "t = 1\n  , 2\n  , 3\n",
    "f(\n    1,\n  2\n, 3)\n",
    "foo(x =>\n  y = x\n  y + 1, 3)\n",
    "foo(x =>\n    a, b = x\n    c[0], d.e = a\n    a + b\n)\n",
    "r = [if a:\n    b\n  else:\n    c, match x:\n  1 => d\n  _ =>\n    e]\n",
    "fn f(x):\n    g(y =>\n      h(y)\n      if y: z\n      else: w\n    , x)\n    i\n",
    "if a:\n  xs\n  | f\n| g\n",
    "if a:\n  b # comment\n\n    # deeper comment\n# further left\n  c\nd\n",
    "   a\n   b\n",
    "f(a\n)\n{\n  a: 1,\n  b: 2,\n}\n[\n  1,\n]\n",
    "x = (match y:\n    1 => 2\n    _ => 3\n  ) + 4\n",
    "\"\\(if a: b else: c)\"; \"\\(match x: 1 => 2; _ => 3)\"\n",
    "\"\"\"\\(f(x =>\n  y\n  z))\"\"\"\n",
    "(if a:\n    b\n  ; c)\n",
    "f(if a: b, c); f(for x in xs: y, z)\n",
    "h\xc3\xb6he = 3; \xce\xb1\xce\xb2 = h\xc3\xb6he + 1; match x: \xc3\x84 => 1; \xc3\xa4 => 2\n",
    "\xEF\xBB\xBFx = 1\r\nif x:\r\n  y\r\n\r\nz\r\n",
    "#!/usr/bin/env m31sh\nprint(1)",
};

}  // namespace

std::span<const std::string_view> programs() { return all; }
std::string_view figure_2() { return figure_2_text; }

Parsed parse_text(std::string_view text, std::string_view name) {
  return parse(std::make_shared<const Source>(std::string(name), std::string(text)));
}

std::string dump_of(std::string_view text) {
  Parsed parsed = parse_text(text);
  if (parsed.ok()) return dump(*parsed.tree->root);
  std::string out;
  for (const Diagnostic& diagnostic : parsed.diagnostics) out += render(diagnostic, {});
  return out;
}

namespace {

void brief_node(std::string& out, const Node& node) {
  switch (node.kind) {
    case Kind::none:
      out += '-';
      return;
    case Kind::name:
      out += node.text;
      return;
    case Kind::type_name:
      if (node.size() == 0) {
        out += node.text;
        return;
      }
      break;
    case Kind::int_lit:
    case Kind::duration_lit:
      out += std::to_string(node.number);
      return;
    case Kind::string_lit:
      out += '\'';
      out += node.text;
      out += '\'';
      return;
    case Kind::none_lit:
      out += "None";
      return;
    case Kind::pat_wild:
      out += '_';
      return;
    case Kind::expr_stmt:
      return brief_node(out, node[0]);
    case Kind::block:
      if (node.size() == 1) return brief_node(out, node[0]);
      break;
    default:
      break;
  }
  out += '(';
  std::string_view name = name_of(node.kind);
  if (name.ends_with('_')) name.remove_suffix(1);
  if (node.is(Kind::binary) || node.is(Kind::unary) || node.is(Kind::compare_part) || node.is(Kind::assign) || node.is(Kind::type_name)) {
    out += node.text;
  } else {
    out += name;
    if (!node.text.empty()) {
      out += ':';
      out += node.text;
    }
  }
  if (node.number && !node.is(Kind::float_lit)) out += "#" + std::to_string(node.number);
  for (const Node* kid : node.kids) {
    out += ' ';
    brief_node(out, *kid);
  }
  out += ')';
}

}  // namespace

std::string brief(std::string_view text) {
  Parsed parsed = parse_text(text);
  if (!parsed.ok()) return "error: " + parsed.diagnostics.at(0).message;
  std::string out;
  for (const Node* statement : parsed.tree->root->kids) {
    if (!out.empty()) out += "; ";
    brief_node(out, *statement);
  }
  return out;
}

bool all_well_formed(const Node& node) {
  if (!well_formed(node)) return false;
  for (const Node* kid : node.kids)
    if (!all_well_formed(*kid)) return false;
  return true;
}

std::string mutate(std::string_view program, std::mt19937_64& random) {
  static constexpr std::string_view pieces[] = {
      "(", ")", "[", "]", "{", "}", ":", ";", ",", ".", "..", "...", "=>", "=", "|", "?", "??", "?.", "+", "-", "**", "\n", "\n  ",
      "\n    ", "\n| f", "\n.g", "\n, h", " if ", " else: ", " else", "elif x: ", "for x in xs: ", "match x: ", "\n  1 => 2", "_ => 3",
      "try: ", " catch e: ", " finally: ", "fn f(x): ", "type T = ", "return ", "break", "select: ", "after 5s => ", "not ", " in ",
      " and ", "x", "1", "\"", "'", "\"\"\"", "\\(", "\\", "# ", "## doc\n", "\t", "\x01", "\xff", "\xc3\xa9", "None", "x: Int = ",
      "spawn f()", "move ", "import a", "&&", "||", "!", "++", "x, y = ", "(x, y) => ", "=> ", "{a: 1}", "[a: 1]", "r\"", "b\"", "5s", "0x"};
  std::string text(program);
  for (std::uint64_t edits = 1 + random() % 4; edits; --edits) {
    std::size_t at = text.empty() ? 0 : random() % (text.size() + 1);
    std::size_t length = text.size() > at ? random() % std::min<std::size_t>(text.size() - at + 1, 12) : 0;
    switch (random() % 5) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(random() % (text.size() + 1), random() % 30));
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(random());
        break;
      default:
        text.insert(at, pieces[random() % std::size(pieces)]);
    }
  }
  return text;
}

}  // namespace m31::syntax::testing
