// Checks one text as the first cell of a session that is granted everything, or what is named.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/types/program.h"

namespace m31::test {

inline types::Environment environment_of(std::vector<std::string> capabilities) {
  types::Environment environment;
  environment.capabilities = std::move(capabilities);
  return environment;
}

inline types::Environment whole_environment() {
  return environment_of({"clock", "fs", "host", "http", "net", "print", "random", "sh", "stdin", "sys"});
}

inline types::Checked check(types::Program& program, std::string_view text, const types::Environment& environment = whole_environment()) {
  return program.check(std::make_shared<syntax::Source>("cell", std::string(text)), environment);
}

inline std::string rendered(const types::Checked& checked) {
  std::string all;
  for (const syntax::Diagnostic& each : checked.diagnostics) all += syntax::render(each, {});
  return all;
}

inline std::size_t errors_in(const types::Checked& checked) {
  std::size_t count = 0;
  for (const syntax::Diagnostic& each : checked.diagnostics) count += each.severity == syntax::Severity::error;
  return count;
}

// The type of a text's value; the messages when it is refused.
inline std::string type_of(std::string_view text) {
  types::Program program;
  types::Checked checked = check(program, text);
  return checked.ok() ? types::show(checked.cell->result) : rendered(checked);
}

// The instance of this name that the cell reaches; null when there is none.
inline const core::FnInstance* reached(const core::FnInstance* from, std::string_view name) {
  std::vector<const core::FnInstance*> all{from};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i]->name == name) return all[i];
    for (const core::FnInstance* each : all[i]->callees) {
      bool known = false;
      for (const core::FnInstance* other : all) known |= other == each;
      if (!known) all.push_back(each);
    }
  }
  return nullptr;
}

inline constexpr std::string_view figure_2 = R"(fn main(url: String):
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
)";

}  // namespace m31::test
