// Session: one conversation with a person or program: source in, events out. It owns a Program, its
// Code, the root fibril's environment, and shares a Node (processors, I/O thread, drivers) with
// other sessions; two live in one process. Everything a face (shell, notebook) needs stands here.
//
// Thread: eval() is called by one thread (the face's) and blocks until the cell has ended, handing
// events to the sink on that same thread as they come. interrupt() may be called from any thread or
// from a signal handler.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/data/datum.h"
#include "kernel/syntax/diagnostic.h"
#include "kernel/types/program.h"

namespace m31::runtime {

class Node;

struct NodeOptions {
  unsigned processors = 0;            // 0: one per core
  std::string store_directory;        // "" : $XDG_DATA_HOME/m31/store
  std::string parse_helper;           // path of m31-parse; "": beside the executable
  std::string plugin_directory;       // where m31_http.so is; "": beside the executable
  std::size_t fibrils_max = 100'000;  // per session (M31_FIBRILS); an error names limit and fibril
  std::uint32_t http_timeout_ms = 30'000;
  std::size_t http_body_bytes_max = std::size_t{256} << 20;
  std::vector<std::string> trace;     // "store", "fibril", ...: lines to stderr
};

// Starts nothing by itself: threads, store and plugins come when first needed.
std::shared_ptr<Node> make_node(NodeOptions options);

struct Event {
  enum class Kind {
    output,      // text printed by print(): text
    value,       // value of the last expression, unless None: type, value
    diagnostics, // refused before running, or warnings: diagnostics
    error,       // an error left the program: text (rendered with trace), diagnostics hold places
    progress,    // text, done, total (0 unknown)
    done,        // always last; ok
  } kind = Kind::done;
  std::string text{};
  const types::Type* type = nullptr;
  data::Datum value{};
  std::vector<syntax::Diagnostic> diagnostics{};
  std::uint64_t done = 0, total = 0;
  bool ok = true;
};
using EventSink = std::function<void(Event)>;

enum class Outcome { ok, ill_typed, failed, interrupted };

struct SessionOptions {
  std::vector<std::string> capabilities = {"clock", "fs", "host", "http", "net", "print", "random", "sh", "stdin", "sys"};
  int stdin_fd = 0;
  bool interactive = false;
};

class Session {
 public:
  static std::unique_ptr<Session> make(std::shared_ptr<Node> node, SessionOptions options);
  virtual ~Session() = default;                       // stops its fibrils
  virtual Outcome eval(std::string name, std::string source, const EventSink& sink) = 0;
  virtual void interrupt() noexcept = 0;              // async-signal-safe
  virtual std::vector<std::string> names() const = 0; // completion
  // What shell.exit was given, once a cell has called it: the face ends with it.
  virtual std::optional<int> exit_status() const = 0;
  // --dump=tokens,ast,types,bytecode: text of a stage for `source`, which is not run; what is wrong with it when it has none.
  using Dumped = std::expected<std::string, std::vector<syntax::Diagnostic>>;
  virtual Dumped dump(std::string_view stage, std::string name, std::string source) = 0;
  // What a cell is checked against: for tools that check and do not run. Names the store's spaces when it is asked for them.
  virtual types::Environment environment() = 0;
};

}  // namespace m31::runtime
