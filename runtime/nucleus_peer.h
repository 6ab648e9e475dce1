// NucleusPeer: the origin's side of a nucleus process: starts it, sends it a fibril for one leg, answers what code
// it asks for. One for each processor of a torment build; used on that processor, blocking.
#pragma once

#include <memory>
#include <string>

#include "kernel/vm/fibril.h"
#include "runtime/nucleus_link.h"

namespace m31::runtime {

// Code by identity, at the origin.
class CodeSource {
 public:
  virtual std::string bundle(std::string_view identity) = 0;      // "" when it is not known
  virtual const code::FnCode* find(std::string_view identity) = 0;
  virtual std::string listing(std::string_view name) = 0;         // bytecode of every instance of this name, as text

 protected:
  ~CodeSource() = default;
};

class NucleusPeer {
 public:
  // Starts `program --nucleus FD`. Null when it cannot be started.
  static std::unique_ptr<NucleusPeer> start(const std::string& program);
  ~NucleusPeer();

  enum class Leg : std::uint8_t { blocked, yielded, stays };
  // Runs `fibril` there until it suspends and replaces it by what came back. `stays`: it must run here (it holds
  // a stream, or this is its last leg); it is as it was. Stops the process when the peer refuses it.
  Leg run(vm::Fibril*& fibril, std::int64_t fuel, CodeSource& code);

 private:
  NucleusPeer(int fd, int process) : link_(std::make_unique<NucleusLink>(fd)), process_(process) {}
  std::unique_ptr<NucleusLink> link_;
  int process_;
};

}  // namespace m31::runtime
