// m31sh lsp: the language server, over standard input and output. A message is headers, an empty line, and JSON:
//
//   Content-Length: 52\r\n
//   \r\n
//   {"jsonrpc": "2.0", "id": 1, "method": "shutdown"}
//
// One thread, one message at a time; texts come whole (TextDocumentSyncKind.Full), places count UTF-16 units. Nothing that an
// editor sends is run. What is no message is answered with an error, or ends the server when its length cannot be known.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "kernel/syntax/format.h"
#include "runtime/session.h"
#include "shell/lsp/document.h"
#include "shell/lsp/place_uri.h"
#include "shell/tools.h"

namespace m31::shell {

namespace {

using Json = nlohmann::json;
using syntax::Diagnostic;
using syntax::Span;

constexpr std::size_t message_bytes_max = std::size_t{64} << 20, header_bytes_max = 4096;
constexpr int parse_error = -32700, invalid_request = -32600, method_not_found = -32601, invalid_params = -32602, not_initialized = -32002;

struct Refused {
  int code;
  std::string message;
};

// The bytes of the next message; nothing at the end, or when the headers say no length that can be.
std::optional<std::string> read_message() {
  std::string head;
  for (char c; !head.ends_with("\r\n\r\n");) {
    const ssize_t n = ::read(0, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || head.size() >= header_bytes_max) return std::nullopt;
    head += c;
  }
  for (char& c : head) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  constexpr std::string_view length_name = "content-length:";
  const std::size_t at = head.find(length_name);
  if (at == std::string::npos) return std::nullopt;
  const unsigned long long length = std::strtoull(head.c_str() + at + length_name.size(), nullptr, 10);
  if (length > message_bytes_max) return std::nullopt;
  std::string body(length, '\0');
  for (std::size_t got = 0; got < body.size();) {
    const ssize_t n = ::read(0, body.data() + got, body.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    got += static_cast<std::size_t>(n);
  }
  return body;
}

std::string path_of(std::string_view uri) {
  if (uri.starts_with("file://")) uri.remove_prefix(7);
  std::string path;
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  for (std::size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] == '%' && i + 2 < uri.size() && digit(uri[i + 1]) >= 0 && digit(uri[i + 2]) >= 0) {
      path += static_cast<char>(digit(uri[i + 1]) * 16 + digit(uri[i + 2]));
      i += 2;
    } else {
      path += uri[i];
    }
  }
  return path;
}

class Server {
 public:
  explicit Server(const types::Environment& environment) : environment_(environment) {}
  int serve();

 private:
  void send(const Json& message);
  void notify(std::string_view method, Json params) { send({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}); }
  void dispatch(const Json& message);
  std::expected<Json, Refused> answer(const std::string& method, const Json& params);
  void change(const std::string& uri, std::string text);
  Document* document(const Json& params);
  std::uint32_t offset_in(const Document& document, const Json& params) const;

  static Json json_of(const syntax::Source& source, Span span);
  static Json json_of(const Document& document, Span span) { return json_of(document.source(), span); }
  Json json_of(const Document& document, const std::string& uri, const Diagnostic& diagnostic) const;
  Json capabilities() const;
  Json symbols(Document& document) const;
  static Json signatures(const Document& document, std::uint32_t offset);
  Json completion(Document& document, std::uint32_t offset) const;
  Json edits_of(Document& document, const std::string& uri, const Json& range) const;

  const types::Environment& environment_;
  std::map<std::string, std::unique_ptr<Document>> documents_;
  bool is_initialized_ = false, is_shut_down_ = false, has_ended_ = false;
};

void Server::send(const Json& message) {
  const std::string body = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::printf("Content-Length: %zu\r\n\r\n", body.size());
  std::fwrite(body.data(), 1, body.size(), stdout);
  std::fflush(stdout);
}

int Server::serve() {
  while (!has_ended_) {
    const auto body = read_message();
    if (!body) break;
    const Json message = Json::parse(*body, nullptr, false);
    if (message.is_discarded()) {
      send({{"jsonrpc", "2.0"}, {"id", nullptr}, {"error", {{"code", parse_error}, {"message", "this is no JSON"}}}});
    } else if (!message.is_object() || !message.contains("method") || !message["method"].is_string()) {
      if (!message.is_object() || !(message.contains("result") || message.contains("error")))
        send({{"jsonrpc", "2.0"}, {"id", nullptr}, {"error", {{"code", invalid_request}, {"message", "this is no request"}}}});
    } else {
      dispatch(message);
    }
  }
  return is_shut_down_ ? 0 : 1;
}

void Server::dispatch(const Json& message) {
  const std::string method = message["method"];
  const Json params = message.contains("params") ? message["params"] : Json::object();
  std::expected<Json, Refused> result;
  try {
    result = answer(method, params);
  } catch (const Json::exception&) {   // a field that is missing or of another type
    result = std::unexpected(Refused{invalid_params, "the parameters of " + method + " are not what the protocol says"});
  }
  if (!message.contains("id")) return;   // a notification has no answer
  if (result) send({{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", std::move(*result)}});
  else send({{"jsonrpc", "2.0"}, {"id", message["id"]}, {"error", {{"code", result.error().code}, {"message", result.error().message}}}});
}

Json Server::capabilities() const {
  return {{"capabilities",
           {{"textDocumentSync", {{"openClose", true}, {"change", 1}}},
            {"hoverProvider", true},
            {"completionProvider", {{"triggerCharacters", {"."}}, {"resolveProvider", true}}},
            {"definitionProvider", true},
            {"referencesProvider", true},
            {"signatureHelpProvider", {{"triggerCharacters", {"(", ","}}}},
            {"documentSymbolProvider", true},
            {"documentFormattingProvider", true},
            {"codeActionProvider", {{"codeActionKinds", {"quickfix"}}}}}},
          {"serverInfo", {{"name", "m31sh"}, {"version", M31_VERSION}}}};
}

Document* Server::document(const Json& params) {
  const auto found = documents_.find(params.at("textDocument").at("uri").get<std::string>());
  return found == documents_.end() ? nullptr : found->second.get();
}

std::uint32_t Server::offset_in(const Document& document, const Json& params) const {
  const Json& at = params.at("position");
  return document.offset({at.at("line").get<std::uint32_t>(), at.at("character").get<std::uint32_t>()});
}

Json Server::json_of(const syntax::Source& source, Span span) {
  const TextPosition begin = position_in(source, span.begin), end = position_in(source, span.end);
  return {{"start", {{"line", begin.line}, {"character", begin.character}}}, {"end", {{"line", end.line}, {"character", end.character}}}};
}

Json Server::json_of(const Document& document, const std::string& uri, const Diagnostic& diagnostic) const {
  const int severity = diagnostic.severity == syntax::Severity::error ? 1 : diagnostic.severity == syntax::Severity::warning ? 2 : 4;
  Json json = {{"range", json_of(document, diagnostic.span)}, {"severity", severity}, {"source", "m31"},
               {"message", diagnostic.message + (diagnostic.advice.empty() ? "" : "\n" + diagnostic.advice)}};
  for (const syntax::Note& note : diagnostic.notes)
    if (note.source && note.source->name() == document.source().name())
      json["relatedInformation"].push_back({{"location", {{"uri", uri}, {"range", json_of(document, note.span)}}}, {"message", note.message}});
  return json;
}

void Server::change(const std::string& uri, std::string text) {
  std::unique_ptr<Document>& held = documents_[uri];
  held = std::make_unique<Document>(path_of(uri), std::move(text), environment_, std::move(held));
  Json all = Json::array();
  for (const Diagnostic& each : held->diagnostics()) all.push_back(json_of(*held, uri, each));
  notify("textDocument/publishDiagnostics", {{"uri", uri}, {"diagnostics", std::move(all)}});
}

Json Server::symbols(Document& document) const {
  Json all = Json::array();
  for (const Symbol& each : document.symbols()) {
    const int kind = each.kind == Symbol::Kind::type ? 23 : each.kind == Symbol::Kind::variable ? 13 : each.kind == Symbol::Kind::test ? 6 : 12;
    all.push_back({{"name", each.name}, {"kind", kind}, {"range", json_of(document, each.whole)}, {"selectionRange", json_of(document, each.name_span)}});
  }
  return all;
}

// Of overloads the first is shown that has such a parameter.
Json Server::signatures(const Document& document, std::uint32_t offset) {
  const auto help = document.signature_help(offset);
  if (!help) return Json();
  Json all = Json::array();
  std::size_t active = SIZE_MAX;
  for (const Signature& each : help->signatures) {
    if (active == SIZE_MAX && each.params.size() > help->param) active = all.size();
    Json params = Json::array();
    for (const std::string& param : each.params) params.push_back({{"label", param}});
    all.push_back({{"label", each.label}, {"parameters", std::move(params)}});
  }
  return {{"signatures", std::move(all)}, {"activeSignature", active == SIZE_MAX ? 0 : active}, {"activeParameter", help->param}};
}

Json Server::completion(Document& document, std::uint32_t offset) const {
  Json all = Json::array();
  for (const Candidate& each : document.completion(offset)) {
    const int kind = each.kind == Symbol::Kind::type       ? 7
                     : each.kind == Symbol::Kind::variable ? 6
                     : each.kind == Symbol::Kind::test     ? 14
                     : each.kind == Symbol::Kind::method   ? 2
                                                           : 3;
    all.push_back({{"label", each.name}, {"kind", kind}, {"data", document.source().name()}});
  }
  return all;
}

// The mechanical edits of the diagnostics that touch a range.
Json Server::edits_of(Document& document, const std::string& uri, const Json& range) const {
  const auto at = [&](const char* end) { return offset_in(document, {{"position", range.at(end)}}); };
  const std::uint32_t begin = at("start"), end = at("end");
  Json all = Json::array();
  for (const Diagnostic& each : document.diagnostics()) {
    if (each.edits.empty() || each.span.end < begin || each.span.begin > end) continue;
    Json edits = Json::array();
    for (const syntax::Edit& edit : each.edits) edits.push_back({{"range", json_of(document, edit.span)}, {"newText", edit.text}});
    all.push_back({{"title", each.advice.empty() ? "apply the edit" : each.advice}, {"kind", "quickfix"},
                   {"diagnostics", {json_of(document, uri, each)}}, {"edit", {{"changes", {{uri, std::move(edits)}}}}}});
  }
  return all;
}

std::expected<Json, Refused> Server::answer(const std::string& method, const Json& params) {
  if (method == "exit") {
    has_ended_ = true;
    return Json();
  }
  if (method == "initialize") {
    is_initialized_ = true;
    return capabilities();
  }
  if (!is_initialized_) return std::unexpected(Refused{not_initialized, "the first request is initialize"});
  if (is_shut_down_) return std::unexpected(Refused{invalid_request, "after shutdown comes exit"});
  if (method == "initialized" || method == "textDocument/didSave" || method.starts_with("$/")) return Json();
  if (method == "shutdown") {
    is_shut_down_ = true;
    return Json();
  }
  if (method == "textDocument/didOpen") {
    const Json& opened = params.at("textDocument");
    change(opened.at("uri"), opened.at("text"));
    return Json();
  }
  if (method == "textDocument/didChange") {
    const Json& changes = params.at("contentChanges");
    if (!changes.empty()) change(params.at("textDocument").at("uri"), changes.back().at("text"));
    return Json();
  }
  if (method == "textDocument/didClose") {
    const std::string uri = params.at("textDocument").at("uri");
    documents_.erase(uri);
    notify("textDocument/publishDiagnostics", {{"uri", uri}, {"diagnostics", Json::array()}});
    return Json();
  }
  if (method == "completionItem/resolve") {
    Json item = params;
    for (const auto& [uri, each] : documents_)
      if (each->source().name() == item.value("data", ""))
        if (const std::string text = each->documentation(item.at("label")); !text.empty())
          item["documentation"] = {{"kind", "markdown"}, {"value", "```\n" + text + "```"}};
    return item;
  }
  if (!method.starts_with("textDocument/")) return std::unexpected(Refused{method_not_found, method + " is not served here"});
  Document* asked = document(params);
  if (!asked) return std::unexpected(Refused{invalid_params, "this document is not open"});
  if (method == "textDocument/hover") {
    Span word;
    const auto text = asked->hover(offset_in(*asked, params), word);
    if (!text) return Json();
    return Json{{"contents", {{"kind", "markdown"}, {"value", "```\n" + *text + "```"}}}, {"range", json_of(*asked, word)}};
  }
  if (method == "textDocument/definition") {
    const auto found = asked->definition(offset_in(*asked, params));
    if (!found) return Json();
    if (found->source.get() == &asked->source()) return Json{{"uri", params.at("textDocument").at("uri")}, {"range", json_of(*asked, found->span)}};
    const auto uri = uri_of(*found->source);
    return uri ? Json{{"uri", *uri}, {"range", json_of(*found->source, found->span)}} : Json();
  }
  if (method == "textDocument/references") {
    Json all = Json::array();
    const auto own = params.at("context").at("includeDeclaration").get<bool>() ? std::nullopt : asked->definition(offset_in(*asked, params));
    for (const Span& each : asked->references(offset_in(*asked, params)))
      if (!own || own->source.get() != &asked->source() || own->span.begin != each.begin)
        all.push_back({{"uri", params.at("textDocument").at("uri")}, {"range", json_of(*asked, each)}});
    return all;
  }
  if (method == "textDocument/signatureHelp") return signatures(*asked, offset_in(*asked, params));
  if (method == "textDocument/completion") return completion(*asked, offset_in(*asked, params));
  if (method == "textDocument/documentSymbol") return symbols(*asked);
  if (method == "textDocument/codeAction") return edits_of(*asked, params.at("textDocument").at("uri"), params.at("range"));
  if (method == "textDocument/formatting") {
    const std::string_view text = asked->source().text();
    const auto formatted = syntax::format(std::make_shared<const syntax::Source>(asked->source().name(), std::string(text)));
    if (!formatted || *formatted == text) return Json::array();
    return Json::array({{{"range", json_of(*asked, {0, static_cast<std::uint32_t>(text.size())})}, {"newText", *formatted}}});
  }
  return std::unexpected(Refused{method_not_found, method + " is not served here"});
}

}  // namespace

int run_lsp(const Arguments& arguments) {
  if (const int answered = answer_options("lsp", arguments, {"--stdio"}); answered >= 0) return answered;
  const auto node = runtime::make_node({});
  const auto session = runtime::Session::make(node, {});
  const types::Environment environment = session->environment();
  return Server(environment).serve();
}

}  // namespace m31::shell
