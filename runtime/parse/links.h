// The links of an HTML page: the href of every `a` and `area`, made absolute as a browser does (the first
// <base href> included), http and https only, without fragments, each once, in document order.
#pragma once

#include <string_view>

#include "runtime/parse/payload.h"

namespace m31::runtime {

ParseResult find_links(std::string_view base_address, std::string_view html, Payload& links);

}  // namespace m31::runtime
