// The driver `jam`: packed data, unpacked by the parse helper.
#include "runtime/drivers/call_queue.h"
#include "runtime/drivers/drivers.h"
#include "runtime/drivers/parse_client.h"
#include "runtime/drivers/payload_items.h"

namespace m31::runtime {
namespace {

class JamDriver final : public Driver {
 public:
  JamDriver(IoThread& io, std::shared_ptr<ParseClient> parsers) : io_(io), parsers_(std::move(parsers)) {}
  ~JamDriver() override { io_.stop(); }

  std::string_view name() const override { return "jam"; }

  void call(Call call, Answer answer) override {
    if (!io_.post([this, call = std::move(call), answer]() mutable { start(std::move(call), std::move(answer)); }))
      answer(std::unexpected(node_is_stopping()));
  }

  void cancel(std::uint64_t fibril) override {
    io_.post([this, fibril] { parsers_->cancel(fibril); });
  }

 private:
  void start(Call call, Answer answer) {
    ParseTask task = call.operation == "jam.unzip" ? ParseTask::unzip
                     : call.operation == "jam.gunzip" ? ParseTask::gunzip
                                                      : ParseTask::files;
    if ((task == ParseTask::files && call.operation != "jam.files") || call.args.size() != 1 ||
        call.args[0].kind != data::DatumKind::text)
      return answer(std::unexpected(Failure{"Unknown", call.operation + " is no operation of jam with these arguments"}));
    auto done = [task, answer = std::move(answer)](std::expected<data::Text, Failure> payload) {
      if (!payload) return answer(std::unexpected(std::move(payload.error())));
      if (task != ParseTask::files) return answer(data::Datum::of_text(std::move(*payload)));
      auto items = items_of(*payload);
      if (!items) return answer(std::unexpected(std::move(items.error())));
      if (items->size() % 2 != 0) return answer(std::unexpected(Failure{"BadData", "the parser's answer is damaged"}));
      answer(data::Datum::of_pairs(std::move(*items)));
    };
    parsers_->submit({task, {}, call.args[0].text, call.fibril, std::move(done)});
  }

  IoThread& io_;
  std::shared_ptr<ParseClient> parsers_;
};

}  // namespace

std::unique_ptr<Driver> make_jam_driver(IoThread& io, std::shared_ptr<ParseClient> parsers) {
  return std::make_unique<JamDriver>(io, std::move(parsers));
}

}  // namespace m31::runtime
