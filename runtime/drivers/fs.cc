#include "runtime/drivers/fs.h"

#include <cstdio>
#include <future>
#include <optional>
#include <unistd.h>

#include "runtime/drivers/fs_call.h"
#include "runtime/drivers/stored_driver.h"

namespace m31::runtime {
namespace {

constexpr std::size_t commands_of_a_turn_max = 500'000;

}  // namespace

struct FsDriver::Request {
  enum class Kind { call, flush } kind = Kind::call;
  Call call;                            // of a flush: result_type and fibril only
  store::Token token;
  Flush flush;
  bool wants_last = false;
  Answer answer;
  std::function<void(FsDriver&)> task;  // instead of all that

  bool writes() const { return !task && (kind == Kind::flush || is_write(call.operation)); }
};

FsDriver::FsDriver(std::string directory, bool traces)
    : directory_(directory.empty() ? default_store_directory() : std::move(directory)), traces_(traces) {}

FsDriver::~FsDriver() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void FsDriver::push(Request request) {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(request));
    if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
  }
  wake_.notify_one();
}

void FsDriver::call(Call call, Answer answer) {
  Request request;
  request.call = std::move(call);
  request.answer = std::move(answer);
  push(std::move(request));
}

void FsDriver::flush(store::Token token, Flush flush, bool wants_last, const types::Type* result_type, Answer answer) {
  Request request;
  request.kind = Request::Kind::flush;
  token.hash = flush.hash;
  request.token = token;
  request.flush = std::move(flush);
  request.wants_last = wants_last;
  request.call.result_type = result_type;
  request.call.fibril = token.fibril;
  request.answer = std::move(answer);
  push(std::move(request));
}

void FsDriver::cancel(std::uint64_t fibril) {
  std::vector<Request> cancelled;
  {
    std::lock_guard lock(mutex_);
    for (auto at = queue_.begin(); at != queue_.end();) {
      if (at->task || at->writes() || at->call.fibril != fibril) {
        ++at;
        continue;
      }
      cancelled.push_back(std::move(*at));
      at = queue_.erase(at);
    }
  }
  for (Request& request : cancelled) request.answer(std::unexpected(Failure{"Killed", "the call was cancelled", 0}));
}

void FsDriver::retire(std::uint64_t incarnation_high, std::uint64_t incarnation_low) {
  Request request;
  request.task = [incarnation_high, incarnation_low](FsDriver& self) {
    if (!self.store_) return;
    // Tokens that stay do no harm but for their bytes.
    if (auto retired = self.store_->retire(incarnation_high, incarnation_low); !retired) self.trace(retired.error().message);
  };
  push(std::move(request));
}

std::expected<std::vector<store::Space>, Failure> FsDriver::spaces() {
  // Asked before a program is known to be right: to look must not make a store where there is none.
  if (::access(directory_.c_str(), F_OK) != 0) return {};
  std::promise<std::expected<std::vector<store::Space>, Failure>> promise;
  Request request;
  request.task = [&](FsDriver& self) {
    if (!self.open()) return promise.set_value(std::unexpected(self.open_failure_));
    auto spaces = self.store_->spaces();
    if (!spaces) return promise.set_value(std::unexpected(failure_of(spaces.error())));
    promise.set_value(std::move(*spaces));
  };
  push(std::move(request));
  return promise.get_future().get();
}

void FsDriver::trace(const std::string& line) const {
  if (traces_) std::fprintf(stderr, "store: %s\n", line.c_str());
}

// One line for a flush that is durable from now on, written before its fibril goes on: what no kill may undo.
//   store: flush INCARNATION:FIBRIL:EPOCH:SEQUENCE SPACE KEY<tab>OPERAND<tab>KEY<tab>OPERAND..
void FsDriver::trace_flush(const std::vector<store::Space>& spaces, const store::Batch& batch) const {
  if (!traces_ || batch.commands.empty()) return;
  auto plain = [](const data::Datum& value) {
    return value.kind == data::DatumKind::text ? std::string(value.text.view()) : std::to_string(value.integer);
  };
  const store::Token& token = batch.token;
  std::string line = "flush " + std::to_string(token.incarnation_low) + ":" + std::to_string(token.fibril) + ":" +
                     std::to_string(token.epoch) + ":" + std::to_string(token.sequence) + " ";
  for (const store::Space& space : spaces)
    if (space.id == batch.commands.front().space) line += space.name;
  char separator = ' ';
  for (const store::Command& command : batch.commands)
    for (const store::AttributeChange& change : command.changes) {
      line += separator + plain(command.key) + '\t' + plain(change.operand);
      separator = '\t';
    }
  trace(line);
}

// Tried again at each request while it fails: the disk may have been made writable meanwhile.
bool FsDriver::open() {
  if (store_) return true;
  if (directory_.empty()) {
    open_failure_ = {"StoreError", "there is no place for a store: neither XDG_DATA_HOME nor HOME is set", 0};
    return false;
  }
  auto opened = store::Store::open(directory_);
  if (!opened) {
    open_failure_ = failure_of(opened.error());
    return false;
  }
  store_ = std::move(*opened);
  trace("opened " + directory_);
  return true;
}

void FsDriver::serve() {
  for (;;) {
    std::deque<Request> turn;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      turn.swap(queue_);
    }
    // Writes first, together. A fibril waits for each of its requests, so its order is kept.
    std::vector<Request> writes;
    std::size_t commands = 0;
    for (Request& request : turn) {
      if (!request.writes()) continue;
      commands += request.flush.commands.size() + 1;
      writes.push_back(std::move(request));
      request.answer = nullptr;
      if (commands < commands_of_a_turn_max) continue;
      write(writes);
      writes.clear();
      commands = 0;
    }
    if (!writes.empty()) write(writes);
    for (Request& request : turn) {
      if (request.task)
        request.task(*this);
      else if (request.answer)
        answer_read(request);
    }
  }
}

void FsDriver::answer_read(Request& request) {
  if (!open()) return request.answer(std::unexpected(open_failure_));
  request.answer(read_or_declare(*store_, directory_, request.call));
}

void FsDriver::write(std::vector<Request>& writes) {
  auto fail_all = [&](const Failure& failure) {
    for (Request& request : writes) request.answer(std::unexpected(failure));
  };
  if (!open()) return fail_all(open_failure_);
  auto spaces = store_->spaces();
  if (!spaces) return fail_all(failure_of(spaces.error()));

  std::vector<store::Batch> batches;
  std::vector<Request*> askers;
  std::vector<std::uint32_t> last_spaces;
  std::size_t commands = 0;
  for (Request& request : writes) {
    store::Batch batch;
    batch.token = request.token;
    if (request.kind == Request::Kind::flush) {
      auto translated = commands_of(*spaces, std::move(request.flush));
      if (!translated) {
        request.answer(std::unexpected(translated.error()));
        continue;
      }
      batch.commands = std::move(*translated);
      batch.wants_last = request.wants_last && !batch.commands.empty();
    } else {
      auto command = command_of(*spaces, request.call);
      if (!command) {
        request.answer(std::unexpected(command.error()));
        continue;
      }
      batch.commands.push_back(std::move(*command));
      batch.wants_last = request.call.result_type && request.call.result_type->kind != types::TypeKind::none;
    }
    commands += batch.commands.size();
    last_spaces.push_back(batch.commands.empty() ? 0 : batch.commands.back().space);
    askers.push_back(&request);
    batches.push_back(std::move(batch));
  }
  auto results = store_->apply(batches);
  trace("wrote " + std::to_string(commands) + " records of " + std::to_string(batches.size()) + " flushes");
  for (std::size_t i = 0; i < results.size(); ++i)
    if (results[i]) trace_flush(*spaces, batches[i]);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i])
      askers[i]->answer(std::unexpected(failure_of(results[i].error())));
    else if (!batches[i].wants_last)
      askers[i]->answer(data::Datum());
    else
      askers[i]->answer(record_reply((*spaces)[last_spaces[i]], askers[i]->call.result_type, std::move(results[i]->last)));
  }
}

}  // namespace m31::runtime
