// What the Cluster API says of resources to those that depend on them, without its names: whether
// one could, and which network name it has by that. What each returns is what the documents say.
//
// Any thread may call everything here, at any time: no DLL is called, so that nothing waits for an
// entry point, and what the documents forbid in one does no harm. Nothing here throws.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "core/cluster/objects.hpp"
#include "core/cluster/properties_output.hpp"

namespace resapi_cy::cluster {

// All resources of a cluster are of one group here.
inline BOOL can_be_dependent(HRESOURCE handle, HRESOURCE on) noexcept {
    bool can = false;
    const DWORD error = guarded([&]() -> DWORD {
        const auto open = resource_of(handle);
        const auto other = resource_of(on);
        if (open == nullptr || other == nullptr) return ERROR_INVALID_HANDLE;
        Cluster& cluster = *open->owner.cluster;
        can = other->owner.cluster.get() == &cluster &&
              !cluster.depends(*other->resource, *open->resource);
        return ERROR_SUCCESS;
    });
    if (error != ERROR_SUCCESS) SetLastError(error);
    return can ? TRUE : FALSE;
}

// ---- The network name --------------------------------------------------------------------------

// The nearest resource of the type that it depends on, directly or not; nullptr: there is none.
inline std::shared_ptr<Resource> dependency_of(Cluster& cluster, const char* type,
                                               const std::shared_ptr<Resource>& resource) {
    std::vector<std::shared_ptr<Resource>> reached{resource};
    for (std::size_t next = 0; next < reached.size(); ++next) {
        const auto from = reached[next];  // by value: the vector grows
        if (next != 0 && compare_names(from->type, plain(type)) == 0) return from;
        cluster.each_dependency(*from, [&](const auto& other) {
            if (std::find(reached.begin(), reached.end(), other) == reached.end()) {
                reached.push_back(other);
            }
        });
    }
    return nullptr;
}

inline Text parameters_path(const Resource& resource) {
    return below("Resources", resource.id) + below("", plain("Parameters"));
}

// What it is online under is its private property Name, whatever the resource is called.
inline BOOL resource_network_name(HRESOURCE handle, LPWSTR name, DWORD* length) noexcept {
    const DWORD error = guarded([&]() -> DWORD {
        const auto open = resource_of(handle);
        if (open == nullptr) return ERROR_INVALID_HANDLE;
        if (name == nullptr || length == nullptr) return ERROR_INVALID_PARAMETER;
        Cluster& cluster = *open->owner.cluster;
        const auto found = dependency_of(cluster, "Network Name", open->resource);
        if (found == nullptr) return ERROR_DEPENDENCY_NOT_FOUND;
        Database& database = cluster.database();
        std::shared_ptr<Key> parameters;
        if (const DWORD refused =
                database.open(database.root(), parameters_path(*found), parameters)) {
            return refused;
        }
        return database.query(*parameters, plain("Name"), [&](const Value& value) -> DWORD {
            if (value.type != REG_SZ) return ERROR_INVALID_DATA;
            return give_name(properties::text_of(value.data), name, length);
        });
    });
    if (error != ERROR_SUCCESS) SetLastError(error);
    return error == ERROR_SUCCESS ? TRUE : FALSE;
}

}  // namespace resapi_cy::cluster
