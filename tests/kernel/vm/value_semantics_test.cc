// Random programs over variables of lists of lists: the VM, which copies as late as it can, against a model that
// copies at every assignment.
#include <catch2/catch.hpp>

#include <random>

#include "tests/kernel/vm/whole_program.h"

using namespace m31;
using namespace m31::test;

namespace {

using Grid = std::vector<std::vector<int>>;

std::string shown(const Grid& grid) {
  std::string text = "[";
  for (std::size_t i = 0; i < grid.size(); ++i) {
    text += i ? ", [" : "[";
    for (std::size_t j = 0; j < grid[i].size(); ++j) text += (j ? ", " : "") + std::to_string(grid[i][j]);
    text += "]";
  }
  return text + "]";
}

struct Writer {
  std::mt19937_64 random;
  std::string source;
  Grid vars[4];
  std::vector<int> rows[2];       // variables p, q hold single rows

  std::size_t below(std::size_t n) { return random() % n; }
  std::string name(std::size_t v) { return std::string(1, static_cast<char>('a' + v)); }
  std::string row_name(std::size_t v) { return std::string(1, static_cast<char>('p' + v)); }

  void statement(const std::string& indent) {
    std::size_t x = below(4), y = below(4), r = below(2);
    int n = static_cast<int>(below(100));
    auto line = [&](const std::string& text) { source += indent + text + "\n"; };
    switch (below(14)) {
      case 0: line(name(x) + " = " + name(y)); vars[x] = vars[y]; break;
      case 1:
        line(name(x) + ".append([" + std::to_string(n) + "])");
        vars[x].push_back({n});
        break;
      case 2:
        line(name(x) + ".append(" + row_name(r) + ")");
        vars[x].push_back(rows[r]);
        break;
      case 3:
        if (vars[x].empty()) break;
        line(name(x) + "[0].append(" + std::to_string(n) + ")");
        vars[x][0].push_back(n);
        break;
      case 4:
        if (vars[x].empty() || vars[x].back().empty()) break;
        line(name(x) + "[-1][0] = " + std::to_string(n));
        vars[x].back()[0] = n;
        break;
      case 5:
        if (vars[x].empty()) break;
        line(row_name(r) + " = " + name(x) + "[0]");
        rows[r] = vars[x][0];
        break;
      case 6:
        line(row_name(r) + ".append(" + std::to_string(n) + ")");
        rows[r].push_back(n);
        break;
      case 7:
        if (vars[x].empty()) break;
        line(name(x) + "[0] = " + row_name(r));
        vars[x][0] = rows[r];
        break;
      case 8:
        line("push(" + name(x) + ", " + row_name(r) + ")");
        vars[x].push_back(rows[r]);
        break;
      case 9:
        line(name(x) + " = added(" + name(y) + ")");
        vars[x] = vars[y];
        vars[x].push_back({7});
        break;
      case 10: {
        line("for row in " + name(x) + ": " + name(y) + ".append(row)");
        Grid before = vars[x];
        vars[y].insert(vars[y].end(), before.begin(), before.end());
        if (vars[y].size() > 30) {
          line(name(y) + " = []");
          vars[y].clear();
        }
        break;
      }
      case 11:
        line(name(x) + " = if " + std::to_string(n) + " < 50: " + name(y) + " else: " + name((y + 1) % 4));
        vars[x] = n < 50 ? vars[y] : vars[(y + 1) % 4];
        break;
      case 12:
        if (vars[x].empty()) break;
        line(row_name(r) + " = (" + name(x) + ".pop())");
        rows[r] = vars[x].back();
        vars[x].pop_back();
        break;
      default:
        line("pair = {l: " + name(x) + ", r: " + name(y) + "}");
        line(name(x) + ".append([" + std::to_string(n) + "])");
        line(name(y) + " = pair.l");
        {
          Grid old = vars[x];
          vars[x].push_back({n});
          vars[y] = old;
        }
    }
    for (Grid& grid : vars)
      if (grid.size() > 40) {
        line(name(static_cast<std::size_t>(&grid - vars)) + " = []");
        grid.clear();
      }
  }
};

}  // namespace

TEST_CASE("no two names ever alias: random programs against a copying model") {
  std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  for (int round = 0; round < 60; ++round) {
    Writer w;
    w.random.seed(seed + static_cast<std::uint64_t>(round));
    bool in_function = round % 2;
    std::string indent = in_function ? "  " : "";
    w.source = "fn push(var g: List[List[Int]], row: List[Int]): g.append(row)\n"
               "fn added(g: List[List[Int]]) -> List[List[Int]]:\n  g.append([7])\n  g\n";
    if (in_function) w.source += "fn main():\n";
    for (std::size_t v = 0; v < 4; ++v) w.source += indent + w.name(v) + ": List[List[Int]] = []\n";
    for (std::size_t v = 0; v < 2; ++v) w.source += indent + w.row_name(v) + ": List[Int] = []\n";
    for (int i = 0; i < 40; ++i) w.statement(indent);
    w.source += indent + "(a, b, c, d, p, q)\n";
    if (in_function) w.source += "main()\n";
    Grid rows{w.rows[0], w.rows[1]};
    std::string pq = shown(rows);
    std::string expected = "(" + shown(w.vars[0]) + ", " + shown(w.vars[1]) + ", " + shown(w.vars[2]) + ", " + shown(w.vars[3]) +
                           ", " + pq.substr(1, pq.size() - 2) + ")";
    Programs programs;
    Outcome outcome = programs.run(w.source);
    INFO("round " << round << "\n" << w.source);
    REQUIRE(outcome.text == expected);
  }
}
