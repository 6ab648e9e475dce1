// The time zones that were packed into the program (pack_zones.py): TZif data, and the sorted names that mean it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace m31::calendar {

struct ZoneName {
  const char* name;
  std::uint32_t at, size_bytes;      // its data in zone_bytes
};

extern const char zone_bytes[];
extern const ZoneName zone_names[];  // in the order of their bytes
extern const std::size_t zone_count;

}  // namespace m31::calendar
