#include "runtime/drivers/http_client.h"

#include <dlfcn.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cstring>
#include <system_error>

#include "runtime/drivers/call_queue.h"
#include "runtime/drivers/url.h"

namespace m31::runtime {
namespace {

// "Text/HTML; charset=utf-8" -> "text/html"
std::string media_type(std::string_view sent) {
  std::string type;
  for (char c : sent.substr(0, sent.find(';')))
    if (c != ' ' && c != '\t') type += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return type;
}

}  // namespace

HttpClient::Transfer::~Transfer() {
  if (buffer) buffer->drop();
}

// The limit is looked at before memory is taken, and what the answer says of its size is believed up to 16 MiB.
bool HttpClient::Transfer::append(std::string_view bytes, std::int64_t expected_bytes, std::int64_t limit_bytes) {
  std::size_t needed = body_bytes + bytes.size();
  if (needed > static_cast<std::size_t>(limit_bytes) || expected_bytes > limit_bytes) return false;
  if (!buffer || needed > buffer->size_bytes) {
    std::size_t capacity = buffer ? buffer->size_bytes * 2 : std::size_t{16} << 10;
    if (!buffer && expected_bytes > 0) capacity = std::min<std::size_t>(expected_bytes, std::size_t{16} << 20);
    data::Buffer* larger = data::Buffer::make(std::max(capacity, needed));
    if (buffer) {
      std::memcpy(larger->bytes, buffer->bytes, body_bytes);
      buffer->drop();
    }
    buffer = larger;
  }
  std::memcpy(buffer->bytes + body_bytes, bytes.data(), bytes.size());
  body_bytes = needed;
  return true;
}

data::Text HttpClient::Transfer::take_body() {
  if (body_bytes == 0) return {};
  data::Buffer* whole = std::exchange(buffer, nullptr);
  return data::Text(whole, std::string_view(whole->bytes, body_bytes));
}

HttpClient::~HttpClient() {
  io_.stop();
  if (http_) plugin_->close(http_);
}

// dlopen reads a dozen libraries: milliseconds that the I/O thread has not. The threads that they may
// start inherit the pool's mask: signals are not for them.
void HttpClient::read_plugin() {
  void* library = dlopen(plugin_path_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    load_error_ = dlerror();
    return;
  }
  auto entry = reinterpret_cast<decltype(&m31_http_plugin)>(dlsym(library, "m31_http_plugin"));
  if (entry) plugin_ = entry(M31_HTTP_ABI);
  if (!plugin_) load_error_ = plugin_path_ + " is of another version than this program";
}

std::expected<void, Failure> HttpClient::load(NativeFibril& self) {
  if (loaded_ == Loaded::no) {
    loaded_ = Loaded::loading;
    bool ran = self.run_blocking(io_.pool(), [this] { read_plugin(); });
    if (ran && plugin_) {
      M31HttpHost host{this, &watch, &set_timer, &body, &finished};
      http_ = plugin_->open(&host, &limits_);
      if (!http_) load_error_ = "out of memory";
    }
    loaded_ = http_ ? Loaded::yes : Loaded::failed;
    for (NativeFibril* waiting : std::exchange(waiting_for_load_, {})) waiting->wake();
  }
  while (loaded_ == Loaded::loading) {
    waiting_for_load_.push_back(&self);
    Wake wake = self.park();
    std::erase(waiting_for_load_, &self);
    if (wake == Wake::cancelled) return std::unexpected(call_was_cancelled());
  }
  if (loaded_ == Loaded::failed)
    return std::unexpected(Failure{"IoError", "cannot load what speaks HTTP: " + load_error_});
  return {};
}

std::expected<HttpResponse, Failure> HttpClient::get(NativeFibril& self, std::string_view written) {
  auto url = parse_request_url(written);
  if (!url)
    return std::unexpected(Failure{"HttpError", "'" + std::string(written.substr(0, 200)) + "' cannot be fetched: " + url.error()});
  if (auto loaded = load(self); !loaded) return std::unexpected(loaded.error());
  std::string address = url->text();
  Transfer transfer;
  transfer.waiter = &self;
  std::uint64_t request = next_request_++;
  transfers_[request] = &transfer;
  bool started = plugin_->start(http_, request, address.c_str(), is_loopback(url->host));
  Wake wake = Wake::ready;
  while (started && !transfer.is_finished && wake != Wake::cancelled) wake = self.park();
  transfers_.erase(request);
  if (!started) return std::unexpected(Failure{"IoError", address + " could not be requested: out of memory"});
  if (!transfer.is_finished) {
    plugin_->cancel(http_, request);
    return std::unexpected(call_was_cancelled());
  }
  if (transfer.outcome != M31_HTTP_OK || transfer.response.status >= 400) return std::unexpected(explain(address, transfer));
  transfer.response.body = transfer.take_body();
  return std::move(transfer.response);
}

// What, where, and what to try.
Failure HttpClient::explain(const std::string& address, const Transfer& transfer) const {
  const HttpResponse& response = transfer.response;
  std::string where = address;
  if (response.url != address && !response.url.empty()) where += " (redirected to " + response.url.substr(0, 300) + ")";
  std::string details = transfer.message.empty() ? "" : " (" + transfer.message + ")";
  switch (transfer.outcome) {
    case M31_HTTP_OK:
      return {"HttpError", where + " answered " + std::to_string(response.status) +
                               (transfer.reason.empty() ? "" : " " + transfer.reason), response.status};
    case M31_HTTP_TIMEOUT:
      return {"Timeout", where + " did not answer within " + std::to_string(limits_.timeout_ms) + " ms" + details};
    case M31_HTTP_NO_HOST:
      return {"IoError", where + " cannot be reached: its host has no address; is the name right, and is there a network?" + details,
              transfer.system_error};
    case M31_HTTP_NO_CONNECTION: {
      std::string why = transfer.system_error
                            ? ": " + std::error_code(transfer.system_error, std::generic_category()).message()
                            : "";
      return {"IoError", where + " cannot be reached" + why + "; is a server running there?" + details, transfer.system_error};
    }
    case M31_HTTP_REDIRECTS:
      return {"HttpError", where + " redirects too often (at most " + std::to_string(limits_.redirects_max) +
                               " times) or to what is no http or https" + details, response.status};
    case M31_HTTP_TOO_LARGE:
      return {"HttpError", where + " sends more than " + std::to_string(limits_.body_bytes_max) +
                               " bytes, the most that is taken into memory", response.status};
    case M31_HTTP_BAD_ADDRESS: return {"HttpError", where + " is no address that can be fetched" + details};
    case M31_HTTP_BAD_ANSWER:
      return {"HttpError", where + " sent an answer that is cut off or no HTTP" + details, response.status};
    case M31_HTTP_TLS: return {"IoError", where + " cannot be reached safely" + details};
    case M31_HTTP_FAILED: break;
  }
  return {"IoError", where + " could not be fetched" + details, transfer.system_error};
}

void HttpClient::watch(void* context, int fd, unsigned events) {
  auto* self = static_cast<HttpClient*>(context);
  EventLoop& loop = self->io_.loop();
  if (events == 0) return loop.unwatch(fd);
  std::uint32_t wanted = (events & M31_HTTP_READ ? EPOLLIN : 0u) | (events & M31_HTTP_WRITE ? EPOLLOUT : 0u);
  loop.watch(fd, wanted, [self, fd](std::uint32_t ready) {
    unsigned happened = (ready & (EPOLLIN | EPOLLHUP) ? unsigned{M31_HTTP_READ} : 0u) |
                        (ready & EPOLLOUT ? unsigned{M31_HTTP_WRITE} : 0u) |
                        (ready & EPOLLERR ? unsigned{M31_HTTP_ERROR} : 0u);
    self->plugin_->on_fd(self->http_, fd, happened);
  });
}

void HttpClient::set_timer(void* context, std::int64_t after_ms) {
  auto* self = static_cast<HttpClient*>(context);
  EventLoop& loop = self->io_.loop();
  if (self->timer_.second) loop.cancel_timer(self->timer_);
  self->timer_ = {};
  if (after_ms < 0) return;
  self->timer_ = loop.add_timer(deadline_after(std::chrono::milliseconds(after_ms)), [self] {
    self->timer_ = {};
    self->plugin_->on_timer(self->http_);
  });
}

int HttpClient::body(void* context, std::uint64_t request, const char* bytes, std::size_t size_bytes,
                     std::int64_t expected_bytes) {
  auto* self = static_cast<HttpClient*>(context);
  auto found = self->transfers_.find(request);
  return found != self->transfers_.end() &&
         found->second->append({bytes, size_bytes}, expected_bytes, self->limits_.body_bytes_max);
}

void HttpClient::finished(void* context, std::uint64_t request, const M31HttpResult* result) {
  auto* self = static_cast<HttpClient*>(context);
  auto found = self->transfers_.find(request);
  if (found == self->transfers_.end()) return;
  Transfer& transfer = *found->second;
  transfer.is_finished = true;
  transfer.outcome = static_cast<M31HttpOutcome>(result->outcome);
  transfer.system_error = result->system_error;
  transfer.response.status = result->status;
  std::string_view url = result->url;
  transfer.response.url = url.substr(0, url.find('#'));
  transfer.response.content_type = media_type(result->content_type);
  transfer.reason = result->reason;
  if (transfer.outcome != M31_HTTP_OK) transfer.message = result->message;
  transfer.waiter->wake();
}

}  // namespace m31::runtime
