// What the Cluster API says of resources to those that depend on them, without its names: whether
// one could, which network name it has by that, and the control codes that are answered without
// the resource's DLL. What each returns is what the documents say.
//
// Any thread may call everything here, at any time: no DLL is called, so that nothing waits for an
// entry point, and what the documents forbid in one does no harm. Nothing here throws.
#pragma once

#include <algorithm>
#include <cstring>
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

// ---- Control codes -----------------------------------------------------------------------------

// What a control call answers. Who has no room at all asks for the size, which is no error.
inline DWORD give_answer(const void* data, std::size_t size, void* into, DWORD room,
                         DWORD* returned) {
    if (returned != nullptr) *returned = static_cast<DWORD>(size);
    if (room == 0) return ERROR_SUCCESS;
    if (into == nullptr) return ERROR_INVALID_PARAMETER;
    if (room < size) return ERROR_MORE_DATA;
    std::memcpy(into, data, size);
    return ERROR_SUCCESS;
}

// The private properties of one that is no DLL's: all that lies below its Parameters.
inline DWORD declared_properties(const OpenResource& open, void* into, DWORD room,
                                 DWORD* returned) {
    const HKEY parameters = key_below(&open.owner, parameters_path(*open.resource), KEY_READ);
    if (parameters == nullptr) return GetLastError();
    std::vector<BYTE> list(1024);
    DWORD given = 0;
    DWORD required = 0;
    DWORD error = ERROR_MORE_DATA;
    do {  // until it has the room, whoever writes meanwhile
        list.resize(std::max<std::size_t>(list.size(), required + std::size_t{1}));
        error = properties::get_private_properties(
            parameters, list.data(), static_cast<DWORD>(list.size()), &given, &required);
    } while (error == ERROR_MORE_DATA);
    reg_close_key(parameters);
    return error != ERROR_SUCCESS ? error : give_answer(list.data(), given, into, room, returned);
}

// What can be said of a resource without its DLL, which may be the one that is asking, in an entry
// point. ERROR_CALL_NOT_IMPLEMENTED: it is not served.
inline DWORD resource_control(HRESOURCE handle, HNODE node, DWORD code, void* into, DWORD room,
                              DWORD* returned) noexcept {
    return guarded([&]() -> DWORD {
        const auto open = resource_of(handle);
        if (open == nullptr) return ERROR_INVALID_HANDLE;
        if (node != nullptr && owner_of(node, HandleKind::node) == nullptr) {
            return ERROR_INVALID_HANDLE;
        }
        Text text;
        std::uint32_t class_and_subclass[2] = {};
        bool declared = false;
        const DWORD gone =
            open->owner.cluster->look(*open->resource, [&](const Resource& resource) -> DWORD {
                if (code == CLUSCTL_RESOURCE_GET_NAME) text = resource.name;
                if (code == CLUSCTL_RESOURCE_GET_ID) text = resource.id;
                if (code == CLUSCTL_RESOURCE_GET_RESOURCE_TYPE) text = resource.type;
                class_and_subclass[0] = resource.resource_class;
                class_and_subclass[1] = resource.subclass;
                declared = resource.declared;
                return ERROR_SUCCESS;
            });
        if (gone != ERROR_SUCCESS) return gone;
        if (!text.empty()) {
            return give_answer(text.c_str(), (text.size() + 1) * sizeof(WCHAR), into, room,
                               returned);
        }
        if (code == CLUSCTL_RESOURCE_GET_CLASS_INFO) {
            return give_answer(class_and_subclass, sizeof class_and_subclass, into, room, returned);
        }
        if (code == CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES && declared) {
            return declared_properties(*open, into, room, returned);
        }
        return ERROR_CALL_NOT_IMPLEMENTED;
    });
}

}  // namespace resapi_cy::cluster
