// The cluster database behind the Cluster API's registry functions, without Python: every scenario
// is a program of its own, `test_cluster_registry NAME`. Exit code 0: all held.

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/cluster/registry.hpp"
#include "scenarios.hpp"

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace resapi_cy::cluster;

namespace {

// ASCII, as the API has it.
Text w(const std::string& text) {
    return Text(text.begin(), text.end());
}

std::uint64_t make_cluster() {
    const std::uint64_t number = clusters().make(w("Cluster"), w("node"));
    CHECK(number != 0);
    return number;
}

HKEY root_of(std::uint64_t number) {
    HKEY root = nullptr;
    CHECK(reg_root_key(number, KEY_ALL_ACCESS, &root) == ERROR_SUCCESS && root != nullptr);
    return root;
}

HKEY create(HKEY from, const std::string& path, REGSAM access = KEY_ALL_ACCESS) {
    HKEY made = nullptr;
    CHECK(reg_create_key(from, w(path).c_str(), 0, access, &made, nullptr) == ERROR_SUCCESS);
    return made;
}

DWORD open(HKEY from, const std::string& path, HKEY& found, REGSAM access = KEY_ALL_ACCESS) {
    return reg_open_key(from, w(path).c_str(), access, &found);
}

DWORD set(HKEY key, const std::string& name, DWORD number) {
    return reg_set_value(key, w(name).c_str(), REG_DWORD, reinterpret_cast<const BYTE*>(&number),
                         sizeof number);
}

DWORD get(HKEY key, const std::string& name, DWORD& number) {
    DWORD type = 0, size = sizeof number;
    const DWORD error =
        reg_query_value(key, w(name).c_str(), &type, reinterpret_cast<BYTE*>(&number), &size);
    if (error == ERROR_SUCCESS) CHECK(type == REG_DWORD && size == sizeof number);
    return error;
}

std::string key_at(HKEY key, DWORD index) {
    std::array<WCHAR, 256> name{};
    auto length = static_cast<DWORD>(name.size());
    const DWORD error = reg_enum_key(key, index, name.data(), &length, nullptr);
    if (error == ERROR_NO_MORE_ITEMS) return {};
    CHECK(error == ERROR_SUCCESS && name[length] == 0);
    return std::string(name.begin(), name.begin() + length);
}

std::vector<Change> changes_of(std::uint64_t number) {
    std::vector<Change> changes;
    CHECK(cluster_of(number)->database().take_changes([&](std::vector<Change>& taken) {
        changes = std::move(taken);
        return DWORD{ERROR_SUCCESS};
    }) == ERROR_SUCCESS);
    return changes;
}

const DWORD number_7 = 7;
const BYTE* const seven = reinterpret_cast<const BYTE*>(&number_7);

// ---- Handles -----------------------------------------------------------------------------------

// Every function that takes a key.
void check_refused(HKEY key, DWORD with) {
    HKEY result = nullptr;
    std::array<WCHAR, 8> name{};
    DWORD length = 8;
    DWORD size = 0;
    std::uint64_t batch = 0;
    const Text a = w("A");
    CHECK(reg_open_key(key, a.c_str(), KEY_READ, &result) == with && result == nullptr);
    CHECK(reg_create_key(key, a.c_str(), 0, KEY_READ, &result, nullptr) == with);
    CHECK(reg_delete_key(key, a.c_str()) == with);
    if (key != nullptr) CHECK(reg_enum_key(key, 0, name.data(), &length, nullptr) == with);
    CHECK(reg_query_info_key(key, &size, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr) ==
          with);
    CHECK(reg_query_value(key, a.c_str(), nullptr, nullptr, &size) == with);
    CHECK(reg_set_value(key, a.c_str(), REG_DWORD, seven, 4) == with);
    CHECK(reg_delete_value(key, a.c_str()) == with);
    CHECK(reg_enum_value(key, 0, name.data(), &length, nullptr, nullptr, nullptr) == with);
    if (with == ERROR_INVALID_HANDLE) {
        CHECK(reg_create_batch(key, &batch) == with && batch == 0);
        CHECK(reg_close_key(key) == with);
    }
}

void forged_handles_are_refused() {
    const std::uint64_t cluster = make_cluster();
    const HKEY root = root_of(cluster);
    const HKEY closed = create(root, "A");
    const std::uint64_t real = number_of(root);
    CHECK(reg_close_key(closed) == ERROR_SUCCESS);
    check_refused(nullptr, ERROR_INVALID_HANDLE);
    check_refused(closed, ERROR_INVALID_HANDLE);
    check_refused(handle_of<HKEY>(cluster), ERROR_INVALID_HANDLE);  // of another kind
    check_refused(handle_of<HKEY>(number_of(&closed)), ERROR_INVALID_HANDLE);
    std::mt19937_64 random(20'240'601);
    for (int i = 0; i < 1'000'000; ++i) {
        std::uint64_t forged = random();
        // Most differ from a real one by some bits only.
        if (i % 4 != 0) forged = real ^ std::uint64_t{1} << forged % 64 ^ (i % 4 == 1) << i % 24;
        if (forged == real) continue;
        const HKEY key = handle_of<HKEY>(forged);
        CHECK(reg_query_value(key, w("x").c_str(), nullptr, nullptr, nullptr) ==
              ERROR_INVALID_HANDLE);
        CHECK(reg_close_key(key) == ERROR_INVALID_HANDLE);
        CHECK(reg_close_batch(forged, true, nullptr) == ERROR_INVALID_HANDLE);
    }
    CHECK(set(root, "x", 1) == ERROR_SUCCESS);
}

// A place is used again, its handle never.
void closed_handles_stay_refused() {
    const HKEY root = root_of(make_cluster());
    std::vector<HKEY> closed;
    for (int i = 0; i < 1000; ++i) {
        const HKEY key = create(root, "A");
        for (const HKEY before : closed) CHECK(before != key);
        CHECK(reg_close_key(key) == ERROR_SUCCESS);
        closed.push_back(key);
    }
    create(root, "A");
    for (const HKEY key : closed) CHECK(reg_close_key(key) == ERROR_INVALID_HANDLE);
}

void a_closed_cluster_has_no_handles() {
    const std::uint64_t one = make_cluster(), other = make_cluster();
    const HKEY of_one = root_of(one), of_other = root_of(other);
    std::uint64_t batch = 0;
    CHECK(reg_create_batch(of_one, &batch) == ERROR_SUCCESS);
    CHECK(clusters().close(one));
    CHECK(!clusters().close(one));
    check_refused(of_one, ERROR_INVALID_HANDLE);
    CHECK(reg_close_batch(batch, true, nullptr) == ERROR_INVALID_HANDLE);
    HKEY root = nullptr;
    CHECK(reg_root_key(one, KEY_READ, &root) == ERROR_INVALID_HANDLE && root == nullptr);
    CHECK(set(of_other, "x", 1) == ERROR_SUCCESS);
    CHECK(clusters().close(other));
}

void a_forked_child_starts_anew() {
#if !defined(_WIN32)
    const std::uint64_t cluster = make_cluster();
    const HKEY root = root_of(cluster);
    std::atomic<bool> stop{false};
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    stop.store(true);  // their own locks do not outlive a fork beside another thread
#endif
    std::thread busy([&] {
        for (DWORD i = 0; !stop.load(); ++i) set(root, "x", i);
    });
    if (stop.load()) busy.join();
    for (int i = 0; i < 50; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            check_refused(root, ERROR_INVALID_HANDLE);
            const HKEY own = root_of(make_cluster());
            CHECK(set(own, "x", 1) == ERROR_SUCCESS);
            _exit(0);
        }
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    stop.store(true);
    if (busy.joinable()) busy.join();
    CHECK(set(root, "x", 1) == ERROR_SUCCESS);
#endif
}

// ---- Keys: one scenario for each function ------------------------------------------------------

void ClusterRegOpenKey() {
    const HKEY root = root_of(make_cluster());
    HKEY found = nullptr;
    CHECK(open(root, "Resources", found) == ERROR_FILE_NOT_FOUND && found == nullptr);
    create(root, "Resources\\id\\Parameters");
    CHECK(open(root, "resources\\ID\\parameters", found) == ERROR_SUCCESS && found != nullptr);
    CHECK(open(root, "Resources\\", found) == ERROR_SUCCESS);
    CHECK(key_at(found, 0) == "id");
    CHECK(open(found, "", found) == ERROR_SUCCESS);  // the key itself
    CHECK(key_at(found, 0) == "id");
    CHECK(open(root, "\\Resources", found) == ERROR_INVALID_PARAMETER);
    CHECK(open(root, "Resources\\\\id", found) == ERROR_INVALID_PARAMETER);
    CHECK(reg_open_key(root, nullptr, KEY_READ, &found) == ERROR_INVALID_PARAMETER);
    CHECK(reg_open_key(root, w("Resources").c_str(), KEY_READ, nullptr) == ERROR_INVALID_PARAMETER);
    // What it may be used for.
    CHECK(open(root, "Resources", found, KEY_READ) == ERROR_SUCCESS);
    CHECK(set(found, "x", 1) == ERROR_ACCESS_DENIED);
    CHECK(reg_delete_value(found, w("x").c_str()) == ERROR_ACCESS_DENIED);
    CHECK(open(root, "Resources", found, KEY_SET_VALUE) == ERROR_SUCCESS);
    CHECK(set(found, "x", 1) == ERROR_SUCCESS);
    DWORD number = 0;
    CHECK(get(found, "x", number) == ERROR_ACCESS_DENIED);
    CHECK(open(root, "Resources", found, MAXIMUM_ALLOWED) == ERROR_SUCCESS);
    CHECK(set(found, "x", 1) == ERROR_SUCCESS && get(found, "x", number) == ERROR_SUCCESS);
    CHECK(open(root, "Resources", found, GENERIC_READ) == ERROR_SUCCESS);
    CHECK(get(found, "x", number) == ERROR_SUCCESS);
}

void ClusterRegCreateKey() {
    const HKEY root = root_of(make_cluster());
    HKEY made = nullptr;
    DWORD disposition = 0;
    const auto make = [&](HKEY from, const Text& path, DWORD options = 0) {
        return reg_create_key(from, path.c_str(), options, KEY_ALL_ACCESS, &made, &disposition);
    };
    CHECK(make(root, w("A\\B\\C")) == ERROR_SUCCESS && disposition == REG_CREATED_NEW_KEY);
    CHECK(make(root, w("a\\b\\c")) == ERROR_SUCCESS && disposition == REG_OPENED_EXISTING_KEY);
    CHECK(make(root, w("")) == ERROR_SUCCESS && disposition == REG_OPENED_EXISTING_KEY);
    CHECK(key_at(made, 0) == "A" && key_at(made, 1).empty());
    CHECK(make(root, w("A"), REG_OPTION_VOLATILE) == ERROR_INVALID_PARAMETER && made == nullptr);
    CHECK(make(root, w("\\A")) == ERROR_INVALID_PARAMETER);
    CHECK(make(root, w("X\\\\Y")) == ERROR_INVALID_PARAMETER);
    CHECK(key_at(root, 1).empty());  // nothing was made of it
    CHECK(make(root, Text(255, WCHAR{'n'})) == ERROR_SUCCESS);
    CHECK(make(root, Text(256, WCHAR{'n'})) == ERROR_INVALID_PARAMETER);
    Text deep;
    for (int i = 0; i < 512; ++i) deep += w("d\\");
    CHECK(make(root, deep) == ERROR_SUCCESS);
    CHECK(make(made, w("e")) == ERROR_INVALID_PARAMETER);
    CHECK(make(root, deep + w("e")) == ERROR_INVALID_PARAMETER);
    CHECK(reg_create_key(root, nullptr, 0, KEY_READ, &made, nullptr) == ERROR_INVALID_PARAMETER);
    CHECK(reg_create_key(root, w("A").c_str(), 0, 0, nullptr, nullptr) == ERROR_INVALID_PARAMETER);
    // A handle for reading opens what is there, and makes nothing.
    HKEY reader = nullptr;
    CHECK(open(root, "A", reader, KEY_READ) == ERROR_SUCCESS);
    CHECK(make(reader, w("B")) == ERROR_SUCCESS && disposition == REG_OPENED_EXISTING_KEY);
    CHECK(make(reader, w("new")) == ERROR_ACCESS_DENIED);
}

void ClusterRegCloseKey() {
    const HKEY root = root_of(make_cluster());
    const HKEY key = create(root, "A");
    CHECK(reg_close_key(key) == ERROR_SUCCESS);
    CHECK(reg_close_key(key) == ERROR_INVALID_HANDLE);
    CHECK(reg_close_key(nullptr) == ERROR_INVALID_HANDLE);
    HKEY found = nullptr;
    CHECK(open(root, "A", found) == ERROR_SUCCESS);  // the key is there
}

void ClusterRegDeleteKey() {
    const HKEY root = root_of(make_cluster());
    const HKEY below = create(root, "A\\B");
    CHECK(set(below, "x", 1) == ERROR_SUCCESS);
    CHECK(reg_delete_key(root, w("A").c_str()) == ERROR_ACCESS_DENIED);  // it has a key
    CHECK(reg_delete_key(root, w("C").c_str()) == ERROR_FILE_NOT_FOUND);
    CHECK(reg_delete_key(root, w("").c_str()) == ERROR_INVALID_PARAMETER);
    CHECK(reg_delete_key(root, nullptr) == ERROR_INVALID_PARAMETER);
    CHECK(reg_delete_key(root, w("a\\b").c_str()) == ERROR_SUCCESS);
    // Its handles know, and close; one of the same name is another key.
    check_refused(below, ERROR_KEY_DELETED);
    const HKEY again = create(root, "A\\B");
    DWORD number = 0;
    CHECK(get(again, "x", number) == ERROR_FILE_NOT_FOUND);
    CHECK(get(below, "x", number) == ERROR_KEY_DELETED);
    CHECK(reg_close_key(below) == ERROR_SUCCESS);
}

void ClusterRegEnumKey() {
    const std::uint64_t cluster = make_cluster();
    const HKEY root = root_of(cluster);
    create(root, "beta");
    create(root, "Alpha");
    create(root, "gamma");
    CHECK(key_at(root, 0) == "Alpha" && key_at(root, 1) == "beta" && key_at(root, 2) == "gamma");
    std::array<WCHAR, 6> name{};
    DWORD length = 6;
    FILETIME written{};
    CHECK(reg_enum_key(root, 3, name.data(), &length, nullptr) == ERROR_NO_MORE_ITEMS);
    CHECK(reg_enum_key(root, 0, name.data(), &length, &written) == ERROR_SUCCESS && length == 5);
    CHECK(written.dwHighDateTime != 0);
    length = 5;
    CHECK(reg_enum_key(root, 0, name.data(), &length, nullptr) == ERROR_MORE_DATA && length == 5);
    CHECK(reg_enum_key(root, 0, nullptr, &length, nullptr) == ERROR_INVALID_PARAMETER);
    CHECK(reg_enum_key(root, 0, name.data(), nullptr, nullptr) == ERROR_INVALID_PARAMETER);
    // NULL: the root of the calling thread's cluster.
    length = 6;
    CHECK(reg_enum_key(nullptr, 1, name.data(), &length, nullptr) == ERROR_SUCCESS && length == 4);
    CHECK(clusters().close(cluster));
    CHECK(reg_enum_key(nullptr, 0, name.data(), &length, nullptr) == ERROR_INVALID_HANDLE);
}

void ClusterRegQueryInfoKey() {
    const HKEY root = root_of(make_cluster());
    create(root, "A");
    create(root, "Long");
    CHECK(set(root, "x", 1) == ERROR_SUCCESS);
    CHECK(reg_set_value(root, w("name").c_str(), REG_BINARY, seven, 3) == ERROR_SUCCESS);
    std::array<DWORD, 6> found{};
    FILETIME written{};
    CHECK(reg_query_info_key(root, &found[0], &found[1], &found[2], &found[3], &found[4], &found[5],
                             &written) == ERROR_SUCCESS);
    CHECK((found == std::array<DWORD, 6>{2, 4, 2, 4, 4, 0}) && written.dwHighDateTime != 0);
    CHECK(reg_query_info_key(root, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr) ==
          ERROR_SUCCESS);
    HKEY writer = nullptr;
    CHECK(open(root, "", writer, KEY_WRITE) == ERROR_SUCCESS);
    CHECK(reg_query_info_key(writer, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                             nullptr) == ERROR_ACCESS_DENIED);
}

// ---- Values ------------------------------------------------------------------------------------

void ClusterRegQueryValue() {
    const HKEY root = root_of(make_cluster());
    const Text text = w("text");
    const DWORD bytes = static_cast<DWORD>((text.size() + 1) * sizeof(WCHAR));
    CHECK(reg_set_value(root, w("S").c_str(), REG_SZ, reinterpret_cast<const BYTE*>(text.c_str()),
                        bytes) == ERROR_SUCCESS);
    std::array<BYTE, 64> data{};
    DWORD type = 0, size = 0;
    const Text name = w("s");
    CHECK(reg_query_value(root, name.c_str(), &type, nullptr, &size) == ERROR_SUCCESS);
    CHECK(type == REG_SZ && size == bytes);
    --size;
    CHECK(reg_query_value(root, name.c_str(), &type, data.data(), &size) == ERROR_MORE_DATA);
    CHECK(size == bytes && data[0] == 0);
    CHECK(reg_query_value(root, name.c_str(), nullptr, data.data(), &size) == ERROR_SUCCESS);
    CHECK(size == bytes && std::memcmp(data.data(), text.c_str(), bytes) == 0);
    CHECK(reg_query_value(root, name.c_str(), &type, nullptr, nullptr) == ERROR_SUCCESS);
    CHECK(reg_query_value(root, name.c_str(), &type, data.data(), nullptr) ==
          ERROR_INVALID_PARAMETER);
    CHECK(reg_query_value(root, nullptr, &type, nullptr, &size) == ERROR_INVALID_PARAMETER);
    CHECK(reg_query_value(root, w("T").c_str(), &type, nullptr, &size) == ERROR_FILE_NOT_FOUND);
}

void ClusterRegSetValue() {
    const HKEY root = root_of(make_cluster());
    DWORD number = 0, type = 0, size = 0;
    CHECK(set(root, "x", 1) == ERROR_SUCCESS && set(root, "X", 2) == ERROR_SUCCESS);
    CHECK(get(root, "x", number) == ERROR_SUCCESS && number == 2);
    for (const DWORD of :
         {REG_NONE, REG_SZ, REG_EXPAND_SZ, REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_QWORD}) {
        CHECK(reg_set_value(root, w("t").c_str(), of, seven, 4) == ERROR_SUCCESS);
        CHECK(reg_query_value(root, w("T").c_str(), &type, nullptr, &size) == ERROR_SUCCESS);
        CHECK(type == of && size == 4);
    }
    CHECK(reg_set_value(root, w("t").c_str(), REG_BINARY, nullptr, 0) == ERROR_SUCCESS);
    CHECK(reg_query_value(root, w("t").c_str(), &type, nullptr, &size) == ERROR_SUCCESS);
    CHECK(type == REG_BINARY && size == 0);
    CHECK(reg_set_value(root, w("").c_str(), REG_BINARY, seven, 4) == ERROR_SUCCESS);
    CHECK(reg_set_value(root, nullptr, REG_BINARY, seven, 4) == ERROR_INVALID_PARAMETER);
    CHECK(reg_set_value(root, w("t").c_str(), REG_BINARY, nullptr, 4) == ERROR_INVALID_PARAMETER);
    CHECK(reg_set_value(root, Text(16383, WCHAR{'n'}).c_str(), 3, seven, 4) == ERROR_SUCCESS);
    CHECK(reg_set_value(root, Text(16384, WCHAR{'n'}).c_str(), 3, seven, 4) ==
          ERROR_INVALID_PARAMETER);
    const std::vector<BYTE> large(largest_value + 1);
    CHECK(reg_set_value(root, w("l").c_str(), 3, large.data(), static_cast<DWORD>(large.size())) ==
          ERROR_INVALID_PARAMETER);
}

void ClusterRegDeleteValue() {
    const HKEY root = root_of(make_cluster());
    DWORD number = 0;
    CHECK(set(root, "x", 1) == ERROR_SUCCESS);
    CHECK(reg_delete_value(root, w("X").c_str()) == ERROR_SUCCESS);
    CHECK(reg_delete_value(root, w("x").c_str()) == ERROR_FILE_NOT_FOUND);
    CHECK(get(root, "x", number) == ERROR_FILE_NOT_FOUND);
    CHECK(reg_delete_value(root, nullptr) == ERROR_INVALID_PARAMETER);
}

void ClusterRegEnumValue() {
    const HKEY root = root_of(make_cluster());
    CHECK(set(root, "bb", 2) == ERROR_SUCCESS && set(root, "A", 1) == ERROR_SUCCESS);
    std::array<WCHAR, 3> name{};
    DWORD length = 3, type = 0, number = 0, size = 4;
    auto* data = reinterpret_cast<BYTE*>(&number);
    CHECK(reg_enum_value(root, 0, name.data(), &length, &type, data, &size) == ERROR_SUCCESS);
    CHECK(name[0] == 'A' && length == 1 && type == REG_DWORD && number == 1 && size == 4);
    length = 3;
    CHECK(reg_enum_value(root, 1, name.data(), &length, nullptr, nullptr, nullptr) ==
          ERROR_SUCCESS);
    CHECK(length == 2);
    CHECK(reg_enum_value(root, 2, name.data(), &length, nullptr, nullptr, nullptr) ==
          ERROR_NO_MORE_ITEMS);
    length = 2;
    CHECK(reg_enum_value(root, 1, name.data(), &length, nullptr, nullptr, &size) ==
          ERROR_MORE_DATA);
    CHECK(length == 2 && size == 4);
    length = 3;
    size = 3;
    CHECK(reg_enum_value(root, 1, name.data(), &length, nullptr, data, &size) == ERROR_MORE_DATA);
    CHECK(size == 4 && number == 1);
    CHECK(reg_enum_value(root, 1, nullptr, &length, nullptr, nullptr, nullptr) ==
          ERROR_INVALID_PARAMETER);
    CHECK(reg_enum_value(root, 1, name.data(), nullptr, nullptr, nullptr, nullptr) ==
          ERROR_INVALID_PARAMETER);
    CHECK(reg_enum_value(root, 1, name.data(), &length, nullptr, data, nullptr) ==
          ERROR_INVALID_PARAMETER);
}

void names_differ_in_more_than_case() {
    const HKEY root = root_of(make_cluster());
    DWORD number = 0;
    const auto both = [&](WCHAR one, WCHAR other) {
        const Text first(1, one), second(1, other);
        CHECK(reg_set_value(root, first.c_str(), REG_DWORD, seven, 4) == ERROR_SUCCESS);
        DWORD size = 4;
        const DWORD error =
            reg_query_value(root, second.c_str(), nullptr, reinterpret_cast<BYTE*>(&number), &size);
        CHECK(reg_delete_value(root, first.c_str()) == ERROR_SUCCESS);
        return error == ERROR_SUCCESS;
    };
    CHECK(both(0xe9, 0xc9) && both(0x153, 0x152) && both(0x13a, 0x139) && both(0xff, 0x178));
    CHECK(both(0x3b1, 0x391) && both(0x3ae, 0x389) && both(0x44f, 0x42f) && both(0x451, 0x401));
    CHECK(!both(0xf7, 0xd7) && !both(0x138, 0x137) && !both('[', '{') && !both('1', '!'));
    CHECK(!both(0x131, 'I') && !both('a', 'b'));
}

// ---- Batches -----------------------------------------------------------------------------------

enum { set_value = 1, create_key, delete_key, delete_value };

DWORD add(std::uint64_t batch, DWORD command, const std::string& name) {
    const bool of_value = command == set_value;
    return reg_batch_add_command(batch, command, w(name).c_str(), of_value ? REG_DWORD : 0,
                                 of_value ? seven : nullptr, of_value ? 4 : 0);
}

void ClusterRegBatchAddCommand() {
    const HKEY root = root_of(make_cluster());
    std::uint64_t batch = 0;
    CHECK(reg_create_batch(root, nullptr) == ERROR_INVALID_PARAMETER);
    CHECK(reg_create_batch(root, &batch) == ERROR_SUCCESS && batch != 0);
    CHECK(add(batch, 0, "x") == ERROR_INVALID_PARAMETER);
    CHECK(add(batch, 5, "x") == ERROR_INVALID_PARAMETER);
    CHECK(reg_batch_add_command(batch, set_value, nullptr, 4, seven, 4) == ERROR_INVALID_PARAMETER);
    CHECK(reg_batch_add_command(batch, set_value, w("x").c_str(), 4, nullptr, 4) ==
          ERROR_INVALID_PARAMETER);
    CHECK(add(batch, delete_key, "A") == ERROR_SUCCESS);
    CHECK(add(batch, set_value, "x") == ERROR_INVALID_PARAMETER);  // in no key
    CHECK(add(batch, create_key, "A") == ERROR_SUCCESS);
    CHECK(add(batch, set_value, "x") == ERROR_SUCCESS);
    CHECK(reg_close_batch(batch, false, nullptr) == ERROR_SUCCESS);
    CHECK(add(batch, create_key, "A") == ERROR_INVALID_HANDLE);
    CHECK(key_at(root, 0).empty());  // it was not to be executed
}

void ClusterRegCloseBatch() {
    const std::uint64_t cluster = make_cluster();
    const HKEY root = root_of(cluster);
    const HKEY kept = create(root, "Kept\\Below");
    CHECK(set(kept, "x", 1) == ERROR_SUCCESS && set(root, "r", 1) == ERROR_SUCCESS);
    const auto batch_of = [&](const std::vector<std::pair<DWORD, std::string>>& commands) {
        std::uint64_t batch = 0;
        CHECK(reg_create_batch(root, &batch) == ERROR_SUCCESS);
        for (const auto& [command, name] : commands) CHECK(add(batch, command, name) == 0);
        return batch;
    };
    int failed = 5;
    CHECK(reg_close_batch(0, true, &failed) == ERROR_INVALID_HANDLE && failed == -1);
    // What is before the command that fails is taken back, handles and all.
    std::uint64_t batch = batch_of({{set_value, "r"},
                                    {set_value, "s"},
                                    {delete_value, "r"},
                                    {create_key, "New\\Deep"},
                                    {set_value, "y"},
                                    {delete_key, "Kept"},
                                    {create_key, "Kept"},
                                    {delete_value, "none"}});
    changes_of(cluster);
    CHECK(reg_close_batch(batch, true, &failed) == ERROR_FILE_NOT_FOUND && failed == 7);
    DWORD number = 0;
    CHECK(get(kept, "x", number) == ERROR_SUCCESS && number == 1);
    CHECK(get(root, "r", number) == ERROR_SUCCESS && number == 1);
    CHECK(get(root, "s", number) == ERROR_FILE_NOT_FOUND);
    CHECK(key_at(root, 0) == "Kept" && key_at(root, 1).empty());
    for (const Change& change : changes_of(cluster)) {
        // Whatever was touched is told as it is.
        if (change.path == w("KEPT\\BELOW") || change.path == w("Kept\\Below")) {
            CHECK(change.exists && change.values.size() == 1);
        }
        if (change.identity == w("NEW\\DEEP")) CHECK(!change.exists);
    }
    batch = batch_of({{delete_key, "Kept"}, {create_key, "New"}, {set_value, "y"}});
    CHECK(reg_close_batch(batch, true, &failed) == ERROR_SUCCESS && failed == -1);
    CHECK(get(kept, "x", number) == ERROR_KEY_DELETED);
    HKEY made = nullptr;
    CHECK(open(root, "New", made) == ERROR_SUCCESS);
    CHECK(get(made, "y", number) == ERROR_SUCCESS && number == 7);
    CHECK(key_at(root, 1).empty());
    // A key that was deleted before the batch came to it.
    CHECK(reg_create_batch(made, &batch) == ERROR_SUCCESS);
    CHECK(reg_delete_key(root, w("New").c_str()) == ERROR_SUCCESS);
    CHECK(reg_close_batch(batch, true, &failed) == ERROR_KEY_DELETED && failed == -1);
}

// ---- Changes -----------------------------------------------------------------------------------

void changes_are_told_once_and_whole() {
    const std::uint64_t cluster = make_cluster();
    const HKEY root = root_of(cluster);
    CHECK(changes_of(cluster).empty());
    const HKEY key = create(root, "A\\B");
    CHECK(set(key, "x", 1) == 0 && set(key, "y", 2) == 0 && set(key, "x", 3) == 0);
    auto changes = changes_of(cluster);
    CHECK(changes.size() == 2);
    CHECK(changes[0].path == w("A") && changes[0].exists && changes[0].values.empty());
    CHECK(changes[1].path == w("A\\B") && changes[1].identity == w("A\\B"));
    CHECK(changes[1].values.size() == 2 && changes[1].values[0].data[0] == 3);
    CHECK(changes_of(cluster).empty());
    CHECK(set(key, "x", 3) == 0);  // equal
    CHECK(changes_of(cluster).empty());
    CHECK(reg_delete_value(key, w("y").c_str()) == 0);
    changes = changes_of(cluster);
    CHECK(changes.size() == 1 && changes[0].values.size() == 1);
    CHECK(reg_delete_key(root, w("a\\b").c_str()) == 0);
    changes = changes_of(cluster);
    CHECK(changes.size() == 1 && !changes[0].exists && changes[0].identity == w("A\\B"));
    // Deleted and made again, in another writing: one key, as it is now.
    create(root, "A\\b");
    CHECK(reg_delete_key(root, w("A\\B").c_str()) == 0);
    CHECK(set(create(root, "A\\b"), "z", 1) == 0);
    changes = changes_of(cluster);
    CHECK(changes.size() == 1 && changes[0].exists && changes[0].path == w("A\\b"));
    CHECK(changes[0].identity == w("A\\B") && changes[0].values.size() == 1);
}

// Many threads on one database, with what they write told apart by its own number; and one that
// takes the changes, whose last word on each key is what is there.
void many_threads_share_one_database() {
    const std::uint64_t cluster = make_cluster();
    const HKEY root = root_of(cluster);
    constexpr int threads = 8;
    std::atomic<int> running{threads};
    std::map<Text, Change> told;
    std::thread taker([&] {
        for (bool last = false; !last;) {
            last = running.load() == 0;
            for (Change& change : changes_of(cluster)) told[change.identity] = std::move(change);
            std::this_thread::yield();
        }
    });
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) {
        workers.emplace_back([&, i] {
            std::mt19937 random(static_cast<unsigned>(i));
            const HKEY own = create(root, "own" + std::to_string(i));
            HKEY shared = nullptr;
            for (DWORD turn = 0; turn < 3000; ++turn) {
                const std::string name = "v" + std::to_string(random() % 4);
                CHECK(set(own, name, turn) == ERROR_SUCCESS);
                DWORD number = 0;
                CHECK(get(own, name, number) == ERROR_SUCCESS && number == turn);
                const std::string path = "shared\\k" + std::to_string(random() % 3);
                const Text wide = w(path);
                switch (random() % 5) {
                    case 0:
                        reg_delete_key(root, wide.c_str());
                        break;
                    case 1: {
                        std::uint64_t batch = 0;
                        CHECK(reg_create_batch(root, &batch) == ERROR_SUCCESS);
                        CHECK(add(batch, create_key, path) == ERROR_SUCCESS);
                        CHECK(add(batch, set_value, "b") == ERROR_SUCCESS);
                        CHECK(reg_close_batch(batch, true, nullptr) == ERROR_SUCCESS);
                        break;
                    }
                    case 2:
                        key_at(root, turn % threads);
                        break;
                    default: {
                        shared = create(root, path);
                        const DWORD error = set(shared, "s", turn);
                        CHECK(error == ERROR_SUCCESS || error == ERROR_KEY_DELETED);
                        CHECK(reg_close_key(shared) == ERROR_SUCCESS);
                    }
                }
            }
            --running;
        });
    }
    for (std::thread& worker : workers) worker.join();
    taker.join();
    for (int i = 0; i < threads; ++i) {
        const std::string name = "own" + std::to_string(i);
        HKEY own = nullptr;
        CHECK(open(root, name, own) == ERROR_SUCCESS);
        const Change& last = told.at(capitals(w(name)));
        for (const Value& value : last.values) {
            DWORD number = 0;
            DWORD size = 4;
            CHECK(reg_query_value(own, value.name.c_str(), nullptr,
                                  reinterpret_cast<BYTE*>(&number), &size) == ERROR_SUCCESS);
            CHECK(std::memcmp(&number, value.data.data(), 4) == 0);
        }
    }
    for (int i = 0; i < 3; ++i) {
        const Text path = w("shared\\k" + std::to_string(i));
        HKEY found = nullptr;
        const bool there = reg_open_key(root, path.c_str(), KEY_READ, &found) == ERROR_SUCCESS;
        const auto last = told.find(capitals(path));
        CHECK(there == (last != told.end() && last->second.exists));
    }
}

// A cluster is closed while threads use its keys.
void a_cluster_ends_under_fire() {
    for (int turn = 0; turn < 50; ++turn) {
        const std::uint64_t cluster = make_cluster();
        const HKEY root = root_of(cluster);
        std::atomic<int> inside{0};
        std::vector<std::thread> workers;
        for (int i = 0; i < 4; ++i) {
            workers.emplace_back([&] {
                for (DWORD error = 0; error == ERROR_SUCCESS;) {
                    HKEY key = nullptr;
                    error = reg_create_key(root, w("A").c_str(), 0, KEY_ALL_ACCESS, &key, nullptr);
                    if (error == ERROR_SUCCESS) error = set(key, "x", 1);
                    ++inside;
                    if (error != ERROR_SUCCESS) CHECK(error == ERROR_INVALID_HANDLE);
                    const DWORD closed = reg_close_key(key);
                    CHECK(closed == ERROR_SUCCESS || closed == ERROR_INVALID_HANDLE);
                }
            });
        }
        while (inside.load() < 20) std::this_thread::yield();
        CHECK(clusters().close(cluster));
        for (std::thread& worker : workers) worker.join();
        check_refused(root, ERROR_INVALID_HANDLE);
    }
}

#define SCENARIO(name) \
    { #name, name }
const Scenarios scenarios = {
    SCENARIO(ClusterRegBatchAddCommand),
    SCENARIO(ClusterRegCloseBatch),
    SCENARIO(ClusterRegCloseKey),
    SCENARIO(ClusterRegCreateKey),
    SCENARIO(ClusterRegDeleteKey),
    SCENARIO(ClusterRegDeleteValue),
    SCENARIO(ClusterRegEnumKey),
    SCENARIO(ClusterRegEnumValue),
    SCENARIO(ClusterRegOpenKey),
    SCENARIO(ClusterRegQueryInfoKey),
    SCENARIO(ClusterRegQueryValue),
    SCENARIO(ClusterRegSetValue),
    SCENARIO(a_closed_cluster_has_no_handles),
    SCENARIO(a_cluster_ends_under_fire),
    SCENARIO(a_forked_child_starts_anew),
    SCENARIO(changes_are_told_once_and_whole),
    SCENARIO(closed_handles_stay_refused),
    SCENARIO(forged_handles_are_refused),
    SCENARIO(many_threads_share_one_database),
    SCENARIO(names_differ_in_more_than_case),
};

}  // namespace

int main(int count, char** arguments) {
    return run_scenario(count, arguments, scenarios);
}
