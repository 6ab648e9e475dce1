// What the drivers' tests share: an I/O thread with a driver, asked as a fibril would ask.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "runtime/drivers/drivers.h"
#include "runtime/drivers/parse_client.h"

namespace m31::runtime::test {

inline NodeOptions options_of_build() {
  NodeOptions options;
  options.parse_helper = M31_BUILD_DIR "/m31-parse";
  options.plugin_directory = M31_BUILD_DIR;
  return options;
}

inline std::future<Reply> ask(Driver& driver, std::string operation, std::vector<data::Datum> args, std::uint64_t fibril = 1) {
  auto promise = std::make_shared<std::promise<Reply>>();
  Call call;
  call.operation = std::move(operation);
  call.args = std::move(args);
  call.fibril = fibril;
  auto future = promise->get_future();
  driver.call(std::move(call), [promise](Reply reply) { promise->set_value(std::move(reply)); });
  return future;
}

inline data::Datum text_of(std::string_view text) { return data::Datum::of_text(text); }

// "" for a value, else "Kind: message".
inline std::string failure_of(const Reply& reply) { return reply ? "" : reply.error().kind + ": " + reply.error().message; }

inline std::vector<std::string> texts_of(const Reply& reply) {
  std::vector<std::string> texts;
  if (!reply) return {failure_of(reply)};
  for (const data::Datum& item : reply->items) texts.emplace_back(item.text.view());
  return texts;
}

// The processes of the helpers, asked on the thread that owns them.
inline std::vector<pid_t> helpers_of(IoThread& io, ParseClient& parsers) {
  std::promise<std::vector<pid_t>> pids;
  io.post([&] { pids.set_value(parsers.helpers()); });
  return pids.get_future().get();
}

}  // namespace m31::runtime::test
