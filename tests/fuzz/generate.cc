#include "tests/fuzz/generate.h"

#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace m31::fuzz {
namespace {

enum Type { integer, real, text, boolean, integers, texts, counts, point, shape, maybe, type_count };

constexpr std::array<std::string_view, type_count> spelling = {
    "Int", "Float", "String", "Bool", "List[Int]", "List[String]", "Map[String, Int]", "Point", "Shape", "Int?"};

struct Variable {
  std::string name;
  Type type;
};

struct Function {
  std::string name;
  std::vector<Type> parameters;
  Type result;
};

// Functions that a program defines when it uses them.
struct Helper {
  std::string_view name, text;
};
constexpr Helper helpers[] = {
    {"again", "fn again(x):\n  if data(show(x)) != x: print(\"" FUZZ_WRONG " data(show(x))\", x)\n  x\n"},
    {"sameAsJson", "fn sameAsJson(m: Map[String, Int]) -> Map[String, Int]:\n  j: Map[String, Int] = json(toJson(m))\n"
                   "  if j != m: print(\"" FUZZ_WRONG " json\", m)\n  j\n"},
    {"sorted", "fn sorted(xs: List[Int]) -> List[Int]:\n  ys = sort(xs)\n  for i in 1..len(ys):\n    if ys[i] < ys[i - 1]: print(\"" FUZZ_WRONG
               " sort\", xs)\n  if len(ys) != len(xs): print(\"" FUZZ_WRONG " sort\", xs)\n  ys\n"},
    {"push", "fn push(var xs: List[Int], x: Int): xs.append(x)\n"},
    {"either", "fn either(b: Bool, i: Int, t: String): (if b: i else: t)\n"},
    {"dynamic", "fn dynamic(x: Any) -> Any: x\n"},
    {"adder", "fn adder(n: Int) -> fn(Int) -> Int: (x: Int) => x +% n\n"},
    {"scaled", "fn scaled(x: Int, by = 3, plus: Int = 1) -> Int: x *% by +% plus\n"},
    {"first", "fn first(xs: List[Int]) -> Int:\n  match xs:\n    [] => 0\n    [x] => x\n    [x, y] if x > y => y\n    [x, ...rest] => x +% len(rest)\n"},
    {"tree", "type Tree = Leaf() | Node(l: Tree, v: Int, r: Tree)\nfn insert(t: Tree, v: Int) -> Tree:\n  match t:\n    Leaf() => Node(Leaf(), v, Leaf())\n"
             "    Node(l, w, r) if v < w => Node(insert(l, v), w, r)\n    Node(l, w, r) => Node(l, w, insert(r, v))\nfn total(t: Tree) -> Int:\n"
             "  match t:\n    Leaf() => 0\n    Node(l, v, r) => total(l) +% v +% total(r)\n"
             "fn tree(xs: List[Int]) -> Int:\n  t: Tree = Leaf()\n  for x in xs: t = insert(t, x)\n  total(t)\n"},
};

class Writer {
 public:
  explicit Writer(Random& random) : random_(random) {}

  std::string program() {
    const std::size_t functions = pick(4);
    for (std::size_t i = 0; i < functions; ++i) function();
    const std::size_t statements = 2 + pick(8);
    for (std::size_t i = 0; i < statements; ++i) statement(2);
    if (pick(2)) line("print(" + any(3) + ", " + any(2) + ")");
    line(any(3));
    std::string head = "type Point = {x: Int, y: Int}\ntype Shape = Circle(r: Int) | Rect(w: Int, h: Int) | Dot()\n";
    for (const Helper& each : helpers)
      if (uses_[static_cast<std::size_t>(&each - helpers)]) head += each.text;
    return head + out_;
  }

 private:
  std::size_t pick(std::size_t n) { return random_() % n; }
  Type some_type() { return static_cast<Type>(pick(type_count)); }
  std::string fresh(std::string_view stem) { return std::string(stem) + std::to_string(names_++); }
  void line(std::string_view text) { (out_.append(indent_, ' ') += text) += '\n'; }
  std::string any(int depth) { return expression(some_type(), depth); }

  // A use of a variable of this type, or nothing.
  std::string variable(Type type) {
    std::vector<const Variable*> fits;
    for (const Variable& each : variables_)
      if (each.type == type) fits.push_back(&each);
    return fits.empty() ? std::string() : fits[pick(fits.size())]->name;
  }
  std::string call(Type type, int depth) {
    std::vector<const Function*> fits;
    for (const Function& each : functions_)
      if (each.result == type) fits.push_back(&each);
    if (fits.empty()) return {};
    const Function& f = *fits[pick(fits.size())];
    std::string arguments;
    for (Type parameter : f.parameters) arguments += (arguments.empty() ? "" : ", ") + expression(parameter, depth - 1);
    return f.name + "(" + arguments + ")";
  }
  std::string literal(Type type) {
    static constexpr std::string_view integers_of_interest[] = {
        "0", "1", "2", "3", "7", "10", "-1", "63", "64", "255", "4096", "9_223_372_036_854_775_807", "1_000_000"};
    static constexpr std::string_view texts_of_interest[] = {
        R"("")", R"("a")", R"("the cat the dog")", R"("ÄÖ ñ é")", R"("one\ntwo\n")", R"("\u{1F600}x")", R"(r"raw\d")", R"("a,b,,c")"};
    switch (type) {
      case integer: return std::string(integers_of_interest[pick(std::size(integers_of_interest))]);
      case real: return std::array<const char*, 6>{"0.0", "1.5", "-2.25", "1e300", "0.1", "3.0"}[pick(6)];
      case text: return std::string(texts_of_interest[pick(std::size(texts_of_interest))]);
      case boolean: return pick(2) ? "True" : "False";
      case integers: return pick(3) ? "[3, 1, 2]" : "[" + literal(integer) + "]";
      case texts: return pick(2) ? R"(["b", "a", "b"])" : "[" + literal(text) + "]";
      case counts: return pick(2) ? R"(["a": 1, "b": 2])" : "[" + literal(text) + ": " + literal(integer) + "]";
      case point: return "Point(x: " + literal(integer) + ", y: " + literal(integer) + ")";
      case shape: return std::array<const char*, 3>{"Circle(2)", "Rect(w: 2, h: 3)", "Dot()"}[pick(3)];
      case maybe: return "[1, 2].get(" + literal(integer) + ")";
      case type_count: break;
    }
    return "0";
  }
  std::string expression(Type type, int depth) {
    if (depth <= 0 || pick(8) == 0) {
      std::string name = pick(3) ? variable(type) : std::string();
      return name.empty() ? literal(type) : name;
    }
    if (pick(5) == 0) {
      std::string made = call(type, depth);
      if (!made.empty()) return made;
    }
    if (pick(10) == 0) return "(if " + e(boolean, depth) + ": " + e(type, depth) + " else: " + e(type, depth) + ")";
    if (pick(20) == 0 && type != real && type != maybe) return use("again") + "(" + e(type, depth) + ")";
    if (pick(14) == 0) return "(try: " + e(type, depth) + " catch e: " + e(type, depth) + ")";
    return composed(type, depth);
  }
  std::string e(Type type, int depth) { return expression(type, depth - 1); }
  // Nearly always caught, so that a program comes to its end.
  std::string may_fail(const std::string& written, Type type) {
    return pick(12) ? "(try: " + written + " catch e: " + literal(type) + ")" : written;
  }
  // The name of a helper, which the program will define.
  std::string use(std::string_view name) {
    for (std::size_t i = 0; i < std::size(helpers); ++i)
      if (helpers[i].name == name) uses_[i] = true;
    return std::string(name);
  }
  std::string one_of(std::initializer_list<std::string_view> words) { return std::string(words.begin()[pick(words.size())]); }

  std::string composed(Type type, int depth) {
    const int d = depth;
    switch (type) {
      case integer:
        switch (pick(18)) {
          case 12: return use("first") + "(" + e(integers, d) + ")";
          case 13: return use("scaled") + "(" + e(integer, d) + one_of({")", ", 4)", ", by: 2)", ", plus: 0)", ", plus: 7, by: 9)"});
          case 14: return use("adder") + "(" + e(integer, d) + ")(" + e(integer, d) + ")";
          case 15: return "(match " + use("either") + "(" + e(boolean, d) + ", " + e(integer, d) + ", " + e(text, d) + "): n: Int => n; t: String => len(t))";
          case 16: return use("tree") + "(" + e(integers, d) + ")";
          case 17: return "len(" + e(text, d) + ")";
          case 0: return may_fail("(" + e(integers, d) + " | sum)", integer);
          case 1: return "len(" + e(integers, d) + ")";
          case 2: return may_fail(e(integers, d) + "[" + e(integer, d) + "]", integer);
          case 3: return e(counts, d) + ".get(" + e(text, d) + ", " + e(integer, d) + ")";
          case 4: return e(point, d) + one_of({".x", ".y"});
          case 5: return "(" + e(integers, d) + " | fold(0, (a, b) => a " + one_of({"+%", "-%", "*%"}) + " b))";
          case 6: return "(match " + e(shape, d) + ": Circle(r) => r; Rect(w, h) if w > h => w; Rect(w, h) => h; _ => " + e(integer, d) + ")";
          case 7: return "(" + e(maybe, d) + " ?? " + e(integer, d) + ")";
          case 8: return "count(" + e(texts, d) + ")";
          case 9: return may_fail(e(counts, d) + "[" + e(text, d) + "]", integer);
          case 10: return may_fail("(" + e(integer, d) + " " + one_of({"+", "-", "*", "//", "%", "**"}) + " " + e(integer, d) + ")", integer);
          default: return "(" + e(integer, d) + " " + one_of({"+%", "-%", "*%"}) + " " + e(integer, d) + ")";
        }
      case real:
        switch (pick(4)) {
          case 0: return "(" + e(integer, d) + " / " + e(integer, d) + ")";
          case 1: return "sqrt(" + e(real, d) + ")";
          case 2: return "toFloat(" + e(integer, d) + ")";
          default: return "(" + e(real, d) + " " + one_of({"+", "-", "*", "/"}) + " " + e(real, d) + ")";
        }
      case text:
        switch (pick(10)) {
          case 6: return "show(" + use("dynamic") + "(" + e(some_type(), d) + "))";
          case 7: return "(" + e(text, d) + " | replace(" + e(text, d) + ", " + e(text, d) + "))";
          case 8: return may_fail(e(text, d) + "[" + one_of({"0", "1", "-2"}) + ".." + one_of({"0", "2", "3"}) + "]", text);
          case 9: return "(" + e(texts, d) + " | map(t => t + " + literal(text) + ") | join(" + literal(text) + "))";
          case 0: return "\"<\\(" + e(some_type(), d) + ")>\"";
          case 1: return "(" + e(text, d) + " + " + e(text, d) + ")";
          case 2: return "upper(" + e(text, d) + ")";
          case 3: return "(" + e(texts, d) + " | join(\"-\"))";
          case 4: return may_fail(e(texts, d) + "[" + e(integer, d) + "]", text);
          default: return "trim(" + e(text, d) + ")";
        }
      case boolean:
        switch (pick(6)) {
          case 0: return "(" + e(integer, d) + " " + one_of({"<", "<=", ">", ">=", "==", "!="}) + " " + e(integer, d) + ")";
          case 1: return "(" + e(boolean, d) + one_of({" and ", " or "}) + e(boolean, d) + ")";
          case 2: return "(not " + e(boolean, d) + ")";
          case 3: return "(" + e(text, d) + " in " + e(counts, d) + ")";
          case 4: {
            const Type sides = some_type();
            return "(" + e(sides, d) + " == " + e(sides, d) + ")";
          }
          default: return "(" + e(integers, d) + " | any(x => x > " + e(integer, d) + "))";
        }
      case integers:
        switch (pick(13)) {
          case 9: return use("sorted") + "(" + e(integers, d) + ")";
          case 10: return "(" + e(counts, d) + " | values | map(" + use("adder") + "(" + e(integer, d) + ")))";
          case 11: return "(zip(" + e(integers, d) + ", " + e(integers, d) + ") | map(((a, b)) => a -% b))";
          case 12: return "(" + e(integers, d) + " | groupBy(x => x > " + e(integer, d) + ") | values | flatMap(xs => xs))";
          case 0: return "(" + e(integers, d) + " | map(x => x " + one_of({"+%", "-%", "*%"}) + " " + e(integer, d) + "))";
          case 1: return "(" + e(integers, d) + " | filter(x => x " + one_of({"<", ">", "!="}) + " " + e(integer, d) + "))";
          case 2: return "[i " + one_of({"*", "+", "-"}) + " " + e(integer, d) + " for i in 0.." + one_of({"0", "1", "5", "40"}) + " if i % 3 != 1]";
          case 3: return "(" + e(integers, d) + " | " + one_of({"sort", "reverse", "uniq"}) + ")";
          case 4: return e(integers, d) + "[" + one_of({"0", "1", "-2"}) + ".." + one_of({"0", "2", "3"}) + "]";
          case 5: return "(" + e(integers, d) + " | take(" + e(integer, d) + "))";
          case 6: return "values(" + e(counts, d) + ")";
          case 7: return "sys.gather([sys.spawn(x => x " + one_of({"+", "*", "//"}) + " 2, [" + e(integer, d) + "]) for _ in 0..3])";
          default: return "[" + e(integer, d) + ", " + e(integer, d) + "]";
        }
      case texts:
        switch (pick(6)) {
          case 0: return one_of({"words", "lines", "split", "chars"}) + "(" + e(text, d) + ")";
          case 1: return "split(" + e(text, d) + ", \",\")";
          case 2: return "keys(" + e(counts, d) + ")";
          case 3: return "(" + e(texts, d) + " | sortBy(" + one_of({"len", "x => x", "upper"}) + "))";
          case 4: return "[\"\\(i)\" for i in " + e(integers, d) + "]";
          default: return "[" + e(text, d) + ", " + e(text, d) + "]";
        }
      case counts:
        switch (pick(6)) {
          case 4: return use("sameAsJson") + "(" + e(counts, d) + ")";
          case 5: return "[t: len(t) for t in " + e(texts, d) + "]";
          case 0: return "(" + e(texts, d) + " | freq)";
          case 1: return "toMap([(\"\\(i)\", i) for i in " + e(integers, d) + "])";
          case 2: return "merge(" + e(counts, d) + ", " + e(counts, d) + ")";
          default: return "[" + e(text, d) + ": " + e(integer, d) + ", \"z\": " + e(integer, d) + "]";
        }
      case point:
        if (pick(2)) return "{..." + e(point, d) + ", " + one_of({"x", "y"}) + ": " + e(integer, d) + "}";
        return "Point(" + e(integer, d) + ", y: " + e(integer, d) + ")";
      case shape: return pick(2) ? "Circle(" + e(integer, d) + ")" : "Rect(" + e(integer, d) + ", h: " + e(integer, d) + ")";
      case maybe: return pick(2) ? e(integers, d) + ".get(" + e(integer, d) + ")" : e(counts, d) + ".get(" + e(text, d) + ")";
      case type_count: break;
    }
    return "0";
  }

  void function() {
    const std::size_t outer = variables_.size();
    Function f{fresh("f"), {}, some_type()};
    std::string parameters;
    const std::size_t count = pick(3);
    std::vector<Variable> own;
    for (std::size_t i = 0; i < count; ++i) {
      const Type type = some_type();
      f.parameters.push_back(type);
      own.push_back({fresh("p"), type});
      parameters += (i ? ", " : "") + own.back().name + (pick(3) ? ": " + std::string(spelling[type]) : "");
    }
    std::vector<Variable> hidden = std::exchange(variables_, std::move(own));
    line("fn " + f.name + "(" + parameters + ")" + (pick(2) ? " -> " + std::string(spelling[f.result]) : "") + ":");
    indent_ += 2;
    const std::size_t statements = pick(3);
    for (std::size_t i = 0; i < statements; ++i) statement(1);
    line(expression(f.result, 3));
    indent_ -= 2;
    variables_ = std::move(hidden);
    variables_.resize(outer);
    functions_.push_back(std::move(f));
  }

  void block(int depth) {
    const std::size_t outer = variables_.size();
    indent_ += 2;
    const std::size_t statements = 1 + pick(2);
    for (std::size_t i = 0; i < statements; ++i) statement(depth - 1);
    line(any(1));
    indent_ -= 2;
    variables_.resize(outer);
  }

  void statement(int depth) {
    const std::size_t kind = pick(depth > 0 ? 14 : 6);
    switch (kind) {
      case 12: {
        const std::string receiver = fresh("r"), got = fresh("v");
        line("_, " + receiver + " = sys.spawn(x => x *% 2, [" + expression(integer, 2) + "])");
        line(got + " = 0");
        line("select:");
        line("  x = " + receiver + ".recv() => " + got + " = x");
        line("  after 60s => " + got + " = " + expression(integer, 1));
        variables_.push_back({got, integer});
        return;
      }
      case 13: {
        const std::string from = fresh("v"), to = fresh("v");
        const Type type = some_type();
        line(from + ": " + std::string(spelling[type]) + " = " + expression(type, 3));
        line(to + " = move " + from);
        variables_.push_back({to, type});
        return;
      }
      case 0: case 1: case 2: {
        const Type type = some_type();
        const std::string name = fresh("v");
        line(name + (pick(4) ? " = " : ": " + std::string(spelling[type]) + " = ") + expression(type, 3));
        variables_.push_back({name, type});
        return;
      }
      case 3: return place();
      case 4: return line("print(" + any(3) + ")");
      case 5: return line(any(3));
      case 6:
        line("if " + expression(boolean, 2) + ":");
        block(depth);
        if (pick(2)) {
          line("else:");
          block(depth);
        }
        return;
      case 7: {
        const bool over_range = pick(2);
        const std::string name = fresh("i");
        line("for " + name + " in " + (over_range ? "0..4" : expression(integers, 2)) + ":");
        variables_.push_back({name, integer});
        block(depth);
        variables_.pop_back();
        return;
      }
      case 8:
        line("try:");
        block(depth);
        line("catch (e: " + one_of({"KeyError", "IndexError", "Overflow", "DivideByZero"}) + "):");
        block(depth);
        if (pick(2)) {
          line("finally:");
          block(depth);
        }
        return;
      case 9:
        line("match " + expression(shape, 2) + ":");
        line("  Circle(r) => r");
        line("  Rect(w: a, h: b) if a == b => a");
        line("  _ => " + expression(integer, 1));
        return;
      case 10: {
        const std::string sender = fresh("s"), receiver = fresh("r"), function = fresh("w");
        line(sender + ", " + receiver + " = chan(Int" + (pick(2) ? ", 2)" : ")"));
        line("fn " + function + "(to: Sender[Int], n: Int):");
        line("  for k in 0..n: to.send(k)");
        line("  to.close()");
        line("sys.spawn(" + function + ", [" + sender + ", " + one_of({"0", "3", "70"}) + "])");
        line(sender + ".close()");
        const std::string got = fresh("v");
        line(got + " = 0");
        line("for x in " + receiver + ": " + got + " += x");
        variables_.push_back({got, integer});
        return;
      }
      default: {
        const std::string name = fresh("n");
        line(name + " = 3");
        line("while " + name + " > 0:");
        indent_ += 2;
        line(name + " -= 1");
        if (pick(3) == 0) line("if " + expression(boolean, 2) + ": " + one_of({"break", "continue"}));
        line(any(2));
        indent_ -= 2;
        return;
      }
    }
  }

  // Changes a place: a variable, or a part of one.
  void place() {
    if (std::string name = variable(integers); !name.empty() && pick(2))
      return line(pick(3) == 0 ? use("push") + "(" + name + ", " + expression(integer, 2) + ")" : pick(2) ? name + ".append(" + expression(integer, 2) + ")" : "try: " + name + "[0] = " + expression(integer, 2) + " catch e: print(e.message)");
    if (std::string name = variable(counts); !name.empty() && pick(2))
      return line(name + "[" + expression(text, 2) + "] = " + expression(integer, 2));
    if (std::string name = variable(point); !name.empty() && pick(2)) return line(name + ".x = " + expression(integer, 2));
    if (std::string name = variable(integer); !name.empty()) return line(name + " = 1 +% " + expression(integer, 2));
    line(any(2));
  }

  Random& random_;
  std::string out_;
  std::size_t indent_ = 0;
  unsigned names_ = 0;
  std::array<bool, std::size(helpers)> uses_{};
  std::vector<Variable> variables_;
  std::vector<Function> functions_;
};

}  // namespace

std::string generate(Random& random) { return Writer(random).program(); }

}  // namespace m31::fuzz
