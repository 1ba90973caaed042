// The stand-in library's side of its host: see host.h.
#include "cluster/host.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "cluster/exported.h"
#include "cluster/not_served.h"
#include "core/cluster/registry.hpp"

namespace {

using namespace resapi_cy::cluster;

Text text(LPCWSTR given) {
    return Text(text_of(given, longest_object_name));
}

bool is_name(const Text& name) {
    return !name.empty() && name.size() <= longest_object_name;
}

std::uint64_t make_cluster(LPCWSTR name, LPCWSTR node) noexcept {
    std::uint64_t made = 0;
    guarded([&]() -> DWORD {
        Text names[] = {text(name), text(node)};
        if (is_name(names[0]) && is_name(names[1])) {
            made = clusters().make(std::move(names[0]), std::move(names[1]));
        }
        return ERROR_SUCCESS;
    });
    return made;
}

std::uint32_t close_cluster(std::uint64_t cluster) noexcept {
    return guarded([&]() -> DWORD {
        return clusters().close(cluster) ? ERROR_SUCCESS : ERROR_INVALID_HANDLE;
    });
}

std::uint64_t set_current(std::uint64_t cluster) noexcept {
    return std::exchange(current_cluster, cluster);
}

std::uint32_t root_key(std::uint64_t cluster, HKEY* key) noexcept {
    return reg_root_key(cluster, KEY_ALL_ACCESS, key);
}

template <typename Function>
std::uint32_t with_cluster(std::uint64_t number, Function function) noexcept {
    return guarded([&]() -> DWORD {
        const auto cluster = cluster_of(number);
        return cluster == nullptr ? ERROR_INVALID_HANDLE : function(*cluster);
    });
}

// `made`: what else there is to say of it.
std::uint32_t add(std::uint64_t number, LPCWSTR id, LPCWSTR name, LPCWSTR type,
                  Resource made) noexcept {
    return with_cluster(number, [&](Cluster& cluster) -> DWORD {
        made.id = text(id);
        made.name = text(name);
        made.type = text(type);
        if (!is_name(made.id) || !is_name(made.name) || !is_name(made.type)) {
            return ERROR_INVALID_PARAMETER;
        }
        return cluster.add(std::move(made));
    });
}

std::uint32_t add_resource(std::uint64_t number, LPCWSTR id, LPCWSTR name, LPCWSTR type) noexcept {
    return add(number, id, name, type, {});
}

std::uint32_t declare_resource(std::uint64_t number, LPCWSTR id, LPCWSTR name, LPCWSTR type,
                               std::uint32_t resource_class, std::uint32_t subclass) noexcept {
    Resource made;
    made.state = ClusterResourceOnline;
    made.resource_class = resource_class;
    made.subclass = subclass;
    made.declared = true;
    return add(number, id, name, type, std::move(made));
}

std::uint32_t rename_resource(std::uint64_t number, LPCWSTR id, LPCWSTR name) noexcept {
    return with_cluster(number, [&](Cluster& cluster) -> DWORD {
        Text given = text(name);
        if (!is_name(given)) return ERROR_INVALID_PARAMETER;
        return cluster.rename(text(id), std::move(given));
    });
}

std::uint32_t set_resource_state(std::uint64_t number, LPCWSTR id, std::int32_t state) noexcept {
    return with_cluster(number, [&](Cluster& cluster) {
        return cluster.update(text(id), [state](Resource& resource) { resource.state = state; });
    });
}

std::uint32_t set_resource_class(std::uint64_t number, LPCWSTR id, std::uint32_t resource_class,
                                 std::uint32_t subclass) noexcept {
    return with_cluster(number, [&](Cluster& cluster) {
        return cluster.update(text(id), [=](Resource& resource) {
            resource.resource_class = resource_class;
            resource.subclass = subclass;
        });
    });
}

std::uint32_t add_dependency(std::uint64_t number, LPCWSTR id, LPCWSTR depends_on) noexcept {
    return with_cluster(
        number, [&](Cluster& cluster) { return cluster.depend(text(id), text(depends_on)); });
}

std::uint32_t remove_dependency(std::uint64_t number, LPCWSTR id, LPCWSTR depends_on) noexcept {
    return with_cluster(number, [&](Cluster& cluster) {
        return cluster.depend_no_more(text(id), text(depends_on));
    });
}

std::uint32_t delete_key(std::uint64_t number, LPCWSTR path) noexcept {
    return with_cluster(number, [&](Cluster& cluster) {
        Database& database = cluster.database();
        return database.remove(database.root(), text_of(path, longest_path), true);
    });
}

std::uint32_t serve_requests(std::uint64_t number, void (*wake)(void*), void* context) noexcept {
    return with_cluster(number, [&](Cluster& cluster) -> DWORD {
        cluster.requests().serve(wake, context);
        return ERROR_SUCCESS;
    });
}

std::uint32_t take_request(std::uint64_t number, resapi_cy_request* request) noexcept {
    return with_cluster(number, [&](Cluster& cluster) -> DWORD {
        const Request* taken = cluster.requests().take(request->number);
        if (taken == nullptr) return ERROR_NO_MORE_ITEMS;
        request->of_type = taken->of_type ? 1 : 0;
        request->code = taken->code;
        request->name = taken->name.c_str();
        request->input = taken->input.data();
        request->size = taken->input.size();
        return ERROR_SUCCESS;
    });
}

std::uint32_t answer_request(std::uint64_t number, std::uint64_t request, std::uint32_t error,
                             const std::uint8_t* output, std::size_t size) noexcept {
    return with_cluster(number, [&](Cluster& cluster) -> DWORD {
        std::vector<BYTE> copy;
        const DWORD copied = guarded([&]() -> DWORD {
            if (size != 0) copy.assign(output, output + size);
            return ERROR_SUCCESS;
        });
        // Without memory it is answered all the same.
        cluster.requests().answer(request, copied == ERROR_SUCCESS ? error : copied,
                                  std::move(copy));
        return copied;
    });
}

std::uint32_t remove_resource(std::uint64_t number, LPCWSTR id) noexcept {
    return with_cluster(number, [&](Cluster& cluster) { return cluster.remove(text(id)); });
}

void put(Bytes& into, const void* data, std::size_t size) {
    const auto* bytes = static_cast<const BYTE*>(data);
    if (size != 0) into.insert(into.end(), bytes, bytes + size);
}
void put(Bytes& into, std::size_t number) {
    const auto small = static_cast<std::uint32_t>(number);
    put(into, &small, sizeof small);
}
void put(Bytes& into, const Text& name) {
    put(into, name.size());
    put(into, name.data(), name.size() * sizeof(WCHAR));
}

std::uint32_t take_changes(std::uint64_t number, std::uint8_t** changes,
                           std::size_t* size) noexcept {
    *changes = nullptr;
    *size = 0;
    return with_cluster(number, [&](Cluster& cluster) -> DWORD {
        // Whatever is taken and can't be given is put back.
        return cluster.database().take_changes([&](const std::vector<Change>& taken) -> DWORD {
            Bytes all;
            for (const Change& change : taken) {
                put(all, change.identity);
                put(all, change.path);
                put(all, change.exists ? 1 : 0);
                put(all, change.values.size());
                for (const Value& value : change.values) {
                    put(all, value.name);
                    put(all, value.type);
                    put(all, value.data.size());
                    put(all, value.data.data(), value.data.size());
                }
            }
            if (all.empty()) return ERROR_SUCCESS;
            *changes = static_cast<std::uint8_t*>(std::malloc(all.size()));
            if (*changes == nullptr) return ERROR_NOT_ENOUGH_MEMORY;
            std::memcpy(*changes, all.data(), all.size());
            *size = all.size();
            return ERROR_SUCCESS;
        });
    });
}

void free_changes(std::uint8_t* changes) noexcept {
    std::free(changes);
}

std::size_t calls_not_served(std::uint64_t number, resapi_cy_calls_not_served* into,
                             std::size_t room) noexcept {
    std::size_t there_are = 0;
    with_cluster(number, [&](Cluster& cluster) -> DWORD {
        const auto calls = cluster.calls_not_served();
        there_are = calls.size();
        for (std::size_t i = 0; i < std::min(room, there_are); ++i) {
            into[i] = {calls[i].name, calls[i].calls};
        }
        return ERROR_SUCCESS;
    });
    return there_are;
}

constexpr resapi_cy_cluster_functions functions = {
    sizeof(resapi_cy_cluster_functions),
    make_cluster,
    close_cluster,
    set_current,
    root_key,
    add_resource,
    rename_resource,
    set_resource_state,
    remove_resource,
    take_changes,
    free_changes,
    calls_not_served,
    resapi_cy_names_not_served,
    set_resource_class,
    declare_resource,
    add_dependency,
    remove_dependency,
    delete_key,
    serve_requests,
    take_request,
    answer_request,
};

}  // namespace

EXPORTED const resapi_cy_cluster_functions* resapi_cy_cluster_host() {
    return &functions;
}

EXPORTED void resapi_cy_not_served(const char* name) {
    guarded([&]() -> DWORD {
        const Owner owner = clusters().current();
        if (owner.cluster != nullptr) owner.cluster->was_not_served(name);
        return ERROR_SUCCESS;
    });
    SetLastError(ERROR_CALL_NOT_IMPLEMENTED);
}

#if !defined(_WIN32)
namespace {
thread_local DWORD last_error = 0;
}

EXPORTED DWORD WINAPI GetLastError() {
    return last_error;
}

EXPORTED void WINAPI SetLastError(DWORD error) {
    last_error = error;
}
#endif
