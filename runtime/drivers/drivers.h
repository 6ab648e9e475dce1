// The drivers of a node: how the mantle gets them. Each serves the operations whose names begin with its
// own ("http.req" is the http driver's), on the I/O thread, and is a fault domain: what fails there
// is a Failure for its caller and nothing more.
//
//   http  http.req(url String) -> Response              a record: share/m31/http.m31
//         http.urls(Response) -> List[String]           absolute links, in document order
//   jam   jam.unzip(Bytes) -> String, jam.gunzip(Bytes) -> String, jam.files(Bytes) -> Map[String, Bytes]
//   host  host.read(path) -> String, host.readBytes(path) -> Bytes, host.write(path, String | Bytes) -> None,
//         host.list(pattern) -> List[String], host.exists(path) -> Bool, host.env(name, default) -> String,
//         host.folder() -> String, host.zone() -> String
//   sh    sh.run(input, command) -> String
//
// Thread: made and destroyed anywhere; call() and cancel() may be called from any thread, and answers come
// on the I/O thread. Making one starts nothing: threads, libcurl and the helper come at the first call.
// A driver must not outlive its IoThread; its destructor stops that thread, if it still runs.
#pragma once

#include <memory>

#include "runtime/driver.h"
#include "runtime/io/io_thread.h"
#include "runtime/session.h"

namespace m31::runtime {

class ParseClient;

// Processes that parse hostile input (parse_client.h); shared by the drivers of a node.
std::shared_ptr<ParseClient> make_parse_client(IoThread& io, const NodeOptions& options);

std::unique_ptr<Driver> make_http_driver(IoThread& io, const NodeOptions& options, std::shared_ptr<ParseClient> parsers);
std::unique_ptr<Driver> make_jam_driver(IoThread& io, std::shared_ptr<ParseClient> parsers);
std::unique_ptr<Driver> make_host_driver(IoThread& io);
std::unique_ptr<Driver> make_sh_driver(IoThread& io);

}  // namespace m31::runtime
