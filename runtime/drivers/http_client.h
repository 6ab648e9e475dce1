// HttpClient: requests over the HTTP plugin (runtime/plugins/http), loaded at the first one, driven by the event
// loop. Connections are kept and used again.
//
// Thread: get on the I/O thread, within a native fibril; made and destroyed anywhere (after the I/O thread
// has stopped).
#pragma once

#include <expected>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/data/text.h"
#include "runtime/driver.h"
#include "runtime/io/io_thread.h"
#include "runtime/plugins/http/http_abi.h"

namespace m31::runtime {

struct HttpResponse {
  std::string url;              // after redirects, without fragment
  int status = 0;               // below 400
  std::string content_type;     // lower case, without parameters: "text/html"; "" when not sent
  data::Text body;
};

class HttpClient {
 public:
  HttpClient(IoThread& io, std::string plugin_path, M31HttpLimits limits)
      : io_(io), plugin_path_(std::move(plugin_path)), limits_(limits) {}
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Fetches what a program asked for ("//host/path" too); waits until it is there.
  std::expected<HttpResponse, Failure> get(NativeFibril& self, std::string_view address);

 private:
  // A request on its way; lives on the stack of the fibril that waits for it.
  struct Transfer {
    NativeFibril* waiter = nullptr;
    bool is_finished = false;
    M31HttpOutcome outcome = M31_HTTP_FAILED;
    int system_error = 0;
    HttpResponse response;
    std::string reason, message;
    data::Buffer* buffer = nullptr;
    std::size_t body_bytes = 0;

    ~Transfer();
    bool append(std::string_view bytes, std::int64_t expected_bytes, std::int64_t limit_bytes);
    data::Text take_body();
  };

  std::expected<void, Failure> load(NativeFibril& self);
  void read_plugin();                                   // on the pool
  Failure explain(const std::string& address, const Transfer& transfer) const;

  static void watch(void* context, int fd, unsigned events);
  static void set_timer(void* context, std::int64_t after_ms);
  static int body(void* context, std::uint64_t request, const char* bytes, std::size_t size_bytes, std::int64_t expected_bytes);
  static void finished(void* context, std::uint64_t request, const M31HttpResult* result);

  IoThread& io_;
  const std::string plugin_path_;
  const M31HttpLimits limits_;
  enum class Loaded : std::uint8_t { no, loading, yes, failed } loaded_ = Loaded::no;
  std::string load_error_;
  std::vector<NativeFibril*> waiting_for_load_;
  const M31HttpPlugin* plugin_ = nullptr;
  M31Http* http_ = nullptr;
  EventLoop::TimerId timer_{};
  std::uint64_t next_request_ = 1;
  std::unordered_map<std::uint64_t, Transfer*> transfers_;
};

}  // namespace m31::runtime
