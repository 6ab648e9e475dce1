// What an origin and a nucleus process (nucleus.h) say to each other. Pure: bytes in, frames out.
//
//   frame    length 4 (little-endian, of what follows) | kind 1 | fields
//   fields   numbers as varints, texts as varint length and bytes
//
//   run   → fuel, roles of its handles (one byte each), state     resume this fibril
//   code  → identity, bundle                                       the answer to need; an empty bundle: none
//   need  ← identity, bytecode hash                                code that the state names
//   back  ← status, state, handles: count, index...                where it stopped; indices into the roles of `run`
//   fault ← message                                                the state or the code was refused
//
// Lengths are limited and every field is checked: what comes from a process is input, not truth.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace m31::runtime {

inline constexpr std::size_t nucleus_frame_bytes_max = std::size_t{1} << 30;

struct NucleusFrame {
  enum class Kind : std::uint8_t { run = 1, code, need, back, fault } kind = Kind::fault;
  // back: done and trapped are not brought back; the origin takes the last leg itself.
  enum class Status : std::uint8_t { blocked, yielded, ended } status = Status::blocked;
  std::uint64_t fuel = 0;            // run
  std::uint64_t hash = 0;            // need
  std::string roles;                 // run
  std::string identity;              // code, need
  std::string body;                  // run, back: state; code: bundle; fault: message
  std::vector<std::uint32_t> handles;   // back
};

std::string encode(const NucleusFrame& frame);   // with its length

// Takes one whole frame from the front of `bytes`: nothing when more bytes are needed, an error when they are no frame.
std::expected<std::optional<NucleusFrame>, std::string> decode_frame(std::string_view& bytes);

}  // namespace m31::runtime
