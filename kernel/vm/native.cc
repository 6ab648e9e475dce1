// The words of all tables, by name. Looked up when code is generated, so a walk over the tables will do.
#include "kernel/vm/native.h"

namespace m31::vm {

#define NATIVE_TABLE(name) extern const NativeTable name;
#include "kernel/vm/native_tables.def"
#undef NATIVE_TABLE

const NativeEntry* find_native_entry(std::string_view name) {
  static const NativeTable* const tables[] = {
#define NATIVE_TABLE(table) &table,
#include "kernel/vm/native_tables.def"
#undef NATIVE_TABLE
      nullptr,
  };
  for (const NativeTable* const* table = tables; *table; ++table)
    for (const NativeEntry& entry : **table)
      if (entry.name == name) return &entry;
  return nullptr;
}

NativeFunction find_native(std::string_view name) {
  const NativeEntry* entry = find_native_entry(name);
  return entry ? entry->function : nullptr;
}

}  // namespace m31::vm
