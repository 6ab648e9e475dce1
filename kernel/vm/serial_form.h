// The bytes of a suspended fibril. Numbers are varints, texts are sized (kernel/data/varint.h).
//
//   fibril  = version state completion-kind select-arm
//             n type*          types that boxes and globals have (structure, types::encode_type)
//             n code*          code that frames and closures have: identity, bytecode hash
//             n object*        values, numbered from 1; 0 is null
//             error completion is-ref
//             n global*        name, type number, slot
//             n frame*         outermost first: code number, pc, n register*
//   object  = kind shared body
//   body    = fixed:   n words* (pointer map) n slot*     box:  type number, slot
//             closure: code number, slot*                 list: refs n slot*
//             map:     ref keys, ref values, n (hash key value)*
//             str:     is bytes, text                     handle: number in `handles`, word
//   slot    = a number: an object's, where the pointer map, type or flag says reference, else the bits
//
// A register that is not live is written as 0.
#pragma once

#include <cstdint>

namespace m31::vm {

inline constexpr std::uint64_t serial_version = 1;
enum class SerialKind : std::uint8_t { fixed, box, closure, list, map, str, handle };

}  // namespace m31::vm
