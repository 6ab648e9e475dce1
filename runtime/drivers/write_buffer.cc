#include "runtime/drivers/write_buffer.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <utility>

#include "kernel/base/ensure.h"

namespace m31::runtime {
namespace {

constexpr std::size_t slots_first = 16;
constexpr std::size_t chunk_bytes_first = 1024;
constexpr std::size_t chunk_bytes_max = 256 * 1024;

}  // namespace

WriteBuffer::WriteBuffer() : WriteBuffer(Limits()) {}
WriteBuffer::WriteBuffer(Limits limits) : limits_(limits) {}
WriteBuffer::~WriteBuffer() { release_chunks(); }

WriteBuffer::WriteBuffer(WriteBuffer&& other) noexcept { *this = std::move(other); }

WriteBuffer& WriteBuffer::operator=(WriteBuffer&& other) noexcept {
  std::swap(limits_, other.limits_);
  std::swap(spaces_, other.spaces_);
  std::swap(last_space_, other.last_space_);
  std::swap(slots_, other.slots_);
  std::swap(entries_, other.entries_);
  std::swap(changes_, other.changes_);
  std::swap(values_, other.values_);
  std::swap(chunks_, other.chunks_);
  std::swap(chunk_used_, other.chunk_used_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

void WriteBuffer::release_chunks() {
  for (data::Buffer* chunk : chunks_) chunk->drop();
  chunks_.clear();
  chunk_used_ = 0;
}

std::uint32_t WriteBuffer::space(std::string_view name, const types::Type* key_type) {
  auto is_it = [&](const Flush::Names& each) { return each.key_type == key_type && each.name == name; };
  if (last_space_ < spaces_.size() && is_it(spaces_[last_space_])) return last_space_;
  for (last_space_ = 0; last_space_ < spaces_.size(); ++last_space_)
    if (is_it(spaces_[last_space_])) return last_space_;
  spaces_.push_back({std::string(name), key_type, {}, {}});
  return last_space_;
}

std::uint32_t WriteBuffer::attribute(std::uint32_t space, std::string_view name, const types::Type* type) {
  Flush::Names& names = spaces_[space];
  for (std::uint32_t i = 0; i < names.attributes.size(); ++i)
    if (names.attribute_types[i] == type && names.attributes[i] == name) return i;
  names.attributes.emplace_back(name);
  names.attribute_types.push_back(type);
  return static_cast<std::uint32_t>(names.attributes.size() - 1);
}

const char* WriteBuffer::keep(std::string_view key) {
  if (chunks_.empty() || chunk_used_ + key.size() > chunks_.back()->size_bytes) {
    std::size_t size = chunks_.empty() ? chunk_bytes_first : std::min(chunk_bytes_max, chunks_.back()->size_bytes * 4);
    chunks_.push_back(data::Buffer::make(std::max(size, key.size())));
    chunk_used_ = 0;
  }
  char* to = chunks_.back()->bytes + chunk_used_;
  if (!key.empty()) std::memcpy(to, key.data(), key.size());
  chunk_used_ += key.size();
  return to;
}

void WriteBuffer::enlarge() {
  std::size_t size = slots_.empty() ? slots_first : slots_.size() * 2;
  slots_.assign(size, Slot());
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t at = entries_[i].hash & (size - 1);
    while (slots_[at].entry) at = (at + 1) & (size - 1);
    slots_[at] = {static_cast<std::uint32_t>(entries_[i].hash >> 32), static_cast<std::uint32_t>(i + 1)};
  }
}

WriteBuffer::Entry& WriteBuffer::entry_of(std::uint32_t space, std::string_view key) {
  if (entries_.size() * 2 >= slots_.size()) enlarge();
  std::uint64_t hash = XXH3_64bits_withSeed(key.data(), key.size(), space);
  auto tag = static_cast<std::uint32_t>(hash >> 32);
  std::size_t mask = slots_.size() - 1, at = hash & mask;
  for (; slots_[at].entry; at = (at + 1) & mask) {
    if (slots_[at].tag != tag) continue;
    Entry& entry = entries_[slots_[at].entry - 1];
    if (entry.space == space && entry.key() == key) return entry;
  }
  Entry& entry = entries_.emplace_back();
  entry.hash = hash;
  entry.key_bytes = keep(key);
  entry.key_size = static_cast<std::uint32_t>(key.size());
  entry.chunk = static_cast<std::uint32_t>(chunks_.size() - 1);
  entry.space = space;
  slots_[at] = {tag, static_cast<std::uint32_t>(entries_.size())};
  bytes_ += sizeof(Entry) + key.size();
  return entry;
}

WriteBuffer::Change& WriteBuffer::change_of(Entry& entry, std::uint32_t attribute) {
  Change* at = &entry.first;
  if (at->attribute == none) at->attribute = attribute;
  Change* found = at->attribute == attribute ? at : nullptr;
  while (at->next != none) {
    at = &changes_[at->next];
    if (at->attribute == attribute) found = at;
  }
  return found ? *found : append_change(*at, attribute);
}

WriteBuffer::Change& WriteBuffer::append_change(Change& after, std::uint32_t attribute) {
  after.next = static_cast<std::uint32_t>(changes_.size());
  Change& change = changes_.emplace_back();
  change.attribute = attribute;
  return change;
}

void WriteBuffer::add(std::uint32_t space, std::string_view key, std::uint32_t attribute, std::int64_t by) {
  Change& change = change_of(entry_of(space, key), attribute);
  // What cannot be merged, a sum that overflows among it, stays two changes: the store says what is wrong.
  bool is_add = change.value == none;
  if (is_add || values_[change.value].kind == data::DatumKind::integer) {
    std::int64_t& before = is_add ? change.sum : values_[change.value].integer;
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(before, by, &sum)) {
      before = sum;
      return;
    }
  }
  Change later;
  later.next = change.next;   // right after it
  later.attribute = attribute;
  later.sum = by;
  change.next = static_cast<std::uint32_t>(changes_.size());
  changes_.push_back(later);
}

void WriteBuffer::assign(std::uint32_t space, std::string_view key, std::uint32_t attribute, data::Datum value) {
  bytes_ += sizeof value + value.text.view().size() + value.items.size() * sizeof(data::Datum);
  Change& change = change_of(entry_of(space, key), attribute);
  change.sum = 0;
  if (change.value == none) {
    change.value = static_cast<std::uint32_t>(values_.size());
    values_.push_back(std::move(value));
  } else {
    values_[change.value] = std::move(value);
  }
}

void WriteBuffer::touch(std::uint32_t space, std::string_view key) { entry_of(space, key); }

void WriteBuffer::replace(std::uint32_t space, std::string_view key) {
  Entry& entry = entry_of(space, key);
  entry.replaces = true;
  entry.first = Change();
}

Flush WriteBuffer::take() {
  Flush flush;
  flush.spaces = std::move(spaces_);
  flush.commands.reserve(entries_.size());
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  auto hash_number = [&](std::uint64_t number) { XXH3_64bits_update(&state, &number, sizeof number); };
  auto hash_text = [&](std::string_view text) {
    hash_number(text.size());
    XXH3_64bits_update(&state, text.data(), text.size());
  };
  for (const Flush::Names& names : flush.spaces) {
    hash_text(names.name);
    for (const std::string& attribute : names.attributes) hash_text(attribute);
  }
  std::string bytes;
  for (Entry& entry : entries_) {
    const Flush::Names& names = flush.spaces[entry.space];
    store::Command command;
    command.space = entry.space;
    command.replace = entry.replaces;
    if (names.key_type->kind == types::TypeKind::string) {
      data::Buffer* chunk = chunks_[entry.chunk];
      chunk->retain();
      command.key = data::Datum::of_text(data::Text(chunk, entry.key()));
    } else {
      std::string_view rest = entry.key();
      auto key = data::decode(names.key_type, rest, std::size_t{1} << 30);
      ENSURE(key.has_value());
      command.key = std::move(*key);
    }
    hash_number(entry.space * 2 + (entry.replaces ? 1 : 0));
    hash_text(entry.key());
    for (const Change* change = &entry.first; change->attribute != none; change = &changes_[change->next]) {
      bool is_add = change->value == none;
      hash_number(change->attribute * 2 + (is_add ? 1 : 0));
      if (is_add) {
        hash_number(static_cast<std::uint64_t>(change->sum));
        command.changes.push_back({change->attribute, store::Operation::add, data::Datum::of_int(change->sum)});
      } else {
        data::Datum& value = values_[change->value];
        bytes.clear();
        data::encode(names.attribute_types[change->attribute], value, bytes);
        hash_text(bytes);
        command.changes.push_back({change->attribute, store::Operation::assign, std::move(value)});
      }
      if (change->next == none) break;
    }
    flush.commands.push_back(std::move(command));
  }
  flush.hash = XXH3_64bits_digest(&state);
  spaces_.clear();
  last_space_ = 0;
  entries_.clear();
  changes_.clear();
  values_.clear();
  release_chunks();
  bytes_ = 0;
  slots_.assign(slots_.size(), Slot());
  return flush;
}

}  // namespace m31::runtime
