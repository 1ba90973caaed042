// The cluster, its node and its resources behind the Cluster API's functions, without Python: every
// scenario is a program of its own, `test_cluster_objects NAME`. Exit code 0: all held. What each
// function answers is tested by its name in tests/cluster: here they meet handles that nobody gave,
// and each other's threads.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cluster_registry_counted.hpp"
#include "core/cluster/control.hpp"
#include "core/cluster/enumerations.hpp"
#include "scenarios.hpp"

#if !defined(_WIN32)
// The thread's last error is the stand-in library's to keep; here, the program's.
inline thread_local DWORD last_error = 0;
extern "C" void WINAPI SetLastError(DWORD error) {
    last_error = error;
}
extern "C" DWORD WINAPI GetLastError(void) {
    return last_error;
}
#endif

using namespace resapi_cy::cluster;

namespace {

// ASCII, as the API has it.
Text w(const std::string& text) {
    return Text(text.begin(), text.end());
}

DWORD add(Cluster& cluster, const std::string& id, const std::string& name) {
    Resource made;
    made.id = w(id);
    made.name = w(name);
    made.type = w("Sample");
    return cluster.add(std::move(made));
}

bool is_one_of(DWORD error, std::initializer_list<DWORD> expected) {
    for (const DWORD one : expected) {
        if (error == one) return true;
    }
    return false;
}

// ---- Handles that nobody gave ------------------------------------------------------------------

// The error of a function that is asked about a handle, one after the other.
DWORD ask(unsigned turn, std::uint64_t number) {
    std::array<WCHAR, 8> name{};
    DWORD length = 8;
    DWORD type = 0;
    SetLastError(ERROR_SUCCESS);
    const auto of_null = [](auto* made) -> DWORD {
        CHECK(made == nullptr);
        return GetLastError();
    };
    const auto of_false = [](BOOL answer) -> DWORD {
        CHECK(answer == FALSE);
        return GetLastError();
    };
    switch (turn % 16) {
        case 0:
            return of_null(open_resource(handle_of<HCLUSTER>(number), w("a").c_str()));
        case 1:
            return of_null(open_node(handle_of<HCLUSTER>(number), nullptr));
        case 2:
            return of_null(cluster_key(handle_of<HCLUSTER>(number), KEY_READ));
        case 3:
            return cluster_information(handle_of<HCLUSTER>(number), name.data(), &length, nullptr);
        case 4:
            return of_null(open_objects(handle_of<HCLUSTER>(number), CLUSTER_ENUM_RESOURCE));
        case 5:
            return of_null(cluster_of_node(handle_of<HNODE>(number)));
        case 6:
            CHECK(node_state(handle_of<HNODE>(number)) == ClusterNodeStateUnknown);
            return GetLastError();
        case 7:
            return of_null(cluster_of_resource(handle_of<HRESOURCE>(number)));
        case 8:
            resource_state(handle_of<HRESOURCE>(number), nullptr, nullptr, nullptr, nullptr);
            return GetLastError();
        case 9:
            return of_null(resource_key(handle_of<HRESOURCE>(number), KEY_READ));
        case 10:
            return of_null(open_resource_links(handle_of<HRESOURCE>(number), 1));
        case 11:
            return resource_control(handle_of<HRESOURCE>(number), nullptr,
                                    {CLUSCTL_RESOURCE_GET_NAME, nullptr, 0, nullptr, 0, nullptr});
        case 12:
            return of_false(
                resource_network_name(handle_of<HRESOURCE>(number), name.data(), &length));
        case 13:
            return enumeration_at(handle_of<HCLUSENUM>(number), HandleKind::objects, 0, &type,
                                  name.data(), &length);
        case 14:
            return close_enumeration(handle_of<HRESENUM>(number), HandleKind::resource_links);
        default:
            return of_false(close_object(handle_of<HRESOURCE>(number), HandleKind::resource));
    }
}

void forged_handles_of_every_kind_are_refused() {
    const std::uint64_t number = clusters().make(w("Cluster"), w("node"));
    Cluster& owner = *cluster_of(number);
    CHECK(add(owner, "id", "name") == ERROR_SUCCESS);
    const HCLUSTER cluster = open_cluster(nullptr);
    const HRESOURCE resource = open_resource(cluster, w("NAME").c_str());
    const std::vector<std::uint64_t> real = {
        number,
        number_of(cluster),
        number_of(resource),
        number_of(open_node(cluster, nullptr)),
        number_of(open_objects(cluster, CLUSTER_ENUM_RESOURCE)),
        number_of(open_resource_links(resource, CLUSTER_RESOURCE_ENUM_DEPENDS)),
        number_of(open_type_links(cluster, w("x").c_str(), 1)),  // 0: there is no such type
    };
    std::mt19937_64 random(20'240'601);
    for (unsigned i = 0; i < 1'000'000; ++i) {
        std::uint64_t forged = random();
        // Most differ from a real one by a bit or two.
        if (i % 4 != 0) {
            const std::uint64_t one = real[i % real.size()];
            forged = one ^ std::uint64_t{1} << forged % 64 ^ std::uint64_t{i % 4 == 1} << i % 24;
        }
        bool is_real = false;
        for (const std::uint64_t one : real) is_real = is_real || one == forged;
        if (!is_real) CHECK(ask(i / 7, forged) == ERROR_INVALID_HANDLE);
    }
    for (unsigned turn = 0; turn < 16; ++turn) CHECK(ask(turn, 0) == ERROR_INVALID_HANDLE);
    CHECK(resource_state(resource, nullptr, nullptr, nullptr, nullptr) ==
          ClusterResourceStateUnknown);
    CHECK(GetLastError() == ERROR_SUCCESS);
    CHECK(clusters().close(number));
    CHECK(ask(7, number_of(resource)) == ERROR_INVALID_HANDLE);
}

// ---- Many threads ------------------------------------------------------------------------------

// What an enumeration has, which is closed.
std::vector<std::string> names_of(HRESENUM handle) {
    std::vector<std::string> names;
    const DWORD count = enumeration_count(handle, HandleKind::resource_links);
    for (DWORD index = 0; index < count; ++index) {
        std::array<WCHAR, 16> name{};
        DWORD length = 16;
        DWORD type = 0;
        CHECK(enumeration_at(handle, HandleKind::resource_links, index, &type, name.data(),
                             &length) == ERROR_SUCCESS);
        names.emplace_back(name.begin(), name.begin() + length);
    }
    CHECK(close_enumeration(handle, HandleKind::resource_links) == ERROR_SUCCESS);
    return names;
}

// Resources come, go and are linked, while others look for them by name, and hold what has gone.
void look(const std::string& name) {
    const HCLUSTER cluster = open_cluster(nullptr);
    CHECK(cluster != nullptr);
    const HRESOURCE resource = open_resource(cluster, w(name).c_str());
    if (resource == nullptr) {
        CHECK(GetLastError() == ERROR_RESOURCE_NOT_FOUND);
        CHECK(close_object(cluster, HandleKind::cluster) == TRUE);
        return;
    }
    resource_state(resource, nullptr, nullptr, nullptr, nullptr);
    CHECK(is_one_of(GetLastError(), {ERROR_SUCCESS, ERROR_RESOURCE_NOT_FOUND}));
    std::array<WCHAR, 16> text{};
    DWORD returned = 0;
    const DWORD told = resource_control(
        resource, nullptr, {CLUSCTL_RESOURCE_GET_NAME, nullptr, 0, text.data(), 32, &returned});
    CHECK(is_one_of(told, {ERROR_SUCCESS, ERROR_RESOURCE_NOT_FOUND}));
    CHECK(told != ERROR_SUCCESS || returned == 2 * (name.size() + 1));
    DWORD length = 16;
    CHECK(resource_network_name(resource, text.data(), &length) == FALSE);
    CHECK(GetLastError() == ERROR_DEPENDENCY_NOT_FOUND);
    if (const HRESENUM links = open_resource_links(resource, CLUSTER_RESOURCE_ENUM_ALL)) {
        const std::vector<std::string> names = names_of(links);
        const std::set<std::string> once(names.begin(), names.end());
        CHECK(!names.empty() && names.back() == "node");
        CHECK(once.size() == names.size());
    } else {
        CHECK(GetLastError() == ERROR_RESOURCE_NOT_FOUND);
    }
    CHECK(close_object(cluster, HandleKind::cluster) == TRUE);
    CHECK(close_object(resource, HandleKind::resource) == TRUE);  // it does without the other
}

void many_threads_share_what_there_is() {
    const std::uint64_t number = clusters().make(w("Cluster"), w("node"));
    Cluster& owner = *cluster_of(number);
    constexpr unsigned there_can_be = 5;
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&owner, thread] {
            std::mt19937 random(thread);
            for (int turn = 0; turn < 20000; ++turn) {
                const std::string which = std::to_string(random() % there_can_be);
                const Text id = w("id-" + which);
                const Text other = w("ID-" + std::to_string(random() % there_can_be));
                switch (random() % 8) {
                    case 0:
                        CHECK(is_one_of(add(owner, "id-" + which, "r" + which),
                                        {ERROR_SUCCESS, ERROR_OBJECT_ALREADY_EXISTS}));
                        break;
                    case 1:
                        CHECK(
                            is_one_of(owner.remove(id), {ERROR_SUCCESS, ERROR_RESOURCE_NOT_FOUND}));
                        break;
                    case 2:
                        CHECK(is_one_of(owner.depend(id, other),
                                        {ERROR_SUCCESS, ERROR_RESOURCE_NOT_FOUND,
                                         ERROR_DEPENDENCY_ALREADY_EXISTS, circular_dependency}));
                        break;
                    case 3:
                        CHECK(is_one_of(owner.rename(id, w((turn % 2 != 0 ? "R" : "r") + which)),
                                        {ERROR_SUCCESS, ERROR_RESOURCE_NOT_FOUND}));
                        break;
                    case 4:
                        owner.update(id, [](Resource& resource) { ++resource.state; });
                        break;
                    default:
                        look("r" + which);
                }
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    // By its id, and by its name in whatever case: each is there by both, or by none.
    for (unsigned which = 0; which < there_can_be; ++which) {
        const auto one = owner.resource(w("ID-" + std::to_string(which)));
        CHECK(one == owner.resource(w("R" + std::to_string(which))));
        CHECK(one == owner.resource(w("r" + std::to_string(which))));
        if (one != nullptr) CHECK(owner.depend(one->id, one->id) == circular_dependency);
    }
    CHECK(clusters().close(number));
}

const Scenarios scenarios = {
    {"forged_handles_of_every_kind_are_refused", forged_handles_of_every_kind_are_refused},
    {"many_threads_share_what_there_is", many_threads_share_what_there_is},
};

}  // namespace

int main(int count, char** arguments) {
    return run_scenario(count, arguments, scenarios);
}
