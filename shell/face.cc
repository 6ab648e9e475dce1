#include "shell/face.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kernel/data/exchange.h"
#include "kernel/data/width.h"
#include "shell/render.h"

namespace m31::shell {

namespace {

// In a pipe, printed text waits this long at most for more to come.
constexpr std::uint64_t flush_interval_ms = 100;

std::uint64_t now_ms() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1000 + static_cast<std::uint64_t>(t.tv_nsec) / 1'000'000;
}

bool is_dumb() {
  const char* term = std::getenv("TERM");
  return term && std::strcmp(term, "dumb") == 0;
}

bool may_color(bool is_terminal) {
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal && !(no_color && *no_color) && !is_dumb();
}

// "[████▌     ]  45 % ", of twenty columns; nothing when the whole is not known.
std::string progress_bar(std::uint64_t done, std::uint64_t total) {
  constexpr std::uint64_t columns = 20;
  constexpr const char* parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (total == 0) return {};
  const double share = std::min(static_cast<double>(done) / static_cast<double>(total), 1.0);
  const auto eighths = static_cast<std::uint64_t>(share * columns * 8);
  std::string bar = "[";
  for (std::uint64_t i = 0; i < eighths / 8; ++i) bar += "█";
  bar += parts[eighths % 8];
  bar.append(columns - (eighths + 7) / 8, ' ');
  const std::string percent = std::to_string(static_cast<int>(share * 100));
  return bar + "] " + std::string(3 - percent.size(), ' ') + percent + " %  ";
}

}  // namespace

unsigned terminal_columns(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

Face::Face(const Options& options, bool at_prompt)
    : form_(options.form),
      at_prompt_(at_prompt),
      out_is_terminal_(::isatty(1) == 1),
      err_is_terminal_(::isatty(2) == 1),
      color_out_(may_color(out_is_terminal_)),
      color_err_(may_color(err_is_terminal_)) {}

void Face::report(const syntax::Diagnostic& diagnostic) {
  clear_progress();
  err_.write(syntax::render(diagnostic, {color_err_, terminal_columns(2)}));
  err_.flush();
}

void Face::clear_progress() {
  if (!progress_shown_) return;
  err_.write("\r\x1b[K");
  err_.flush();
  progress_shown_ = false;
}

void Face::exchanged(const std::expected<std::string, std::string>& text, std::string_view end) {
  if (text) {
    out_.write(*text);
    out_.write(end);
    return;
  }
  out_.flush();
  err_.write("m31sh: cannot print the value in this form: " + text.error() + "\n");
  err_.flush();
  failed_ = true;
}

void Face::value(const runtime::Event& event) {
  switch (form_) {
    case Form::tsv: return render_tsv(event.type, event.value, out_);
    case Form::csv: return exchanged(data::to_table(event.type, event.value, data::Table::csv), "");
    case Form::json: return exchanged(data::to_json(event.type, event.value), "\n");
    case Form::m31: return render_m31(event.type, event.value, out_);
    case Form::automatic: break;
  }
  if (!out_is_terminal_) return render_tsv(event.type, event.value, out_);
  render_table(event.type, event.value,
               {.width_columns = terminal_columns(1), .rows_max = at_prompt_ ? 50U : SIZE_MAX,
                .color = color_out_, .quote_strings = at_prompt_},
               out_);
}

void Face::on(const runtime::Event& event) {
  using Kind = runtime::Event::Kind;
  switch (event.kind) {
    case Kind::output:
      clear_progress();
      out_.write(event.text);
      if (const std::uint64_t now = out_is_terminal_ ? 0 : now_ms();
          out_is_terminal_ || now - flushed_at_ms_ >= flush_interval_ms) {
        out_.flush();
        flushed_at_ms_ = now;
      }
      break;
    case Kind::value:
      clear_progress();
      value(event);
      break;
    case Kind::diagnostics:
      out_.flush();
      for (const syntax::Diagnostic& diagnostic : event.diagnostics) report(diagnostic);
      break;
    case Kind::error:
      clear_progress();
      out_.flush();
      if (color_err_) err_.write("\x1b[1;31m");
      err_.write(event.text);
      if (color_err_) err_.write("\x1b[0m");
      if (!event.text.ends_with('\n')) err_.put('\n');
      err_.flush();
      break;
    case Kind::progress:
      if (!err_is_terminal_ || is_dumb()) break;
      err_.write("\r" + data::cut_to_width(progress_bar(event.done, event.total) + event.text, terminal_columns(2) - 1) + "\x1b[K");
      err_.flush();
      progress_shown_ = true;
      break;
    case Kind::done:
      clear_progress();
      out_.flush();
      break;
  }
}

bool Face::finish() {
  if (out_.flush()) return !failed_;
  if (!reported_) {
    reported_ = true;
    err_.write(std::string("m31sh: cannot write the output: ") + std::strerror(out_.error()) + "\n");
    err_.flush();
  }
  return false;
}

}  // namespace m31::shell
