#include "runtime/nucleus.h"

#include <memory>
#include <unordered_map>
#include <vector>

#include "kernel/code/code.h"
#include "kernel/types/program.h"
#include "kernel/vm/fibril.h"
#include "runtime/nucleus_frame.h"
#include "runtime/nucleus_link.h"

namespace m31::runtime {

namespace {

// Stands for a handle of the origin: all that can be done with it here is to give it back.
class Proxy final : public vm::HostObject {
 public:
  Proxy(std::uint32_t index, std::uint8_t role) : index_(index), role_(role) {}
  void retain() override {}
  void drop() override {}
  std::uint64_t identity() const override { return index_; }
  std::uint8_t role() const override { return role_; }

 private:
  std::uint32_t index_;
  std::uint8_t role_;
};

// No call is done here: each ends the leg, and the origin does it.
class NoHost final : public vm::Host {
 public:
  vm::HostStatus make_channel(vm::HostCall&, std::uint32_t) override { return vm::HostStatus::blocked; }
  vm::HostStatus send(vm::HostCall&) override { return vm::HostStatus::blocked; }
  vm::HostStatus receive(vm::HostCall&) override { return vm::HostStatus::blocked; }
  vm::HostStatus close(vm::HostCall&) override { return vm::HostStatus::blocked; }
  vm::HostStatus spawn(vm::HostCall&, const code::FnCode*) override { return vm::HostStatus::blocked; }
  vm::HostStatus parent(vm::HostCall&, bool) override { return vm::HostStatus::blocked; }
  vm::HostStatus select(vm::HostCall&, std::uint32_t) override { return vm::HostStatus::blocked; }
  vm::HostStatus operation(vm::HostCall&, std::string_view) override { return vm::HostStatus::blocked; }
};

class Nucleus {
 public:
  explicit Nucleus(int fd) : link_(fd) {}

  int serve() {
    for (;;) {
      auto frame = link_.receive();
      if (!frame) return 0;                      // the origin has gone
      if (frame->kind != NucleusFrame::Kind::run) return 1;
      if (!link_.send(run(*frame))) return 0;
    }
  }

 private:
  static NucleusFrame fault(std::string message) {
    NucleusFrame frame;
    frame.kind = NucleusFrame::Kind::fault;
    frame.body = std::move(message);
    return frame;
  }

  NucleusFrame run(const NucleusFrame& order) {
    std::vector<std::unique_ptr<Proxy>> proxies;
    std::vector<vm::HostObject*> handles;
    for (std::uint32_t i = 0; i < order.roles.size(); ++i) {
      proxies.push_back(std::make_unique<Proxy>(i, static_cast<std::uint8_t>(order.roles[i])));
      handles.push_back(proxies.back().get());
    }
    refused_.clear();
    auto restored = vm::restore(order.body, &Nucleus::find, this, handles, {});
    if (!restored) return fault(refused_.empty() ? restored.error() : refused_);
    vm::Fibril* fibril = *restored;
    NoHost host;
    const vm::RunStatus status = vm::run(*fibril, host, static_cast<std::int64_t>(order.fuel));
    NucleusFrame back;
    back.kind = NucleusFrame::Kind::back;
    if (status == vm::RunStatus::done || status == vm::RunStatus::trapped) {
      back.status = NucleusFrame::Status::ended;
    } else {
      back.status = status == vm::RunStatus::yielded ? NucleusFrame::Status::yielded : NucleusFrame::Status::blocked;
      std::vector<vm::HostObject*> left;
      back.body = vm::serialise(*fibril, left);
      for (vm::HostObject* handle : left) {
        // What a native word has begun stays where it is: the origin does this leg itself, from the state it sent.
        if (handle->role() == static_cast<std::uint8_t>(vm::HandleRole::stream)) back.status = NucleusFrame::Status::ended;
        back.handles.push_back(static_cast<std::uint32_t>(handle->identity()));
      }
    }
    vm::destroy(fibril);
    return back;
  }

  static const code::FnCode* find(void* context, std::string_view identity, std::uint64_t hash) {
    return static_cast<Nucleus*>(context)->find_code(identity, hash);
  }

  // Code that is not known here is asked for, checked by this process's own checker and compiled again; only if that gives the very
  // bytecode that the state was made with does the fibril run.
  const code::FnCode* find_code(std::string_view identity, std::uint64_t hash) {
    const code::FnCode* code = code_.find(identity);
    if (!code) {
      NucleusFrame need;
      need.kind = NucleusFrame::Kind::need;
      need.identity = identity;
      need.hash = hash;
      if (!link_.send(need)) return nullptr;
      auto answer = link_.receive();
      if (!answer || answer->kind != NucleusFrame::Kind::code || answer->identity != identity || answer->body.empty()) {
        refused_ = "the origin has no code of " + std::string(identity);
        return nullptr;
      }
      auto instance = program_.admit(answer->body);
      if (!instance) {
        refused_ = "code of " + std::string(identity) + " was refused: " + instance.error();
        return nullptr;
      }
      code = code_.generate(*instance);
      if (code->identity != identity) code = code_.find(identity);
    }
    if (code && code->hash != hash) {
      refused_ = "bytecode of " + std::string(identity) + " differs here";
      return nullptr;
    }
    return code;
  }

  NucleusLink link_;
  types::Program program_;
  code::Code code_;
  std::string refused_;
};

}  // namespace

int nucleus_main(int fd) { return Nucleus(fd).serve(); }

}  // namespace m31::runtime
