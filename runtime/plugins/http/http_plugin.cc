// m31_http.so: requests over libcurl's multi socket interface, behind http_abi.h.
#include <curl/curl.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "runtime/plugins/http/http_abi.h"

struct Request {
  M31Http* owner = nullptr;
  CURL* easy = nullptr;
  std::uint64_t id = 0;
  bool refused = false;                 // the host wanted no more of the body
  std::string reason;
  char error[CURL_ERROR_SIZE] = "";
};

struct M31Http {
  M31HttpHost host;
  M31HttpLimits limits;
  CURLM* multi = nullptr;
  std::unordered_map<std::uint64_t, std::unique_ptr<Request>> requests;
};

namespace {

int on_socket(CURL*, curl_socket_t fd, int what, void* context, void*) {
  auto* http = static_cast<M31Http*>(context);
  unsigned events = what == CURL_POLL_IN      ? unsigned{M31_HTTP_READ}
                    : what == CURL_POLL_OUT   ? unsigned{M31_HTTP_WRITE}
                    : what == CURL_POLL_INOUT ? unsigned{M31_HTTP_READ} | unsigned{M31_HTTP_WRITE}
                                              : 0u;
  http->host.watch(http->host.context, fd, events);
  return 0;
}

int on_timer_change(CURLM*, long after_ms, void* context) {
  auto* http = static_cast<M31Http*>(context);
  http->host.set_timer(http->host.context, after_ms);
  return 0;
}

size_t on_body(char* bytes, size_t, size_t size_bytes, void* context) {
  auto* request = static_cast<Request*>(context);
  curl_off_t expected_bytes = -1;
  curl_easy_getinfo(request->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &expected_bytes);
  const M31HttpHost& host = request->owner->host;
  if (host.body(host.context, request->id, bytes, size_bytes, expected_bytes)) return size_bytes;
  request->refused = true;
  return 0;
}

// Keeps the words after the status: "HTTP/1.1 404 Not Found".
size_t on_header(char* bytes, size_t, size_t size_bytes, void* context) {
  auto* request = static_cast<Request*>(context);
  std::string_view line(bytes, size_bytes);
  if (!line.starts_with("HTTP/")) return size_bytes;
  request->reason.clear();
  std::size_t status = line.find(' ');
  std::size_t reason = status == std::string_view::npos ? status : line.find(' ', status + 1);
  if (reason == std::string_view::npos) return size_bytes;
  for (char c : line.substr(reason + 1, 80))
    if (static_cast<unsigned char>(c) >= ' ') request->reason += c;
  return size_bytes;
}

M31HttpOutcome outcome_of(CURLcode code, const Request& request) {
  if (request.refused) return M31_HTTP_TOO_LARGE;
  switch (code) {
    case CURLE_OK: return M31_HTTP_OK;
    case CURLE_OPERATION_TIMEDOUT: return M31_HTTP_TIMEOUT;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return M31_HTTP_NO_HOST;
    case CURLE_COULDNT_CONNECT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return M31_HTTP_NO_CONNECTION;
    case CURLE_TOO_MANY_REDIRECTS: return M31_HTTP_REDIRECTS;
    case CURLE_FILESIZE_EXCEEDED: return M31_HTTP_TOO_LARGE;
    case CURLE_URL_MALFORMAT: return M31_HTTP_BAD_ADDRESS;
    case CURLE_UNSUPPORTED_PROTOCOL: {
      long redirects = 0;
      char* elsewhere = nullptr;
      curl_easy_getinfo(request.easy, CURLINFO_REDIRECT_COUNT, &redirects);
      curl_easy_getinfo(request.easy, CURLINFO_REDIRECT_URL, &elsewhere);
      // An answer that says "HTTP/7.0" has this code too.
      return redirects > 0 || elsewhere ? M31_HTTP_REDIRECTS : M31_HTTP_BAD_ANSWER;
    }
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return M31_HTTP_BAD_ANSWER;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM: return M31_HTTP_TLS;
    default: return M31_HTTP_FAILED;
  }
}

void drop(M31Http* http, std::uint64_t id) {
  auto found = http->requests.find(id);
  if (found == http->requests.end()) return;
  curl_multi_remove_handle(http->multi, found->second->easy);
  curl_easy_cleanup(found->second->easy);
  http->requests.erase(found);
}

// Tells of the transfers that have ended. Outside curl's own calls.
void report(M31Http* http) {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(http->multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    CURLcode code = message->data.result;
    Request* request = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &request);
    long status = 0, system_error = 0;
    char* url = nullptr;
    char* content_type = nullptr;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &content_type);
    M31HttpResult result{};
    result.outcome = outcome_of(code, *request);
    result.status = static_cast<std::int32_t>(status);
    result.system_error = static_cast<std::int32_t>(system_error);
    result.url = url ? url : "";
    result.content_type = content_type ? content_type : "";
    result.reason = request->reason.c_str();
    result.message = request->error[0] ? request->error : curl_easy_strerror(code);
    std::uint64_t id = request->id;
    http->host.finished(http->host.context, id, &result);
    drop(http, id);
  }
}

M31Http* open(const M31HttpHost* host, const M31HttpLimits* limits) {
  auto http = std::make_unique<M31Http>();
  http->host = *host;
  http->limits = *limits;
  http->multi = curl_multi_init();
  if (!http->multi) return nullptr;
  curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http.get());
  curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer_change);
  curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http.get());
  curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, 32L);
  return http.release();
}

int start(M31Http* http, std::uint64_t id, const char* url, int direct) {
  auto request = std::make_unique<Request>();
  request->owner = http;
  request->id = id;
  CURL* easy = request->easy = curl_easy_init();
  if (!easy) return 0;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, request.get());
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, static_cast<long>(http->limits.redirects_max));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(http->limits.connect_timeout_ms));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(http->limits.timeout_ms));
  curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(http->limits.body_bytes_max));
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");       // all that this libcurl can undo
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "m31/" M31_VERSION);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, request.get());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, request.get());
  if (direct) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  http->requests[id] = std::move(request);
  if (curl_multi_add_handle(http->multi, easy) == CURLM_OK) return 1;
  curl_easy_cleanup(easy);
  http->requests.erase(id);
  return 0;
}

void on_fd(M31Http* http, int fd, unsigned events) {
  int running = 0;
  int mask = (events & M31_HTTP_READ ? CURL_CSELECT_IN : 0) | (events & M31_HTTP_WRITE ? CURL_CSELECT_OUT : 0) |
             (events & M31_HTTP_ERROR ? CURL_CSELECT_ERR : 0);
  curl_multi_socket_action(http->multi, fd, mask, &running);
  report(http);
}

void on_timer(M31Http* http) {
  int running = 0;
  curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  report(http);
}

void close(M31Http* http) {
  while (!http->requests.empty()) drop(http, http->requests.begin()->first);
  curl_multi_cleanup(http->multi);
  delete http;
}

constexpr M31HttpPlugin plugin{open, start, drop, on_fd, on_timer, close};

}  // namespace

extern "C" const M31HttpPlugin* m31_http_plugin(std::uint32_t abi) {
  if (abi != M31_HTTP_ABI || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return nullptr;
  return &plugin;
}
