// Liveness (backward, over basic blocks), last uses, safepoint bitmaps, layout.
#include <algorithm>

#include "kernel/base/ensure.h"
#include "kernel/code/drafts.h"
#include "kernel/code/text_switch.h"

namespace m31::code {
namespace {

using Bits = std::vector<std::uint64_t>;

bool get(const Bits& bits, std::uint32_t i) { return bits[i / 64] >> (i % 64) & 1; }
void set(Bits& bits, std::uint32_t i) { bits[i / 64] |= std::uint64_t{1} << (i % 64); }
void clear(Bits& bits, std::uint32_t i) { bits[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }

bool is_call(Op op) { return op == Op::call || op == Op::call_closure; }

struct Block {
  std::uint32_t begin, end;
  std::uint32_t next[2] = {none_index, none_index};   // blocks
  std::uint32_t handler = none_index;                 // innermost handler: index in drafts.handlers
  Bits in;
};

struct Liveness {
  Drafts& d;
  std::uint32_t words;
  std::vector<Block> blocks;
  std::vector<std::uint32_t> block_at;                // first instruction -> block

  explicit Liveness(Drafts& drafts) : d(drafts), words((drafts.register_count + 63) / 64) {}

  template <class F>
  void uses(const Draft& i, F f) const {
    const char* roles = info(i.op).operands;
    const Reg regs[3] = {i.a, i.b, i.c};
    for (int k = 0; k < 3; ++k) {
      if (roles[k] == 'u' || roles[k] == 'm') f(regs[k]);
      if (roles[k] == 'w')
        for (std::uint32_t r = 0; r < i.window_count; ++r) f(static_cast<Reg>(regs[k] + r));
    }
    if (i.op == Op::range_next || i.op == Op::list_next || i.op == Op::map_next) f(static_cast<Reg>(i.a + 1));
    if (i.op == Op::float_mul_add) f(static_cast<Reg>(i.extra));
    if (i.op == Op::ret)
      for (Reg r : d.var_parameters) f(r);
  }

  template <class F>
  void defines(const Draft& i, F f) const {
    const char* roles = info(i.op).operands;
    const Reg regs[3] = {i.a, i.b, i.c};
    for (int k = 0; k < 3; ++k)
      if (roles[k] == 'd') f(regs[k]);
    // The element of a loop is not seen after it, so it counts as defined also when the loop ends.
    if (i.op == Op::map_next && i.extra) f(static_cast<Reg>(i.extra - 1));
  }

  void step(const Draft& i, Bits& live) const {
    defines(i, [&](Reg r) { clear(live, r); });
    uses(i, [&](Reg r) { set(live, r); });
  }

  void find_blocks() {
    auto count = static_cast<std::uint32_t>(d.list.size());
    std::vector<bool> leader(count + 1, false);
    leader[0] = true;
    for (std::uint32_t at : d.labels)
      if (at <= count) leader[at] = true;
    for (std::uint32_t i = 0; i < count; ++i)
      if (info(d.list[i].op).ends || d.list[i].label != none_index) leader[i + 1] = true;
    block_at.assign(count + 1, none_index);
    for (std::uint32_t i = 0; i < count;) {
      std::uint32_t end = i + 1;
      while (end < count && !leader[end]) ++end;
      block_at[i] = static_cast<std::uint32_t>(blocks.size());
      blocks.push_back({i, end, {}, none_index, Bits(words)});
      i = end;
    }
    for (Block& block : blocks) {
      block.next[0] = block.next[1] = none_index;
      const Draft& last = d.list[block.end - 1];
      if (!info(last.op).ends && block.end < count) block.next[0] = block_at[block.end];
      if (last.label != none_index) block.next[1] = block_at[d.labels[last.label]];
    }
    for (std::uint32_t h = static_cast<std::uint32_t>(d.handlers.size()); h-- > 0;) {
      std::uint32_t begin = d.labels[d.handlers[h].begin], end = d.labels[d.handlers[h].end];
      for (Block& block : blocks)
        if (block.begin >= begin && block.end <= end) block.handler = h;   // inner ones come later in this loop
    }
  }

  // What the handler of a block needs, whatever instruction of the block raises.
  void add_handler(const Block& block, Bits& live) const {
    if (block.handler == none_index) return;
    const DraftHandler& handler = d.handlers[block.handler];
    Bits needed = blocks[block_at[d.labels[handler.handler]]].in;
    clear(needed, handler.reg);
    for (std::uint32_t w = 0; w < words; ++w) live[w] |= needed[w];
  }

  Bits out_of(const Block& block) const {
    Bits live(words);
    for (std::uint32_t next : block.next)
      if (next != none_index)
        for (std::uint32_t w = 0; w < words; ++w) live[w] |= blocks[next].in[w];
    const Draft& last = d.list[block.end - 1];
    if (last.op == Op::switch_text)
      for (Label label : d.switches[last.b].labels)
        for (std::uint32_t w = 0; w < words; ++w) live[w] |= blocks[block_at[d.labels[label]]].in[w];
    add_handler(block, live);
    return live;
  }

  void solve() {
    for (bool changed = true; changed;) {
      changed = false;
      for (auto b = static_cast<std::uint32_t>(blocks.size()); b-- > 0;) {
        Block& block = blocks[b];
        Bits live = out_of(block);
        for (std::uint32_t i = block.end; i-- > block.begin;) step(d.list[i], live);
        add_handler(block, live);
        if (live != block.in) {
          block.in = std::move(live);
          changed = true;
        }
      }
    }
  }
};

struct Layout {
  Drafts& d;
  FnCode& code;
  std::vector<std::uint32_t> at;      // draft -> pc
  std::vector<bool> is_long;
  std::uint32_t prologue = 0;

  static bool is_short_jump(const Draft& i) { return i.label != none_index && info(i.op).operands[2] == 'L'; }

  std::uint32_t size(std::uint32_t i) const {
    return 1 + (info(d.list[i].op).extra ? 1 : 0) + (is_long[i] ? 2 : 0);
  }

  std::int64_t distance(std::uint32_t i) const {
    return std::int64_t{at[d.labels[d.list[i].label]]} - std::int64_t{at[i]};
  }

  void place() {
    auto count = static_cast<std::uint32_t>(d.list.size());
    at.assign(count + 1, 0);
    is_long.assign(count, false);
    for (bool changed = true; changed;) {
      changed = false;
      std::uint32_t pc = prologue;
      for (std::uint32_t i = 0; i < count; ++i) {
        at[i] = pc;
        pc += size(i);
      }
      at[count] = pc;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (!is_short_jump(d.list[i]) || is_long[i]) continue;
        std::int64_t far = distance(i);
        if (far < INT16_MIN || far > INT16_MAX) is_long[i] = changed = true;
      }
    }
  }

  void put(Op op, Reg a, Reg b, Reg c, const Draft& from) {
    code.instructions.push_back({static_cast<std::uint16_t>(op), a, b, c});
    code.lines.push_back(from.offset);
    code.sites.push_back(from.site);
  }
  void put_wide(Op op, Reg a, std::int64_t number, const Draft& from) {
    auto bits = static_cast<std::uint32_t>(static_cast<std::int32_t>(number));
    put(op, a, static_cast<Reg>(bits), static_cast<Reg>(bits >> 16), from);
  }

  void write(std::uint32_t i) {
    const Draft& draft = d.list[i];
    const char* roles = info(draft.op).operands;
    if (roles[1] == 'J') {
      put_wide(draft.op, draft.a, distance(i), draft);
    } else if (roles[1] == 'I') {
      put_wide(draft.op, draft.a, draft.number, draft);
    } else if (roles[2] == 'L') {
      std::int64_t far = is_long[i] ? size(i) - 1 : distance(i);
      put(draft.op, draft.a, draft.b, static_cast<Reg>(static_cast<std::int16_t>(far)), draft);
    } else {
      put(draft.op, draft.a, draft.b, draft.c, draft);
    }
    if (info(draft.op).extra) put_wide(Op::move, 0, draft.extra, draft);
    if (is_long[i]) {
      put_wide(Op::jump, 0, 2, draft);
      std::int64_t here = static_cast<std::int64_t>(code.instructions.size());
      put_wide(Op::jump, 0, std::int64_t{at[d.labels[draft.label]]} - here, draft);
    }
  }
};

struct Bitmaps {
  FnCode& code;
  std::uint32_t words;
  std::vector<std::pair<Bits, std::uint32_t>> recent;   // equal neighbours share one

  void add(std::uint32_t key, const Bits& references, const Bits& scalars) {
    code.safepoints.push_back({key, offset_of(references), offset_of(scalars)});
  }

  std::uint32_t offset_of(const Bits& bits) {
    bool empty = std::all_of(bits.begin(), bits.end(), [](std::uint64_t w) { return w == 0; });
    std::uint32_t offset = UINT32_MAX;
    if (!empty) {
      for (auto& [known, at] : recent)
        if (known == bits) offset = at;
      if (offset == UINT32_MAX) {
        offset = static_cast<std::uint32_t>(code.bitmaps.size());
        code.bitmaps.insert(code.bitmaps.end(), bits.begin(), bits.end());
        if (recent.size() == 8) recent.erase(recent.begin());
        recent.push_back({bits, offset});
      }
    }
    return offset;
  }
};

struct Point {                 // of a safepoint, before layout
  std::uint32_t draft;
  Bits before, during;                    // references
  Bits scalars_before, scalars_during;
};

Bits references_at(const Drafts& d, const Draft& i, std::uint32_t words) {
  Bits refs(words);
  for (std::uint32_t r = 0; r < d.local_is_ref.size(); ++r)
    if (d.local_is_ref[r]) set(refs, r);
  if (i.snapshot != none_index) {
    const Bits& temps = d.snapshots[i.snapshot];
    for (std::uint32_t r = 0; r < temps.size() * 64; ++r)
      if (get(temps, r) && d.temp_base + r < words * 64) set(refs, d.temp_base + r);
  }
  return refs;
}

}  // namespace

void assemble(Drafts& d, FnCode& code) {
  Liveness liveness(d);
  std::uint32_t words = liveness.words;
  liveness.find_blocks();
  liveness.solve();

  std::vector<Point> points;
  for (const Block& block : liveness.blocks) {
    Bits live = liveness.out_of(block);
    Bits needed(words);
    liveness.add_handler(block, needed);
    for (std::uint32_t i = block.end; i-- > block.begin;) {
      Draft& draft = d.list[i];
      if (draft.op == Op::move_share && draft.last_use_moves && !get(live, draft.b)) draft.op = Op::move;
      bool call = is_call(draft.op);
      Point point{i, {}, {}, {}, {}};
      if (call) {
        point.during = live;
        clear(point.during, draft.c);
        for (std::uint32_t r = draft.a; r < words * 64; ++r) clear(point.during, r);
      }
      liveness.step(draft, live);
      for (std::uint32_t w = 0; w < words; ++w) live[w] |= needed[w];
      if (!info(draft.op).safepoint) continue;
      point.before = live;
      Bits refs = references_at(d, draft, words);
      point.scalars_before = point.before;
      point.scalars_during = point.during;
      for (std::uint32_t w = 0; w < words; ++w) {
        point.before[w] &= refs[w];
        point.scalars_before[w] &= ~refs[w];
        if (!call) continue;
        point.during[w] &= refs[w];
        point.scalars_during[w] &= ~refs[w];
      }
      points.push_back(std::move(point));
    }
  }
  std::sort(points.begin(), points.end(), [](const Point& x, const Point& y) { return x.draft < y.draft; });

  // What may be read before it was written is zero.
  Layout layout{d, code, {}, {}, 0};
  const Bits& entry = liveness.blocks[0].in;
  std::vector<Reg> zeroed;
  for (std::uint32_t r = d.parameter_count; r < d.register_count; ++r)
    if (get(entry, r)) zeroed.push_back(static_cast<Reg>(r));
  layout.prologue = static_cast<std::uint32_t>(zeroed.size());
  for (Reg r : zeroed) layout.put_wide(Op::load_int, r, 0, Draft{});
  layout.place();
  for (std::uint32_t i = 0; i < d.list.size(); ++i) layout.write(i);
  code.switches.resize(d.switches.size());

  for (std::uint32_t i = 0; i < d.list.size(); ++i) {
    if (d.list[i].op != Op::switch_text) continue;
    const DraftSwitch& choice = d.switches[d.list[i].b];
    TextSwitch& made = code.switches[d.list[i].b];
    made.texts = choice.texts;
    for (Label label : choice.labels)
      made.distances.push_back(static_cast<std::int32_t>(layout.at[d.labels[label]]) - static_cast<std::int32_t>(layout.at[i]));
    index_cases(code, made);
  }

  code.register_count = d.register_count;
  Bitmaps bitmaps{code, words, {}};
  if (points.empty() || layout.at[points[0].draft] != 0) {   // a new fibril stands at 0
    Bits references(words), scalars(words);
    for (std::uint32_t r = 0; r < d.parameter_count; ++r)
      if (get(entry, r)) set(d.local_is_ref[r] ? references : scalars, r);
    bitmaps.add(0, references, scalars);
  }
  for (const Point& point : points) {
    std::uint32_t key = 2 * layout.at[point.draft];
    bitmaps.add(key, point.before, point.scalars_before);
    if (!point.during.empty()) bitmaps.add(key + 1, point.during, point.scalars_during);
  }

  for (const DraftHandler& handler : d.handlers) {
    std::uint32_t begin = layout.at[d.labels[handler.begin]], end = layout.at[d.labels[handler.end]];
    if (begin < end) code.handlers.push_back({begin, end, layout.at[d.labels[handler.handler]], handler.reg});
  }
}

}  // namespace m31::code
