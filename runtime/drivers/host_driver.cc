// The driver `host`: files and environment of the machine of the session.
#include <errno.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "runtime/drivers/call_queue.h"
#include "runtime/drivers/drivers.h"
#include "runtime/drivers/host_files.h"

namespace m31::runtime {
namespace {

using data::Datum;
using data::DatumKind;

constexpr unsigned at_once_max = 8;

// Pairs of path and size; 0 for what is no file with a size.
Datum with_sizes(const std::vector<std::string>& paths) {
  std::vector<Datum> items;
  for (const std::string& path : paths) {
    struct stat status{};
    const bool is_sized = stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
    items.push_back(Datum::of_items({Datum::of_text(std::string_view(path)), Datum::of_int(is_sized ? status.st_size : 0)}));
  }
  return Datum::of_items(std::move(items));
}

class HostDriver final : public Driver {
 public:
  explicit HostDriver(IoThread& io)
      : io_(io), queue_(io, at_once_max, [this](NativeFibril& self, const Call& call) { return perform(self, call); }) {}
  ~HostDriver() override { io_.stop(); }

  std::string_view name() const override { return "host"; }
  void call(Call call, Answer answer) override { queue_.call(std::move(call), std::move(answer)); }
  void cancel(std::uint64_t fibril) override { queue_.cancel(fibril); }

 private:
  Reply perform(NativeFibril& self, const Call& call) {
    std::string_view operation = std::string_view(call.operation).substr(call.operation.find('.') + 1);
    std::size_t wanted = operation == "write" || operation == "env"     ? 2
                         : operation == "folder" || operation == "zone" ? 0
                                                                        : 1;
    bool fits = call.args.size() == wanted;
    for (const Datum& arg : call.args) fits = fits && arg.kind == DatumKind::text;
    if (!fits) return std::unexpected(Failure{"Unknown", call.operation + " is no operation of host with these arguments"});
    if (wanted == 0) return about_here(self, operation == "zone");
    std::string path(call.args[0].text.view());
    if (path.find('\0') != std::string::npos)
      return std::unexpected(Failure{"NotFound", "no path and no name holds a NUL byte"});
    if (operation == "env") {
      const char* value = std::getenv(path.c_str());
      return value ? Datum::of_text(std::string_view(value)) : call.args[1];
    }
    if (operation == "read" || operation == "readBytes") return read(self, path);
    Reply reply = std::unexpected(Failure{"Unknown", call.operation + " is no operation of host"});
    bool ran = self.run_blocking(io_.pool(), [&] {
      if (operation == "write") {
        auto written = write_whole(path, call.args[1].text.view());
        reply = written ? Reply(Datum()) : std::unexpected(written.error());
      } else if (operation == "exists") {
        reply = Datum::of_bool(access(path.c_str(), F_OK) == 0);
      } else if (operation == "list") {
        auto paths = list_files(path);
        if (!paths) return void(reply = std::unexpected(paths.error()));
        std::vector<Datum> items;
        for (const std::string& found : *paths) items.push_back(Datum::of_text(std::string_view(found)));
        reply = Datum::of_items(std::move(items));
      } else if (operation == "sized") {
        auto found = list_files(path);
        if (!found) return void(reply = std::unexpected(found.error()));
        reply = with_sizes(*found);
      }
    });
    return ran ? reply : std::unexpected(node_is_stopping());
  }

  Reply about_here(NativeFibril& self, bool zone) {
    Reply reply;
    const bool ran = self.run_blocking(io_.pool(), [&] {
      if (zone) return void(reply = Datum::of_text(std::string_view(time_zone())));
      auto folder = working_folder();
      reply = folder ? Reply(Datum::of_text(std::string_view(*folder))) : std::unexpected(folder.error());
    });
    return ran ? reply : std::unexpected(node_is_stopping());
  }

  Reply read(NativeFibril& self, const std::string& path) {
    std::expected<OpenFile, Failure> file;
    std::expected<data::Text, Failure> text;
    bool ran = self.run_blocking(io_.pool(), [&] {
      file = open_to_read(path);
      if (file && !file->may_wait) text = read_whole(*file, path);
    });
    if (!ran) return std::unexpected(node_is_stopping());
    if (!file) return std::unexpected(file.error());
    if (file->may_wait) text = read_as_it_comes(self, *file, path);
    close(file->fd);
    if (!text) return std::unexpected(text.error());
    return Datum::of_text(std::move(*text));
  }

  // A pipe or terminal, until its end.
  std::expected<data::Text, Failure> read_as_it_comes(NativeFibril& self, const OpenFile& file, const std::string& path) {
    std::string all;
    for (;;) {
      if (self.await_fd(file.fd, EPOLLIN) == Wake::cancelled) return std::unexpected(call_was_cancelled());
      constexpr std::size_t step_bytes = std::size_t{64} << 10;
      std::size_t before = all.size();
      all.resize(before + step_bytes);
      ssize_t got = ::read(file.fd, all.data() + before, step_bytes);
      all.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got == 0) return data::Text(all);
      if (got < 0 && errno != EINTR && errno != EAGAIN) return std::unexpected(file_failure("read", path, errno));
      if (all.size() > unending_bytes_max)
        return std::unexpected(Failure{"IoError", "cannot read " + path + " whole: it gave more than " +
                                                      std::to_string(unending_bytes_max >> 20) + " MiB and had not ended", EFBIG});
    }
  }

  static constexpr std::size_t unending_bytes_max = std::size_t{256} << 20;

  IoThread& io_;
  CallQueue queue_;
};

}  // namespace

std::unique_ptr<Driver> make_host_driver(IoThread& io) { return std::make_unique<HostDriver>(io); }

}  // namespace m31::runtime
