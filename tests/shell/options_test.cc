#include <catch2/catch.hpp>

#include "shell/options.h"

using namespace m31::shell;

namespace {

std::expected<Options, Usage> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "m31sh");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

TEST_CASE("without arguments there is a prompt") {
  REQUIRE(parse({})->input == Options::Input::prompt);
}

TEST_CASE("-c and -e take code, what follows are arguments") {
  for (const char* flag : {"-c", "-e"}) {
    const auto options = parse({flag, "1 + 2", "a", "b"});
    REQUIRE(options->input == Options::Input::code);
    REQUIRE(options->code == "1 + 2");
    REQUIRE(options->arguments == std::vector<std::string>{"a", "b"});
  }
}

TEST_CASE("code may begin with a dash") {
  REQUIRE(parse({"-c", "-3 | abs"})->code == "-3 | abs");
}

TEST_CASE("a file, standard input, and what stands behind --") {
  REQUIRE(parse({"count.m31", "x"})->file == "count.m31");
  REQUIRE(parse({"count.m31", "x"})->arguments == std::vector<std::string>{"x"});
  REQUIRE(parse({"-"})->input == Options::Input::standard_input);
  REQUIRE(parse({"--", "-odd-name.m31"})->file == "-odd-name.m31");
}

TEST_CASE("a script's own options are its arguments") {
  const auto options = parse({"count.m31", "--tsv", "-x"});
  REQUIRE(options);
  REQUIRE(options->form == Form::automatic);
  REQUIRE(options->arguments == std::vector<std::string>{"--tsv", "-x"});
}

TEST_CASE("forms of the value exclude each other") {
  REQUIRE(parse({"--tsv", "-c", "1"})->form == Form::tsv);
  REQUIRE(parse({"--m31", "-c", "1"})->form == Form::m31);
  REQUIRE(parse({"--csv", "-c", "1"})->form == Form::csv);
  REQUIRE(parse({"--json", "-c", "1"})->form == Form::json);
  REQUIRE(parse({"--m31", "--tsv", "-c", "1"}).error().exit_code == 2);
  REQUIRE(parse({"--json", "--csv", "-c", "1"}).error().exit_code == 2);
}

TEST_CASE("help and version are no errors, an unknown option is") {
  REQUIRE(parse({"-h"}).error().exit_code == 0);
  REQUIRE(parse({"-V"}).error().text == "m31sh " M31_VERSION "\n");
  REQUIRE(parse({"--frob"}).error().exit_code == 2);
  REQUIRE(parse({"--frob"}).error().text.find("--frob") != std::string::npos);
  REQUIRE(parse({"--dump", "nonsense", "-c", "1"}).error().exit_code == 2);
  REQUIRE(parse({"--fibrils", "0", "-c", "1"}).error().exit_code == 2);
}

TEST_CASE("trace takes a list") {
  REQUIRE(parse({"--trace", "store,fibril", "-c", "1"})->trace == std::vector<std::string>{"store", "fibril"});
}
