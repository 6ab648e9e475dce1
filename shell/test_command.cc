// m31sh test: the tests of some programs: `test "name": ..` blocks, and the examples in the comments of their definitions.
// Each runs in a session of its own, after the definitions of its file (fn, type, import, and names that are assigned at
// top level); the other statements of the file are not run. The store is an empty one, thrown away with the file's tests.
//
// A test's program is the file's text in which everything else is blank, so that messages name the place in the file.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "kernel/data/datum.h"
#include "kernel/syntax/parser.h"
#include "kernel/types/library.h"
#include "runtime/session.h"
#include "shell/face.h"
#include "shell/text_file.h"
#include "shell/tools.h"

namespace m31::shell {

namespace {

using runtime::Event;
using runtime::Outcome;
using syntax::Kind;
using syntax::Node;
using syntax::Span;
using types::Example;

// What a run left.
struct Ran {
  Outcome outcome = Outcome::ok;
  std::string shown = "None";            // of its value
  std::string output, trouble;
};

class FileTests {
 public:
  FileTests(std::string name, std::string text)
      : source_(std::make_shared<const syntax::Source>(std::move(name), std::move(text))), folder_(std::filesystem::temp_directory_path() / "m31-test-XXXXXX") {
    runtime::NodeOptions options;
    std::string path = folder_.string();
    if (::mkdtemp(path.data())) folder_ = path;
    options.store_directory = folder_.string();
    node_ = runtime::make_node(options);
    input_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  ~FileTests() {
    node_.reset();
    ::close(input_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  FileTests(const FileTests&) = delete;

  // False, and its diagnostics are shown, when the file's definitions are no program.
  bool run(Face& face);
  unsigned passed = 0, failed = 0;

 private:
  std::unique_ptr<runtime::Session> session() {
    runtime::SessionOptions options;
    options.stdin_fd = input_;
    return runtime::Session::make(node_, options);
  }
  Ran eval(runtime::Session& session, const std::string& name, const std::string& text);
  void keep_definitions(const Node& statements);
  std::string only(const std::vector<Span>& spans) const;
  void run_test(const Node& test);
  void run_example(const Node& of, const Example& example);
  std::string problem_of(const Example& example, const std::string& place);
  void report(const std::string& place, const std::string& what, const std::string& problem, const std::string& output);

  syntax::SourcePtr source_;
  std::filesystem::path folder_;
  std::shared_ptr<runtime::Node> node_;
  int input_ = -1;
  std::vector<Span> definitions_;
  std::string definitions_text_;
};

Ran FileTests::eval(runtime::Session& session, const std::string& name, const std::string& text) {
  Ran ran;
  ran.outcome = session.eval(name, text, [&](const Event& event) {
    switch (event.kind) {
      case Event::Kind::output: ran.output += event.text; break;
      case Event::Kind::value: ran.shown = data::show(event.type, event.value); break;
      case Event::Kind::error: ran.trouble += event.text; break;
      case Event::Kind::diagnostics:
        for (const syntax::Diagnostic& each : event.diagnostics)
          if (each.severity == syntax::Severity::error) ran.trouble += syntax::render(each, {});
        break;
      case Event::Kind::progress:
      case Event::Kind::done: break;
    }
  });
  if (const auto status = session.exit_status()) {
    ran.outcome = Outcome::failed;
    ran.trouble += "it ended the session with status " + std::to_string(*status) + "\n";
  }
  return ran;
}

// The statements that only define: also functions in brackets, as in (fn sq(x): x * x); ..
void FileTests::keep_definitions(const Node& statements) {
  for (const Node* statement : statements.kids) {
    switch (statement->kind) {
      case Kind::fn:
      case Kind::type_decl:
      case Kind::import:
      case Kind::assign:
      case Kind::typed_assign:
        if (!statement->is(Kind::assign) || (statement->text == "=" && (*statement)[0].is(Kind::name))) definitions_.push_back(statement->span);
        break;
      case Kind::expr_stmt: {
        const Node* inner = statement;
        while (inner->is(Kind::expr_stmt)) inner = inner->kids[0];
        if (inner->is(Kind::fn)) definitions_.push_back(inner->span);
        if (inner->is(Kind::block)) keep_definitions(*inner);
        break;
      }
      default: break;
    }
  }
}

std::string FileTests::only(const std::vector<Span>& spans) const {
  const std::string_view text = source_->text();
  std::string kept(text.size(), ' ');
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') kept[i] = '\n';
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const Span span = spans[i];
    kept.replace(span.begin, span.end - span.begin, text.substr(span.begin, span.end - span.begin));
    // Two on one line need something between them.
    if (i > 0 && text.substr(spans[i - 1].end, span.begin - spans[i - 1].end).find('\n') == std::string_view::npos && span.begin > spans[i - 1].end)
      kept[spans[i - 1].end] = ';';
  }
  return kept;
}

void FileTests::report(const std::string& place, const std::string& what, const std::string& problem, const std::string& output) {
  if (problem.empty()) {
    ++passed;
    return;
  }
  ++failed;
  std::printf("%s: FAILED %s\n", place.c_str(), what.c_str());
  const auto lines = [](const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::printf("  %s\n", text.substr(at, end - at).c_str());
      at = end + 1;
    }
  };
  lines(problem);
  if (!output.empty()) {
    std::puts("  it printed:");
    lines(output);
  }
}

void FileTests::run_test(const Node& test) {
  const auto its_own = session();
  std::string problem;
  Ran ran;
  if (!definitions_.empty()) ran = eval(*its_own, source_->name(), definitions_text_);
  if (ran.trouble.empty()) ran = eval(*its_own, source_->name(), only({test[0].span}));
  if (ran.outcome != Outcome::ok) problem = ran.trouble.empty() ? "it was stopped" : ran.trouble;
  report(source_->name() + ":" + std::to_string(source_->position(test.span.begin).line), "test \"" + std::string(test.text) + "\"", problem, ran.output);
}

std::string FileTests::problem_of(const Example& example, const std::string& place) {
  if (example.how == Example::How::as_in) {
    types::Program program;
    const auto its_own = session();
    const types::Environment environment = its_own->environment();
    for (const std::string& text : {definitions_text_, "fn _example():\n  " + example.code + "\n  None\n_example\n"}) {
      const auto checked = program.check(std::make_shared<const syntax::Source>(place, text), environment);
      for (const syntax::Diagnostic& each : checked.diagnostics)
        if (each.severity == syntax::Severity::error) return syntax::render(each, {});
    }
    return {};
  }
  const auto run = [&](const std::string& code) {
    const auto its_own = session();
    Ran ran;
    if (!definitions_.empty()) ran = eval(*its_own, source_->name(), definitions_text_);
    return ran.trouble.empty() ? eval(*its_own, place, code) : ran;
  };
  const Ran ran = run(example.code);
  if (example.how == Example::How::raises) {
    const std::string kind = example.value.substr(0, example.value.find_first_of(" :("));
    if (ran.outcome == Outcome::failed && ran.trouble.find(kind) != std::string::npos) return {};
    return "it raises no " + kind + (ran.trouble.empty() ? ": it gives " + ran.shown : ":\n" + ran.trouble);
  }
  if (ran.outcome != Outcome::ok) return ran.trouble;
  if (ran.shown == example.value) return {};
  // Written otherwise, it may be the same value.
  const Ran wanted = run(example.value);
  if (wanted.outcome == Outcome::ok && wanted.shown == ran.shown) return {};
  return "it gives " + ran.shown;
}

void FileTests::run_example(const Node& of, const Example& example) {
  const auto line_count = static_cast<std::uint32_t>(std::count(of.doc.begin(), of.doc.end(), '\n')) + 1;
  const std::uint32_t line = source_->position(of.span.begin).line - line_count + example.line;
  const std::string place = source_->name() + ":" + std::to_string(line);
  report(place, example.code + (example.how == Example::How::gives ? " gives " : example.how == Example::How::raises ? " raises " : "") + example.value,
         problem_of(example, place), {});
}

bool FileTests::run(Face& face) {
  const syntax::Parsed parsed = syntax::parse(source_);
  if (!parsed.ok()) {
    for (const syntax::Diagnostic& each : parsed.diagnostics) face.report(each);
    return false;
  }
  // A module of the library is there already, under its own name.
  const std::string module = std::filesystem::path(source_->name()).stem().string();
  if (types::Library::text_of(module) != source_->text() || module.empty()) keep_definitions(*parsed.tree->root);
  definitions_text_ = only(definitions_);
  if (!definitions_.empty()) {
    types::Program program;
    const auto its_own = session();
    const auto checked = program.check(std::make_shared<const syntax::Source>(source_->name(), definitions_text_), its_own->environment());
    if (!checked.ok()) {
      for (const syntax::Diagnostic& each : checked.diagnostics) face.report(each);
      return false;
    }
  }
  for (const Node* statement : parsed.tree->root->kids) {
    if (statement->is(Kind::test)) run_test(*statement);
    if (!statement->doc.empty())
      for (const Example& example : types::examples_of(statement->doc)) run_example(*statement, example);
  }
  return true;
}

}  // namespace

int run_test(const Arguments& arguments) {
  if (const int answered = answer_options("test", arguments, {}); answered >= 0) return answered;
  if (arguments.empty()) {
    std::fputs("m31sh: test wants files\ntry: m31sh test --help\n", stderr);
    return 2;
  }
  Face face({}, false);
  unsigned passed = 0, failed = 0;
  bool is_broken = false;
  for (const std::string& file : arguments) {
    if (file == "--") continue;
    auto text = read_text_file(file);
    if (!text) {
      std::fprintf(stderr, "m31sh: %s\n", text.error().c_str());
      is_broken = true;
      continue;
    }
    FileTests tests(file, std::move(*text));
    if (!tests.run(face)) is_broken = true;
    passed += tests.passed;
    failed += tests.failed;
  }
  std::printf("%u passed, %u failed\n", passed, failed);
  return is_broken ? 2 : failed > 0 ? 1 : 0;
}

}  // namespace m31::shell
