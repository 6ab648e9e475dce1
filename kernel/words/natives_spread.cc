// spread: a list as a flow, whose items come one by one. It has a copy of its own, outside the heap, so that a flow is the same
// wherever it is taken from.
#include "kernel/data/shape.h"
#include "kernel/vm/fibril.h"
#include "kernel/words/record_stream.h"

namespace m31::words {
namespace {

class SpreadList final : public ItemStream {
 public:
  SpreadList(const types::Type* item, std::vector<data::Datum> items) : item_(item), items_(std::move(items)) {}

  NativeStatus next(NativeCall& call) override {
    if (given_ == items_.size()) {
      items_.clear();
      given_ = 0;
      call.args[1] = 0;
      return done(call, 0);
    }
    const data::Datum item = std::move(items_[given_++]);
    call.fuel -= 4;
    *call.result = vm::build(call.heap, item_, item);
    call.args[1] = 1;
    return NativeStatus::done;
  }
  std::string plan() const override { return "a list of " + std::to_string(items_.size() - given_) + " items, in memory"; }

 private:
  const types::Type* item_;
  std::vector<data::Datum> items_;
  std::size_t given_ = 0;
};

NativeStatus spread_list(NativeCall& call) {
  const types::Type* item = call.types[0]->args[0];
  if (!data::is_storable(item)) return call.raise("TypeError", "a list of " + types::show(item) + " cannot be spread: only values can");
  data::Datum list = vm::read(call.types[0], call.args[0]);
  return done(call, vm::make_handle(call.heap, new SpreadList(item, std::move(list.items))));
}

constexpr vm::NativeEntry entries[] = {{"spread.list", spread_list}};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable spread_natives;
const NativeTable spread_natives = words::entries;
}  // namespace m31::vm
