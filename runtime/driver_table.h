// Which drivers there are: name -> how one is made. The one place that knows them all.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/driver.h"

namespace m31::runtime {

class Node;

// The driver whose operations begin with `name`, for this node; null when there is none.
std::unique_ptr<Driver> make_driver(std::string_view name, Node& node);

}  // namespace m31::runtime
