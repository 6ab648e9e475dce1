// m31-parse: parses hostile input (HTML, zip, gzip) for a node, one request after the other on
// descriptor 0, until it is closed. Started by runtime/drivers/parse_client, killed by it when a deadline
// passes; whatever happens to this process, the caller gets an error value and the node goes on.
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

#include "runtime/parse/archive.h"
#include "runtime/parse/confine.h"
#include "runtime/parse/links.h"
#include "runtime/parse/parse_frame.h"

namespace m31::runtime {
namespace {

constexpr unsigned processor_time_s = 60;

bool read_all(char* to, std::size_t size_bytes) {
  while (size_bytes > 0) {
    ssize_t got = read(0, to, size_bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    size_bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(const char* from, std::size_t size_bytes) {
  while (size_bytes > 0) {
    ssize_t put = write(0, from, size_bytes);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    from += put;
    size_bytes -= static_cast<std::size_t>(put);
  }
  return true;
}

bool reply(ParseVerdict verdict, std::string_view payload) {
  ParseReplyHead head{parse_magic, verdict, payload.size()};
  return write_all(reinterpret_cast<const char*>(&head), sizeof head) && write_all(payload.data(), payload.size());
}

ParseResult perform(const ParseRequestHead& head, std::string_view base, std::string_view body, Payload& payload) {
  switch (head.task) {
    case ParseTask::links: return find_links(base, body, payload);
    case ParseTask::unzip: return unzip(body, head.entries_max, payload);
    case ParseTask::files: return unzip_files(body, head.entries_max, payload);
    case ParseTask::gunzip: return gunzip(body, payload);
  }
  return std::unexpected(Refusal{ParseVerdict::bad_data, "unknown task"});
}

// One request and its reply; false when there is no further one.
bool serve_one() {
  ParseRequestHead head;
  if (!read_all(reinterpret_cast<char*>(&head), sizeof head) || head.magic != parse_magic) return false;
  limit_processor_time(processor_time_s);
  std::size_t size_bytes = head.base_bytes + head.body_bytes;
  std::unique_ptr<char[]> input(new char[size_bytes]);
  if (!read_all(input.get(), size_bytes)) return false;
  std::string_view base(input.get(), head.base_bytes), body(input.get() + head.base_bytes, head.body_bytes);
  Payload payload(head.limit_bytes);
  if (ParseResult result = perform(head, base, body, payload); !result)
    return reply(result.error().verdict, std::string_view(result.error().message).substr(0, refusal_bytes_max));
  return reply(ParseVerdict::done, payload.bytes());
}

}  // namespace
}  // namespace m31::runtime

int main(int argc, char** argv) {
  std::string_view parent = argc == 2 ? argv[1] : "";
  int parent_pid = 0;
  if (std::from_chars(parent.data(), parent.data() + parent.size(), parent_pid).ec != std::errc()) {
    std::fputs("m31-parse is started by m31 to parse HTML and archives; it is of no use by hand\n", stderr);
    return 2;
  }
  if (!m31::runtime::confine_process(parent_pid)) return 1;
  try {
    while (m31::runtime::serve_one()) {
    }
  } catch (const std::bad_alloc&) {
    m31::runtime::reply(m31::runtime::ParseVerdict::too_large, "parsing it takes more memory than is given to it");
    _exit(3);
  }
  _exit(0);
}
