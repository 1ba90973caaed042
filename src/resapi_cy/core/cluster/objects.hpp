// The Cluster API's functions on the cluster, its node and its resources, without their names: what
// a resource DLL finds of the cluster around it. A handle, or nullptr and why in GetLastError; the
// codes are those of the documents.
//
// Any thread may call everything here, at any time. Nothing here throws.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "core/cluster/registry.hpp"
#include "resapi_cy/clusapi.h"

namespace resapi_cy::cluster {

inline constexpr DWORD no_such_server = 1722;  // RPC_S_SERVER_UNAVAILABLE

// What a handle of a resource's is to.
struct OpenResource {
    Owner owner;
    std::shared_ptr<Resource> resource;
};

// nullptr, and the error where it is asked for.
template <typename Handle, typename Function>
Handle handle_or_error(Function function) noexcept {
    Handle made = nullptr;
    const DWORD error = guarded([&] { return function(made); });
    if (error != ERROR_SUCCESS) SetLastError(error);
    return made;
}

template <typename Handle>
DWORD give_handle(HandleKind kind, std::shared_ptr<void> object, const Owner& owner, Handle& made) {
    const std::uint64_t handle = open_handle(kind, std::move(object), owner.number);
    if (handle == 0) return ERROR_INVALID_HANDLE;
    made = handle_of<Handle>(handle);
    return ERROR_SUCCESS;
}

// FALSE, and why in GetLastError.
template <typename Handle>
BOOL close_object(Handle handle, HandleKind kind) noexcept {
    const DWORD error = guarded([&]() -> DWORD {
        return handles().close(number_of(handle), kind) == nullptr ? ERROR_INVALID_HANDLE
                                                                   : ERROR_SUCCESS;
    });
    if (error != ERROR_SUCCESS) SetLastError(error);
    return error == ERROR_SUCCESS ? TRUE : FALSE;
}

// The cluster, or its node: there is nothing of a node beside its name.
template <typename Handle>
std::shared_ptr<Owner> owner_of(Handle handle, HandleKind kind) {
    return std::static_pointer_cast<Owner>(handles().find(number_of(handle), kind));
}

inline std::shared_ptr<OpenResource> resource_of(HRESOURCE handle) {
    return std::static_pointer_cast<OpenResource>(
        handles().find(number_of(handle), HandleKind::resource));
}

inline bool is_named(const Text& name, LPCWSTR asked) noexcept {
    return compare_names(name, text_of(asked, longest_object_name)) == 0;
}

// ---- The cluster -------------------------------------------------------------------------------

// NULL: the one that this thread's entry point belongs to, or else the newest.
inline HCLUSTER open_cluster(LPCWSTR name) noexcept {
    return handle_or_error<HCLUSTER>([&](HCLUSTER& made) -> DWORD {
        const Owner owner = clusters().current();
        if (owner.cluster == nullptr) return no_such_server;
        if (name != nullptr && *name != 0 && !is_named(owner.cluster->name(), name)) {
            return no_such_server;
        }
        return give_handle(HandleKind::cluster, std::make_shared<Owner>(owner), owner, made);
    });
}

inline DWORD give_cluster(const Owner* owner, HCLUSTER& made) {
    if (owner == nullptr) return ERROR_INVALID_HANDLE;
    return give_handle(HandleKind::cluster, std::make_shared<Owner>(*owner), *owner, made);
}

inline HCLUSTER cluster_of_node(HNODE handle) noexcept {
    return handle_or_error<HCLUSTER>([&](HCLUSTER& made) {
        return give_cluster(owner_of(handle, HandleKind::node).get(), made);
    });
}

inline HCLUSTER cluster_of_resource(HRESOURCE handle) noexcept {
    return handle_or_error<HCLUSTER>([&](HCLUSTER& made) {
        const auto open = resource_of(handle);
        return give_cluster(open == nullptr ? nullptr : &open->owner, made);
    });
}

inline DWORD cluster_information(HCLUSTER handle, LPWSTR name, DWORD* length,
                                 CLUSTERVERSIONINFO* version) noexcept {
    return guarded([&]() -> DWORD {
        const auto owner = owner_of(handle, HandleKind::cluster);
        if (owner == nullptr) return ERROR_INVALID_HANDLE;
        if (name == nullptr || length == nullptr) return ERROR_INVALID_PARAMETER;
        if (version != nullptr) {
            // Older callers have a smaller structure; no version of Windows is claimed beyond 10.
            const std::size_t size = version->dwVersionInfoSize;
            if (size < offsetof(CLUSTERVERSIONINFO, dwClusterHighestVersion)) {
                return ERROR_INVALID_PARAMETER;
            }
            CLUSTERVERSIONINFO whole{};
            whole.dwVersionInfoSize = version->dwVersionInfoSize;
            whole.MajorVersion = 10;
            std::memcpy(version, &whole, size < sizeof whole ? size : sizeof whole);
        }
        return give_name(owner->cluster->name(), name, length);
    });
}

// The only node there is is this one.
inline DWORD node_cluster_state(LPCWSTR node, DWORD* state) noexcept {
    return guarded([&]() -> DWORD {
        if (state == nullptr) return ERROR_INVALID_PARAMETER;
        const Owner owner = clusters().current();
        if (node != nullptr &&
            (owner.cluster == nullptr || !is_named(owner.cluster->node(), node))) {
            return no_such_server;
        }
        *state = owner.cluster == nullptr ? ClusterStateNotInstalled : ClusterStateRunning;
        return ERROR_SUCCESS;
    });
}

// A key below the root; an empty path: the root.
inline HKEY key_below(const Owner* owner, const Text& path, REGSAM access) noexcept {
    return handle_or_error<HKEY>([&](HKEY& made) -> DWORD {
        if (owner == nullptr) return ERROR_INVALID_HANDLE;
        Database& database = owner->cluster->database();
        std::shared_ptr<Key> found;
        if (const DWORD error = database.open(database.root(), path, found)) return error;
        return give_key(*owner, std::move(found), access, &made);
    });
}

inline HKEY cluster_key(HCLUSTER handle, REGSAM access) noexcept {
    return handle_or_error<HKEY>([&](HKEY& made) -> DWORD {
        made = key_below(owner_of(handle, HandleKind::cluster).get(), {}, access);
        return made == nullptr ? GetLastError() : ERROR_SUCCESS;
    });
}

// Of ASCII.
inline Text plain(const char* text) {
    return Text(text, text + std::strlen(text));
}

inline Text below(const char* folder, TextView name) {
    Text path = plain(folder);
    path += WCHAR{'\\'};
    return path += name;
}

inline HKEY resource_type_key(HCLUSTER handle, LPCWSTR name, REGSAM access) noexcept {
    return handle_or_error<HKEY>([&](HKEY& made) -> DWORD {
        const auto owner = owner_of(handle, HandleKind::cluster);
        if (owner == nullptr) return ERROR_INVALID_HANDLE;
        if (name == nullptr || *name == 0) return ERROR_INVALID_PARAMETER;
        made = key_below(owner.get(), below("ResourceTypes", text_of(name, longest_object_name)),
                         access);
        if (made != nullptr) return ERROR_SUCCESS;
        const DWORD error = GetLastError();
        return error == ERROR_FILE_NOT_FOUND ? ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND : error;
    });
}

// ---- The node ----------------------------------------------------------------------------------

// NULL: this one.
inline HNODE open_node(HCLUSTER handle, LPCWSTR name) noexcept {
    return handle_or_error<HNODE>([&](HNODE& made) -> DWORD {
        const auto owner = owner_of(handle, HandleKind::cluster);
        if (owner == nullptr) return ERROR_INVALID_HANDLE;
        if (name != nullptr && !is_named(owner->cluster->node(), name)) {
            return ERROR_CLUSTER_NODE_NOT_FOUND;
        }
        return give_handle(HandleKind::node, owner, *owner, made);
    });
}

inline CLUSTER_NODE_STATE node_state(HNODE handle) noexcept {
    const DWORD error = guarded([&]() -> DWORD {
        return owner_of(handle, HandleKind::node) == nullptr ? ERROR_INVALID_HANDLE : ERROR_SUCCESS;
    });
    if (error == ERROR_SUCCESS) return ClusterNodeUp;
    SetLastError(error);
    return ClusterNodeStateUnknown;
}

// ---- Resources ---------------------------------------------------------------------------------

inline HRESOURCE open_resource(HCLUSTER handle, LPCWSTR name) noexcept {
    return handle_or_error<HRESOURCE>([&](HRESOURCE& made) -> DWORD {
        const auto owner = owner_of(handle, HandleKind::cluster);
        if (owner == nullptr) return ERROR_INVALID_HANDLE;
        if (name == nullptr) return ERROR_INVALID_PARAMETER;
        auto resource = owner->cluster->resource(text_of(name, longest_object_name));
        if (resource == nullptr) return ERROR_RESOURCE_NOT_FOUND;
        auto open = std::make_shared<OpenResource>(OpenResource{*owner, std::move(resource)});
        return give_handle(HandleKind::resource, std::move(open), *owner, made);
    });
}

// The names of its node and its group are given to who asks for them.
inline CLUSTER_RESOURCE_STATE resource_state(HRESOURCE handle, LPWSTR node, DWORD* node_length,
                                             LPWSTR group, DWORD* group_length) noexcept {
    auto state = ClusterResourceStateUnknown;
    const DWORD error = guarded([&]() -> DWORD {
        const auto open = resource_of(handle);
        if (open == nullptr) return ERROR_INVALID_HANDLE;
        if ((node != nullptr && node_length == nullptr) ||
            (group != nullptr && group_length == nullptr)) {
            return ERROR_INVALID_PARAMETER;
        }
        Cluster& cluster = *open->owner.cluster;
        return cluster.look(*open->resource, [&](const Resource& resource) -> DWORD {
            DWORD given = ERROR_SUCCESS;
            if (node != nullptr) given = give_name(cluster.node(), node, node_length);
            if (group != nullptr && given == ERROR_SUCCESS) {
                given = give_name(resource.group, group, group_length);
            }
            if (given == ERROR_SUCCESS) {
                state = static_cast<CLUSTER_RESOURCE_STATE>(resource.state);
            }
            return given;
        });
    });
    SetLastError(error);  // a state may be unknown without an error
    return state;
}

inline HKEY resource_key(HRESOURCE handle, REGSAM access) noexcept {
    return handle_or_error<HKEY>([&](HKEY& made) -> DWORD {
        const auto open = resource_of(handle);
        if (open == nullptr) return ERROR_INVALID_HANDLE;
        made = key_below(&open->owner, below("Resources", open->resource->id), access);
        return made == nullptr ? GetLastError() : ERROR_SUCCESS;
    });
}

}  // namespace resapi_cy::cluster
