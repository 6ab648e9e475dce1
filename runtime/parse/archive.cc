#include "runtime/parse/archive.h"

#include <sys/stat.h>
#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <unordered_set>

namespace m31::runtime {
namespace {

Refusal bad_data(std::string message) { return {ParseVerdict::bad_data, std::move(message)}; }

bool is_bomb(std::uint64_t packed_bytes, std::uint64_t unpacked_bytes) {
  return unpacked_bytes > unsuspected_bytes && unpacked_bytes / suspected_ratio > packed_bytes;
}

Refusal bomb(std::uint64_t packed_bytes, std::uint64_t unpacked_bytes) {
  return {ParseVerdict::too_large, std::to_string(packed_bytes) + " bytes unpack to more than " +
                                       std::to_string(unpacked_bytes) + ": taken for a bomb"};
}

// A name for messages: short, printable.
std::string shown(std::string_view name) {
  std::string result;
  for (char c : name.substr(0, 80)) result += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  return "'" + result + "'";
}

struct ZipDiscard {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
struct ZipFileClose {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

class Zip {
 public:
  static std::expected<Zip, Refusal> open(std::string_view bytes, std::uint64_t entries_max) {
    // libzip takes nothing at all for an archive with nothing in it.
    if (bytes.empty()) return std::unexpected(bad_data("this is no zip archive: it is empty"));
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    zip_t* zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
    if (!zip) {
      Refusal refusal = bad_data(std::string("this is no zip archive that can be read: ") + zip_error_strerror(&error));
      if (source) zip_source_free(source);
      zip_error_fini(&error);
      return std::unexpected(refusal);
    }
    zip_error_fini(&error);
    Zip result(zip, bytes.size());
    if (result.count_ > entries_max)
      return std::unexpected(Refusal{ParseVerdict::too_large, "the archive has " + std::to_string(result.count_) +
                                                                  " entries; at most " + std::to_string(entries_max) + " are read"});
    return result;
  }

  std::uint64_t count() const { return count_; }

  // Null: the entry is no regular file (a folder, a link).
  const char* file_name(std::uint64_t index) const {
    const char* name = zip_get_name(zip_.get(), index, ZIP_FL_ENC_RAW);
    if (!name || !*name || name[std::string_view(name).size() - 1] == '/') return nullptr;
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(zip_.get(), index, 0, &system, &attributes) == 0 && system == ZIP_OPSYS_UNIX) {
      std::uint32_t format = (attributes >> 16) & S_IFMT;
      if (format != 0 && format != S_IFREG) return nullptr;
    }
    return name;
  }

  // Appends the bytes of an entry. The sizes that the archive states are not believed.
  ParseResult read(std::uint64_t index, const char* name, Payload& to) {
    std::unique_ptr<zip_file_t, ZipFileClose> file(zip_fopen_index(zip_.get(), index, 0));
    if (!file) return std::unexpected(bad_data(shown(name) + " in the archive cannot be read: " + zip_strerror(zip_.get())));
    std::string& bytes = to.bytes();
    for (;;) {
      std::size_t before = bytes.size();
      std::size_t step = std::min<std::uint64_t>(std::uint64_t{256} << 10, to.room_bytes() + 1);
      bytes.resize(before + step);
      zip_int64_t got = zip_fread(file.get(), bytes.data() + before, step);
      bytes.resize(before + static_cast<std::size_t>(std::max<zip_int64_t>(got, 0)));
      if (got < 0)
        return std::unexpected(bad_data(shown(name) + " in the archive is damaged: " + zip_file_strerror(file.get())));
      if (got == 0) return {};
      unpacked_bytes_ += static_cast<std::uint64_t>(got);
      if (to.overfull()) return std::unexpected(to.too_large());
      if (is_bomb(packed_bytes_, unpacked_bytes_)) return std::unexpected(bomb(packed_bytes_, unpacked_bytes_));
    }
  }

 private:
  Zip(zip_t* zip, std::uint64_t packed_bytes)
      : zip_(zip), count_(static_cast<std::uint64_t>(zip_get_num_entries(zip, 0))), packed_bytes_(packed_bytes) {}

  std::unique_ptr<zip_t, ZipDiscard> zip_;
  std::uint64_t count_;
  std::uint64_t packed_bytes_;
  std::uint64_t unpacked_bytes_ = 0;
};

}  // namespace

ParseResult unzip(std::string_view bytes, std::uint64_t entries_max, Payload& text) {
  auto zip = Zip::open(bytes, entries_max);
  if (!zip) return std::unexpected(zip.error());
  for (std::uint64_t i = 0; i < zip->count(); ++i) {
    const char* name = zip->file_name(i);
    if (!name) continue;
    if (!text.bytes().empty() && text.bytes().back() != '\n' && !text.add("\n")) return std::unexpected(text.too_large());
    if (auto read = zip->read(i, name, text); !read) return read;
  }
  return {};
}

ParseResult unzip_files(std::string_view bytes, std::uint64_t entries_max, Payload& items) {
  auto zip = Zip::open(bytes, entries_max);
  if (!zip) return std::unexpected(zip.error());
  std::unordered_set<std::string> names;
  for (std::uint64_t i = 0; i < zip->count(); ++i) {
    const char* name = zip->file_name(i);
    if (!name) continue;
    if (!names.insert(name).second) return std::unexpected(bad_data("two files in the archive are named " + shown(name)));
    if (!items.add_item(name) || !items.add_item("")) return std::unexpected(items.too_large());
    std::size_t begin = items.bytes().size();
    if (auto read = zip->read(i, name, items); !read) return read;
    std::uint64_t size_bytes = items.bytes().size() - begin;
    items.bytes().replace(begin - sizeof size_bytes, sizeof size_bytes, reinterpret_cast<const char*>(&size_bytes),
                          sizeof size_bytes);
  }
  return {};
}

ParseResult gunzip(std::string_view gzip, Payload& to) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return std::unexpected(bad_data("out of memory"));
  std::unique_ptr<z_stream, int (*)(z_stream*)> closing(&stream, inflateEnd);
  std::string_view left = gzip;
  std::string& bytes = to.bytes();
  for (;;) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(left.data()));
    stream.avail_in = static_cast<uInt>(std::min<std::size_t>(left.size(), std::size_t{1} << 30));
    uInt given = stream.avail_in;
    std::size_t before = bytes.size();
    std::size_t step = std::min<std::uint64_t>(std::uint64_t{256} << 10, to.room_bytes() + 1);
    bytes.resize(before + step);
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data() + before);
    stream.avail_out = static_cast<uInt>(step);
    int status = inflate(&stream, Z_NO_FLUSH);
    left.remove_prefix(given - stream.avail_in);
    bytes.resize(before + step - stream.avail_out);
    if (to.overfull()) return std::unexpected(to.too_large());
    if (is_bomb(gzip.size(), bytes.size())) return std::unexpected(bomb(gzip.size(), bytes.size()));
    if (status == Z_STREAM_END) {
      // Another member may follow; anything else is padding, which gzip ignores too.
      if (left.size() < 2 || !left.starts_with("\x1f\x8b")) return {};
      if (inflateReset(&stream) != Z_OK) return std::unexpected(bad_data("out of memory"));
      continue;
    }
    if (status == Z_BUF_ERROR || (status == Z_OK && left.empty() && stream.avail_out > 0))
      return std::unexpected(bad_data(gzip.empty() ? "this is no gzip data: it is empty" : "the gzip data is cut off"));
    if (status != Z_OK)
      return std::unexpected(bad_data(std::string("this is no gzip data that can be read: ") + (stream.msg ? stream.msg : "damaged")));
  }
}

}  // namespace m31::runtime
