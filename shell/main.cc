// m31sh: wires options, node, session and face.
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <unistd.h>

#include "runtime/nucleus.h"
#include "runtime/session.h"
#include "shell/face.h"
#include "shell/options.h"
#include "shell/prompt.h"
#include "shell/text_file.h"
#include "shell/tools.h"

namespace {

using m31::runtime::Outcome;
using m31::shell::Options;

// The session that Ctrl-C stops. Set before the handler is installed, never changed after.
std::atomic<m31::runtime::Session*> running{nullptr};

void on_interrupt(int) {
  const int saved = errno;
  if (auto* session = running.load()) session->interrupt();
  errno = saved;
}

void install_signals() {
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = on_interrupt;
  ::sigaction(SIGINT, &action, nullptr);
  // A parent that ignored SIGPIPE must not turn `m31sh ... | head -1` into an error message.
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &action, nullptr);
}

struct Program {
  std::string name, text;
};

// The program that the options name; nothing and a message when it cannot be read.
std::optional<Program> read_program(const Options& options) {
  if (options.input == Options::Input::code) return Program{"-c", options.code};
  const bool from_file = options.input == Options::Input::file;
  auto text = m31::shell::read_text_file(from_file ? options.file : "-");
  if (!text) {
    std::fprintf(stderr, "m31sh: %s\n", text.error().c_str());
    return std::nullopt;
  }
  return Program{from_file ? options.file : "<stdin>", std::move(*text)};
}

int exit_code(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return 0;
    case Outcome::failed: return 1;
    case Outcome::ill_typed: return 2;
    case Outcome::interrupted: return 128 + SIGINT;
  }
  return 1;
}

int run(Options options) {
  const bool wants_prompt = options.input == Options::Input::prompt && ::isatty(0) == 1;
  if (options.input == Options::Input::prompt && !wants_prompt && !options.interactive)
    options.input = Options::Input::standard_input;
  std::optional<Program> program;
  if (options.input != Options::Input::prompt) {
    program = read_program(options);
    if (!program) return 2;
  }

  m31::runtime::NodeOptions node_options;
  node_options.processors = options.processors;
  node_options.trace = options.trace;
  if (options.fibrils_max > 0) node_options.fibrils_max = options.fibrils_max;
  m31::runtime::SessionOptions session_options;
  session_options.interactive = !program || options.interactive;
  const auto node = m31::runtime::make_node(node_options);
  const auto session = m31::runtime::Session::make(node, session_options);

  if (program && !options.dump.empty()) {
    const auto dumped = session->dump(options.dump, program->name, program->text);
    if (!dumped) {
      m31::shell::Face face(options, false);
      for (const auto& diagnostic : dumped.error()) face.report(diagnostic);
      return 2;
    }
    std::fwrite(dumped->data(), 1, dumped->size(), stdout);
    return 0;
  }

  running.store(session.get());
  install_signals();
  int code = 0;
  if (program) {
    m31::shell::Face face(options, false);
    code = exit_code(session->eval(program->name, std::move(program->text),
                                   [&](const m31::runtime::Event& event) { face.on(event); }));
    if (!face.finish()) code = 1;
    if (const auto status = session->exit_status()) {
      running.store(nullptr);
      return *status;
    }
  }
  if (!program || options.interactive) code = m31::shell::run_prompt(*session, options);
  running.store(nullptr);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1)
    if (const m31::shell::Tool* tool = m31::shell::find_tool(argv[1])) {
      ::signal(SIGPIPE, SIG_DFL);
      return tool->run({argv + 2, argv + argc});
    }
  auto options = m31::shell::parse_options(argc, argv);
  if (!options) {
    std::fputs(options.error().text.c_str(), options.error().exit_code == 0 ? stdout : stderr);
    return options.error().exit_code;
  }
  if (options->input == Options::Input::nucleus) return m31::runtime::nucleus_main(options->nucleus_fd);
  return run(std::move(*options));
}
