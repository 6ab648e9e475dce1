// SessionState: the part of a session that its fibrils know, wherever they run. Atomics are what any
// processor may touch; the rest belongs to the session's home processor (the thread in eval).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/fibril_record.h"
#include "runtime/quiescence.h"
#include "runtime/session.h"

namespace m31::runtime {

class CodeSource;
class Node;
struct Flow;

struct Cell {
  std::uint32_t generation = 0;
  std::unordered_map<std::string, const types::Type*> global_types;
};

// Why a session as a whole is ended: a limit, a deadlock.
struct Trouble {
  std::string kind, message;
};

inline constexpr std::string_view exit_trouble = "Exit";   // shell.exit: message is the status; never shown

struct SessionState {
  Node* node = nullptr;
  Processor* home = nullptr;
  std::uint64_t incarnation_high = 0, incarnation_low = 0;   // of fibril ids: random, for tokens
  std::size_t fibrils_max = 0;
  int stdin_fd = 0;

  std::atomic<std::uint64_t> fibrils{0};
  std::atomic<std::uint32_t> oldest_alive{0};    // fibrils of cells before this generation are to end
  std::atomic<std::uint32_t> generation{0};      // of the cell that runs or ran last
  std::atomic<bool> interrupted{false};
  std::atomic<std::uint64_t> parcels{0};         // output and troubles on their way home

  std::mutex stdin_mutex;                        // guards the making of:
  vm::HostObject* stdin_stream = nullptr;

  std::mutex flows_mutex;                        // guards:
  std::vector<std::weak_ptr<Flow>> flows;        // that its fibrils opened, for the progress of what is read
  void watch(std::shared_ptr<Flow> flow);        // any thread
  struct Progress {
    std::size_t flows = 0;                       // that are being read now
    bool is_records = false;                     // what they have, else bytes
    std::uint64_t done = 0, total = 0;           // total 0: not known
  };
  Progress progress();

  // ---- home processor only
  enum class Root : std::uint8_t { none, running, done, trapped, unflushed, interrupted } root_state = Root::none;
  FibrilRecord* root = nullptr;
  std::unique_ptr<Trouble> trouble;              // why this cell is being ended
  std::unique_ptr<Trouble> next_trouble;         // reported while some fibril runs; taken between two turns
  CodeSource* code = nullptr;                    // torment
  const EventSink* sink = nullptr;               // while eval runs
  std::deque<Event> unheard;                     // what fibrils said while nobody was in eval
  std::vector<std::unique_ptr<Cell>> cells;

  Quiescence quiescence;

  void emit(Event event);
  // On the home: ends every fibril of the running cell; its root says why. The first trouble counts.
  void fail_all(Trouble trouble);
  bool wants_dead(const FibrilRecord& fibril) const {
    return fibril.cell->generation < oldest_alive.load(std::memory_order_relaxed);
  }
};

}  // namespace m31::runtime
