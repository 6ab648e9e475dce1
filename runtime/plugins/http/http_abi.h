/* The boundary between a node and its HTTP plugin (m31_http.so): C types only, so that neither side needs
   to share a library of the other. libcurl alone would triple the start of a one-liner; so it is
   loaded at the first request and never unloaded.

   The plugin has no thread and no loop of its own: it tells what to watch and when to call it, and is
   called when that happens. Thread: all calls on one thread (after open: the I/O thread). The host's
   functions are called from within the plugin's, but for `finished`, never while curl is at work; it
   may start and cancel requests. Memory belongs to who made it; what a result points to lives until
   `finished` returns. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define M31_HTTP_ABI 1u

enum M31HttpOutcome {
  M31_HTTP_OK = 0,         /* an answer came, whatever its status */
  M31_HTTP_TIMEOUT,
  M31_HTTP_NO_HOST,        /* its name has no address */
  M31_HTTP_NO_CONNECTION,  /* refused, unreachable, broken off */
  M31_HTTP_REDIRECTS,      /* too many, or to another protocol */
  M31_HTTP_TOO_LARGE,
  M31_HTTP_BAD_ADDRESS,
  M31_HTTP_BAD_ANSWER,     /* no HTTP, or cut off */
  M31_HTTP_TLS,
  M31_HTTP_FAILED,         /* anything else: message says what */
};

enum { M31_HTTP_READ = 1, M31_HTTP_WRITE = 2, M31_HTTP_ERROR = 4 };

typedef struct M31HttpResult {
  uint32_t outcome;
  int32_t status;
  int32_t system_error;    /* errno, or 0 */
  const char* url;         /* where the answer came from, after redirects */
  const char* content_type;/* as it was sent; "" when it was not */
  const char* reason;      /* "Not Found"; "" where HTTP has none */
  const char* message;     /* libcurl's words when outcome is not ok */
} M31HttpResult;

typedef struct M31HttpHost {
  void* context;
  void (*watch)(void* context, int fd, unsigned events);   /* 0: no longer */
  void (*set_timer)(void* context, int64_t after_ms);      /* replaces the one before; -1: none */
  /* More of a body, decoded. expected_bytes: what the answer says its whole size is, or -1. 0: refuse the rest. */
  int (*body)(void* context, uint64_t request, const char* bytes, size_t size_bytes, int64_t expected_bytes);
  void (*finished)(void* context, uint64_t request, const M31HttpResult* result);
} M31HttpHost;

typedef struct M31HttpLimits {
  int64_t connect_timeout_ms;
  int64_t timeout_ms;
  int64_t body_bytes_max;
  int32_t redirects_max;
} M31HttpLimits;

typedef struct M31Http M31Http;

typedef struct M31HttpPlugin {
  M31Http* (*open)(const M31HttpHost* host, const M31HttpLimits* limits);   /* null: out of memory */
  /* GET `url`, absolute. `direct`: through no proxy. 0: could not be started, and `finished` will not be called. */
  int (*start)(M31Http* http, uint64_t request, const char* url, int direct);
  void (*cancel)(M31Http* http, uint64_t request);                          /* `finished` will not be called */
  void (*on_fd)(M31Http* http, int fd, unsigned events);
  void (*on_timer)(M31Http* http);
  void (*close)(M31Http* http);                                             /* cancels all */
} M31HttpPlugin;

/* The plugin's one symbol. Null when it speaks another ABI. Call it once, with all signals blocked. */
const M31HttpPlugin* m31_http_plugin(uint32_t abi);

#ifdef __cplusplus
}
#endif
