#include "runtime/nucleus_frame.h"

#include "kernel/data/varint.h"

namespace m31::runtime {

using data::read_sized;
using data::read_varint;
using data::write_sized;
using data::write_varint;
using Kind = NucleusFrame::Kind;

std::string encode(const NucleusFrame& frame) {
  std::string fields(1, static_cast<char>(frame.kind));
  switch (frame.kind) {
    case Kind::run:
      write_varint(frame.fuel, fields);
      write_sized(frame.roles, fields);
      write_sized(frame.body, fields);
      break;
    case Kind::code:
      write_sized(frame.identity, fields);
      write_sized(frame.body, fields);
      break;
    case Kind::need:
      write_sized(frame.identity, fields);
      write_varint(frame.hash, fields);
      break;
    case Kind::back:
      fields += static_cast<char>(frame.status);
      write_sized(frame.body, fields);
      write_varint(frame.handles.size(), fields);
      for (std::uint32_t handle : frame.handles) write_varint(handle, fields);
      break;
    case Kind::fault: write_sized(frame.body, fields); break;
  }
  std::string bytes;
  for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(fields.size() >> shift);
  return bytes + fields;
}

namespace {

bool read_text(std::string_view& bytes, std::string& to) {
  std::string_view text;
  if (!read_sized(bytes, text)) return false;
  to = text;
  return true;
}

bool read_fields(std::string_view fields, NucleusFrame& frame) {
  switch (frame.kind) {
    case Kind::run:
      return read_varint(fields, frame.fuel) && read_text(fields, frame.roles) && read_text(fields, frame.body) && fields.empty();
    case Kind::code: return read_text(fields, frame.identity) && read_text(fields, frame.body) && fields.empty();
    case Kind::need: return read_text(fields, frame.identity) && read_varint(fields, frame.hash) && fields.empty();
    case Kind::back: {
      if (fields.empty() || static_cast<unsigned char>(fields[0]) > static_cast<unsigned char>(NucleusFrame::Status::ended)) return false;
      frame.status = static_cast<NucleusFrame::Status>(fields[0]);
      fields.remove_prefix(1);
      std::uint64_t count = 0;
      if (!read_text(fields, frame.body) || !read_varint(fields, count) || count > fields.size()) return false;
      for (std::uint64_t i = 0; i < count; ++i) {
        std::uint64_t handle = 0;
        if (!read_varint(fields, handle) || handle > UINT32_MAX) return false;
        frame.handles.push_back(static_cast<std::uint32_t>(handle));
      }
      return fields.empty();
    }
    case Kind::fault: return read_text(fields, frame.body) && fields.empty();
  }
  return false;
}

}  // namespace

std::expected<std::optional<NucleusFrame>, std::string> decode_frame(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  std::size_t length = 0;
  for (unsigned i = 0; i < 4; ++i) length |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  if (length == 0 || length > nucleus_frame_bytes_max) return std::unexpected("a frame of " + std::to_string(length) + " bytes");
  if (bytes.size() - 4 < length) return std::nullopt;
  std::string_view fields = bytes.substr(4, length);
  const auto kind = static_cast<unsigned char>(fields[0]);
  if (kind < 1 || kind > static_cast<unsigned char>(Kind::fault)) return std::unexpected("a frame of kind " + std::to_string(kind));
  NucleusFrame frame;
  frame.kind = static_cast<Kind>(kind);
  if (!read_fields(fields.substr(1), frame)) return std::unexpected("a malformed frame of kind " + std::to_string(kind));
  bytes.remove_prefix(4 + length);
  return frame;
}

}  // namespace m31::runtime
