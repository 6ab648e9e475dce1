#include "runtime/nucleus_peer.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/base/ensure.h"

extern char** environ;

namespace m31::runtime {

std::unique_ptr<NucleusPeer> NucleusPeer::start(const std::string& program) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return nullptr;
  constexpr int peer_fd = 3;
  const std::string fd_text = std::to_string(peer_fd);
  char* arguments[] = {const_cast<char*>("m31sh"), const_cast<char*>("--nucleus"), const_cast<char*>(fd_text.c_str()), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // dup2 onto itself would leave close-on-exec set, so the end is moved out of the way first.
  const int moved = ::fcntl(ends[1], F_DUPFD_CLOEXEC, peer_fd + 1);
  ::close(ends[1]);
  posix_spawn_file_actions_adddup2(&actions, moved, peer_fd);
  pid_t process = 0;
  const int failed = ::posix_spawn(&process, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(moved);
  if (failed) {
    ::close(ends[0]);
    return nullptr;
  }
  return std::unique_ptr<NucleusPeer>(new NucleusPeer(ends[0], process));
}

NucleusPeer::~NucleusPeer() {
  link_.reset();                                 // it ends when its end closes
  int status = 0;
  ::waitpid(process_, &status, 0);
}

NucleusPeer::Leg NucleusPeer::run(vm::Fibril*& fibril, std::int64_t fuel, CodeSource& code) {
  NucleusFrame order;
  order.kind = NucleusFrame::Kind::run;
  order.fuel = static_cast<std::uint64_t>(fuel);
  std::vector<vm::HostObject*> handles;
  order.body = vm::serialise(*fibril, handles);
  for (vm::HostObject* handle : handles) {
    if (handle->role() == static_cast<std::uint8_t>(vm::HandleRole::stream)) return Leg::stays;
    order.roles += static_cast<char>(handle->role());
  }
  bool alive = link_->send(order);
  while (alive) {
    auto frame = link_->receive();
    if (!frame) break;
    if (frame->kind == NucleusFrame::Kind::need) {
      NucleusFrame answer;
      answer.kind = NucleusFrame::Kind::code;
      answer.identity = frame->identity;
      answer.body = code.bundle(frame->identity);
      alive = link_->send(answer);
      continue;
    }
    if (frame->kind == NucleusFrame::Kind::fault) {
      std::fprintf(stderr, "m31: the nucleus process refused a fibril: %s\n", frame->body.c_str());
      std::abort();
    }
    if (frame->kind != NucleusFrame::Kind::back) break;
    if (frame->status == NucleusFrame::Status::ended) return Leg::stays;
    std::vector<vm::HostObject*> left;
    for (std::uint32_t index : frame->handles) {
      ENSURE(index < handles.size(), index, handles.size());
      left.push_back(handles[index]);
    }
    const auto find = [](void* context, std::string_view identity, std::uint64_t hash) -> const code::FnCode* {
      const code::FnCode* found = static_cast<CodeSource*>(context)->find(identity);
      return found && found->hash == hash ? found : nullptr;
    };
    auto restored = vm::restore(frame->body, find, &code, left, {});
    if (!restored) {
      std::fprintf(stderr, "m31: a fibril came back unreadable: %s\n", restored.error().c_str());
      std::abort();
    }
    vm::set_host_data(**restored, vm::host_data(*fibril));
    vm::destroy(fibril);
    fibril = *restored;
    return frame->status == NucleusFrame::Status::yielded ? Leg::yielded : Leg::blocked;
  }
  std::fprintf(stderr, "m31: the nucleus process has gone\n");
  std::abort();
}

}  // namespace m31::runtime
