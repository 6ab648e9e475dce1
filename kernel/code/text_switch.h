// A choice by text: one hash, one comparison, one jump, however many cases. The cases stand in FnCode::switches with their
// distances; the index by hash is made from them when the code is.
#pragma once

#include "kernel/code/code.h"

namespace m31::code {

// Makes the index. REQUIRES: different texts.
void index_cases(const FnCode& code, TextSwitch& choice);
// How far to go on from the instruction: to the case of this text, or to where none of them goes.
std::int32_t distance_of(const FnCode& code, const TextSwitch& choice, std::string_view text);

}  // namespace m31::code
