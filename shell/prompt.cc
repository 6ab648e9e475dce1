#include "shell/prompt.h"

#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <utility>

#include "kernel/syntax/parser.h"
#include "shell/face.h"
#include "shell/history.h"
#include "shell/line_reader.h"

namespace m31::shell {

namespace {

constexpr const char* prompt_text = "m31> ";
constexpr const char* more_text = "...> ";

std::unique_ptr<LineReader> make_reader(History& history) {
  const char* term = std::getenv("TERM");
  const bool editable = ::isatty(0) == 1 && ::isatty(1) == 1 && term && std::strcmp(term, "dumb") != 0;
  return editable ? make_terminal_reader(0, 1, history) : make_plain_reader(0, 1, true);
}

}  // namespace

int run_prompt(runtime::Session& session, const Options& options) {
  History history(history_path());
  const auto reader = make_reader(history);
  Face face(options, true);
  std::string cell;
  for (unsigned number = 1;;) {
    std::string line;
    const auto got = reader->read(cell.empty() ? prompt_text : more_text, line);
    if (got == LineReader::Got::cancelled) {
      cell.clear();
      continue;
    }
    if (got == LineReader::Got::end) {
      // Ctrl-D on an unfinished cell drops it, as Ctrl-C does; on an empty prompt it leaves.
      if (cell.empty()) break;
      cell.clear();
      continue;
    }
    cell += line;
    cell += '\n';
    if (cell.find_first_not_of(" \t\r\n") == std::string::npos) {
      cell.clear();
      continue;
    }
    if (reader->in_paste() || syntax::is_incomplete(cell)) continue;
    history.add(cell.substr(0, cell.find_last_not_of(" \t\n") + 1));
    const auto outcome = session.eval("[" + std::to_string(number++) + "]", std::exchange(cell, {}),
                                      [&](const runtime::Event& event) { face.on(event); });
    if (outcome == runtime::Outcome::interrupted)
      face.on({.kind = runtime::Event::Kind::error, .text = "interrupted: the cell was stopped, its names are kept"});
    if (!face.finish()) return 1;
    if (const auto status = session.exit_status()) return *status;
  }
  return 0;
}

}  // namespace m31::shell
