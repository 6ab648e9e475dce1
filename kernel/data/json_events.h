// JSON read as events, in place: RapidJSON's iterative parser, so that no text can exhaust the C++ stack. Strings are unescaped where
// they stand and point into the text; numbers are exact: an integer that does not fit 64 bits is refused, never rounded.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace m31::data {

inline constexpr unsigned json_levels_max = 1'000;

class JsonEvents {
 public:
  virtual void none() = 0;
  virtual void boolean(bool value) = 0;
  virtual void integer(std::int64_t value) = 0;
  virtual void real(double value) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void begin_object() = 0;
  virtual void key(std::string_view name) = 0;          // then its value
  virtual void end_object() = 0;
  virtual void begin_list() = 0;
  virtual void end_list() = 0;

 protected:
  ~JsonEvents() = default;
};

// Reads one JSON value. `text` holds `size` bytes and a NUL behind them, and is changed. The error says where: "byte 17: ..".
std::expected<void, std::string> read_json(char* text, std::size_t size, JsonEvents& events);

}  // namespace m31::data
