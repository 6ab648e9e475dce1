// Random programs for the fuzzers. generate(): well-formed and mostly well-typed, from a grammar that knows types; what they
// print does not depend on time, chance or which processor ran what. mutate(): parts of the given programs cut,
// repeated, swapped and mixed. Both depend on the generator's state only. Generated programs check some of what the language
// promises (`data(show(x)) == x` and the like), and print FUZZ_WRONG where it does not hold.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>

#define FUZZ_WRONG "BROKEN PROMISE:"

namespace m31::fuzz {

using Random = std::mt19937_64;

std::string generate(Random& random);
std::string mutate(std::span<const std::string> corpus, Random& random);

}  // namespace m31::fuzz
