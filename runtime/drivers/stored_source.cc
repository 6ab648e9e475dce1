#include "runtime/drivers/stored_source.h"

#include <cstdio>
#include <ctime>

namespace m31::runtime {
namespace {

constexpr int reads_per_job_max = 8;          // then other jobs of the pool have their turn

class StoredProducer final : public ChunkProducer, public std::enable_shared_from_this<StoredProducer> {
 public:
  StoredProducer(IoThread& io, std::vector<store::FileRecord> files, store::FileReader reader)
      : io_(io), files_(std::move(files)), reader_(std::move(reader)) {}

  void start() override {
    if (intake.claim()) submit_job();
  }

 private:
  void submit_job() {
    io_.pool().submit([self = shared_from_this()] { self->job(); });
  }

  // Whoever holds the intake's claim owns the fields.
  void job() {
    for (int reads = 0; reads < reads_per_job_max; ++reads) {
      while (next_ < files_.size() && at_ == files_[next_].size_bytes) {
        owes_newline_ = owes_newline_ || !ends_in_newline_;
        at_ = 0;
        ++next_;
      }
      if (next_ == files_.size()) return intake.end();
      if (!read_some() || !intake.go_on()) return;
    }
    submit_job();
  }

  bool read_some() {
    const store::FileRecord& file = files_[next_];
    std::span<char> room = intake.room();
    // The newline between two files comes with the first bytes of the second.
    const std::size_t separator = owes_newline_ ? 1 : 0;
    if (owes_newline_) room[0] = '\n';
    auto got = reader_.read(file, at_, room.subspan(separator));
    if (!got) {
      intake.fail(got.error().message);
      return false;
    }
    at_ += *got;
    ends_in_newline_ = room[separator + *got - 1] == '\n';
    owes_newline_ = false;
    intake.commit(separator + *got);
    return true;
  }

  IoThread& io_;
  const std::vector<store::FileRecord> files_;
  store::FileReader reader_;
  std::size_t next_ = 0;
  std::uint64_t at_ = 0;                   // in files_[next_]
  bool ends_in_newline_ = true;
  bool owes_newline_ = false;
};

// Of one file all that its record says; of several that they are stored.
vm::About about_files(const std::vector<store::FileRecord>& files) {
  vm::About about;
  about.uri = "/fs";
  if (files.size() != 1) return about;
  const store::FileRecord& file = files[0];
  about.uri += file.path();
  about.labels = file.labels;
  const auto seconds = static_cast<std::time_t>(file.stamp / 1'000'000'000);
  std::tm moment{};
  char text[32] = "";
  if (gmtime_r(&seconds, &moment)) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &moment);
  about.provenance.emplace_back("stored", text);
  std::snprintf(text, sizeof text, "/fibril/%016llx", static_cast<unsigned long long>(file.provenance.fibril));
  about.provenance.emplace_back("by", text);
  if (!file.provenance.origin.empty()) about.provenance.emplace_back("origin", file.provenance.origin);
  about.provenance.emplace_back("version", std::to_string(file.version));
  return about;
}

}  // namespace

StoredFlow make_stored_flow(IoThread& io, std::vector<store::FileRecord> files, store::FileReader reader) {
  auto flow = std::make_shared<Flow>();
  flow->from = Flow::From::stored;
  flow->about = about_files(files);
  for (const store::FileRecord& file : files) {
    flow->paths.emplace_back(file.path());
    flow->total += file.size_bytes;
  }
  return {std::make_shared<StoredProducer>(io, std::move(files), std::move(reader)), std::move(flow)};
}

}  // namespace m31::runtime
