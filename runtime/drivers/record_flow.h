// A flow over the records of a space: pages asked of the driver `fs` as a loop comes to their ends, one ahead, so memory is bounded by two
// pages and no transaction outlives one. Each record is given as it is when its page is read; one that is there all the time
// comes once.
//
// Thread: the processor on which its fibril runs; answers come on the driver's.
#pragma once

#include <memory>

#include "kernel/words/record_stream.h"
#include "runtime/driver.h"
#include "runtime/drivers/stream_source.h"

namespace m31::runtime {

class RecordFlow final : public words::ItemStream {
 public:
  // `question`: fs.page without its `from`; its result_type a list of the items. The driver outlives the flow.
  RecordFlow(Driver& fs, Call question, std::shared_ptr<Flow> flow, MakeWake make_wake);
  ~RecordFlow() override;

  vm::NativeStatus next(vm::NativeCall& call) override;
  std::string plan() const override { return plan_of(*flow_); }
  vm::About about() const override { return flow_->about; }

 private:
  struct Answered;
  void ask();

  Driver& fs_;
  const Call question_;
  const std::shared_ptr<Flow> flow_;
  const MakeWake make_wake_;
  const std::shared_ptr<Answered> answered_;
  std::string from_;
  bool is_asked_ = false, is_last_ = false;
  std::vector<data::Datum> records_;             // of the page that is given
  std::size_t given_ = 0;
};

}  // namespace m31::runtime
