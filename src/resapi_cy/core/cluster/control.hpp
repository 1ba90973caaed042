// The Cluster API's control codes for resources and resource types, without its names: what is
// answered here, and what the host is asked for. What each returns is what the documents say.
//
// Any thread may call everything here, at any time; one that is not in an entry point may have to
// wait for the host. Nothing here throws.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "core/cluster/links.hpp"
#include "core/cluster/objects.hpp"
#include "core/cluster/properties_output.hpp"

namespace resapi_cy::cluster {

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

// Who asks what, and where the answer goes.
struct ControlCall {
    DWORD code;
    const void* in;
    DWORD in_size;
    void* into;
    DWORD room;
    DWORD* returned;
};

// How long the host may take to look at a request, in nanoseconds: it does so at once, unless
// something that it needs waits for the very thread that asks: whoever keeps the GIL, say.
inline constexpr std::int64_t patience = 3'000'000'000;

// Asks the DLL, through the host. A thread that is in an entry point is refused: the documents
// leave these codes to worker threads, since the DLL's gate, or the host, may wait for that thread.
inline DWORD ask_dll(Cluster& cluster, bool of_type, Text name, const ControlCall& call) {
    if ((call.code >> CLCTL_INTERNAL_SHIFT & 1) != 0) return ERROR_INVALID_FUNCTION;
    if ((call.in == nullptr && call.in_size != 0) || (call.into == nullptr && call.room != 0)) {
        return ERROR_INVALID_PARAMETER;
    }
    if (current_cluster != 0) return possible_deadlock;
    const auto request = std::make_shared<Request>();
    request->of_type = of_type;
    request->name = std::move(name);
    request->code = call.code;
    const auto* first = static_cast<const BYTE*>(call.in);
    if (call.in_size != 0) request->input.assign(first, first + call.in_size);
    const DWORD error = cluster.requests().ask(request, patience);
    if (error != ERROR_SUCCESS) return error;
    const std::vector<BYTE>& output = request->output;
    return give_answer(output.data(), output.size(), call.into, call.room, call.returned);
}

// What can be said of a resource without its DLL, is. ERROR_CALL_NOT_IMPLEMENTED: it has none, and
// that is not served.
inline DWORD resource_control(HRESOURCE handle, HNODE node, const ControlCall& call) noexcept {
    return guarded([&]() -> DWORD {
        const DWORD code = call.code;
        const auto give = [&call](const void* data, std::size_t size) {
            return give_answer(data, size, call.into, call.room, call.returned);
        };
        const auto open = resource_of(handle);
        if (open == nullptr) return ERROR_INVALID_HANDLE;
        if (node != nullptr && owner_of(node, HandleKind::node) == nullptr) {
            return ERROR_INVALID_HANDLE;
        }
        Text text;
        Text name;
        std::uint32_t class_and_subclass[2] = {};
        bool declared = false;
        const DWORD gone =
            open->owner.cluster->look(*open->resource, [&](const Resource& resource) -> DWORD {
                if (code == CLUSCTL_RESOURCE_GET_NAME) text = resource.name;
                if (code == CLUSCTL_RESOURCE_GET_ID) text = resource.id;
                if (code == CLUSCTL_RESOURCE_GET_RESOURCE_TYPE) text = resource.type;
                name = resource.name;
                class_and_subclass[0] = resource.resource_class;
                class_and_subclass[1] = resource.subclass;
                declared = resource.declared;
                return ERROR_SUCCESS;
            });
        if (gone != ERROR_SUCCESS) return gone;
        if (!text.empty()) {
            return give(text.c_str(), (text.size() + 1) * sizeof(WCHAR));
        }
        // The host has asked the DLL of each that others depend on.
        if (code == CLUSCTL_RESOURCE_GET_CLASS_INFO &&
            (declared || class_and_subclass[0] != 0 || current_cluster != 0)) {
            return give(class_and_subclass, sizeof class_and_subclass);
        }
        if (code == CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES && declared) {
            return declared_properties(*open, call.into, call.room, call.returned);
        }
        if (declared) return ERROR_CALL_NOT_IMPLEMENTED;
        return ask_dll(*open->owner.cluster, false, std::move(name), call);
    });
}

inline DWORD resource_type_control(HCLUSTER handle, LPCWSTR name, HNODE node,
                                   const ControlCall& call) noexcept {
    return guarded([&]() -> DWORD {
        const auto owner = owner_of(handle, HandleKind::cluster);
        if (owner == nullptr) return ERROR_INVALID_HANDLE;
        if (node != nullptr && owner_of(node, HandleKind::node) == nullptr) {
            return ERROR_INVALID_HANDLE;
        }
        if (name == nullptr) return ERROR_INVALID_PARAMETER;
        Text type(text_of(name, longest_object_name));
        if (type.size() > longest_object_name) return ERROR_INVALID_PARAMETER;
        return ask_dll(*owner->cluster, true, std::move(type), call);
    });
}

}  // namespace resapi_cy::cluster
