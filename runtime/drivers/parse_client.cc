#include "runtime/drivers/parse_client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "runtime/drivers/beside.h"
#include "runtime/drivers/call_queue.h"
#include "runtime/drivers/drivers.h"
#include "runtime/drivers/spawn_process.h"

namespace m31::runtime {
namespace {

constexpr int socket_buffer_bytes = 1 << 20;

std::string mib(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

const char* noun(ParseTask task) {
  switch (task) {
    case ParseTask::links: return "page";
    case ParseTask::unzip:
    case ParseTask::files: return "archive";
    case ParseTask::gunzip: return "gzip data";
  }
  return "input";
}

std::string how_it_ended(int wait_status) {
  if (WIFSIGNALED(wait_status)) return "signal " + std::to_string(WTERMSIG(wait_status));
  return "status " + std::to_string(WEXITSTATUS(wait_status));
}

}  // namespace

ParseClient::ParseClient(IoThread& io, std::string helper_path, ParseLimits limits)
    : io_(io), helper_path_(std::move(helper_path)), limits_(limits), helpers_(limits.helpers_max) {}

ParseClient::~ParseClient() {
  io_.stop();
  for (Helper& helper : helpers_) {
    if (helper.pid < 0) continue;
    close(helper.fd);
    kill(helper.pid, SIGKILL);
    while (waitpid(helper.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

std::vector<pid_t> ParseClient::helpers() const {
  std::vector<pid_t> pids;
  for (const Helper& helper : helpers_)
    if (helper.pid >= 0) pids.push_back(helper.pid);
  return pids;
}

void ParseClient::submit(Job job) {
  if (job.base.view().size() + job.body.view().size() > limits_.input_bytes_max) {
    job.done(std::unexpected(Failure{"BadData", std::string("the ") + noun(job.task) + " has " + mib(job.body.view().size()) +
                                                    "; at most " + mib(limits_.input_bytes_max) + " are parsed"}));
    return;
  }
  waiting_.push_back(std::move(job));
  // An idle helper that runs is better than one that has to be started.
  Helper* chosen = nullptr;
  for (Helper& helper : helpers_)
    if (!helper.server && (!chosen || (chosen->pid < 0 && helper.pid >= 0))) chosen = &helper;
  if (!chosen) return;
  chosen->server = io_.fibrils().start([this, chosen](NativeFibril& self) { serve(self, *chosen); }).get();
}

void ParseClient::cancel(std::uint64_t fibril) {
  std::deque<Job> ended;
  for (auto job = waiting_.begin(); job != waiting_.end();) {
    if (job->fibril == fibril) {
      ended.push_back(std::move(*job));
      job = waiting_.erase(job);
    } else {
      ++job;
    }
  }
  for (Job& job : ended) job.done(std::unexpected(call_was_cancelled()));
  for (Helper& helper : helpers_)
    if (helper.server && helper.fibril == fibril) helper.server->cancel();
}

void ParseClient::serve(NativeFibril& self, Helper& helper) {
  while (!waiting_.empty() && !self.cancelled()) {
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    helper.fibril = job.fibril;
    Payload payload = perform(self, helper, job);
    helper.fibril = 0;
    job.done(std::move(payload));
  }
  helper.server = nullptr;
  if (waiting_.empty()) return;
  // This fibril was cancelled for the sake of one job; the others want a new one. (Once the I/O
  // thread stops, that one is cancelled from its start, and so on until all jobs have been answered.)
  helper.server = io_.fibrils().start([this, &helper](NativeFibril& next) {
    if (next.cancelled() && !waiting_.empty()) {
      Job job = std::move(waiting_.front());
      waiting_.pop_front();
      job.done(std::unexpected(node_is_stopping()));
    }
    serve(next, helper);
  }).get();
}

ParseClient::Payload ParseClient::perform(NativeFibril& self, Helper& helper, const Job& job) {
  if (helper.pid >= 0) {
    // Somebody may have killed it while it was idle: nobody's fault.
    char none;
    if (recv(helper.fd, &none, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN) end(self, helper);
  }
  if (helper.pid < 0)
    if (int error = start(helper))
      return std::unexpected(Failure{"IoError", "cannot start " + helper_path_ + ", which parses what comes from outside: " +
                                                    std::error_code(error, std::generic_category()).message(), error});
  SteadyTime deadline = deadline_after(limits_.deadline);
  std::string_view base = job.base.view(), body = job.body.view();
  ParseRequestHead head{parse_magic, job.task, limits_.payload_bytes_max, limits_.entries_max, base.size(), body.size()};
  Io status = write_all(self, helper.fd, {reinterpret_cast<const char*>(&head), sizeof head}, deadline);
  if (status == Io::done) status = write_all(self, helper.fd, base, deadline);
  if (status == Io::done) status = write_all(self, helper.fd, body, deadline);
  Payload payload;
  if (status == Io::done) payload = receive(self, helper, deadline, status);
  if (status == Io::done) return payload;
  Failure failure = explain(self, helper, status);
  if (status != Io::cancelled) failure.message = std::string("the ") + noun(job.task) + " " + failure.message;
  return std::unexpected(std::move(failure));
}

ParseClient::Payload ParseClient::receive(NativeFibril& self, Helper& helper, SteadyTime deadline, Io& status) {
  ParseReplyHead head;
  status = read_all(self, helper.fd, reinterpret_cast<char*>(&head), sizeof head, deadline);
  if (status != Io::done) return {};
  bool done = head.verdict == ParseVerdict::done;
  if (head.magic != parse_magic || head.size_bytes > (done ? limits_.payload_bytes_max : refusal_bytes_max)) {
    status = Io::closed;
    return {};
  }
  if (head.size_bytes == 0) return data::Text();
  data::Buffer* buffer = data::Buffer::make(head.size_bytes);
  data::Text payload(buffer, std::string_view(buffer->bytes, head.size_bytes));
  status = read_all(self, helper.fd, buffer->bytes, head.size_bytes, deadline);
  if (status != Io::done || done) return payload;
  return std::unexpected(Failure{"BadData", std::string(payload.view())});
}

Failure ParseClient::explain(NativeFibril& self, Helper& helper, Io status) {
  int wait_status = end(self, helper);
  switch (status) {
    case Io::done: break;
    case Io::cancelled: return call_was_cancelled();
    case Io::late:
      return {"Timeout", "was not parsed within " + std::to_string(limits_.deadline.count()) + " ms; its parser was stopped"};
    case Io::closed:
      return {"BadData", "could not be parsed: its parser ended with " + how_it_ended(wait_status) +
                             "; it is damaged, hostile or too large"};
  }
  return {"IoError", "could not be parsed"};
}

ParseClient::Io ParseClient::write_all(NativeFibril& self, int fd, std::string_view bytes, SteadyTime deadline) {
  while (!bytes.empty()) {
    ssize_t put = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
      continue;
    }
    if (put < 0 && errno == EINTR) continue;
    if (put == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return Io::closed;
    Wake wake = self.await_fd(fd, EPOLLOUT, deadline);
    if (wake == Wake::timed_out) return Io::late;
    if (wake == Wake::cancelled) return Io::cancelled;
  }
  return Io::done;
}

ParseClient::Io ParseClient::read_all(NativeFibril& self, int fd, char* to, std::size_t size_bytes, SteadyTime deadline) {
  while (size_bytes > 0) {
    ssize_t got = recv(fd, to, size_bytes, 0);
    if (got > 0) {
      to += got;
      size_bytes -= static_cast<std::size_t>(got);
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return Io::closed;
    Wake wake = self.await_fd(fd, EPOLLIN, deadline);
    if (wake == Wake::timed_out) return Io::late;
    if (wake == Wake::cancelled) return Io::cancelled;
  }
  return Io::done;
}

// The helper gets descriptor 0 and no other, an empty environment, and a process group of its own, so that Ctrl-C
// at the terminal is not for it. It dies with this thread: so this thread must start it.
int ParseClient::start(Helper& helper) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  for (int end : ends)
    for (int option : {SO_SNDBUF, SO_RCVBUF}) setsockopt(end, SOL_SOCKET, option, &socket_buffer_bytes, sizeof socket_buffer_bytes);
  fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::string parent = std::to_string(getpid());
  std::array<char*, 3> arguments = {const_cast<char*>(helper_path_.c_str()), parent.data(), nullptr};
  char* environment[] = {nullptr};
  const int error = spawn_process(helper.pid, helper_path_.c_str(), actions, arguments.data(), environment);
  close(ends[1]);
  if (error) {
    close(ends[0]);
    helper.pid = -1;
    return error;
  }
  helper.fd = ends[0];
  return 0;
}

int ParseClient::end(NativeFibril& self, Helper& helper) {
  int wait_status = 0;
  close(helper.fd);
  pid_t pid = std::exchange(helper.pid, -1);
  kill(pid, SIGKILL);
  auto reap = [&] {
    while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
    }
  };
  if (!self.run_blocking(io_.pool(), reap)) reap();
  return wait_status;
}

std::shared_ptr<ParseClient> make_parse_client(IoThread& io, const NodeOptions& options) {
  std::string path = options.parse_helper.empty() ? beside_executable("m31-parse") : options.parse_helper;
  return std::make_shared<ParseClient>(io, std::move(path), ParseLimits{});
}

}  // namespace m31::runtime
