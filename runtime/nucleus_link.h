// NucleusLink: frames over a stream socket, one at a time, blocking. Either end.
#pragma once

#include <optional>
#include <string>

#include "runtime/nucleus_frame.h"

namespace m31::runtime {

class NucleusLink {
 public:
  explicit NucleusLink(int fd) : fd_(fd) {}      // adopts fd
  ~NucleusLink();
  NucleusLink(const NucleusLink&) = delete;

  bool send(const NucleusFrame& frame);          // false: the other end is gone
  std::optional<NucleusFrame> receive();         // nothing: gone, or no frame came but something else

 private:
  int fd_;
  std::string received_;
  std::size_t used_ = 0;
};

}  // namespace m31::runtime
