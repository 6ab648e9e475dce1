#include <optional>

#include "kernel/words/pipeline.h"

namespace m31::words {
namespace {

bool tokenises(Stage stage) { return stage == Stage::words || stage == Stage::split; }

// What two neighbours amount to: nothing where they must stay.
struct Rewrite {
  Stage with[2];
  size_t count;
};

std::optional<Rewrite> rewrite(Stage a, Stage b) {
  // Line ends separate words and tokens, white space at the ends of a text holds none of them, and a letter is no white space.
  if (tokenises(b) && (a == Stage::lines || a == Stage::trim)) return Rewrite{{b, b}, 1};
  if (tokenises(b) && a == Stage::split) return Rewrite{{b, b}, 1};
  if (b == Stage::split && a == Stage::words) return Rewrite{{a, a}, 1};
  if (b == Stage::words && a == Stage::words) return Rewrite{{a, a}, 1};
  // A token has no line end and no white space.
  if (tokenises(a) && (b == Stage::lines || b == Stage::trim)) return Rewrite{{a, a}, 1};
  // Lower case maps letters to letters and nothing else to letters or white space, so it may as well come afterwards, where the fused
  // kernels have it. (Upper case may not: U+0345, a mark, becomes U+0399, a letter.)
  if (a == Stage::lower && (tokenises(b) || b == Stage::trim)) return Rewrite{{b, a}, 2};
  if (a == b && (a == Stage::lower || a == Stage::trim)) return Rewrite{{a, a}, 1};
  return std::nullopt;
}

}  // namespace

std::vector<Stage> simplify(std::span<const Stage> stages) {
  std::vector<Stage> list(stages.begin(), stages.end());
  for (size_t i = 0; i + 1 < list.size();) {
    const auto better = rewrite(list[i], list[i + 1]);
    if (!better) {
      ++i;
      continue;
    }
    list[i] = better->with[0];
    if (better->count == 2) {
      list[i + 1] = better->with[1];
    } else {
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
    i = i ? i - 1 : 0;
  }
  return list;
}

bool splits(std::span<const Stage> stages) {
  for (const Stage stage : stages) {
    if (stage == Stage::lines || tokenises(stage)) return true;
  }
  return false;
}

}  // namespace m31::words
