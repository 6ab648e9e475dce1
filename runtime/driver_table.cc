#include "runtime/driver_table.h"

#include "runtime/drivers/drivers.h"
#include "runtime/drivers/fs.h"
#include "runtime/drivers/stored_driver.h"
#include "runtime/node.h"

namespace m31::runtime {

std::unique_ptr<Driver> make_driver(std::string_view name, Node& node) {
  if (name == "http") return make_http_driver(node.io(), node.options(), node.parsers());
  if (name == "jam") return make_jam_driver(node.io(), node.parsers());
  if (name == "fs") return std::make_unique<FsDriver>(node.options().store_directory, node.traces("store"));
  if (name == "stored") return std::make_unique<StoredDriver>(node.io(), node.options().store_directory);
  if (name == "host") return make_host_driver(node.io());
  if (name == "sh") return make_sh_driver(node.io());
  return nullptr;
}

}  // namespace m31::runtime
