#include "store/catalogue.h"

#include <algorithm>
#include <ctime>
#include <set>

#include "kernel/data/shape.h"
#include "kernel/data/varint.h"
#include "store/key.h"
#include "store/record.h"

namespace m31::store {
namespace {

constexpr std::string_view format_key = "f";
constexpr std::string_view version_key = "v";
constexpr std::string_view next_space_key = "n/space";
constexpr std::string_view next_partition_key = "n/partition";
constexpr std::uint32_t partitions_max = 1024;
constexpr std::size_t attributes_max = 1000;

std::string space_key(std::uint32_t id) {
  std::string key = "s";
  append_u32(id, key);
  return key;
}

void write_attribute(const Attribute& attribute, std::string& to) {
  data::write_sized(attribute.name, to);
  data::write_varint(attribute.queryable ? 1 : 0, to);
  to += types::encode_type(attribute.type);
}

bool read_attribute(std::string_view& bytes, Attribute& attribute) {
  std::string_view name;
  std::uint64_t flags = 0;
  if (!data::read_sized(bytes, name) || !data::read_varint(bytes, flags) || flags > 1) return false;
  auto type = types::decode_type(bytes);
  if (!type) return false;
  attribute = {std::string(name), *type, flags == 1};
  return true;
}

std::string encode_space(const Space& space, std::uint64_t first_partition) {
  std::string bytes;
  data::write_varint(first_partition, bytes);
  data::write_sized(space.name, bytes);
  write_attribute(space.key, bytes);
  data::write_varint(space.attributes.size(), bytes);
  for (const Attribute& attribute : space.attributes) write_attribute(attribute, bytes);
  data::write_varint(space.options.partitions, bytes);
  data::write_varint(space.options.failures, bytes);
  data::write_varint((space.options.versioning ? 1u : 0u) | (space.options.strict ? 2u : 0u), bytes);
  return bytes;
}

bool decode_space(std::string_view bytes, KnownSpace& known) {
  Space& space = known.space;
  std::string_view name;
  std::uint64_t first_partition = 0, attributes = 0, partitions = 0, failures = 0, flags = 0;
  if (!data::read_varint(bytes, first_partition) || !data::read_sized(bytes, name) || !read_attribute(bytes, space.key) ||
      !data::read_varint(bytes, attributes) || attributes > attributes_max)
    return false;
  space.name = name;
  for (std::uint64_t i = 0; i < attributes; ++i)
    if (!read_attribute(bytes, space.attributes.emplace_back())) return false;
  if (!data::read_varint(bytes, partitions) || !data::read_varint(bytes, failures) || !data::read_varint(bytes, flags)) return false;
  if (partitions == 0 || partitions > partitions_max || flags > 3 || !bytes.empty()) return false;
  known.first_partition = static_cast<std::uint32_t>(first_partition);
  space.options = {static_cast<std::uint32_t>(partitions), static_cast<std::uint32_t>(failures), (flags & 1) != 0, (flags & 2) != 0};
  if (!fault_of(space).empty()) return false;
  known.record_type = space.record_type();
  known.type_fingerprint = fingerprint_of(known.record_type);
  known.field_types.assign(known.record_type->args.begin(), known.record_type->args.end());
  for (const Attribute& attribute : space.attributes) {
    auto zero = data::zero(attribute.type);
    if (!zero) return false;
    data::encode(attribute.type, *zero, known.zeros.emplace_back());
    if (!attribute.queryable) continue;
    known.indexed.push_back(static_cast<std::uint32_t>(known.zeros.size() - 1));
    known.indexed_types.push_back(attribute.type);
  }
  return true;
}

Error damaged(std::string_view what, const std::string& directory) {
  return {ErrorCode::damaged, "the store in " + directory + " is damaged: " + std::string(what)};
}

}  // namespace

const types::Type* Space::record_type() const {
  std::vector<std::string_view> names = {key.name};
  std::vector<const types::Type*> types = {key.type};
  for (const Attribute& attribute : attributes) {
    names.push_back(attribute.name);
    types.push_back(attribute.type);
  }
  return types::record_of(names, types);
}

std::string number_bytes(std::uint64_t value) {
  std::string bytes;
  append_u64(value, bytes);
  return bytes;
}

std::string count_key(std::uint32_t space) {
  std::string key = "c";
  append_u32(space, key);
  return key;
}

Result<std::uint64_t> read_number(const lmdb::Transaction& txn, std::string_view key, const std::string& directory) {
  std::string_view bytes;
  int code = txn.get(lmdb::Database::meta, key, bytes);
  if (code == lmdb::not_found) return 0;
  if (code) return std::unexpected(lmdb::error_of(code, "cannot read", directory));
  if (bytes.size() != 8) return std::unexpected(damaged("a number has the wrong size", directory));
  return read_u64(bytes);
}

Result<bool> check_format(lmdb::Transaction& txn, bool may_write, const std::string& directory) {
  auto format = read_number(txn, format_key, directory);
  if (!format) return std::unexpected(format.error());
  if (*format > store_format)
    return std::unexpected(Error{ErrorCode::newer_format, "the store in " + directory + " has format " + std::to_string(*format) +
                                                              ", this program knows formats up to " +
                                                              std::to_string(store_format) + ": use the newer program that wrote it"});
  if (*format != 0) return true;
  if (!may_write) return false;
  if (int code = txn.put(lmdb::Database::meta, format_key, number_bytes(store_format)))
    return std::unexpected(lmdb::error_of(code, "cannot write to", directory));
  return true;
}

Result<void> Catalogue::refresh(const lmdb::Transaction& txn, const std::string& directory) {
  auto version = read_number(txn, version_key, directory);
  if (!version) return std::unexpected(version.error());
  if (*version == version_) return {};
  auto next = read_number(txn, next_space_key, directory);
  if (!next) return std::unexpected(next.error());
  for (auto id = static_cast<std::uint32_t>(spaces_.size()); id < *next; ++id) {
    std::string_view bytes;
    if (int code = txn.get(lmdb::Database::meta, space_key(id), bytes))
      return std::unexpected(lmdb::error_of(code, "cannot read", directory));
    auto known = std::make_shared<KnownSpace>();
    known->space.id = id;
    if (!decode_space(bytes, *known)) return std::unexpected(damaged("space " + std::to_string(id) + " cannot be read", directory));
    spaces_.push_back(std::move(known));
  }
  version_ = *version;
  return {};
}

const KnownSpace* Catalogue::find(std::uint32_t id) const { return id < spaces_.size() ? spaces_[id].get() : nullptr; }

const KnownSpace* Catalogue::find(std::string_view name) const {
  for (const auto& known : spaces_)
    if (known->space.name == name) return known.get();
  return nullptr;
}

Result<std::uint64_t> next_stamp(const lmdb::Transaction& txn, const std::string& directory) {
  auto last = read_number(txn, stamp_key, directory);
  if (!last) return last;
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return std::max(*last + 1, static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec));
}

std::string fault_of(const Space& space) {
  auto fault_of_attribute = [](const Attribute& attribute) -> std::string {
    if (attribute.name.empty()) return "an attribute has no name";
    if (attribute.type == nullptr || !data::is_storable(attribute.type))
      return attribute.name + (attribute.type ? ": a value of type " + types::show(attribute.type) + " cannot be kept" : " has no type");
    if (auto zero = data::zero(attribute.type); !zero) return attribute.name + ": " + zero.error();
    return {};
  };
  std::string fault = fault_of_attribute(space.key);
  if (!fault.empty()) return fault;
  if (!types::is_hashable(space.key.type)) return space.key.name + ": a " + types::show(space.key.type) + " cannot be a key";
  std::set<std::string_view> names = {space.key.name};
  for (const Attribute& attribute : space.attributes) {
    fault = fault_of_attribute(attribute);
    if (!fault.empty()) return fault;
    if (!names.insert(attribute.name).second) return "attribute " + attribute.name + " is declared twice";
  }
  if (space.attributes.size() > attributes_max) return "a space has at most " + std::to_string(attributes_max) + " attributes";
  if (space.options.partitions == 0 || space.options.partitions > partitions_max)
    return "partitions must be 1 to " + std::to_string(partitions_max) + ", not " + std::to_string(space.options.partitions);
  return {};
}

std::string difference(const Space& existing, const Space& wanted) {
  std::string text;
  auto differ = [&](const std::string& what, const std::string& has, const std::string& wants) {
    if (has == wants) return;
    if (!text.empty()) text += "; ";
    text += what + " is " + has + ", not " + wants;
  };
  auto flag = [](bool value) { return std::string(value ? "True" : "False"); };
  auto attribute_text = [](const Attribute& attribute) {
    return attribute.name + ": " + types::show(attribute.type) + (attribute.queryable ? "" : " (not queryable)");
  };
  auto attributes_text = [&](const Space& space) {
    std::string all = "{";
    for (const Attribute& attribute : space.attributes) all += (all.size() > 1 ? ", " : "") + attribute_text(attribute);
    return all + "}";
  };
  differ("its key", attribute_text(existing.key), attribute_text(wanted.key));
  differ("its value", attributes_text(existing), attributes_text(wanted));
  if (text.empty() && existing.record_type() != wanted.record_type()) text = "a declared type in it has changed";
  differ("partitions", std::to_string(existing.options.partitions), std::to_string(wanted.options.partitions));
  differ("failures", std::to_string(existing.options.failures), std::to_string(wanted.options.failures));
  differ("versioning", flag(existing.options.versioning), flag(wanted.options.versioning));
  differ("strict", flag(existing.options.strict), flag(wanted.options.strict));
  return text;
}

Result<std::uint32_t> write_space(lmdb::Transaction& txn, const Space& wanted, const std::string& directory) {
  auto id = read_number(txn, next_space_key, directory);
  auto partition = read_number(txn, next_partition_key, directory);
  auto version = read_number(txn, version_key, directory);
  if (!id) return std::unexpected(id.error());
  if (!partition) return std::unexpected(partition.error());
  if (!version) return std::unexpected(version.error());
  auto space = static_cast<std::uint32_t>(*id);
  std::pair<std::string, std::string> entries[] = {
      {space_key(space), encode_space(wanted, *partition)},
      {std::string(next_space_key), number_bytes(*id + 1)},
      {std::string(next_partition_key), number_bytes(*partition + wanted.options.partitions)},
      {std::string(version_key), number_bytes(*version + 1)},
      {count_key(space), number_bytes(0)}};
  for (const auto& [key, value] : entries)
    if (int code = txn.put(lmdb::Database::meta, key, value))
      return std::unexpected(lmdb::error_of(code, "cannot write to", directory));
  return space;
}

}  // namespace m31::store
