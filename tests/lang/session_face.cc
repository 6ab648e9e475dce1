// m31_session_face FILE: evaluates a file in a Session, with no face but this: what it prints on standard output, diagnostics and
// errors on standard error. That a program prints the same here as from m31sh is what programs_test.py asks.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "tests/runtime/conversation.h"

int main(int count, char** arguments) {
  using namespace m31::runtime;
  if (count != 2) return 3;
  std::ifstream file(arguments[1], std::ios::binary);
  Conversation with = Conversation::alone();
  const Outcome outcome = with.eval(std::string(std::istreambuf_iterator<char>(file), {}));
  std::fwrite(with.output.data(), 1, with.output.size(), stdout);
  std::fprintf(stderr, "%s%s", with.diagnostics.c_str(), with.error.c_str());
  return outcome == Outcome::ill_typed ? 2 : outcome == Outcome::failed ? 1 : 0;
}
