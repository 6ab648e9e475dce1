// The driver `http`: requests, and the links of pages.
#include "runtime/drivers/beside.h"
#include "runtime/drivers/call_queue.h"
#include "runtime/drivers/drivers.h"
#include "runtime/drivers/http_client.h"
#include "runtime/drivers/parse_client.h"
#include "runtime/drivers/payload_items.h"

namespace m31::runtime {
namespace {

using data::Datum;
using data::DatumKind;

constexpr unsigned requests_at_once_max = 16;
constexpr std::int64_t connect_timeout_ms_max = 15'000;
constexpr std::int32_t redirects_max = 10;

// Fields of `type Response` (share/m31/http.m31), in order.
enum ResponseField : std::size_t { field_url, field_status, field_content_type, field_body, response_fields };

std::string plugin_path(const NodeOptions& options) {
  if (options.plugin_directory.empty()) return beside_executable("m31_http.so");
  return options.plugin_directory + "/m31_http.so";
}

M31HttpLimits limits_of(const NodeOptions& options) {
  M31HttpLimits limits{};
  limits.timeout_ms = options.http_timeout_ms;
  limits.connect_timeout_ms = std::min<std::int64_t>(limits.timeout_ms, connect_timeout_ms_max);
  limits.body_bytes_max = static_cast<std::int64_t>(options.http_body_bytes_max);
  limits.redirects_max = redirects_max;
  return limits;
}

class HttpDriver final : public Driver {
 public:
  HttpDriver(IoThread& io, const NodeOptions& options, std::shared_ptr<ParseClient> parsers)
      : io_(io),
        parsers_(std::move(parsers)),
        client_(io, plugin_path(options), limits_of(options)),
        requests_(io, requests_at_once_max, [this](NativeFibril& self, const Call& call) { return request(self, call); }) {}
  ~HttpDriver() override { io_.stop(); }

  std::string_view name() const override { return "http"; }

  void call(Call call, Answer answer) override {
    if (call.operation == "http.req") return requests_.call(std::move(call), std::move(answer));
    if (!io_.post([this, call = std::move(call), answer]() mutable { find_links(std::move(call), std::move(answer)); }))
      answer(std::unexpected(node_is_stopping()));
  }

  void cancel(std::uint64_t fibril) override {
    requests_.cancel(fibril);
    io_.post([this, fibril] { parsers_->cancel(fibril); });
  }

 private:
  static Failure misused(const Call& call) {
    return {"Unknown", call.operation + " is no operation of http with these arguments"};
  }

  Reply request(NativeFibril& self, const Call& call) {
    if (call.args.size() != 1 || call.args[0].kind != DatumKind::text) return std::unexpected(misused(call));
    auto response = client_.get(self, call.args[0].text.view());
    if (!response) return std::unexpected(std::move(response.error()));
    std::vector<Datum> fields(response_fields);
    fields[field_url] = Datum::of_text(std::string_view(response->url));
    fields[field_status] = Datum::of_int(response->status);
    fields[field_content_type] = Datum::of_text(std::string_view(response->content_type));
    fields[field_body] = Datum::of_text(std::move(response->body));
    return Datum::of_items(std::move(fields));
  }

  void find_links(Call call, Answer answer) {
    bool fits = call.operation == "http.urls" && call.args.size() == 1 && call.args[0].kind == DatumKind::items &&
                call.args[0].items.size() == response_fields;
    if (!fits) return answer(std::unexpected(misused(call)));
    const std::vector<Datum>& fields = call.args[0].items;
    parsers_->submit({ParseTask::links, fields[field_url].text, fields[field_body].text, call.fibril,
                      [answer = std::move(answer)](std::expected<data::Text, Failure> payload) {
                        if (!payload) return answer(std::unexpected(std::move(payload.error())));
                        auto links = items_of(*payload);
                        if (!links) return answer(std::unexpected(std::move(links.error())));
                        answer(Datum::of_items(std::move(*links)));
                      }});
  }

  IoThread& io_;
  std::shared_ptr<ParseClient> parsers_;
  HttpClient client_;
  CallQueue requests_;
};

}  // namespace

std::unique_ptr<Driver> make_http_driver(IoThread& io, const NodeOptions& options, std::shared_ptr<ParseClient> parsers) {
  return std::make_unique<HttpDriver>(io, options, std::move(parsers));
}

}  // namespace m31::runtime
