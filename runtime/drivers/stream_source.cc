#include "runtime/drivers/stream_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "runtime/progress_text.h"

namespace m31::runtime {
namespace {

constexpr int reads_per_job_max = 8;          // then other jobs of the pool have their turn

std::string system_message(int error) { return std::error_code(error, std::generic_category()).message(); }

// Reads descriptors one after the other into an intake: what can block for long (pipe, terminal) on
// the I/O thread when epoll says so, all else in jobs of the pool. Lives until its source and its last
// job or watch have gone; who holds the intake's claim owns the fields.
class Reader final : public ChunkProducer, public std::enable_shared_from_this<Reader> {
 public:
  Reader(IoThread& io, std::vector<std::string> paths) : io_(io), paths_(std::move(paths)) {}
  Reader(IoThread& io, int fd, std::string shown) : io_(io), shown_(std::move(shown)) {
    fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (fd_ < 0)
      error_ = errno;
    else
      look_at_fd();
  }
  ~Reader() override {
    if (fd_ >= 0) close(fd_);
  }

  void start() override {
    if (!intake.claim()) return;
    if (waits_for_events_)
      arm_on_io_thread();
    else
      submit_job();
  }

  void abandon() override {
    intake.close();
    if (was_armed_) io_.post([self = shared_from_this()] { self->disarm(); });
  }

 private:
  // Finds out how the descriptor is to be read.
  void look_at_fd() {
    struct stat status;
    waits_for_events_ = fstat(fd_, &status) == 0 &&
                        (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || S_ISCHR(status.st_mode));
    // A larger pipe lets its writer run on while we work. Refused is as well.
    if (waits_for_events_ && S_ISFIFO(status.st_mode)) fcntl(fd_, F_SETPIPE_SZ, 1 << 20);
    if (!waits_for_events_) posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }

  void arm_on_io_thread() {
    was_armed_ = true;
    io_.post([self = shared_from_this()] { self->arm(); });
  }

  void submit_job() {
    io_.pool().submit([self = shared_from_this()] { self->job(); });
  }

  // ---- on the I/O thread
  void arm() {
    if (!intake.go_on()) return;                 // its source has gone meanwhile
    int refused = io_.loop().watch(fd_, EPOLLIN, [self = shared_from_this()](std::uint32_t) { self->on_ready(); });
    armed_ = refused == 0;
    if (armed_) return;
    waits_for_events_ = false;                   // such as /dev/zero: never blocks
    submit_job();
  }

  void disarm() {
    if (std::exchange(armed_, false)) io_.loop().unwatch(fd_);
  }

  void on_ready() {
    std::shared_ptr<Reader> self = shared_from_this();   // unwatch drops the watch's hold
    for (;;) {
      Step step = read_some();
      if (step == Step::dry) return;
      if (step == Step::read_blocking) {         // one read for each event: more could block
        if (!intake.go_on()) disarm();
        return;
      }
      if (step == Step::read && intake.go_on()) continue;
      disarm();
      if (step == Step::next_file) submit_job();
      return;
    }
  }

  // ---- on the pool
  void job() {
    for (int reads = 0; reads < reads_per_job_max; ++reads) {
      if (fd_ < 0 && !open_next()) return;
      if (waits_for_events_) return arm_on_io_thread();
      Step step = read_some();
      if (step == Step::stopped || !intake.go_on()) return;
    }
    submit_job();
  }

  // Opens the next file; false: there is none, or it cannot be opened, and the intake knows.
  bool open_next() {
    if (error_) {
      intake.fail("cannot read " + shown_ + ": " + system_message(error_));
      return false;
    }
    if (next_ == paths_.size()) {
      intake.end();
      return false;
    }
    shown_ = paths_[next_++];
    fd_ = open(shown_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd_ < 0) {
      intake.fail("cannot read " + shown_ + ": " + system_message(errno));
      return false;
    }
    look_at_fd();
    return true;
  }

  // ---- on either
  enum class Step { read, read_blocking, dry, next_file, stopped };

  // Reads once, at most to the end of the buffer.
  Step read_some() {
    std::span<char> room = intake.room();
    // The newline between two files comes with the first bytes of the second.
    std::size_t separator = owes_newline_ ? 1 : 0;
    if (owes_newline_) room[0] = '\n';
    iovec to{room.data() + separator, room.size() - separator};
    bool blocking = false;
    ssize_t got;
    do {
      // Another process may have the same pipe and be faster: readable is no promise.
      got = waits_for_events_ ? preadv2(fd_, &to, 1, -1, RWF_NOWAIT) : -1;
      if (!waits_for_events_ || (got < 0 && (errno == EOPNOTSUPP || errno == EINVAL || errno == ENOSYS))) {
        blocking = true;
        got = read(fd_, to.iov_base, to.iov_len);
      }
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
      char last = room[separator + static_cast<std::size_t>(got) - 1];
      ends_in_newline_ = last == '\n';
      owes_newline_ = false;
      intake.commit(separator + static_cast<std::size_t>(got));
      return blocking ? Step::read_blocking : Step::read;
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Step::dry;
    if (got < 0 && !(errno == EIO && isatty(fd_))) {   // a terminal that hung up has ended
      intake.fail("cannot read " + shown_ + ": " + system_message(errno));
      return Step::stopped;
    }
    if (next_ == paths_.size()) {
      intake.end();
      return Step::stopped;
    }
    if (io_.is_current()) disarm();
    close(std::exchange(fd_, -1));
    waits_for_events_ = false;
    owes_newline_ = owes_newline_ || !ends_in_newline_;
    return Step::next_file;
  }

  IoThread& io_;
  std::vector<std::string> paths_;
  std::size_t next_ = 0;                 // in paths_: the one to open next
  std::string shown_;                    // the one being read
  int fd_ = -1;
  int error_ = 0;                        // why there is no fd
  bool waits_for_events_ = false;
  bool armed_ = false;                   // I/O thread only
  std::atomic<bool> was_armed_{false};
  bool ends_in_newline_ = true;          // what was read so far; nothing counts as ending well
  bool owes_newline_ = false;
};

class StreamSource final : public FlowSource {
 public:
  StreamSource(std::shared_ptr<ChunkProducer> producer, std::shared_ptr<Flow> flow, MakeWake make_wake)
      : producer_(std::move(producer)), flow_(std::move(flow)), make_wake_(std::move(make_wake)), identity_(++identities_) {}

  void retain() override { count_.fetch_add(1, std::memory_order_relaxed); }
  void drop() override {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    flow_->has_ended.store(true, std::memory_order_relaxed);
    producer_->abandon();
    delete this;
  }
  std::uint64_t identity() const override { return identity_; }
  std::uint8_t role() const override { return static_cast<std::uint8_t>(vm::HandleRole::stream); }

  State poll(vm::Fibril& fibril) override {
    if (has_chunk_) return State::ready;
    flow_->has_begun.store(true, std::memory_order_relaxed);
    auto next = producer_->intake.next(chunk_, [&] { return make_wake_(fibril); });
    if (next == ChunkIntake::Next::ended || next == ChunkIntake::Next::failed) flow_->has_ended.store(true, std::memory_order_relaxed);
    if (next == ChunkIntake::Next::ended) return State::end;
    if (next == ChunkIntake::Next::failed) return State::failed;
    has_chunk_ = next == ChunkIntake::Next::chunk;
    producer_->start();                  // reads on while the consumer works
    return has_chunk_ ? State::ready : State::wait;
  }

  data::Text take() override {
    has_chunk_ = false;
    flow_->done.fetch_add(chunk_.view().size(), std::memory_order_relaxed);
    return std::move(chunk_);
  }

  std::string_view failure() const override { return producer_->intake.failure(); }
  const std::shared_ptr<Flow>& flow() const override { return flow_; }
  void lend(vm::Helper helper) override { helper_ = std::move(helper); }
  vm::Helper helper() override { return helper_; }
  std::function<void()> wake_of(vm::Fibril& fibril) override { return make_wake_(fibril); }

 private:
  static inline std::atomic<std::uint64_t> identities_{0};   // only told apart, never ordered

  std::shared_ptr<ChunkProducer> producer_;
  std::shared_ptr<Flow> flow_;
  MakeWake make_wake_;
  vm::Helper helper_;
  const std::uint64_t identity_;
  std::atomic<std::uint32_t> count_{1};
  data::Text chunk_;
  bool has_chunk_ = false;
};

}  // namespace

std::string plan_of(const Flow& flow) {
  if (flow.from == Flow::From::space)
    return "space " + flow.paths[0] + ": " + std::to_string(flow.total) + (flow.total == 1 ? " record" : " records") + ", read in pages, in key order";
  constexpr std::size_t named_max = 3;
  const std::string size = flow.total > 0 ? ", " + size_text(flow.total) : "";
  if (flow.from == Flow::From::descriptor) return flow.paths[0] + size;
  std::string text = std::to_string(flow.paths.size()) + (flow.from == Flow::From::stored ? " stored" : "") + (flow.paths.size() == 1 ? " file" : " files") +
                     (flow.from == Flow::From::stored ? "" : " of this machine") + size;
  for (std::size_t i = 0; i < std::min(flow.paths.size(), named_max); ++i) text += (i ? ", " : ": ") + flow.paths[i];
  return text + (flow.paths.size() > named_max ? ", .." : "");
}

FlowSource* make_source(std::shared_ptr<ChunkProducer> producer, std::shared_ptr<Flow> flow, MakeWake make_wake) {
  return new StreamSource(std::move(producer), std::move(flow), std::move(make_wake));
}

FlowSource* make_fd_source(IoThread& io, int fd, std::string shown, MakeWake make_wake) {
  auto flow = std::make_shared<Flow>();
  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) flow->total = static_cast<std::uint64_t>(status.st_size);
  flow->paths = {shown};
  return make_source(std::make_shared<Reader>(io, fd, std::move(shown)), std::move(flow), std::move(make_wake));
}

FlowSource* make_files_source(IoThread& io, std::vector<std::string> paths, MakeWake make_wake, std::uint64_t bytes_total) {
  auto flow = std::make_shared<Flow>();
  flow->from = Flow::From::files;
  flow->paths = paths;
  flow->total = bytes_total;
  return make_source(std::make_shared<Reader>(io, std::move(paths)), std::move(flow), std::move(make_wake));
}

}  // namespace m31::runtime
