#include "runtime/drivers/url.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace m31::runtime {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_slash(char c) { return c == '/' || c == '\\'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

// Leading and trailing spaces and control characters go; tabs and line ends go everywhere.
std::string cleaned(std::string_view text) {
  auto is_space = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  std::string result;
  for (char c : text)
    if (c != '\t' && c != '\n' && c != '\r') result += c;
  return result;
}

std::string percent_encoded(std::string_view text, std::string_view also) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string result;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || also.find(c) != std::string_view::npos) {
      result += '%';
      result += digits[byte >> 4];
      result += digits[byte & 15];
    } else {
      result += c;
    }
  }
  return result;
}

bool is_segment(std::string_view segment, std::string_view dots) {
  std::string plain = lowered(segment);
  for (std::size_t at; (at = plain.find("%2e")) != std::string::npos;) plain.replace(at, 3, ".");
  return plain == dots;
}

// Takes "." and ".." away; `path` is a list of segments, each after a '/'.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  for (;;) {
    std::size_t end = std::find_if(path.begin(), path.end(), is_slash) - path.begin();
    std::string_view segment = path.substr(0, end);
    bool last = end == path.size();
    bool up = is_segment(segment, "..");
    if (up && !kept.empty()) kept.pop_back();
    if (!up && !is_segment(segment, "."))
      kept.push_back(segment);
    else if (last)
      kept.push_back({});
    if (last) break;
    path.remove_prefix(end + 1);
  }
  std::string result;
  for (std::string_view segment : kept) {
    result += '/';
    result += percent_encoded(segment, "\"<>`{}");
  }
  return result;
}

void set_path_and_query(Url& url, std::string_view path, std::string_view query) {
  url.path = without_dots(path);
  url.query = percent_encoded(query, "\"<>'");
}

std::expected<void, std::string> set_port(Url& url, std::string_view digits) {
  unsigned port = 0;
  if (digits.empty()) return {};
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port > 65535)
    return std::unexpected("'" + std::string(digits) + "' is no port (0 to 65535)");
  if (port != (url.scheme == "http" ? 80u : 443u)) url.port = std::to_string(port);
  return {};
}

std::expected<void, std::string> set_host(Url& url, std::string_view host) {
  if (host.empty()) return std::unexpected("it has no host");
  bool bracketed = host.front() == '[';
  if (bracketed && (host.back() != ']' || host.size() < 4)) return std::unexpected("its IPv6 address has no closing ']'");
  std::string_view inner = bracketed ? host.substr(1, host.size() - 2) : host;
  for (char c : inner) {
    bool refused = bracketed ? !(is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f') || c == ':' || c == '.')
                             : static_cast<unsigned char>(c) <= ' ' || c == 0x7f ||
                                   std::string_view("#%/:<>?@[\\]^|\"`{}").find(c) != std::string_view::npos;
    if (refused) return std::unexpected("'" + std::string(host) + "' is no name of a host");
  }
  url.host = lowered(host);
  return {};
}

// `rest` begins after the slashes.
std::expected<Url, std::string> with_authority(std::string scheme, std::string_view rest) {
  Url url;
  url.scheme = std::move(scheme);
  std::size_t end = std::find_if(rest.begin(), rest.end(), [](char c) { return is_slash(c) || c == '?'; }) - rest.begin();
  std::string_view authority = rest.substr(0, end);
  rest.remove_prefix(end);
  if (std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.user = percent_encoded(authority.substr(0, at), "\"#/;<=>?@[\\]^`{|}");
    authority.remove_prefix(at + 1);
  }
  std::size_t bracket = authority.rfind(']');
  std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (auto host = set_host(url, authority.substr(0, colon)); !host) return std::unexpected(host.error());
  if (colon != std::string_view::npos)
    if (auto port = set_port(url, authority.substr(colon + 1)); !port) return std::unexpected(port.error());
  std::size_t question = std::min(rest.find('?'), rest.size());
  std::string_view path = rest.substr(0, question);
  set_path_and_query(url, path.empty() ? path : path.substr(1), rest.substr(question));
  return url;
}

std::expected<Url, std::string> relative_to(const Url& base, std::string_view text) {
  if (text.size() >= 2 && is_slash(text[0]) && is_slash(text[1])) {
    while (!text.empty() && is_slash(text.front())) text.remove_prefix(1);
    return with_authority(base.scheme, text);
  }
  Url url = base;
  if (text.empty()) return url;
  std::size_t question = std::min(text.find('?'), text.size());
  std::string_view path = text.substr(0, question);
  std::string_view query = text.substr(question);
  if (path.empty())
    url.query = percent_encoded(query, "\"<>'");
  else if (is_slash(path.front()))
    set_path_and_query(url, path.substr(1), query);
  else
    set_path_and_query(url, base.path.substr(1, base.path.rfind('/')) + std::string(path), query);
  return url;
}

}  // namespace

std::string Url::text() const {
  std::string result = scheme + "://";
  if (!user.empty()) result += user + "@";
  result += host;
  if (!port.empty()) result += ":" + port;
  return result + path + query;
}

std::expected<Url, std::string> parse_url(std::string_view written, const Url* base) {
  std::string held = cleaned(written);
  std::string_view text = std::string_view(held).substr(0, held.find('#'));
  std::size_t colon = text.find(':');
  bool has_scheme = colon != std::string_view::npos && colon > 0 && is_letter(text[0]) &&
                    std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
                      return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
                    });
  if (!has_scheme) {
    if (!base) return std::unexpected("it does not begin with https:// or //");
    return relative_to(*base, text);
  }
  std::string scheme = lowered(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 1);
  if (scheme != "http" && scheme != "https") return std::unexpected("only http and https are spoken here, not " + scheme);
  bool slashes = rest.size() >= 2 && is_slash(rest[0]) && is_slash(rest[1]);
  if (!slashes && base && base->scheme == scheme) return relative_to(*base, rest);
  while (!rest.empty() && is_slash(rest.front())) rest.remove_prefix(1);
  return with_authority(std::move(scheme), rest);
}

std::expected<Url, std::string> parse_request_url(std::string_view text) {
  Url base;
  base.scheme = "https";
  bool by_host = cleaned(text).starts_with("//");
  auto url = parse_url(text, by_host ? &base : nullptr);
  if (url && by_host && is_loopback(url->host)) {
    base.scheme = "http";
    return parse_url(text, &base);           // again: the default port is another
  }
  return url;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost") || host == "[::1]") return true;
  int parts = 0;
  bool first = true;
  while (!host.empty() || first) {
    std::size_t dot = std::min(host.find('.'), host.size());
    unsigned part = 256;
    auto [end, error] = std::from_chars(host.data(), host.data() + dot, part);
    if (error != std::errc() || end != host.data() + dot || part > 255 || (first && part != 127)) return false;
    ++parts;
    first = false;
    if (dot == host.size()) break;
    host.remove_prefix(dot + 1);
    if (host.empty()) return false;
  }
  return parts == 4;
}

}  // namespace m31::runtime
