// Addresses of the web, as the WHATWG URL standard reads them, as far as http and https go: what a
// person or a page wrote becomes an absolute address without fragment, ready for a request.
// Pure functions. Built into the node and into the parse helper.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace m31::runtime {

struct Url {
  std::string scheme;      // "http" or "https"
  std::string user;        // "name:password", percent-encoded; mostly empty
  std::string host;        // lower case; an IPv6 address with its brackets
  std::string port;        // "" for the scheme's own
  std::string path;        // begins with '/', no dot segments
  std::string query;       // with its '?'; "" when there is none

  std::string text() const;
};

// Reads `text` against `base` (null: it must be absolute; "//host/path" needs one too). Bytes that may
// not stand in an address are percent-encoded, not refused. The error is a clause for a message:
// "it has no host".
std::expected<Url, std::string> parse_url(std::string_view text, const Url* base);

// As a program writes it: as above, and "//host/path" means https, or http on a loopback host.
std::expected<Url, std::string> parse_request_url(std::string_view text);

// 127.0.0.0/8, ::1, localhost and what ends in .localhost.
bool is_loopback(std::string_view host);

}  // namespace m31::runtime
