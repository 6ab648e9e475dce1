#include "runtime/drivers/stored_driver.h"

#include <unistd.h>

#include <cstdlib>
#include <map>

#include "runtime/drivers/file_import.h"
#include "runtime/drivers/fs_call.h"

namespace m31::runtime {
namespace {

using data::Datum;
using data::DatumKind;

constexpr unsigned at_once_max = 2;

Failure not_stored(const std::string& path) {
  return {"NotFound", "there is no stored file " + path + "; fs.ls() shows those there are, fs.import(files(..)) stores some", 0};
}

Failure none_matches(std::string_view pattern) {
  return {"NotFound", "no stored file matches " + std::string(pattern) + "; fs.ls() shows those there are, fs.import(files(..)) stores some", 0};
}

std::expected<PathPattern, Failure> pattern_of(std::string_view written) {
  auto pattern = PathPattern::read(written);
  if (!pattern) return std::unexpected(Failure{"ValueError", "cannot look for " + std::string(written) + ": " + pattern.error(), 0});
  return std::move(*pattern);
}

std::expected<void, Failure> check_path(const std::string& path) {
  if (path.size() > store::path_bytes_max)
    return std::unexpected(Failure{"ValueError", "a path of a stored file has at most " + std::to_string(store::path_bytes_max) + " bytes", 0});
  if (path == "/" || path.find('\0') != std::string::npos)
    return std::unexpected(Failure{"ValueError", "this is no path of a file: " + (path == "/" ? path : std::string("it holds a NUL byte")), 0});
  return {};
}

std::string_view text_of(FileImport::Change change) {
  switch (change) {
    case FileImport::Change::stored: return "stored";
    case FileImport::Change::replaced: return "replaced";
    case FileImport::Change::unchanged: return "unchanged";
  }
  __builtin_unreachable();
}

store::Provenance author_of(const Call& call) {
  store::Provenance author;
  author.fibril = call.fibril;
  author.session_high = call.session_high;
  author.session_low = call.session_low;
  return author;
}

Datum number(std::uint64_t value) { return Datum::of_int(static_cast<std::int64_t>(value)); }

}  // namespace

StoredDriver::StoredDriver(IoThread& io, std::string store_directory)
    : io_(io),
      directory_(store_directory.empty() ? default_store_directory() : std::move(store_directory)),
      queue_(io, at_once_max, [this](NativeFibril& self, const Call& call) { return perform(self, call); }) {}

std::string default_store_directory() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data && *data == '/') return std::string(data) + "/m31/store";
  const char* home = std::getenv("HOME");
  if (home && *home == '/') return std::string(home) + "/.local/share/m31/store";
  return {};
}

std::expected<store::Files*, Failure> StoredDriver::files(bool may_make) {
  std::lock_guard lock(mutex_);
  if (files_) return files_.get();
  if (!may_make && ::access(directory_.c_str(), F_OK) != 0) return nullptr;
  auto opened = store::Files::open(directory_);
  if (!opened) return std::unexpected(failure_of(opened.error()));
  files_ = std::move(*opened);
  return files_.get();
}

std::expected<std::vector<store::FileRecord>, Failure> StoredDriver::matching(const PathPattern& pattern) {
  auto here = files(false);
  if (!here) return std::unexpected(here.error());
  if (!*here) return std::vector<store::FileRecord>();
  auto found = (*here)->list(pattern.prefix(), [&](std::string_view path) { return pattern.matches(path); });
  if (!found) return std::unexpected(failure_of(found.error()));
  return std::move(*found);
}

void StoredDriver::open_flow(std::string pattern, FlowAnswer answer) {
  const bool accepted = io_.pool().submit([this, pattern = std::move(pattern), answer] {
    auto read = pattern_of(pattern);
    if (!read) return answer(std::unexpected(read.error()));
    auto here = files(false);
    if (!here) return answer(std::unexpected(here.error()));
    if (!*here) return answer(std::unexpected(none_matches(pattern)));
    store::FileReader reader((*here)->environment());   // before the list: what that names is kept for it
    auto found = matching(*read);
    if (!found) return answer(std::unexpected(found.error()));
    if (found->empty()) return answer(std::unexpected(read->is_plain() ? not_stored(stored_path(pattern)) : none_matches(pattern)));
    answer(make_stored_flow(io_, std::move(*found), std::move(reader)));
  });
  if (!accepted) answer(std::unexpected(node_is_stopping()));
}

std::expected<std::optional<std::string>, Failure> StoredDriver::text_of(const std::string& path, std::size_t bytes_max) {
  auto here = files(false);
  if (!here) return std::unexpected(here.error());
  if (!*here) return std::nullopt;
  auto found = (*here)->find(path);
  if (!found) return std::unexpected(failure_of(found.error()));
  if (!*found) return std::nullopt;               // to look leaves no lock file behind
  store::FileReader reader((*here)->environment());
  found = (*here)->find(path);                    // what is found now is kept for the reader
  if (!found) return std::unexpected(failure_of(found.error()));
  if (!*found || (*found)->size_bytes > bytes_max) return std::nullopt;
  std::string text((*found)->size_bytes, '\0');
  auto got = reader.read(**found, 0, text);
  if (!got) return std::unexpected(failure_of(got.error()));
  return text;
}

Reply StoredDriver::perform(NativeFibril& self, const Call& call) {
  if (call.operation == "stored.import") return import(self, call);
  Reply reply;
  if (!self.run_blocking(io_.pool(), [&] { reply = answer(call); })) return std::unexpected(node_is_stopping());
  return reply;
}

Reply StoredDriver::answer(const Call& call) {
  const std::string_view operation = std::string_view(call.operation).substr(call.operation.find('.') + 1);
  const std::size_t wanted = operation == "write" ? 2 : 1;
  bool fits = call.args.size() == wanted;
  for (const Datum& arg : call.args) fits = fits && arg.kind == DatumKind::text;
  if (!fits) return std::unexpected(Failure{"Unknown", call.operation + " is no operation on stored files with these arguments"});
  const std::string_view written = call.args[0].text.view();
  if (operation == "entries") return entries(written);
  if (operation == "remove") return remove(written);
  if (operation == "list") {
    auto pattern = pattern_of(written);
    if (!pattern) return std::unexpected(pattern.error());
    auto found = matching(*pattern);
    if (!found) return std::unexpected(found.error());
    std::vector<Datum> paths;
    for (const store::FileRecord& file : *found) paths.push_back(Datum::of_text(file.path()));
    return Datum::of_items(std::move(paths));
  }
  const std::string path = stored_path(written);
  if (auto right = check_path(path); !right) return std::unexpected(right.error());
  if (operation == "read" || operation == "readBytes") return read(path);
  if (operation == "write") return write(call, path, call.args[1].text.view());
  if (operation == "exists") {
    auto here = files(false);
    if (!here) return std::unexpected(here.error());
    if (!*here) return Datum::of_bool(false);
    auto found = (*here)->find(path);
    if (!found) return std::unexpected(failure_of(found.error()));
    return Datum::of_bool(found->has_value());
  }
  return std::unexpected(Failure{"Unknown", call.operation + " is no operation on stored files"});
}

Reply StoredDriver::entries(std::string_view start) {
  const bool is_pattern = start.find_first_of("*?[{") != std::string_view::npos;
  auto pattern = pattern_of(start);
  if (!pattern) return std::unexpected(pattern.error());
  auto here = files(false);
  if (!here) return std::unexpected(here.error());
  std::vector<Datum> rows;
  if (!*here) return Datum::of_items(std::move(rows));
  const std::string prefix = (start.starts_with('/') ? "" : "/") + std::string(start);
  auto found = (*here)->list(is_pattern ? pattern->prefix() : prefix,
                             [&](std::string_view path) { return is_pattern ? pattern->matches(path) : path.starts_with(prefix); });
  if (!found) return std::unexpected(failure_of(found.error()));
  for (const store::FileRecord& file : *found)
    rows.push_back(Datum::of_items({Datum::of_text(file.path()), number(file.size_bytes), number(file.version), number(file.stamp),
                                    Datum::of_text(std::string_view(file.provenance.origin))}));
  return Datum::of_items(std::move(rows));
}

Reply StoredDriver::read(const std::string& path) {
  auto here = files(false);
  if (!here) return std::unexpected(here.error());
  if (!*here) return std::unexpected(not_stored(path));
  store::FileReader reader((*here)->environment());
  auto found = (*here)->find(path);
  if (!found) return std::unexpected(failure_of(found.error()));
  if (!*found) return std::unexpected(not_stored(path));
  const store::FileRecord& file = **found;
  if (file.size_bytes == 0) return Datum::of_text(std::string_view());
  if (file.size_bytes > file_bytes_max)
    return std::unexpected(Failure{"IoError", "cannot read " + path + " whole: it has more than " + std::to_string(file_bytes_max >> 30) +
                                                  " GiB; fs.files(..) streams it", EFBIG});
  data::Buffer* buffer = data::Buffer::make(file.size_bytes);
  data::Text text(buffer, std::string_view(buffer->bytes, file.size_bytes));
  for (std::uint64_t at = 0; at < file.size_bytes;) {
    constexpr std::uint64_t step_bytes = 32 * store::chunk_bytes_max;
    auto got = reader.read(file, at, {buffer->bytes + at, std::min(step_bytes, file.size_bytes - at)});
    if (!got) return std::unexpected(failure_of(got.error()));
    at += *got;
  }
  return Datum::of_text(std::move(text));
}

Reply StoredDriver::write(const Call& call, const std::string& path, std::string_view bytes) {
  auto here = files(true);
  if (!here) return std::unexpected(here.error());
  {
    store::FileWriter writer((*here)->environment());
    writer.begin(path, author_of(call));
    auto done = writer.add(bytes);
    if (done) done = writer.end();
    if (done) done = writer.flush();
    if (!done) return std::unexpected(failure_of(done.error()));
  }
  (void)(*here)->sweep();   // what stays behind now goes with the next
  return Datum();
}

Reply StoredDriver::remove(std::string_view written) {
  auto pattern = pattern_of(written);
  if (!pattern) return std::unexpected(pattern.error());
  auto found = matching(*pattern);
  if (!found) return std::unexpected(found.error());
  if (found->empty() && pattern->is_plain()) return std::unexpected(not_stored(stored_path(written)));
  if (found->empty()) return Datum::of_int(0);
  std::vector<std::string> paths;
  for (const store::FileRecord& file : *found) paths.emplace_back(file.path());
  auto here = files(false);
  auto removed = (*here)->remove(paths);
  if (!removed) return std::unexpected(failure_of(removed.error()));
  (void)(*here)->sweep();
  return number(*removed);
}

Reply StoredDriver::import(NativeFibril& self, const Call& call) {
  if (call.args.size() != 2 || call.args[0].kind != DatumKind::items || call.args[1].kind != DatumKind::text)
    return std::unexpected(Failure{"Unknown", "fs.import takes files(..)"});
  const std::string under(call.args[1].text.view());
  std::vector<std::string> from, to;
  std::map<std::string, std::string> taken;
  for (const Datum& item : call.args[0].items) {
    std::string path(item.text.view());
    std::string target = stored_path(under + "/" + stored_path(path));
    if (auto right = check_path(target); !right) return std::unexpected(right.error());
    const auto [other, is_new] = taken.emplace(target, path);
    if (!is_new)
      return std::unexpected(Failure{"ValueError", path + " and " + other->second + " would both be stored as " + target +
                                                       "; import them apart, with `under:`", 0});
    from.push_back(std::move(path));
    to.push_back(std::move(target));
  }
  std::optional<FileImport> job;
  std::expected<bool, Failure> done = false;
  store::Files* here = nullptr;
  bool ran = self.run_blocking(io_.pool(), [&] {
    // In full, so that the origin means something elsewhere.
    if (auto working = working_folder())
      for (std::string& path : from)
        if (!path.starts_with('/')) path = *working + "/" + path;
    auto opened = files(true);
    if (!opened) return void(done = std::unexpected(opened.error()));
    here = *opened;
    (void)here->sweep();
    job.emplace(*here, std::move(from), std::move(to), author_of(call));
  });
  while (ran && done && !*done) {
    ran = self.run_blocking(io_.pool(), [&] { done = job->step(); });
    if (self.cancelled()) done = std::unexpected(call_was_cancelled());
  }
  std::vector<Datum> rows;
  if (job)
    for (const FileImport::Row& row : job->rows())
      rows.push_back(Datum::of_items({Datum::of_text(std::string_view(row.path)), number(row.size_bytes), Datum::of_text(runtime::text_of(row.change))}));
  job.reset();
  if (here) self.run_blocking(io_.pool(), [&] { (void)here->sweep(); });
  if (!ran) return std::unexpected(node_is_stopping());
  if (!done) return std::unexpected(done.error());
  return Datum::of_items(std::move(rows));
}

}  // namespace m31::runtime
