// The Cluster API's enumerations, without their names: what there is in a cluster, and of a
// resource what it depends on, what depends on it, and where it can run. What each returns is what
// the documents say.
//
// An enumeration is what there was when it was opened: an index means the same until it is closed,
// whatever comes and goes meanwhile. Any thread may call everything here, at any time. Nothing here
// throws.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/cluster/objects.hpp"

namespace resapi_cy::cluster {

struct Found {
    DWORD type;  // of those that were asked for
    Text name;
};
using Enumeration = std::vector<Found>;

// One or more of the types, and none beside them.
inline bool are_types(DWORD asked, DWORD all) noexcept {
    return asked != 0 && (asked & ~all) == 0;
}

template <typename Handle>
DWORD give_enumeration(HandleKind kind, Enumeration found, const Owner& owner, Handle& made) {
    return give_handle(kind, std::make_shared<Enumeration>(std::move(found)), owner, made);
}

// Of one type, in the order of their names, each name once.
inline void add_names(Enumeration& found, DWORD type, std::vector<Text> names) {
    std::sort(names.begin(), names.end(),
              [](const Text& one, const Text& other) { return compare_names(one, other) < 0; });
    for (Text& name : names) {
        if (!found.empty() && found.back().type == type &&
            compare_names(found.back().name, name) == 0) {
            continue;
        }
        found.push_back({type, std::move(name)});
    }
}

// Those that have a key in the database, and those of the resources that there are.
inline std::vector<Text> names_of_types(Cluster& cluster) {
    std::vector<Text> names;
    cluster.each([&](const auto& resource) { names.push_back(resource->type); });
    Database& database = cluster.database();
    std::shared_ptr<Key> key;
    if (database.open(database.root(), plain("ResourceTypes"), key) != ERROR_SUCCESS) return names;
    const auto add = [&](const Key& type) -> DWORD {
        names.push_back(type.name);
        return ERROR_SUCCESS;
    };
    for (DWORD index = 0; database.key_at(*key, index, add) == ERROR_SUCCESS;) ++index;
    return names;
}

// There are no groups, networks, interfaces and shared volumes here, and so none is found.
inline HCLUSENUM open_objects(HCLUSTER handle, DWORD types) noexcept {
    return handle_or_error<HCLUSENUM>([&](HCLUSENUM& made) -> DWORD {
        const auto owner = owner_of(handle, HandleKind::cluster);
        if (owner == nullptr) return ERROR_INVALID_HANDLE;
        constexpr DWORD alone[] = {static_cast<DWORD>(CLUSTER_ENUM_SHARED_VOLUME_RESOURCE),
                                   static_cast<DWORD>(CLUSTER_ENUM_INTERNAL_NETWORK)};
        if (!are_types(types, CLUSTER_ENUM_ALL) && types != alone[0] && types != alone[1]) {
            return ERROR_INVALID_PARAMETER;
        }
        Cluster& cluster = *owner->cluster;
        Enumeration found;
        if ((types & CLUSTER_ENUM_NODE) != 0) found.push_back({CLUSTER_ENUM_NODE, cluster.node()});
        if ((types & CLUSTER_ENUM_RESTYPE) != 0) {
            add_names(found, CLUSTER_ENUM_RESTYPE, names_of_types(cluster));
        }
        if ((types & CLUSTER_ENUM_RESOURCE) != 0) {
            std::vector<Text> names;
            cluster.each([&](const auto& resource) { names.push_back(resource->name); });
            add_names(found, CLUSTER_ENUM_RESOURCE, std::move(names));
        }
        return give_enumeration(HandleKind::objects, std::move(found), *owner, made);
    });
}

// What it depends on is found in the order in which that was said.
inline HRESENUM open_resource_links(HRESOURCE handle, DWORD types) noexcept {
    return handle_or_error<HRESENUM>([&](HRESENUM& made) -> DWORD {
        const auto open = resource_of(handle);
        if (open == nullptr) return ERROR_INVALID_HANDLE;
        if (!are_types(types, CLUSTER_RESOURCE_ENUM_ALL)) return ERROR_INVALID_PARAMETER;
        Cluster& cluster = *open->owner.cluster;
        Enumeration found;
        std::vector<Text> provides;
        const DWORD error = cluster.each_link(
            *open->resource,
            [&](const auto& other) {
                if ((types & CLUSTER_RESOURCE_ENUM_DEPENDS) == 0) return;
                found.push_back({CLUSTER_RESOURCE_ENUM_DEPENDS, other->name});
            },
            [&](const auto& other) {
                if ((types & CLUSTER_RESOURCE_ENUM_PROVIDES) != 0) provides.push_back(other->name);
            });
        if (error != ERROR_SUCCESS) return error;
        add_names(found, CLUSTER_RESOURCE_ENUM_PROVIDES, std::move(provides));
        if ((types & CLUSTER_RESOURCE_ENUM_NODES) != 0) {
            found.push_back({CLUSTER_RESOURCE_ENUM_NODES, cluster.node()});
        }
        return give_enumeration(HandleKind::resource_links, std::move(found), open->owner, made);
    });
}

inline HRESTYPEENUM open_type_links(HCLUSTER handle, LPCWSTR name, DWORD types) noexcept {
    return handle_or_error<HRESTYPEENUM>([&](HRESTYPEENUM& made) -> DWORD {
        const auto owner = owner_of(handle, HandleKind::cluster);
        if (owner == nullptr) return ERROR_INVALID_HANDLE;
        if (name == nullptr || !are_types(types, CLUSTER_RESOURCE_TYPE_ENUM_ALL)) {
            return ERROR_INVALID_PARAMETER;
        }
        Cluster& cluster = *owner->cluster;
        const auto all = names_of_types(cluster);
        if (std::none_of(all.begin(), all.end(),
                         [&](const Text& type) { return is_named(type, name); })) {
            return ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND;
        }
        Enumeration found;
        if ((types & CLUSTER_RESOURCE_TYPE_ENUM_NODES) != 0) {
            found.push_back({CLUSTER_RESOURCE_TYPE_ENUM_NODES, cluster.node()});
        }
        if ((types & CLUSTER_RESOURCE_TYPE_ENUM_RESOURCES) != 0) {
            std::vector<Text> names;
            cluster.each([&](const auto& resource) {
                if (is_named(resource->type, name)) names.push_back(resource->name);
            });
            add_names(found, CLUSTER_RESOURCE_TYPE_ENUM_RESOURCES, std::move(names));
        }
        return give_enumeration(HandleKind::type_links, std::move(found), *owner, made);
    });
}

// ---- Of any kind -------------------------------------------------------------------------------

template <typename Handle>
std::shared_ptr<Enumeration> enumeration_of(Handle handle, HandleKind kind) {
    return std::static_pointer_cast<Enumeration>(handles().find(number_of(handle), kind));
}

// Of a handle that is none there are 0, and GetLastError says so.
template <typename Handle>
DWORD enumeration_count(Handle handle, HandleKind kind) noexcept {
    const auto enumeration = enumeration_of(handle, kind);
    if (enumeration != nullptr) return static_cast<DWORD>(enumeration->size());
    SetLastError(ERROR_INVALID_HANDLE);
    return 0;
}

// Without room for a name: its length, and no error.
template <typename Handle>
DWORD enumeration_at(Handle handle, HandleKind kind, DWORD index, DWORD* type, LPWSTR name,
                     DWORD* length) noexcept {
    return guarded([&]() -> DWORD {
        const auto enumeration = enumeration_of(handle, kind);
        if (enumeration == nullptr) return ERROR_INVALID_HANDLE;
        if (type == nullptr || length == nullptr) return ERROR_INVALID_PARAMETER;
        if (index >= enumeration->size()) return ERROR_NO_MORE_ITEMS;
        const Found& found = (*enumeration)[index];
        *type = found.type;
        if (name != nullptr) return give_name(found.name, name, length);
        *length = static_cast<DWORD>(found.name.size());
        return ERROR_SUCCESS;
    });
}

template <typename Handle>
DWORD close_enumeration(Handle handle, HandleKind kind) noexcept {
    return handles().close(number_of(handle), kind) == nullptr ? ERROR_INVALID_HANDLE
                                                               : ERROR_SUCCESS;
}

}  // namespace resapi_cy::cluster
