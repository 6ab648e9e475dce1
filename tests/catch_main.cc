// The one main of all Catch suites; every other test file includes <catch2/catch.hpp> alone.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
