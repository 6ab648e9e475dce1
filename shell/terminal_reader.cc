// The editable line. Redraws the whole line after each key: simple, and lines are short.
#include <cerrno>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "shell/history.h"
#include "kernel/data/width.h"
#include "shell/line_reader.h"

namespace m31::shell {

namespace {

enum Key : int {
  key_end_of_file = -1, key_interrupted = -2,
  key_up = 0x110000, key_down, key_left, key_right, key_home, key_end, key_delete, key_word_left,
  key_word_right, key_paste_begin, key_paste_end, key_unknown,
};

constexpr int control(char c) { return c & 0x1f; }

class RawMode {
 public:
  explicit RawMode(int fd) : fd_(fd) {
    if (::tcgetattr(fd_, &saved_) != 0) return;
    termios raw = saved_;
    raw.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    active_ = ::tcsetattr(fd_, TCSADRAIN, &raw) == 0;
  }
  ~RawMode() {
    if (active_) ::tcsetattr(fd_, TCSADRAIN, &saved_);
  }
  RawMode(const RawMode&) = delete;

 private:
  int fd_;
  termios saved_{};
  bool active_ = false;
};

class TerminalReader : public LineReader {
 public:
  TerminalReader(int in_fd, int out_fd, History& history)
      : in_fd_(in_fd), out_fd_(out_fd), history_(history) {}

  bool in_paste() const override { return in_paste_; }

  Got read(std::string_view prompt, std::string& line) override {
    const RawMode raw(in_fd_);
    prompt_ = prompt;
    text_.clear();
    cursor_ = 0;
    history_at_ = history_.entries().size();
    put("\x1b[?2004h");  // bracketed paste on
    if (!in_paste_) redraw();
    const Got got = edit();
    put("\x1b[?2004l");
    line = text_;
    return got;
  }

 private:
  Got edit() {
    for (;;) {
      const int key = next_key();
      if (in_paste_ && key >= 0 && key < key_up && key != '\r' && key != '\n') {
        if (key == '\t') insert("  ");
        else if (key >= 0x20) insert_key(key);
        continue;
      }
      switch (key) {
        case key_end_of_file: return text_.empty() ? Got::end : finish(Got::line);
        case key_interrupted: break;
        case '\r': case '\n': return finish(Got::line);
        case control('c'): put("^C"); return finish(Got::cancelled);
        case control('d'):
          if (text_.empty()) return finish(Got::end);
          erase_forward();
          break;
        case key_paste_begin: in_paste_ = true; break;
        case key_paste_end: in_paste_ = false; redraw(); break;
        case 0x7f: case control('h'): erase_back(); break;
        case key_delete: erase_forward(); break;
        case key_left: case control('b'): move(data::previous_character(text_, cursor_)); break;
        case key_right: case control('f'): move(data::next_character(text_, cursor_)); break;
        case key_home: case control('a'): move(0); break;
        case key_end: case control('e'): move(text_.size()); break;
        case key_word_left: move(word_left()); break;
        case key_word_right: move(word_right()); break;
        case key_up: case control('p'): recall(-1); break;
        case key_down: case control('n'): recall(+1); break;
        case control('k'): cut(cursor_, text_.size()); break;
        case control('u'): cut(0, cursor_); break;
        case control('w'): cut(word_left(), cursor_); break;
        case control('y'): insert(cut_); redraw(); break;
        case control('l'): put("\x1b[H\x1b[2J"); redraw(); break;
        case '\t': insert("  "); redraw(); break;
        default:
          if (key >= 0x20 && key < key_up) {
            insert_key(key);
            redraw();
          }
      }
    }
  }

  Got finish(Got got) {
    cursor_ = text_.size();
    redraw();
    put("\r\n");
    return got;
  }

  int read_byte() {
    if (at_ < have_) return static_cast<unsigned char>(bytes_[at_++]);
    const ssize_t n = ::read(in_fd_, bytes_, sizeof bytes_);
    if (n < 0 && errno == EINTR) return key_interrupted;
    if (n <= 0) return key_end_of_file;
    have_ = static_cast<std::size_t>(n);
    at_ = 1;
    return static_cast<unsigned char>(bytes_[0]);
  }

  // A key: a byte of text (multi-byte characters come byte by byte and are joined in insert_key), a
  // control character, or an escape sequence's meaning.
  int next_key() {
    const int byte = read_byte();
    if (byte != 0x1b) return byte;
    int c = read_byte();
    if (c == 'b') return key_word_left;
    if (c == 'f') return key_word_right;
    if (c != '[' && c != 'O') return key_unknown;
    std::string parameters;
    for (c = read_byte(); c >= 0 && (c < 0x40 || c > 0x7e); c = read_byte())
      if (parameters.size() < 16) parameters += static_cast<char>(c);
    switch (c) {
      case 'A': return key_up;
      case 'B': return key_down;
      case 'C': return parameters == "1;5" ? key_word_right : key_right;
      case 'D': return parameters == "1;5" ? key_word_left : key_left;
      case 'H': return key_home;
      case 'F': return key_end;
      case '~':
        if (parameters == "200") return key_paste_begin;
        if (parameters == "201") return key_paste_end;
        if (parameters == "3") return key_delete;
        if (parameters == "1" || parameters == "7") return key_home;
        if (parameters == "4" || parameters == "8") return key_end;
    }
    return key_unknown;
  }

  void insert_key(int first) {
    std::string character(1, static_cast<char>(first));
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    for (int i = 0; i < more; ++i) {
      const int byte = read_byte();
      if (byte < 0) break;
      character += static_cast<char>(byte);
    }
    insert(character);
  }

  void insert(std::string_view text) {
    text_.insert(cursor_, text);
    cursor_ += text.size();
  }
  void erase_back() {
    const std::size_t from = data::previous_character(text_, cursor_);
    text_.erase(from, cursor_ - from);
    move(from);
  }
  void erase_forward() {
    text_.erase(cursor_, data::next_character(text_, cursor_) - cursor_);
    redraw();
  }
  void cut(std::size_t from, std::size_t to) {
    cut_ = text_.substr(from, to - from);
    text_.erase(from, to - from);
    move(from);
  }
  void move(std::size_t to) {
    cursor_ = to;
    redraw();
  }
  std::size_t word_left() const {
    std::size_t at = cursor_;
    while (at > 0 && text_[at - 1] == ' ') --at;
    while (at > 0 && text_[at - 1] != ' ') --at;
    return at;
  }
  std::size_t word_right() const {
    std::size_t at = cursor_;
    while (at < text_.size() && text_[at] == ' ') ++at;
    while (at < text_.size() && text_[at] != ' ') ++at;
    return at;
  }
  void recall(int step) {
    const auto& entries = history_.entries();
    if ((step < 0 && history_at_ == 0) || (step > 0 && history_at_ >= entries.size())) return;
    if (history_at_ == entries.size()) draft_ = text_;
    history_at_ += static_cast<std::size_t>(step);
    text_ = history_at_ == entries.size() ? draft_ : entries[history_at_];
    move(text_.size());
  }

  // Draws prompt and text from the column 0 of the row where the prompt stands. A line longer than
  // the terminal scrolls sideways around the cursor; newlines of recalled cells show as ⏎.
  void redraw() {
    winsize size{};
    const std::size_t columns =
        ::ioctl(out_fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
    const std::size_t room = columns - data::display_width(prompt_) - 1;
    std::string shown;
    std::size_t shown_cursor = 0;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (i == cursor_) shown_cursor = shown.size();
      if (text_[i] == '\n') shown += "⏎";
      else shown += text_[i];
    }
    if (cursor_ == text_.size()) shown_cursor = shown.size();
    std::size_t from = 0;
    while (data::display_width(std::string_view(shown).substr(from, shown_cursor - from)) >= room)
      from = data::next_character(shown, from);
    std::size_t to = shown_cursor;
    while (to < shown.size()) {
      const std::size_t next = data::next_character(shown, to);
      if (data::display_width(std::string_view(shown).substr(from, next - from)) > room) break;
      to = next;
    }
    const std::size_t column = data::display_width(prompt_) +
                               data::display_width(std::string_view(shown).substr(from, shown_cursor - from));
    put("\r" + prompt_ + shown.substr(from, to - from) + "\x1b[K\r\x1b[" + std::to_string(column) + "C");
  }

  void put(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::write(out_fd_, text.data(), text.size());
      if (n < 0 && errno != EINTR) return;
      if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  int in_fd_, out_fd_;
  History& history_;
  std::string prompt_, text_, cut_, draft_;
  std::size_t cursor_ = 0, history_at_ = 0;
  bool in_paste_ = false;
  char bytes_[256];
  std::size_t at_ = 0, have_ = 0;
};

}  // namespace

std::unique_ptr<LineReader> make_terminal_reader(int in_fd, int out_fd, History& history) {
  return std::make_unique<TerminalReader>(in_fd, out_fd, history);
}

}  // namespace m31::shell
