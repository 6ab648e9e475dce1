// Time zones: what a clock on the wall shows at an instant, and the other way round. Names are those of the tz database
// ("Europe/Berlin"), "UTC", "Z" and fixed distances ("+05:30"). The data was packed into the program when it was built, so
// that an answer does not depend on the machine (RFC 8536; beyond the last change, the POSIX rule at its end).
//
// Pure; a Zone is a view of constant data. Seconds are counted from 1970-01-01T00:00:00, without leap seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace m31::calendar {

struct LocalTime {
  std::int32_t offset_s;             // to be added to UTC
  bool is_summer;
  std::string abbreviation;          // "CEST"; "+05:30" for a fixed distance
};

class Zone {
 public:
  static std::optional<Zone> find(std::string_view name);

  LocalTime at(std::int64_t utc_s) const;
  // The distance that holds where the wall shows `local_s`: of two the earlier instant's, and where the clock leaps over
  // it, the one before.
  std::int32_t offset_of_local(std::int64_t local_s) const;

 private:
  std::string_view data_;            // TZif from its second header on; empty: fixed
  std::int32_t fixed_s_ = 0;
  std::string name_;
};

}  // namespace m31::calendar
