// The Cluster API's functions on the database's keys, without their names: what each returns is
// what the documents say of ClusterReg..., and where they leave an error open, what the registry's
// own function of that name returns.
//
// Any thread may call everything here, at any time. Nothing here throws.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/cluster/clusters.hpp"

namespace resapi_cy::cluster {

// What a function returns when there is no memory: no exception crosses into a resource DLL.
template <typename Function>
DWORD guarded(Function function) noexcept {
    try {
        return function();
    } catch (const std::bad_alloc&) {
        return ERROR_NOT_ENOUGH_MEMORY;
    } catch (const std::length_error&) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
}

// A key, and what its handle may be used for.
struct OpenKey {
    Owner owner;
    std::shared_ptr<Key> key;
    DWORD access = 0;

    Database& database() const { return owner.cluster->database(); }
};

struct Batch {
    OpenKey at;
    std::mutex mutex;  // several threads may add
    std::vector<BatchCommand> commands;
    bool in_key = true;  // values have a key to be set in
};

// Handles as the Cluster API passes them: numbers in a pointer's clothes.
template <typename Handle>
std::uint64_t number_of(Handle handle) noexcept {
    return reinterpret_cast<std::uintptr_t>(handle);
}
template <typename Handle>
Handle handle_of(std::uint64_t number) noexcept {
    return reinterpret_cast<Handle>(static_cast<std::uintptr_t>(number));
}

// The rights that are asked for, one by one: the documents' names for several are sums of these.
inline DWORD rights(DWORD access) noexcept {
    if ((access & (MAXIMUM_ALLOWED | GENERIC_ALL)) != 0) return KEY_ALL_ACCESS;
    if ((access & GENERIC_READ) != 0) access |= KEY_READ;
    if ((access & GENERIC_WRITE) != 0) access |= KEY_WRITE;
    if ((access & GENERIC_EXECUTE) != 0) access |= KEY_EXECUTE;
    return access;
}

inline std::shared_ptr<OpenKey> open_key(HKEY handle) {
    return std::static_pointer_cast<OpenKey>(handles().find(number_of(handle), HandleKind::key));
}

// A handle for the key.
inline DWORD give_key(const Owner& owner, std::shared_ptr<Key> key, DWORD access, HKEY* result) {
    auto made = std::make_shared<OpenKey>(OpenKey{owner, std::move(key), rights(access)});
    const std::uint64_t handle = open_handle(HandleKind::key, std::move(made), owner.number);
    if (handle == 0) return ERROR_INVALID_HANDLE;
    *result = handle_of<HKEY>(handle);
    return ERROR_SUCCESS;
}

// What is asked of a key: that the handle is one, and may be used for it.
template <typename Function>
DWORD with_key(HKEY handle, DWORD right, Function function) noexcept {
    return guarded([&]() -> DWORD {
        const auto open = open_key(handle);
        if (open == nullptr) return ERROR_INVALID_HANDLE;
        if ((open->access & right) != right) return ERROR_ACCESS_DENIED;
        return function(*open);
    });
}

// A name that the caller gets: its length without the NUL, and room that counts it. A length that
// the caller has is needed even where the room is not.
inline DWORD give_name(TextView name, LPWSTR into, DWORD* length) {
    const DWORD room = *length;
    *length = static_cast<DWORD>(name.size());
    if (room <= name.size()) return ERROR_MORE_DATA;
    std::memcpy(into, name.data(), name.size() * sizeof(WCHAR));
    into[name.size()] = 0;
    return ERROR_SUCCESS;
}

inline DWORD give_data(const Value& value, DWORD* type, BYTE* data, DWORD* size) {
    if (type != nullptr) *type = value.type;
    if (size == nullptr) return ERROR_SUCCESS;
    const DWORD room = *size;
    *size = static_cast<DWORD>(value.data.size());
    if (data == nullptr) return ERROR_SUCCESS;
    if (room < value.data.size()) return ERROR_MORE_DATA;
    if (!value.data.empty()) std::memcpy(data, value.data.data(), value.data.size());
    return ERROR_SUCCESS;
}

inline void give_time(std::uint64_t written, FILETIME* into) {
    if (into == nullptr) return;
    into->dwLowDateTime = static_cast<DWORD>(written);
    into->dwHighDateTime = static_cast<DWORD>(written >> 32);
}

// ---- Keys --------------------------------------------------------------------------------------

// The root of a cluster's database: for its monitor, and what GetClusterKey gives.
inline DWORD reg_root_key(std::uint64_t number, REGSAM access, HKEY* result) noexcept {
    if (result == nullptr) return ERROR_INVALID_PARAMETER;
    *result = nullptr;
    return guarded([&]() -> DWORD {
        const auto cluster = cluster_of(number);
        if (cluster == nullptr) return ERROR_INVALID_HANDLE;
        return give_key({cluster, number}, cluster->database().root(), access, result);
    });
}

inline DWORD reg_open_key(HKEY from, LPCWSTR path, REGSAM access, HKEY* result) noexcept {
    if (result == nullptr) return ERROR_INVALID_PARAMETER;
    *result = nullptr;
    return with_key(from, 0, [&](const OpenKey& open) {
        if (path == nullptr) return DWORD{ERROR_INVALID_PARAMETER};
        std::shared_ptr<Key> found;
        const DWORD error = open.database().open(open.key, text_of(path, longest_path), found);
        return error != ERROR_SUCCESS ? error
                                      : give_key(open.owner, std::move(found), access, result);
    });
}

// The right to make keys is needed where one is made.
inline DWORD reg_create_key(HKEY from, LPCWSTR path, DWORD options, REGSAM access, HKEY* result,
                            DWORD* disposition) noexcept {
    if (result == nullptr) return ERROR_INVALID_PARAMETER;
    *result = nullptr;
    return with_key(from, 0, [&](const OpenKey& open) {
        if (path == nullptr || options != REG_OPTION_NON_VOLATILE) {
            return DWORD{ERROR_INVALID_PARAMETER};
        }
        const TextView name = text_of(path, longest_path);
        std::shared_ptr<Key> found;
        bool made = false;
        DWORD error = ERROR_SUCCESS;
        if ((open.access & KEY_CREATE_SUB_KEY) != 0) {
            error = open.database().create(open.key, name, found, made);
        } else {
            error = open.database().open(open.key, name, found);
            if (error == ERROR_FILE_NOT_FOUND) error = ERROR_ACCESS_DENIED;
        }
        if (error == ERROR_SUCCESS) error = give_key(open.owner, std::move(found), access, result);
        if (error == ERROR_SUCCESS && disposition != nullptr) {
            *disposition = made ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
        }
        return error;
    });
}

inline DWORD reg_close_key(HKEY key) noexcept {
    return guarded([&]() -> DWORD {
        return handles().close(number_of(key), HandleKind::key) == nullptr ? ERROR_INVALID_HANDLE
                                                                           : ERROR_SUCCESS;
    });
}

// What the handle may be used for does not count, as with the registry.
inline DWORD reg_delete_key(HKEY from, LPCWSTR path) noexcept {
    return with_key(from, 0, [&](const OpenKey& open) -> DWORD {
        if (path == nullptr) return ERROR_INVALID_PARAMETER;
        return open.database().remove(open.key, text_of(path, longest_path), false);
    });
}

inline DWORD reg_enum_key(HKEY key, DWORD index, LPWSTR name, DWORD* length,
                          FILETIME* written) noexcept {
    const auto look = [&](const OpenKey& open) -> DWORD {
        if (name == nullptr || length == nullptr) return ERROR_INVALID_PARAMETER;
        return open.database().key_at(*open.key, index, [&](const Key& found) {
            const DWORD error = give_name(found.name, name, length);
            if (error == ERROR_SUCCESS) give_time(found.written, written);
            return error;
        });
    };
    if (key != nullptr) return with_key(key, KEY_ENUMERATE_SUB_KEYS, look);
    // NULL is the root of the database, as the documents have it for this function alone.
    return guarded([&]() -> DWORD {
        const Owner owner = clusters().current();
        if (owner.cluster == nullptr) return ERROR_INVALID_HANDLE;
        return look({owner, owner.cluster->database().root(), KEY_READ});
    });
}

inline DWORD reg_query_info_key(HKEY key, DWORD* keys, DWORD* longest_key, DWORD* values,
                                DWORD* longest_name, DWORD* largest_data, DWORD* security,
                                FILETIME* written) noexcept {
    return with_key(key, KEY_QUERY_VALUE, [&](const OpenKey& open) {
        KeyInfo info;
        const DWORD error = open.database().info(*open.key, info);
        if (error != ERROR_SUCCESS) return error;
        const auto give = [](DWORD* into, DWORD number) {
            if (into != nullptr) *into = number;
        };
        give(keys, info.keys);
        give(longest_key, info.longest_key);
        give(values, info.values);
        give(longest_name, info.longest_value_name);
        give(largest_data, info.largest_value);
        give(security, 0);  // no key has a security descriptor here
        give_time(info.written, written);
        return error;
    });
}

// ---- Values ------------------------------------------------------------------------------------

inline DWORD reg_query_value(HKEY key, LPCWSTR name, DWORD* type, BYTE* data,
                             DWORD* size) noexcept {
    return with_key(key, KEY_QUERY_VALUE, [&](const OpenKey& open) -> DWORD {
        if (name == nullptr || (data != nullptr && size == nullptr)) return ERROR_INVALID_PARAMETER;
        return open.database().query(
            *open.key, text_of(name, longest_value_name),
            [&](const Value& value) { return give_data(value, type, data, size); });
    });
}

inline DWORD reg_set_value(HKEY key, LPCWSTR name, DWORD type, const BYTE* data,
                           DWORD size) noexcept {
    return with_key(key, KEY_SET_VALUE, [&](const OpenKey& open) -> DWORD {
        if (name == nullptr || (data == nullptr && size != 0)) return ERROR_INVALID_PARAMETER;
        return open.database().set(*open.key, text_of(name, longest_value_name), type, data, size);
    });
}

inline DWORD reg_delete_value(HKEY key, LPCWSTR name) noexcept {
    return with_key(key, KEY_SET_VALUE, [&](const OpenKey& open) -> DWORD {
        if (name == nullptr) return ERROR_INVALID_PARAMETER;
        return open.database().erase(*open.key, text_of(name, longest_value_name));
    });
}

inline DWORD reg_enum_value(HKEY key, DWORD index, LPWSTR name, DWORD* length, DWORD* type,
                            BYTE* data, DWORD* size) noexcept {
    return with_key(key, KEY_QUERY_VALUE, [&](const OpenKey& open) -> DWORD {
        if (name == nullptr || length == nullptr || (data != nullptr && size == nullptr)) {
            return ERROR_INVALID_PARAMETER;
        }
        return open.database().value_at(*open.key, index, [&](const Value& value) {
            const DWORD error = give_name(value.name, name, length);
            const DWORD of_data = give_data(value, type, data, size);
            return error != ERROR_SUCCESS ? error : of_data;
        });
    });
}

// ---- Batches -----------------------------------------------------------------------------------

inline DWORD reg_create_batch(HKEY key, std::uint64_t* result) noexcept {
    if (result == nullptr) return ERROR_INVALID_PARAMETER;
    *result = 0;
    return with_key(key, KEY_SET_VALUE, [&](const OpenKey& open) -> DWORD {
        auto batch = std::make_shared<Batch>();
        batch->at = open;
        *result = open_handle(HandleKind::batch, std::move(batch), open.owner.number);
        return *result == 0 ? ERROR_INVALID_HANDLE : ERROR_SUCCESS;
    });
}

// `command`: CLUSTER_REG_COMMAND; those that change something, 1 to 4, are served. What can be
// refused without the tree is refused here.
inline DWORD reg_batch_add_command(std::uint64_t handle, DWORD command, LPCWSTR name, DWORD type,
                                   const void* data, DWORD size) noexcept {
    return guarded([&]() -> DWORD {
        const auto batch =
            std::static_pointer_cast<Batch>(handles().find(handle, HandleKind::batch));
        if (batch == nullptr) return ERROR_INVALID_HANDLE;
        if (command < 1 || command > 4 || name == nullptr) return ERROR_INVALID_PARAMETER;
        BatchCommand made{static_cast<BatchStep>(command - 1), {}};
        const bool of_value =
            made.step == BatchStep::set_value || made.step == BatchStep::delete_value;
        const TextView text = text_of(name, of_value ? longest_value_name : longest_path);
        if (text.size() > (of_value ? longest_value_name : longest_path)) {
            return ERROR_INVALID_PARAMETER;
        }
        made.value.name = text;
        if (made.step == BatchStep::set_value) {
            if ((data == nullptr && size != 0) || size > largest_value) {
                return ERROR_INVALID_PARAMETER;
            }
            made.value.type = type;
            const auto* bytes = static_cast<const BYTE*>(data);
            if (size != 0) made.value.data.assign(bytes, bytes + size);
        }
        const std::lock_guard lock(batch->mutex);
        if (of_value && !batch->in_key) return ERROR_INVALID_PARAMETER;
        batch->commands.push_back(std::move(made));
        if (!of_value) batch->in_key = command == 2;
        return ERROR_SUCCESS;
    });
}

// `failed`: the number of the command that failed, from 0 on; -1: none of them was come to.
inline DWORD reg_close_batch(std::uint64_t handle, bool commit, int* failed) noexcept {
    return guarded([&]() -> DWORD {
        int number = -1;
        if (failed != nullptr) *failed = number;
        const auto batch =
            std::static_pointer_cast<Batch>(handles().close(handle, HandleKind::batch));
        if (batch == nullptr) return ERROR_INVALID_HANDLE;
        if (!commit) return ERROR_SUCCESS;
        const std::lock_guard lock(batch->mutex);
        const DWORD error = batch->at.database().execute(batch->at.key, batch->commands, number);
        if (failed != nullptr) *failed = number;
        return error;
    });
}

}  // namespace resapi_cy::cluster
