// data(text), and values as texts for others: toJson, toCsv, toTsv. Each is one step: what they read and write is bounded.
#include "kernel/data/exchange.h"
#include "kernel/data/read_text.h"
#include "kernel/vm/fibril.h"
#include "kernel/words/native_state.h"

namespace m31::words {
namespace {

using types::Type;
using types::TypeKind;

// args: the text, the declared types that may be constructed (a tuple of types), the type that is wanted.
NativeStatus read_data(NativeCall& call) {
  const std::string_view text = vm::text_of(call.args[0]);
  // A byte of text becomes a node of the tree and a value.
  if (text.size() > vm::room_bytes(call.heap) / 64) return call.raise("LimitExceeded", "the memory limit does not allow to read a text of " + std::to_string(text.size()) + " bytes");
  call.fuel -= static_cast<std::int64_t>(text.size());
  const Type* const known = call.types[1]->args[0];
  const Type* const wanted = call.types[2]->args[0];
  auto found = data::read_text(text, known->args, wanted);
  if (!found) return call.raise(text.size() > data::read_text_bytes_max ? "LimitExceeded" : "BadData", found.error());
  return done(call, vm::build(call.heap, wanted, found->value));
}

NativeStatus wrote(NativeCall& call, std::expected<std::string, std::string> text) {
  if (!text) return call.raise("ValueError", text.error());
  call.fuel -= static_cast<std::int64_t>(text->size() / 16);
  return done(call, vm::make_string(call.heap, *text));
}

NativeStatus write_json(NativeCall& call) { return wrote(call, data::to_json(call.types[0], vm::read(call.types[0], call.args[0]))); }
NativeStatus write_csv(NativeCall& call) {
  return wrote(call, data::to_table(call.types[0], vm::read(call.types[0], call.args[0]), data::Table::csv));
}
NativeStatus write_tsv(NativeCall& call) {
  return wrote(call, data::to_table(call.types[0], vm::read(call.types[0], call.args[0]), data::Table::tsv));
}

constexpr vm::NativeEntry entries[] = {
    {"data.read", read_data}, {"json.write", write_json}, {"csv.write", write_csv}, {"tsv.write", write_tsv},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable data_natives;
const NativeTable data_natives = words::entries;
}  // namespace m31::vm
