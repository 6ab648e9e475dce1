// The driver `sh`: programs of the machine of the session. sh.run(input, command) gives the command to /bin/sh -c, the input to its
// standard input, and takes its output; its end with a status that is not 0 is a ShellError with the last of what it said
// on standard error.
//
// Input, output and messages flow at the same time, each in a native fibril of its own, so that no two ends wait for each other. The
// program runs in a process group of its own, which is killed as a whole when the call is cancelled (Ctrl-C, a kill) or when it
// gives more than is taken.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <system_error>

#include "runtime/drivers/call_queue.h"
#include "runtime/drivers/drivers.h"
#include "runtime/drivers/spawn_process.h"

extern char** environ;

namespace m31::runtime {
namespace {

using data::Datum;
using data::DatumKind;

constexpr unsigned at_once_max = 8;
constexpr std::size_t step_bytes = std::size_t{64} << 10;
constexpr std::size_t tail_bytes_max = 2000;          // of standard error, in the error's message
constexpr std::size_t command_bytes_max = std::size_t{128} << 10;   // what Linux takes as one argument

// A descriptor that is closed once.
class Fd {
 public:
  Fd() = default;
  Fd(const Fd&) = delete;
  ~Fd() { reset(); }
  int get() const { return fd_; }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// One run of a program. Its pumps hold it too, so that it outlives the call when that is cancelled.
struct Run {
  Fd input, output, errors;       // our ends
  data::Text given;
  std::string taken, said;
  bool too_much = false;
  unsigned pumps = 0;             // that have not ended
  NativeFibril* caller = nullptr;
};

void pump_in(NativeFibril& self, Run& run) {
  std::string_view left = run.given.view();
  while (!left.empty()) {
    const ssize_t put = ::write(run.input.get(), left.data(), std::min(left.size(), step_bytes));
    if (put > 0) left.remove_prefix(static_cast<std::size_t>(put));
    else if (errno == EAGAIN) {
      if (self.await_fd(run.input.get(), EPOLLOUT) == Wake::cancelled) break;
    } else if (errno != EINTR) {
      break;                      // it reads no more: its own affair
    }
    if (self.cancelled()) break;
  }
  run.input.reset();
}

// All that comes, up to `bytes_max`; or the last of it.
void pump_out(NativeFibril& self, Run& run, Fd& fd, std::string& into, std::size_t bytes_max, bool keep_last) {
  while (self.await_fd(fd.get(), EPOLLIN) != Wake::cancelled) {
    const std::size_t before = into.size();
    into.resize(before + step_bytes);
    const ssize_t got = ::read(fd.get(), into.data() + before, step_bytes);
    into.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) break;
    if (into.size() <= bytes_max) continue;
    if (keep_last) {
      into.erase(0, into.size() - bytes_max);
    } else {
      run.too_much = true;
      break;
    }
  }
  fd.reset();
}

int open_pipe(Fd& ours, Fd& theirs, bool ours_reads) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  ours.reset(ends[ours_reads ? 0 : 1]);
  theirs.reset(ends[ours_reads ? 1 : 0]);
  fcntl(ours.get(), F_SETFL, fcntl(ours.get(), F_GETFL) | O_NONBLOCK);
  return 0;
}

int spawn_shell(const std::string& command, const Fd& in, const Fd& out, const Fd& err, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.get(), 2);
  std::string shell = "sh", option = "-c", text = command;
  std::array<char*, 4> arguments = {shell.data(), option.data(), text.data(), nullptr};
  return spawn_process(pid, "/bin/sh", actions, arguments.data(), environ);
}

class ShDriver final : public Driver {
 public:
  explicit ShDriver(IoThread& io)
      : io_(io), queue_(io, at_once_max, [this](NativeFibril& self, const Call& call) { return perform(self, call); }) {}
  ~ShDriver() override { io_.stop(); }

  std::string_view name() const override { return "sh"; }
  void call(Call call, Answer answer) override { queue_.call(std::move(call), std::move(answer)); }
  void cancel(std::uint64_t fibril) override { queue_.cancel(fibril); }

 private:
  Reply perform(NativeFibril& self, const Call& call) {
    if (call.operation != "sh.run" || call.args.size() != 2 || call.args[0].kind != DatumKind::text || call.args[1].kind != DatumKind::text)
      return std::unexpected(Failure{"Unknown", call.operation + " is no operation of sh with these arguments"});
    const std::string command(call.args[1].text.view());
    if (command.find('\0') != std::string::npos) return std::unexpected(Failure{"ValueError", "no command holds a NUL byte"});
    if (command.size() >= command_bytes_max)
      return std::unexpected(Failure{"ValueError", "a command has at most " + std::to_string(command_bytes_max >> 10) + " KiB: give it the rest as input"});
    auto run = std::make_shared<Run>();
    run->given = call.args[0].text;
    pid_t pid = -1;
    {
      Fd in, out, err;
      int error = open_pipe(run->input, in, false);
      if (!error) error = open_pipe(run->output, out, true);
      if (!error) error = open_pipe(run->errors, err, true);
      if (!error) error = spawn_shell(command, in, out, err, pid);
      if (error) return std::unexpected(Failure{"IoError", "cannot run /bin/sh: " + std::error_code(error, std::generic_category()).message(), error});
    }
    run->caller = &self;
    std::array<std::weak_ptr<NativeFibril>, 3> pumps = {
        start_pump(run, [](NativeFibril& pump, Run& it) { pump_in(pump, it); }),
        start_pump(run, [](NativeFibril& pump, Run& it) { pump_out(pump, it, it.output, it.taken, output_bytes_max, false); }),
        start_pump(run, [](NativeFibril& pump, Run& it) { pump_out(pump, it, it.errors, it.said, tail_bytes_max, true); })};
    // As a shell does it: until the program has ended and nobody holds its output any more.
    while (run->pumps > 0 && !run->too_much)
      if (self.park() == Wake::cancelled) break;
    bool ended = !run->too_much && !self.cancelled();
    if (ended) ended = await_end(self, pid);
    run->caller = nullptr;
    if (!ended) {
      kill(-pid, SIGKILL);
      for (auto& each : pumps)
        if (auto pump = each.lock()) pump->cancel();
    }
    const int status = reap(self, pid);
    if (run->too_much)
      return std::unexpected(Failure{"IoError", "`" + shortened(command) + "` gave more than " + std::to_string(output_bytes_max >> 20) +
                                                    " MiB and was stopped", EFBIG});
    if (!ended) return std::unexpected(call_was_cancelled());
    const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (code != 0) return std::unexpected(Failure{"ShellError", explain(command, status, code, run->said), code});
    return Datum::of_text(data::Text(run->taken));
  }

  template <class Body>
  std::weak_ptr<NativeFibril> start_pump(const std::shared_ptr<Run>& run, Body body) {
    ++run->pumps;
    return io_.fibrils().start([run, body](NativeFibril& self) {
      body(self, *run);
      --run->pumps;
      if (run->caller) run->caller->wake();
    });
  }

  // False when the call was cancelled before.
  bool await_end(NativeFibril& self, pid_t pid) {
    Fd process;
    process.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (process.get() < 0) return true;
    return self.await_fd(process.get(), EPOLLIN) != Wake::cancelled;
  }

  int reap(NativeFibril& self, pid_t pid) {
    int status = 0;
    const auto wait = [&] {
      while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
      }
    };
    if (!self.run_blocking(io_.pool(), wait)) wait();
    return status;
  }

  static std::string shortened(const std::string& command) { return command.size() <= 60 ? command : command.substr(0, 57) + "..."; }

  static std::string explain(const std::string& command, int status, int code, std::string said) {
    while (!said.empty() && said.back() == '\n') said.pop_back();
    std::string text = "`" + shortened(command) + "` ended with ";
    text += WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) : "status " + std::to_string(code);
    return said.empty() ? text : text + ": " + said;
  }

  static constexpr std::size_t output_bytes_max = std::size_t{256} << 20;

  IoThread& io_;
  CallQueue queue_;
};

}  // namespace

std::unique_ptr<Driver> make_sh_driver(IoThread& io) { return std::make_unique<ShDriver>(io); }

}  // namespace m31::runtime
