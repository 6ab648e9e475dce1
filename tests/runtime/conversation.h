// A session under test: evaluates text and keeps what its events said.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "kernel/syntax/diagnostic.h"
#include "runtime/session.h"

namespace m31::runtime {

struct Conversation {
  std::unique_ptr<Session> session;
  std::string output;              // printed, of the last eval
  std::string value;               // shown, of the last eval; empty for None
  std::string error;
  std::string diagnostics;
  bool ended_with_done = false;

  explicit Conversation(std::shared_ptr<Node> node, SessionOptions options = {})
      : session(Session::make(std::move(node), std::move(options))) {}

  static Conversation alone(NodeOptions options = {}, SessionOptions session_options = {}) {
    return Conversation(make_node(std::move(options)), std::move(session_options));
  }

  Outcome eval(std::string text) {
    output = value = error = diagnostics = "";
    ended_with_done = false;
    return session->eval("<test>", std::move(text), [this](Event event) {
      ended_with_done = event.kind == Event::Kind::done;
      switch (event.kind) {
        case Event::Kind::output: output += event.text; break;
        case Event::Kind::value: value = data::show(event.type, event.value); break;
        case Event::Kind::error: error = event.text; break;
        case Event::Kind::diagnostics:
          for (const auto& diagnostic : event.diagnostics) diagnostics += syntax::render(diagnostic, {});
          break;
        case Event::Kind::progress:
        case Event::Kind::done: break;
      }
    });
  }
};

}  // namespace m31::runtime
