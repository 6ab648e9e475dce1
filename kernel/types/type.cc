// The pool: interning by structure, and the facts that follow from structure alone.
#include "kernel/types/type.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kernel/base/arena.h"
#include "kernel/base/ensure.h"

namespace m31::types {
namespace {

constexpr std::uint32_t chunk_types = 4096;
constexpr std::uint32_t chunks_max = 4096;

struct Chunk {
  std::atomic<const Type*> types[chunk_types] = {};
};

// What a slot of each kind holds is said in kernel/vm/value.h.
bool slot_is_ref(TypeKind kind) {
  switch (kind) {
    case TypeKind::never:
    case TypeKind::none:
    case TypeKind::boolean:
    case TypeKind::int_:
    case TypeKind::float_:
    case TypeKind::duration:
    case TypeKind::type_value:
    case TypeKind::space:
    case TypeKind::capability:
    case TypeKind::module:
    case TypeKind::variable:
      return false;
    case TypeKind::string:
    case TypeKind::bytes:
    case TypeKind::any:
    case TypeKind::range:
    case TypeKind::tuple:
    case TypeKind::list:
    case TypeKind::map:
    case TypeKind::record:
    case TypeKind::named:
    case TypeKind::fn:
    case TypeKind::union_:
    case TypeKind::sender:
    case TypeKind::receiver:
    case TypeKind::fibril:
    case TypeKind::stream:
    case TypeKind::sandbox:
      return true;
  }
  return false;
}

// Append-only; lives until the process ends, so that no static destructor takes types from a thread that still runs.
struct Pool {
  std::mutex mutex;
  Arena arena;                                                    // types, declarations, their names and arrays
  std::unordered_map<std::string, const Type*> types;             // structural key -> type
  std::unordered_map<std::string, const TypeDecl*> declarations;
  std::unordered_set<std::string_view> words;
  std::unordered_set<const Type*> constructed;                    // named types whose constructors are set
  std::unordered_map<std::string_view, const Type*> errors;       // declared in module errors, by plain name
  std::uint32_t count = 0;
  std::atomic<Chunk*> chunks[chunks_max] = {};

  std::string_view word(std::string_view text) {
    auto found = words.find(text);
    if (found != words.end()) return *found;
    std::string_view kept = arena.copy(text);
    words.insert(kept);
    return kept;
  }

  std::span<const std::string_view> word_list(std::span<const std::string_view> texts) {
    std::vector<std::string_view> kept;
    kept.reserve(texts.size());
    for (std::string_view text : texts) kept.push_back(word(text));
    return arena.copy(kept);
  }
};

Pool& pool() {
  static Pool* the = new Pool;
  return *the;
}

void add_number(std::string& key, std::uint64_t number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void add_text(std::string& key, std::string_view text) {
  add_number(key, text.size());
  key += text;
}

const Type* intern(TypeKind kind, std::string_view name, const TypeDecl* decl, std::span<const Type* const> args,
                   std::span<const std::string_view> names) {
  std::string key(1, static_cast<char>(kind));
  add_text(key, name);
  add_number(key, reinterpret_cast<std::uintptr_t>(decl));
  add_number(key, args.size());
  for (const Type* arg : args) add_number(key, arg->id);
  for (std::string_view each : names) add_text(key, each);

  Pool& p = pool();
  std::lock_guard lock(p.mutex);
  auto [at, is_new] = p.types.try_emplace(std::move(key), nullptr);
  if (!is_new) return at->second;
  Type* type = p.arena.make<Type>();
  type->kind = kind;
  type->is_ref = slot_is_ref(kind);
  type->id = p.count++;
  type->name = p.word(name);
  type->decl = decl;
  type->args = p.arena.copy(args);
  type->names = p.word_list(names);
  at->second = type;
  std::uint32_t chunk_at = type->id / chunk_types;
  ENSURE(chunk_at < chunks_max, type->id);
  Chunk* chunk = p.chunks[chunk_at].load(std::memory_order_relaxed);
  if (!chunk) {
    chunk = new Chunk;
    p.chunks[chunk_at].store(chunk, std::memory_order_release);
  }
  chunk->types[type->id % chunk_types].store(type, std::memory_order_release);
  return type;
}

const Type* intern(TypeKind kind, std::span<const Type* const> args) { return intern(kind, {}, nullptr, args, {}); }

struct Member {
  const Type* type;
  std::string text;
};

// By text, so that the order is the same in every process; two declarations of one name are told apart by structure.
bool stands_before(const Member& a, const Member& b) {
  if (a.text != b.text) return a.text < b.text;
  if (a.type == b.type) return false;
  return encode_type(a.type) < encode_type(b.type);
}

// True when `test` holds for the type and all that it is made of; recursive types are entered once.
template <class Test>
bool holds_throughout(const Type* type, Test test, std::unordered_set<const Type*>& entered) {
  if (!test(type)) return false;
  if (type->kind == TypeKind::fn) return true;   // what a function takes and gives is no part of its value
  if (type->kind == TypeKind::type_value || type->kind == TypeKind::space || type->kind == TypeKind::sandbox) return true;
  if (type->kind == TypeKind::sender || type->kind == TypeKind::receiver) return true;
  if (type->kind == TypeKind::named) {
    if (!entered.insert(type).second) return true;
    for (const Constructor& constructor : type->constructors)
      for (const Type* field : constructor.types)
        if (!holds_throughout(field, test, entered)) return false;
    return true;
  }
  for (const Type* arg : type->args)
    if (!holds_throughout(arg, test, entered)) return false;
  return true;
}

}  // namespace

const Type* basic(TypeKind kind) {
  static std::atomic<const Type*> known[64] = {};
  auto index = static_cast<std::size_t>(kind);
  ENSURE(index < std::size(known), index);
  if (const Type* type = known[index].load(std::memory_order_acquire)) return type;
  const Type* type = intern(kind, {});
  known[index].store(type, std::memory_order_release);
  return type;
}

const Type* tuple_of(std::span<const Type* const> items) { return intern(TypeKind::tuple, items); }

const Type* list_of(const Type* item) { return intern(TypeKind::list, std::span(&item, 1)); }

const Type* map_of(const Type* key, const Type* value) {
  const Type* args[] = {key, value};
  return intern(TypeKind::map, args);
}

const Type* record_of(std::span<const std::string_view> names, std::span<const Type* const> types) {
  ENSURE(names.size() == types.size(), names.size(), types.size());
  return intern(TypeKind::record, {}, nullptr, types, names);
}

const Type* fn_of(std::span<const Type* const> parameters, const Type* result,
                  std::span<const std::string_view> effects) {
  std::vector<const Type*> args(parameters.begin(), parameters.end());
  args.push_back(result);
  std::vector<std::string_view> sorted(effects.begin(), effects.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return intern(TypeKind::fn, {}, nullptr, args, sorted);
}

const Type* union_of(std::span<const Type* const> members) {
  std::vector<const Type*> flat;
  for (const Type* member : members) {
    if (member->kind == TypeKind::any) return member;
    if (member->kind == TypeKind::never) continue;
    if (member->kind == TypeKind::union_)
      flat.insert(flat.end(), member->args.begin(), member->args.end());
    else
      flat.push_back(member);
  }
  std::sort(flat.begin(), flat.end(), [](const Type* a, const Type* b) { return a->id < b->id; });
  flat.erase(std::unique(flat.begin(), flat.end()), flat.end());
  if (flat.empty()) return basic(TypeKind::never);
  if (flat.size() == 1) return flat[0];
  std::vector<Member> sorted;
  for (const Type* member : flat) sorted.push_back({member, show(member)});
  std::sort(sorted.begin(), sorted.end(), stands_before);
  for (std::size_t i = 0; i < sorted.size(); ++i) flat[i] = sorted[i].type;
  return intern(TypeKind::union_, flat);
}

const Type* optional_of(const Type* type) {
  const Type* members[] = {type, basic(TypeKind::none)};
  return union_of(members);
}

const Type* unary_of(TypeKind kind, const Type* item) {
  ENSURE(kind == TypeKind::type_value || kind == TypeKind::stream || kind == TypeKind::sender ||
             kind == TypeKind::receiver || kind == TypeKind::space || kind == TypeKind::sandbox,
         static_cast<std::uint64_t>(kind));
  return intern(kind, std::span(&item, 1));
}

const Type* capability_of(std::string_view name) { return intern(TypeKind::capability, name, nullptr, {}, {}); }

const Type* module_of(std::string_view name) { return intern(TypeKind::module, name, nullptr, {}, {}); }

const Type* named_of(const TypeDecl* decl, std::span<const Type* const> args) {
  ENSURE(decl && args.size() == decl->parameter_count, args.size());
  return intern(TypeKind::named, {}, decl, args, {});
}

const Type* by_id(std::uint32_t id) {
  Chunk* chunk = id / chunk_types < chunks_max ? pool().chunks[id / chunk_types].load(std::memory_order_acquire) : nullptr;
  const Type* type = chunk ? chunk->types[id % chunk_types].load(std::memory_order_acquire) : nullptr;
  ENSURE(type != nullptr, id);
  return type;
}

const TypeDecl* declare(const TypeDecl& decl) {
  std::string key;
  add_number(key, decl.fingerprint.high);
  add_number(key, decl.fingerprint.low);
  add_text(key, decl.module);
  add_text(key, decl.name);
  Pool& p = pool();
  std::lock_guard lock(p.mutex);
  auto [at, is_new] = p.declarations.try_emplace(std::move(key), nullptr);
  if (!is_new) return at->second;
  TypeDecl* kept = p.arena.make<TypeDecl>(decl);
  kept->name = p.word(decl.name);
  kept->module = p.word(decl.module);
  at->second = kept;
  return kept;
}

void set_constructors(const Type* named, std::span<const Constructor> constructors) {
  ENSURE(named->kind == TypeKind::named, static_cast<std::uint64_t>(named->kind));
  Pool& p = pool();
  std::lock_guard lock(p.mutex);
  if (!p.constructed.insert(named).second) return;
  std::vector<Constructor> kept;
  for (const Constructor& constructor : constructors) {
    ENSURE(constructor.fields.size() == constructor.types.size(), constructor.fields.size());
    kept.push_back({p.word(constructor.name), p.word_list(constructor.fields), p.arena.copy(constructor.types)});
  }
  named->constructors = p.arena.copy(kept);
  // The first of a name stays: one that comes later, in bytes from outside, does not take its place.
  if (named->decl->is_error) p.errors.try_emplace(named->decl->name.substr(named->decl->name.rfind('.') + 1), named);
}

const Type* error_type(std::string_view kind) {
  Pool& p = pool();
  std::lock_guard lock(p.mutex);
  auto found = p.errors.find(kind);
  return found == p.errors.end() ? nullptr : found->second;
}

bool is_subset(const Type* type, const Type* of_union) {
  if (type == of_union || type->kind == TypeKind::never) return true;
  if (of_union->kind != TypeKind::union_) return false;
  auto holds = [&](const Type* member) {
    return std::find(of_union->args.begin(), of_union->args.end(), member) != of_union->args.end();
  };
  if (type->kind != TypeKind::union_) return holds(type);
  return std::all_of(type->args.begin(), type->args.end(), holds);
}

int field_index(const Type* record_or_tuple, std::string_view name) {
  const Type* type = record_or_tuple;
  std::span<const std::string_view> fields = type->names;
  if (type->kind == TypeKind::named) {
    if (type->decl->is_sum || type->constructors.size() != 1) return -1;
    fields = type->constructors[0].fields;
  } else if (type->kind == TypeKind::tuple) {
    std::size_t index = 0;
    for (char digit : name) {
      if (digit < '0' || digit > '9' || index > type->args.size()) return -1;
      index = index * 10 + static_cast<std::size_t>(digit - '0');
    }
    return name.empty() || index >= type->args.size() ? -1 : static_cast<int>(index);
  } else if (type->kind != TypeKind::record) {
    return -1;
  }
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i] == name) return static_cast<int>(i);
  return -1;
}

bool is_sendable(const Type* type) {
  std::unordered_set<const Type*> entered;
  return holds_throughout(
      type,
      [](const Type* part) {
        return part->kind != TypeKind::stream && part->kind != TypeKind::capability &&
               part->kind != TypeKind::module && part->kind != TypeKind::variable;
      },
      entered);
}

bool is_hashable(const Type* type) {
  std::unordered_set<const Type*> entered;
  return holds_throughout(
      type,
      [](const Type* part) {
        switch (part->kind) {
          case TypeKind::map:
          case TypeKind::fn:
          case TypeKind::sender:
          case TypeKind::receiver:
          case TypeKind::fibril:
          case TypeKind::stream:
          case TypeKind::sandbox:
          case TypeKind::space:
          case TypeKind::capability:
          case TypeKind::module:
          case TypeKind::variable:
            return false;
          default:
            return true;
        }
      },
      entered);
}

}  // namespace m31::types
