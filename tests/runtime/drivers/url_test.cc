#include "runtime/drivers/url.h"

#include <catch2/catch.hpp>
#include <random>

using namespace m31::runtime;

namespace {

std::string resolve(std::string_view base_text, std::string_view text) {
  auto base = parse_url(base_text, nullptr);
  REQUIRE(base);
  auto url = parse_url(text, &*base);
  return url ? url->text() : "error: " + url.error();
}

std::string request(std::string_view text) {
  auto url = parse_request_url(text);
  return url ? url->text() : "error: " + url.error();
}

}  // namespace

TEST_CASE("relative references, the examples of RFC 3986 section 5.4") {
  const char* base = "http://a/b/c/d;p?q";
  const std::pair<const char*, const char*> table[] = {
      {"g", "http://a/b/c/g"},        {"./g", "http://a/b/c/g"},      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},           {"//g", "http://g/"},           {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},    {"#s", "http://a/b/c/d;p?q"},   {"g#s", "http://a/b/c/g"},
      {";x", "http://a/b/c/;x"},      {"g;x?y#s", "http://a/b/c/g;x?y"}, {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},         {"./", "http://a/b/c/"},        {"..", "http://a/b/"},
      {"../", "http://a/b/"},         {"../g", "http://a/b/g"},       {"../..", "http://a/"},
      {"../../g", "http://a/g"},      {"../../../g", "http://a/g"},   {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},        {"g.", "http://a/b/c/g."},      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},     {"g/./h", "http://a/b/c/g/h"},  {"g/../h", "http://a/b/c/h"},
      {"g;x=1/../y", "http://a/b/c/y"}, {"g?y/./x", "http://a/b/c/g?y/./x"}, {"http:g", "http://a/b/c/g"},
  };
  for (auto [text, expected] : table) {
    CAPTURE(text);
    CHECK(resolve(base, text) == expected);
  }
}

TEST_CASE("what pages contain") {
  const char* base = "http://Example.org:80/dir/page.html";
  CHECK(resolve(base, " a b.zip\n") == "http://example.org/dir/a%20b.zip");
  CHECK(resolve(base, "c\xc5\x93ur.txt?q=\xc3\xa9") == "http://example.org/dir/c%C5%93ur.txt?q=%C3%A9");
  CHECK(resolve(base, "\\other\\x") == "http://example.org/other/x");
  CHECK(resolve(base, "HTTPS://Host:443/x") == "https://host/x");
  CHECK(resolve(base, "//h:8080") == "http://h:8080/");
  CHECK(resolve(base, "http:\\\\h\\p") == "http://h/p");
  CHECK(resolve(base, "harvest?offset=1&filetypes[]=txt") == "http://example.org/dir/harvest?offset=1&filetypes[]=txt");
  CHECK(resolve(base, "%2e%2E/up") == "http://example.org/up");
  CHECK(resolve(base, "http://u:p@h/") == "http://u:p@h/");
  CHECK(resolve(base, "mailto:someone@example.org") == "error: only http and https are spoken here, not mailto");
  CHECK(resolve(base, "javascript:void(0)").starts_with("error"));
  CHECK(resolve(base, "a:b").starts_with("error"));
  CHECK(resolve(base, "./a:b") == "http://example.org/dir/a:b");
}

TEST_CASE("what a program asks for") {
  CHECK(request("//gutenberg.org/robot/harvest") == "https://gutenberg.org/robot/harvest");
  CHECK(request("//127.0.0.1:8080/x") == "http://127.0.0.1:8080/x");
  CHECK(request("//localhost:80/x") == "http://localhost/x");
  CHECK(request("//127.0.0.1:443") == "http://127.0.0.1:443/");
  CHECK(request("//[::1]:9/x") == "http://[::1]:9/x");
  CHECK(request("//127.evil.org/") == "https://127.evil.org/");
  CHECK(request("https://127.0.0.1/") == "https://127.0.0.1/");
  for (const char* bad : {"", "nonsense", "//", "///", "ftp://127.0.0.1/", "file:///etc/passwd", "//127.0.0.1:99999/", "//[bad/",
                          "http://", "http://a b/", "//h:12x/", "//[::1/", "//%41/"}) {
    CAPTURE(bad);
    CHECK(request(bad).starts_with("error: "));
  }
}

TEST_CASE("loopback hosts") {
  for (const char* host : {"127.0.0.1", "127.255.0.9", "localhost", "a.localhost", "[::1]"}) CHECK(is_loopback(host));
  for (const char* host : {"", "127", "127.0.0.1.", "127.0.0", "128.0.0.1", "127.0.0.256", "127.0.0.1.com", "localhost.org", "[::2]"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback(host));
  }
}

TEST_CASE("any bytes give an address that reads back as itself, or an error") {
  unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  auto base = parse_url("http://a/b/c?d", nullptr);
  REQUIRE(base);
  static constexpr std::string_view likely = "/\\.?#:@[]%2ehttps \t\n\0a\xc3\xa9";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (unsigned n = random() % 24; n > 0; --n) text += random() % 8 ? likely[random() % likely.size()] : char(random());
    auto url = parse_url(text, &*base);
    if (!url) continue;
    CAPTURE(text, url->text());
    auto again = parse_url(url->text(), nullptr);
    REQUIRE(again);
    REQUIRE(again->text() == url->text());
    for (char c : url->path + url->query) REQUIRE((c > ' ' && c < 0x7f));
  }
}
