#include "store/apply.h"

#include <algorithm>
#include <cstring>

#include "kernel/base/ensure.h"
#include "kernel/data/shape.h"
#include "kernel/data/varint.h"
#include "store/index.h"
#include "store/key.h"
#include "store/record.h"

namespace m31::store {
namespace {

// The partition and the first bytes of the key, past the branch, as a number that orders alike.
std::uint64_t head_of(std::string_view record_key) {
  char head[8] = {};
  std::memcpy(head, record_key.data(), 4);
  std::size_t rest = std::min<std::size_t>(4, record_key.size() - record_key_prefix_bytes);
  std::memcpy(head + 4, record_key.data() + record_key_prefix_bytes, rest);
  return read_u64({head, 8});
}

std::string fault_of(const KnownSpace& space, const Command& command) {
  std::string fault = data::misfit(space.space.key.type, command.key);
  if (!fault.empty()) return "key " + space.space.key.name + ": " + fault;
  for (const AttributeChange& change : command.changes) {
    if (change.attribute >= space.space.attributes.size()) return "there is no attribute " + std::to_string(change.attribute);
    const Attribute& attribute = space.space.attributes[change.attribute];
    if (change.operation == Operation::add && attribute.type->kind != types::TypeKind::int_)
      return attribute.name + " is a " + types::show(attribute.type) + ": only an Int can be added to";
    fault = data::misfit(attribute.type, change.operand);
    if (!fault.empty()) return attribute.name + ": " + fault;
  }
  return {};
}

Error in_space(const KnownSpace& space, ErrorCode code, std::string what) {
  return {code, "space " + space.space.name + ": " + std::move(what)};
}

}  // namespace

Prepared prepare(const Catalogue& catalogue, const std::vector<Batch>& batches, std::vector<Verdict>& verdicts) {
  Prepared prepared;
  std::size_t commands = 0;
  for (const Batch& batch : batches) commands += batch.commands.size();
  prepared.steps.reserve(commands);
  prepared.keys.reserve(commands * 24);
  std::uint32_t place = 0;
  for (std::uint32_t i = 0; i < batches.size(); ++i) {
    if (verdicts[i]) continue;
    std::size_t steps_before = prepared.steps.size();
    for (const Command& command : batches[i].commands) {
      const KnownSpace* space = catalogue.find(command.space);
      if (!space) {
        verdicts[i] = std::unexpected(Error{ErrorCode::no_space, "there is no space number " + std::to_string(command.space)});
        break;
      }
      if (std::string fault = fault_of(*space, command); !fault.empty()) {
        verdicts[i] = std::unexpected(in_space(*space, ErrorCode::bad_record, std::move(fault)));
        break;
      }
      Step step;
      step.key_at = static_cast<std::uint32_t>(prepared.keys.size());
      append_record_key(space->first_partition, space->space.options.partitions, space->space.key.type, command.key, prepared.keys);
      step.key_size = static_cast<std::uint32_t>(prepared.keys.size() - step.key_at);
      step.key_head = head_of(prepared.key_of(step));
      step.batch = i;
      step.place = place++;
      step.space = space;
      step.command = &command;
      step.is_wanted = batches[i].wants_last && &command == &batches[i].commands.back();
      prepared.steps.push_back(step);
    }
    if (verdicts[i]) prepared.steps.resize(steps_before);
  }
  std::sort(prepared.steps.begin(), prepared.steps.end(), [&](const Step& a, const Step& b) {
    if (a.key_head != b.key_head) return a.key_head < b.key_head;
    int order = prepared.key_of(a).compare(prepared.key_of(b));
    return order != 0 ? order < 0 : a.place < b.place;
  });
  return prepared;
}

// One record under change.
struct Applier::Group {
  std::string_view key;
  const KnownSpace* space = nullptr;
  const Step* last = nullptr;
  std::uint64_t version = 0;
};

std::optional<Stop> Applier::load(Group& group, std::string_view old_bytes) {
  auto damaged = [&](const char* what) {
    return Stop{0, group.last->batch,
                in_space(*group.space, ErrorCode::damaged,
                         std::string(what) + " at key " + data::show(group.space->space.key.type, group.last->command->key))};
  };
  RecordView record;
  if (const char* fault = read_record(old_bytes, record)) return damaged(fault);
  if (record.type_fingerprint != group.space->type_fingerprint) return damaged("a record has another type");
  if (!split_fields(group.space->field_types, record.body, fields_before_)) return damaged("a record's body is malformed");
  group.version = record.version;
  return std::nullopt;
}

std::optional<Stop> Applier::change(Group& group, const Step& step) {
  const Command& command = *step.command;
  const Space& space = group.space->space;
  auto refuse = [&](ErrorCode code, const std::string& what) {
    return Stop{0, step.batch, in_space(*group.space, code, data::show(space.key.type, command.key) + ": " + what)};
  };
  if (command.if_version && *command.if_version != group.version)
    return refuse(ErrorCode::conflict, "has version " + std::to_string(group.version) + ", not " + std::to_string(*command.if_version));
  if (command.replace)
    for (std::size_t i = 0; i < space.attributes.size(); ++i) fields_[i + 1] = group.space->zeros[i];
  for (const AttributeChange& change : command.changes) {
    std::size_t field = change.attribute + 1;
    std::string bytes;
    if (change.operation == Operation::assign) {
      data::encode(space.attributes[change.attribute].type, change.operand, bytes);
    } else {
      std::uint64_t number = 0;
      std::string_view before = fields_[field];
      std::int64_t sum = 0;
      if (!data::read_varint(before, number)) return refuse(ErrorCode::damaged, "an Int is malformed");
      if (__builtin_add_overflow(data::unzigzag(number), change.operand.integer, &sum))
        return refuse(ErrorCode::bad_record, space.attributes[change.attribute].name + " would overflow");
      data::write_varint(data::zigzag(sum), bytes);
    }
    made_[field].swap(bytes);
    fields_[field] = made_[field];
  }
  ++group.version;
  group.last = &step;
  return std::nullopt;
}

// A batch's own later steps on this key have been taken: steps of one key are in the batches' order.
void Applier::remember(const Group& group, std::uint32_t batch) {
  std::string body;
  for (std::string_view field : fields_) body += field;
  std::string_view rest = body;
  auto value = data::decode(group.space->record_type, rest, decoded_bytes_max);
  ENSURE(value.has_value());
  wanted_[batch] = {std::move(*value), group.version, first_stamp_ + batch};
}

std::optional<Stop> Applier::store(Group& group, lmdb::Cursor& records, lmdb::Cursor& behind, bool existed,
                                   std::string_view old_bytes) {
  const Space& space = group.space->space;
  if (existed && fields_before_[0] != fields_[0]) {   // -0.0 and 0.0 are one key, written as it came first
    std::string_view before = fields_before_[0];
    auto key = data::decode(space.key.type, before, decoded_bytes_max);
    if (!key || !data::equal(*key, group.last->command->key))
      return Stop{0, group.last->batch, in_space(*group.space, ErrorCode::bad_record, "two long keys have one hash")};
    fields_[0] = fields_before_[0];
  }
  body_.clear();
  for (std::string_view field : fields_) body_ += field;
  write_record({group.space->type_fingerprint, group.version, first_stamp_ + group.last->batch, body_}, record_);
  if (record_.size() > record_bytes_max)
    return Stop{0, group.last->batch,
                in_space(*group.space, ErrorCode::too_large, "a record of " + std::to_string(record_.size()) +
                                                                 " bytes is over the limit of " + std::to_string(record_bytes_max))};
  bool changes_index = !existed && !group.space->indexed.empty();
  for (std::uint32_t attribute : group.space->indexed)
    changes_index = changes_index || fields_before_[attribute + 1] != fields_[attribute + 1];
  noted_.clear();
  if (changes_index && existed) write_noted(*group.space, fields_before_, noted_);
  if (existed && space.options.versioning) old_copy_.assign(old_bytes);

  // From here on the store is written, and no view into it is used any more.
  if (changes_index) {
    int code = behind.seek_forward(group.key);
    if (code == lmdb::not_found) code = behind.put(group.key, noted_);
    if (code) return Stop{code};
  }
  if (existed && space.options.versioning) {
    RecordView old;
    ENSURE(read_record(old_copy_, old) == nullptr);
    std::string key(group.key);
    append_u64(~old.stamp, key);
    if (int code = txn_.put(lmdb::Database::history, key, old_copy_)) return Stop{code};
  }
  int code = existed ? records.replace(group.key, record_) : records.put(group.key, record_);
  if (code) return Stop{code};
  if (!existed) ++new_records_[space.id];
  return std::nullopt;
}

std::optional<Stop> Applier::run(const Prepared& prepared, const std::vector<Step>& steps, const std::vector<bool>& active) {
  {
    auto records = txn_.cursor(lmdb::Database::records);
    auto behind = txn_.cursor(lmdb::Database::behind);
    if (!records || !behind) return Stop{lmdb::unreadable};
    std::string key_field;
    for (std::size_t i = 0; i < steps.size();) {
      if (!active[steps[i].batch]) {
        ++i;
        continue;
      }
      Group group;
      group.key = prepared.key_of(steps[i]);
      group.space = steps[i].space;
      group.last = &steps[i];
      int code = records->seek_forward(group.key);
      if (code != 0 && code != lmdb::not_found) return Stop{code};
      bool existed = code == 0;
      std::string_view old_bytes = existed ? records->value() : std::string_view();
      if (existed) {
        if (auto stop = load(group, old_bytes)) return stop;
        fields_ = fields_before_;
      } else {
        fields_.assign(1, {});
        for (const std::string& zero : group.space->zeros) fields_.push_back(zero);
      }
      if (made_.size() < fields_.size()) made_.resize(fields_.size());
      key_field.clear();
      data::encode(group.space->space.key.type, steps[i].command->key, key_field);
      fields_[0] = key_field;
      for (; i < steps.size() && prepared.key_of(steps[i]) == group.key; ++i) {
        if (!active[steps[i].batch]) continue;
        if (auto stop = change(group, steps[i])) return stop;
        if (steps[i].is_wanted) remember(group, steps[i].batch);
      }
      if (auto stop = store(group, *records, *behind, existed, old_bytes)) return stop;
    }
  }
  if (int code = write_counts()) return Stop{code};
  return std::nullopt;
}

int Applier::write_counts() {
  for (auto [space, added] : new_records_) {
    std::string_view bytes;
    std::string key = count_key(space);
    int code = txn_.get(lmdb::Database::meta, key, bytes);
    if (code != 0 && code != lmdb::not_found) return code;
    std::uint64_t count = code == 0 && bytes.size() == 8 ? read_u64(bytes) : 0;
    if (int failed = txn_.put(lmdb::Database::meta, key, number_bytes(count + static_cast<std::uint64_t>(added)))) return failed;
  }
  new_records_.clear();
  return 0;
}

bool is_named(const Token& token) { return token.incarnation_high != 0 || token.incarnation_low != 0; }

std::string epoch_key(const Token& token) {
  std::string key = "e";
  append_u64(token.incarnation_high, key);
  append_u64(token.incarnation_low, key);
  append_u64(token.fibril, key);
  return key;
}

std::string token_key(const Token& token) {
  std::string key = epoch_key(token);
  key[0] = 't';
  append_u32(token.sequence, key);
  return key;
}

std::expected<bool, Stop> Applier::admit(const Batch& batch, std::uint32_t number) {
  const Token& token = batch.token;
  if (!is_named(token)) return true;
  auto refuse = [&](ErrorCode code, std::string what) {
    return std::unexpected(Stop{0, number, Error{code, "flush " + std::to_string(token.sequence) + " of fibril " +
                                                            std::to_string(token.fibril) + ": " + std::move(what)}});
  };
  std::string_view bytes;
  int code = txn_.get(lmdb::Database::meta, token_key(token), bytes);
  if (code == 0) {
    if (bytes.size() != 12) return refuse(ErrorCode::damaged, "its token is malformed");
    if (read_u64(bytes.substr(4)) != token.hash)
      return refuse(ErrorCode::conflict, "was applied before with other contents; nothing was changed");
    return false;
  }
  if (code != lmdb::not_found) return std::unexpected(Stop{code});

  std::uint32_t newest = 0;
  code = txn_.get(lmdb::Database::meta, epoch_key(token), bytes);
  if (code == 0 && bytes.size() == 4) newest = read_u32(bytes);
  if (code != 0 && code != lmdb::not_found) return std::unexpected(Stop{code});
  if (token.epoch < newest)
    return refuse(ErrorCode::conflict, "the fibril was started again since (epoch " + std::to_string(newest) + ", this is " +
                                           std::to_string(token.epoch) + ")");
  std::string value;
  append_u32(token.epoch, value);
  if (token.epoch > newest)
    if (int failed = txn_.put(lmdb::Database::meta, epoch_key(token), value)) return std::unexpected(Stop{failed});
  append_u64(token.hash, value);
  if (int failed = txn_.put(lmdb::Database::meta, token_key(token), value)) return std::unexpected(Stop{failed});
  return true;
}

}  // namespace m31::store
