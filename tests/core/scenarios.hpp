// How the core's test programs are written: scenarios by their names, each a run of the program, so
// that a sanitizer's report names it.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#define CHECK(condition)                                                                 \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                \
        }                                                                                \
    } while (false)

using Scenarios = std::map<std::string, void (*)()>;

// The program's main. Without an argument it prints the names, one a line.
inline int run_scenario(int count, char** arguments, const Scenarios& scenarios) {
    if (count != 2) {
        for (const auto& scenario : scenarios) std::puts(scenario.first.c_str());
        return count == 1 ? 0 : 2;
    }
    const auto scenario = scenarios.find(arguments[1]);
    if (scenario == scenarios.end()) return 2;
    scenario->second();
    return 0;
}
