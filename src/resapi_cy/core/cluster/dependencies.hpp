// What resutils says of resources, and of what one depends on: ResUtilGetResourceDependency and its
// kin, ResUtilEnumResources, what two resources have in common. Written against the functions of
// the Cluster API alone, by which a resource is known by its name.
//
// The documents name no error for a dependency that is not there; here it is
// ERROR_DEPENDENCY_NOT_FOUND. Any thread may call everything here.
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "properties_output.hpp"

namespace resapi_cy::dependencies {

using properties::guarded;
using properties::same_name;
using properties::Wide;

inline constexpr DWORD not_present = 4316;  // ERROR_RESOURCE_NOT_PRESENT

// A handle, and its end. Who closes what is open is told of no error.
template <typename Handle, auto close>
class Owned {
  public:
    explicit Owned(Handle handle) : handle_(handle) {}
    Owned(Owned&& other) noexcept : handle_(other.release()) {}
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() {
        if (handle_ != nullptr) close(handle_);
    }

    Handle get() const { return handle_; }
    Handle release() { return std::exchange(handle_, nullptr); }

  private:
    Handle handle_;
};
using OwnCluster = Owned<HCLUSTER, CloseCluster>;
using OwnResource = Owned<HRESOURCE, CloseClusterResource>;
using OwnKey = Owned<HKEY, ClusterRegCloseKey>;
using OwnObjects = Owned<HCLUSENUM, ClusterCloseEnum>;
using OwnLinks = Owned<HRESENUM, ClusterResourceCloseEnum>;
using OwnNode = Owned<HNODE, CloseClusterNode>;

// nullptr, and why in GetLastError.
template <typename Function>
HRESOURCE resource_or_error(Function function) {
    HRESOURCE made = nullptr;
    const DWORD error = guarded([&] { return function(made); });
    if (error != ERROR_SUCCESS) SetLastError(error);
    return made;
}

// ---- What a resource is ------------------------------------------------------------------------

// What one of the control codes says that answer text.
inline DWORD told_text(HRESOURCE resource, DWORD code, Wide& text) {
    std::vector<WCHAR> room(64);
    for (;;) {
        DWORD returned = 0;
        const auto size = static_cast<DWORD>(room.size() * sizeof(WCHAR));
        const DWORD error = ClusterResourceControl(resource, nullptr, code, nullptr, 0, room.data(),
                                                   size, &returned);
        if (error == ERROR_SUCCESS) {
            text = room.data();
            return error;
        }
        if (error != ERROR_MORE_DATA) return error;
        room.resize(returned / sizeof(WCHAR) + 1);
    }
}

inline bool is_of_type(HRESOURCE resource, const Wide& type) {
    Wide own;
    return told_text(resource, CLUSCTL_RESOURCE_GET_RESOURCE_TYPE, own) == ERROR_SUCCESS &&
           same_name(own, type);
}

// The subclass does not count: the documents' example leaves it as it is.
inline bool is_of_class(HRESOURCE resource, const CLUS_RESOURCE_CLASS_INFO& asked) {
    CLUS_RESOURCE_CLASS_INFO own{};
    DWORD returned = 0;
    return ClusterResourceControl(resource, nullptr, CLUSCTL_RESOURCE_GET_CLASS_INFO, nullptr, 0,
                                  &own, sizeof own, &returned) == ERROR_SUCCESS &&
           own.dw == asked.dw;
}

// FALSE, too, where it can't be told.
template <typename Function>
BOOL told(Function function) {
    bool answer = false;
    const DWORD error = guarded([&]() -> DWORD {
        answer = function();
        return ERROR_SUCCESS;
    });
    return error == ERROR_SUCCESS && answer ? TRUE : FALSE;
}

inline BOOL resource_types_equal(LPCWSTR type, HRESOURCE resource) {
    return told([&] { return type != nullptr && is_of_type(resource, type); });
}

inline BOOL is_resource_class_equal(const CLUS_RESOURCE_CLASS_INFO* asked, HRESOURCE resource) {
    return told([&] { return asked != nullptr && is_of_class(resource, *asked); });
}

inline BOOL resources_equal(HRESOURCE one, HRESOURCE other) {
    return told([&] {
        Wide names[2];
        return told_text(one, CLUSCTL_RESOURCE_GET_NAME, names[0]) == ERROR_SUCCESS &&
               told_text(other, CLUSCTL_RESOURCE_GET_NAME, names[1]) == ERROR_SUCCESS &&
               same_name(names[0], names[1]);
    });
}

inline DWORD resource_name(HRESOURCE resource, LPWSTR name, LPDWORD length) {
    return guarded([&]() -> DWORD {
        if (name == nullptr || length == nullptr) return ERROR_INVALID_PARAMETER;
        Wide own;
        if (const DWORD error = told_text(resource, CLUSCTL_RESOURCE_GET_NAME, own)) return error;
        const DWORD room = std::exchange(*length, static_cast<DWORD>(own.size()));
        if (room <= own.size()) return ERROR_MORE_DATA;
        std::memcpy(name, own.c_str(), (own.size() + 1) * sizeof(WCHAR));
        return ERROR_SUCCESS;
    });
}

// Another handle to the same one.
inline DWORD duplicate_resource(HRESOURCE resource, HRESOURCE* copy) {
    return guarded([&]() -> DWORD {
        if (copy == nullptr) return ERROR_INVALID_PARAMETER;
        *copy = nullptr;
        const OwnCluster cluster(GetClusterFromResource(resource));
        if (cluster.get() == nullptr) return GetLastError();
        Wide name;
        if (const DWORD error = told_text(resource, CLUSCTL_RESOURCE_GET_NAME, name)) return error;
        *copy = OpenClusterResource(cluster.get(), name.c_str());
        return *copy == nullptr ? GetLastError() : ERROR_SUCCESS;
    });
}

// ---- What there is, and what a resource depends on ---------------------------------------------

// The names that an enumeration has: `at` is ClusterEnum, or ClusterResourceEnum.
template <typename At>
DWORD names_of(At at, std::vector<Wide>& names) {
    std::vector<WCHAR> room(64);
    for (DWORD index = 0;;) {
        DWORD type = 0;
        auto length = static_cast<DWORD>(room.size());
        const DWORD error = at(index, &type, room.data(), &length);
        if (error == ERROR_SUCCESS) {
            names.emplace_back(room.data(), length);
            ++index;
        } else if (error == ERROR_MORE_DATA) {
            room.resize(length + std::size_t{1});
        } else {
            return error == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : error;
        }
    }
}

// Of its links of the types; in their order.
inline DWORD names_of_links(HRESOURCE resource, DWORD types, std::vector<Wide>& names) {
    const OwnLinks links(ClusterResourceOpenEnum(resource, types));
    if (links.get() == nullptr) return GetLastError();
    return names_of(
        [&](DWORD index, LPDWORD type, LPWSTR name, LPDWORD length) {
            return ClusterResourceEnum(links.get(), index, type, name, length);
        },
        names);
}

inline DWORD names_of_dependencies(HRESOURCE resource, std::vector<Wide>& names) {
    return names_of_links(resource, CLUSTER_RESOURCE_ENUM_DEPENDS, names);
}

inline DWORD names_of_objects(HCLUSTER cluster, DWORD types, std::vector<Wide>& names) {
    const OwnObjects objects(ClusterOpenEnum(cluster, types));
    if (objects.get() == nullptr) return GetLastError();
    return names_of(
        [&](DWORD index, LPDWORD kind, LPWSTR name, LPDWORD length) {
            return ClusterEnum(objects.get(), index, kind, name, length);
        },
        names);
}

// The nearest one of all that `matches`, and of those the first. What goes meanwhile is passed
// over.
template <typename Matches>
DWORD find_dependency(HCLUSTER cluster, HRESOURCE self, bool recurse, Matches matches,
                      HRESOURCE& found) {
    std::vector<Wide> reached;
    if (const DWORD error = names_of_dependencies(self, reached)) return error;
    for (std::size_t next = 0; next < reached.size(); ++next) {
        OwnResource other(OpenClusterResource(cluster, reached[next].c_str()));
        if (other.get() == nullptr) {
            const DWORD error = GetLastError();
            if (error != ERROR_RESOURCE_NOT_FOUND) return error;
            continue;
        }
        if (matches(other.get())) {
            found = other.release();
            return ERROR_SUCCESS;
        }
        std::vector<Wide> further;
        if (recurse) names_of_dependencies(other.get(), further);
        for (Wide& name : further) {  // each once, however many ways lead to it
            const auto is_it = [&](const Wide& one) { return same_name(one, name); };
            if (std::none_of(reached.begin(), reached.end(), is_it)) {
                reached.push_back(std::move(name));
            }
        }
    }
    return ERROR_DEPENDENCY_NOT_FOUND;
}

inline HRESOURCE dependency_by_name(HCLUSTER cluster, HRESOURCE self, LPCWSTR type, BOOL recurse) {
    return resource_or_error([&](HRESOURCE& found) -> DWORD {
        if (type == nullptr) return ERROR_INVALID_PARAMETER;
        const auto matches = [&](HRESOURCE one) { return is_of_type(one, type); };
        return find_dependency(cluster, self, recurse != FALSE, matches, found);
    });
}

inline HRESOURCE dependency_by_class(HCLUSTER cluster, HRESOURCE self,
                                     const CLUS_RESOURCE_CLASS_INFO* asked, BOOL recurse) {
    return resource_or_error([&](HRESOURCE& found) -> DWORD {
        if (asked == nullptr) return ERROR_INVALID_PARAMETER;
        const auto matches = [&](HRESOURCE one) { return is_of_class(one, *asked); };
        return find_dependency(cluster, self, recurse != FALSE, matches, found);
    });
}

// Of those that it depends on directly.
inline HRESOURCE dependency(HRESOURCE self, LPCWSTR type) {
    const OwnCluster cluster(GetClusterFromResource(self));
    return cluster.get() == nullptr ? nullptr
                                    : dependency_by_name(cluster.get(), self, type, FALSE);
}

inline HRESOURCE dependency_of_name(LPCWSTR name, LPCWSTR type) {
    const OwnCluster cluster(OpenCluster(nullptr));
    if (cluster.get() == nullptr) return nullptr;
    const OwnResource self(OpenClusterResource(cluster.get(), name));
    return self.get() == nullptr ? nullptr
                                 : dependency_by_name(cluster.get(), self.get(), type, FALSE);
}

// What a caller's routine has returned that is not ERROR_SUCCESS ends an enumeration: with
// ERROR_NO_MORE_ITEMS it is an end that is no error.
inline DWORD ended_by(DWORD error) {
    return error == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : error;
}

// `call` with each resource but `self`, and of one type where that is asked for.
template <typename Call>
DWORD each_resource(HCLUSTER cluster, HRESOURCE self, LPCWSTR type, Call call) {
    Wide own;
    if (self != nullptr) {
        const DWORD error = told_text(self, CLUSCTL_RESOURCE_GET_NAME, own);
        if (error != ERROR_SUCCESS) return error;
    }
    std::vector<Wide> names;
    if (const DWORD error = names_of_objects(cluster, CLUSTER_ENUM_RESOURCE, names)) return error;
    for (const Wide& name : names) {
        if (self != nullptr && same_name(name, own)) continue;
        const OwnResource one(OpenClusterResource(cluster, name.c_str()));
        if (one.get() == nullptr) continue;  // it has gone meanwhile
        if (type != nullptr && !is_of_type(one.get(), type)) continue;
        if (const DWORD error = call(one.get())) return ended_by(error);
    }
    return ERROR_SUCCESS;
}

inline DWORD enum_resources(HRESOURCE self, LPCWSTR type, LPRESOURCE_CALLBACK call,
                            PVOID parameter) {
    return guarded([&]() -> DWORD {
        if (call == nullptr) return ERROR_INVALID_PARAMETER;
        const OwnCluster cluster(OpenCluster(nullptr));
        if (cluster.get() == nullptr) return GetLastError();
        return each_resource(cluster.get(), self, type,
                             [&](HRESOURCE one) { return call(self, one, parameter); });
    });
}

inline DWORD enum_resources_ex(HCLUSTER cluster, HRESOURCE self, LPCWSTR type,
                               LPRESOURCE_CALLBACK_EX call, PVOID parameter) {
    return guarded([&]() -> DWORD {
        if (call == nullptr) return ERROR_INVALID_PARAMETER;
        return each_resource(cluster, self, type,
                             [&](HRESOURCE one) { return call(cluster, self, one, parameter); });
    });
}

// `call` with each resource that `self` depends on directly, or that depends on it. There is no
// page of this function: it is understood as ResUtilEnumResourcesEx's is. Nodes are no resources.
inline DWORD enum_dependencies(HRESOURCE self, DWORD types, LPRESOURCE_CALLBACK_EX call,
                               PVOID parameter) {
    return guarded([&]() -> DWORD {
        constexpr DWORD resources = CLUSTER_RESOURCE_ENUM_DEPENDS | CLUSTER_RESOURCE_ENUM_PROVIDES;
        if (call == nullptr || (types & ~resources) != 0) return ERROR_INVALID_PARAMETER;
        const OwnCluster cluster(GetClusterFromResource(self));
        if (cluster.get() == nullptr) return GetLastError();
        std::vector<Wide> names;
        if (const DWORD error = names_of_links(self, types, names)) return error;
        for (const Wide& name : names) {
            const OwnResource one(OpenClusterResource(cluster.get(), name.c_str()));
            if (one.get() == nullptr) continue;  // it has gone meanwhile
            if (const DWORD error = call(cluster.get(), self, one.get(), parameter)) {
                return ended_by(error);
            }
        }
        return ERROR_SUCCESS;
    });
}

// `call` with each node and its state. There is no page of it either.
inline DWORD enum_nodes(HCLUSTER cluster, LPNODE_CALLBACK call, PVOID parameter) {
    return guarded([&]() -> DWORD {
        if (call == nullptr) return ERROR_INVALID_PARAMETER;
        std::vector<Wide> names;
        if (const DWORD error = names_of_objects(cluster, CLUSTER_ENUM_NODE, names)) return error;
        for (const Wide& name : names) {
            const OwnNode node(OpenClusterNode(cluster, name.c_str()));
            if (node.get() == nullptr) return GetLastError();
            const CLUSTER_NODE_STATE state = GetClusterNodeState(node.get());
            if (const DWORD error = call(cluster, node.get(), state, parameter)) {
                return ended_by(error);
            }
        }
        return ERROR_SUCCESS;
    });
}

// ---- The IP address, and the drive
// -------------------------------------------------------------------------------

// A property, the room for its text, and the text's length: both count the NUL here.
struct TextRoom {
    const char* property;
    LPWSTR text;
    LPDWORD length;

    bool is_there() const { return text != nullptr && length != nullptr; }
};

inline Wide wide(const char* text) {
    return Wide(text, text + std::strlen(text));
}

inline DWORD give_text(HKEY key, const TextRoom& into) {
    properties::Value value;
    if (const DWORD error = properties::query(key, wide(into.property).c_str(), value)) {
        return error;
    }
    const Wide text = properties::text_of(value.data);
    const DWORD room = std::exchange(*into.length, static_cast<DWORD>(text.size() + 1));
    if (room <= text.size()) return ERROR_MORE_DATA;
    std::memcpy(into.text, text.c_str(), (text.size() + 1) * sizeof(WCHAR));
    return ERROR_SUCCESS;
}

// The key Parameters of a resource.
inline DWORD open_parameters(HRESOURCE resource, properties::Subkey& parameters) {
    const OwnKey key(GetClusterResourceKey(resource, KEY_READ));
    return key.get() == nullptr ? GetLastError()
                                : parameters.open(key.get(), wide("Parameters"), KEY_READ);
}

// The first one of the type that it depends on directly: none is an error of its own here, as the
// documents have it.
inline DWORD present_dependency(HCLUSTER cluster, HRESOURCE resource, const char* type,
                                HRESOURCE& found) {
    found = dependency_by_name(cluster, resource, wide(type).c_str(), FALSE);
    if (found != nullptr) return ERROR_SUCCESS;
    const DWORD error = GetLastError();
    return error == ERROR_DEPENDENCY_NOT_FOUND ? not_present : error;
}

// Of the first IP Address that it depends on directly. Who has too little room for one of them is
// told all of the lengths.
inline DWORD ip_address_properties(HRESOURCE resource, const TextRoom (&rooms)[3]) {
    return guarded([&]() -> DWORD {
        for (const TextRoom& room : rooms) {
            if (!room.is_there()) return ERROR_INVALID_PARAMETER;
        }
        const OwnCluster cluster(GetClusterFromResource(resource));
        if (cluster.get() == nullptr) return GetLastError();
        HRESOURCE found = nullptr;
        if (const DWORD error = present_dependency(cluster.get(), resource, "IP Address", found)) {
            return error;
        }
        const OwnResource address(found);
        properties::Subkey parameters;
        if (const DWORD error = open_parameters(address.get(), parameters)) return error;
        DWORD all = ERROR_SUCCESS;
        for (const TextRoom& room : rooms) {
            const DWORD error = give_text(parameters.key(), room);
            if (error != ERROR_SUCCESS && error != ERROR_MORE_DATA) return error;
            all |= error;
        }
        return all;
    });
}

// What the first Physical Disk that it depends on directly has as its private property Drive.
inline DWORD drive_letter(HCLUSTER cluster, HRESOURCE resource, LPWSTR text, LPDWORD length) {
    return guarded([&]() -> DWORD {
        const TextRoom room{"Drive", text, length};
        if (!room.is_there()) return ERROR_INVALID_PARAMETER;
        HRESOURCE found = nullptr;
        if (const DWORD error = present_dependency(cluster, resource, "Physical Disk", found)) {
            return error;
        }
        const OwnResource disk(found);
        properties::Subkey parameters;
        if (const DWORD error = open_parameters(disk.get(), parameters)) return error;
        return give_text(parameters.key(), room);
    });
}

}  // namespace resapi_cy::dependencies
