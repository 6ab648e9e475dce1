// Source text -> checked, generated, run, with a LoneHost: what the language does, seen from its results.
#pragma once

#include <memory>
#include <string>

#include "kernel/types/program.h"
#include "tests/kernel/vm/lone_host.h"

namespace m31::test {

struct Outcome {
  bool checked = false;
  vm::RunStatus status = vm::RunStatus::trapped;
  std::string text;              // diagnostics, shown result, or shown error
};

// Called at each suspension; may replace the fibril.
using AtSuspension = vm::Fibril* (*)(void* context, vm::Fibril* fibril, vm::RunStatus status);

class Programs {
 public:
  types::Environment environment;
  LoneHost host;
  types::Program program;
  code::Code code;
  const core::FnInstance* cell = nullptr;
  const code::FnCode* made = nullptr;

  Outcome run(std::string source, std::int64_t fuel = 1'000'000, AtSuspension at_suspension = nullptr, void* context = nullptr) {
    Outcome outcome;
    types::Checked checked = program.check(std::make_shared<syntax::Source>("test", std::move(source)), environment);
    if (!checked.ok()) {
      for (const auto& diagnostic : checked.diagnostics) outcome.text += diagnostic.message + "\n";
      return outcome;
    }
    outcome.checked = true;
    cell = checked.cell;
    made = code.generate(cell);
    vm::Fibril* fibril = vm::make_fibril(made, vm::Limits{});
    do {
      outcome.status = vm::run(*fibril, host, fuel);
      if (at_suspension && outcome.status == vm::RunStatus::yielded) fibril = at_suspension(context, fibril, outcome.status);
    } while (outcome.status == vm::RunStatus::yielded);
    if (outcome.status == vm::RunStatus::done) outcome.text = data::show(cell->result, vm::result_datum(*fibril));
    if (outcome.status == vm::RunStatus::trapped)
      outcome.text = data::show(types::basic(types::TypeKind::any), vm::error_datum(*fibril));
    vm::destroy(fibril);
    return outcome;
  }
};

}  // namespace m31::test
