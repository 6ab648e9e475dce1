#include "kernel/data/json_events.h"

#include <charconv>
#include <cstring>

// The vector code of RapidJSON looks at whole aligned blocks, the last of which may end behind the text.
#if defined(__SSE2__) && !defined(__SANITIZE_ADDRESS__)
#define RAPIDJSON_SSE2 1
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

namespace m31::data {
namespace {

// What RapidJSON calls. False stops it.
struct Handler {
  JsonEvents& events;
  unsigned levels = 0;
  const char* fault = nullptr;

  bool stop(const char* why) {
    fault = why;
    return false;
  }
  bool Null() { return events.none(), true; }
  bool Bool(bool value) { return events.boolean(value), true; }
  bool Int(int value) { return events.integer(value), true; }
  bool Uint(unsigned value) { return events.integer(value), true; }
  bool Int64(std::int64_t value) { return events.integer(value), true; }
  bool Uint64(std::uint64_t) { return stop("an integer does not fit 64 bits"); }
  bool Double(double value) { return events.real(value), true; }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    const char* end = text + size;
    if (!std::memchr(text, '.', size) && !std::memchr(text, 'e', size) && !std::memchr(text, 'E', size)) {
      std::int64_t whole = 0;
      if (std::from_chars(text, end, whole).ptr != end) return stop("a number is malformed");
      std::int64_t check = 0;
      if (std::from_chars(text, end, check).ec != std::errc()) return stop("an integer does not fit 64 bits");
      return events.integer(whole), true;
    }
    double value = 0;
    auto [stopped, error] = std::from_chars(text, end, value);
    if (error != std::errc() || stopped != end) return stop("a number is out of range");
    return events.real(value), true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return events.text({text, size}), true; }
  bool StartObject() {
    if (++levels > json_levels_max) return stop("the text is nested too deep");
    return events.begin_object(), true;
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) { return events.key({text, size}), true; }
  bool EndObject(rapidjson::SizeType) {
    --levels;
    return events.end_object(), true;
  }
  bool StartArray() {
    if (++levels > json_levels_max) return stop("the text is nested too deep");
    return events.begin_list(), true;
  }
  bool EndArray(rapidjson::SizeType) {
    --levels;
    return events.end_list(), true;
  }
};

constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;

}  // namespace

std::expected<void, std::string> read_json(char* text, std::size_t size, JsonEvents& events) {
  // A NUL would end the text for the parser: no JSON holds one.
  if (const void* nul = std::memchr(text, 0, size))
    return std::unexpected("byte " + std::to_string(static_cast<const char*>(nul) - text + 1) + ": a NUL stands in the text");
  if (size >= 3 && std::memcmp(text, "\xef\xbb\xbf", 3) == 0) std::memset(text, ' ', 3);
  Handler handler{events};
  rapidjson::InsituStringStream stream(text);
  thread_local rapidjson::Reader reader;
  rapidjson::ParseResult result = reader.Parse<flags>(stream, handler);
  if (!result.IsError()) return {};
  const char* why = handler.fault ? handler.fault : rapidjson::GetParseError_En(result.Code());
  std::string message = "byte " + std::to_string(result.Offset() + 1) + ": " + why;
  if (message.ends_with('.')) message.pop_back();
  return std::unexpected(std::move(message));
}

}  // namespace m31::data
