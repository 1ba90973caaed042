// The cluster database: a tree of keys with typed values.
//
// Any thread may call everything here, at any time; nothing waits for anything but the database's
// one mutex. That is a plain one: what is done under it, a search by halves and a copy, takes about
// as long as counting readers in and out would, and no stream of readers keeps a writer out.
//
// A caller's memory is read and written under the mutex. std::bad_alloc: no memory, and the tree is
// as it was.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "core/cluster/names.hpp"

namespace resapi_cy::cluster {

// The registry's own limits for names and depth; of one value's data, what a cluster would hardly
// send to its nodes.
inline constexpr std::size_t longest_key_name = 255;
inline constexpr std::size_t longest_value_name = 16383;
inline constexpr std::size_t deepest_key = 512;
inline constexpr std::size_t longest_path = deepest_key * (longest_key_name + 1);
inline constexpr std::size_t largest_value = std::size_t{16} << 20;

using Bytes = std::vector<BYTE>;

struct Value {
    Text name;
    DWORD type = REG_NONE;
    Bytes data;
};

// Touched under its database's mutex only. Its keys and values are in the order of their names, so
// that an index means the same until something is made or deleted.
struct Key {
    Text name;
    Key* parent = nullptr;  // while it is not deleted
    std::vector<std::shared_ptr<Key>> keys;
    std::vector<Value> values;
    std::uint64_t written = 0;  // FILETIME
    bool deleted = false;
    bool listed = false;  // among the database's changes
};

// What has become of a key since the changes were last taken.
struct Change {
    Text identity;  // its path in capitals: the same for one key, however it is written
    Text path;
    bool exists = false;
    std::vector<Value> values;  // all there are
};

struct KeyInfo {
    DWORD keys = 0, longest_key = 0, values = 0, longest_value_name = 0, largest_value = 0;
    std::uint64_t written = 0;
};

enum class BatchStep : std::uint8_t { set_value, create_key, delete_key, delete_value };

struct BatchCommand {
    BatchStep step;
    Value value;  // a key's name is its name
};

// ---- Lists in the order of names ---------------------------------------------------------------

inline TextView name_of(const Value& value) {
    return value.name;
}
inline TextView name_of(const std::shared_ptr<Key>& key) {
    return key->name;
}

// Where it is, or belongs.
template <typename List>
auto place_of(List& list, TextView name) {
    return std::lower_bound(list.begin(), list.end(), name, [](const auto& one, TextView that) {
        return compare_names(name_of(one), that) < 0;
    });
}
template <typename List, typename Place>
bool is_at(const List& list, Place place, TextView name) {
    return place != list.end() && compare_names(name_of(*place), name) == 0;
}

class Database {
  public:
    Database() : root_(std::make_shared<Key>()) { root_->written = now(); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const std::shared_ptr<Key>& root() const noexcept { return root_; }

    // `path`: names with backslashes between them; empty: the key itself.
    DWORD open(const std::shared_ptr<Key>& key, TextView path, std::shared_ptr<Key>& found) {
        const std::lock_guard lock(mutex_);
        if (key->deleted) return ERROR_KEY_DELETED;
        return walk(key, path, found);
    }

    // Makes what is missing on the way, too.
    DWORD create(const std::shared_ptr<Key>& key, TextView path, std::shared_ptr<Key>& found,
                 bool& made) {
        const std::lock_guard lock(mutex_);
        if (key->deleted) return ERROR_KEY_DELETED;
        std::shared_ptr<Key> top;  // the topmost of those that were made
        const DWORD error = make(key, path, found, top);
        made = top != nullptr;
        return error;
    }

    // `whole`: with everything below it; otherwise a key that has keys is not deleted, and what the
    // registry says then is ERROR_ACCESS_DENIED.
    DWORD remove(const std::shared_ptr<Key>& key, TextView path, bool whole) {
        const std::lock_guard lock(mutex_);
        if (key->deleted) return ERROR_KEY_DELETED;
        std::shared_ptr<Key> found;
        if (const DWORD error = walk(key, path, found)) return error;
        if (found == key) return ERROR_INVALID_PARAMETER;
        if (!whole && !found->keys.empty()) return ERROR_ACCESS_DENIED;
        unlink(*found);
        return ERROR_SUCCESS;
    }

    // `seen` with the value, under the mutex.
    template <typename Seen>
    DWORD query(const Key& key, TextView name, Seen seen) {
        const std::lock_guard lock(mutex_);
        if (key.deleted) return ERROR_KEY_DELETED;
        const auto place = place_of(key.values, name);
        if (!is_at(key.values, place, name)) return ERROR_FILE_NOT_FOUND;
        return seen(*place);
    }

    // One that is there already, and equal, is no change.
    DWORD set(Key& key, TextView name, DWORD type, const BYTE* data, std::size_t size) {
        if (name.size() > longest_value_name || size > largest_value) {
            return ERROR_INVALID_PARAMETER;
        }
        Value value{Text(name), type, {}};
        if (size != 0) value.data.assign(data, data + size);
        const std::lock_guard lock(mutex_);
        if (key.deleted) return ERROR_KEY_DELETED;
        put(key, std::move(value));
        return ERROR_SUCCESS;
    }

    DWORD erase(Key& key, TextView name) {
        const std::lock_guard lock(mutex_);
        if (key.deleted) return ERROR_KEY_DELETED;
        const auto place = place_of(key.values, name);
        if (!is_at(key.values, place, name)) return ERROR_FILE_NOT_FOUND;
        changed(key);
        key.values.erase(place);
        return ERROR_SUCCESS;
    }

    template <typename Seen>
    DWORD key_at(const Key& key, DWORD index, Seen seen) {
        const std::lock_guard lock(mutex_);
        if (key.deleted) return ERROR_KEY_DELETED;
        if (index >= key.keys.size()) return ERROR_NO_MORE_ITEMS;
        return seen(std::as_const(*key.keys[index]));
    }

    template <typename Seen>
    DWORD value_at(const Key& key, DWORD index, Seen seen) {
        const std::lock_guard lock(mutex_);
        if (key.deleted) return ERROR_KEY_DELETED;
        if (index >= key.values.size()) return ERROR_NO_MORE_ITEMS;
        return seen(key.values[index]);
    }

    DWORD info(const Key& key, KeyInfo& found) {
        const std::lock_guard lock(mutex_);
        if (key.deleted) return ERROR_KEY_DELETED;
        const auto longer = [](DWORD& longest, std::size_t length) {
            longest = std::max(longest, static_cast<DWORD>(length));
        };
        found.keys = static_cast<DWORD>(key.keys.size());
        found.values = static_cast<DWORD>(key.values.size());
        found.written = key.written;
        for (const auto& below : key.keys) longer(found.longest_key, below->name.size());
        for (const Value& value : key.values) {
            longer(found.longest_value_name, value.name.size());
            longer(found.largest_value, value.data.size());
        }
        return ERROR_SUCCESS;
    }

    // All of the commands, or none: with the first that fails (`failed`; -1: before any) those
    // before it are taken back. No other thread sees anything between.
    DWORD execute(const std::shared_ptr<Key>& key, const std::vector<BatchCommand>& commands,
                  int& failed) {
        failed = -1;
        const std::lock_guard lock(mutex_);
        if (key->deleted) return ERROR_KEY_DELETED;
        std::vector<std::function<void()>> back;  // how each command is taken back
        DWORD error = ERROR_SUCCESS;
        try {
            back.reserve(commands.size());
            std::shared_ptr<Key> at = key;  // which key values are set in
            for (std::size_t i = 0; i < commands.size() && error == ERROR_SUCCESS; ++i) {
                failed = static_cast<int>(i);
                error = step(key, commands[i], at, back);
            }
        } catch (const std::bad_alloc&) {
            error = ERROR_NOT_ENOUGH_MEMORY;
        }
        if (error == ERROR_SUCCESS) {
            failed = -1;
        } else {
            for (auto undo = back.rbegin(); undo != back.rend(); ++undo) (*undo)();
        }
        return error;
    }

    // What has changed since the last time, each key once, and a key before those below it, goes to
    // `give` under the mutex. If that fails or throws, nothing has been taken.
    template <typename Give>
    DWORD take_changes(Give give) {
        const std::lock_guard lock(mutex_);
        std::vector<Change> taken;
        taken.reserve(changed_.size());
        std::vector<Key*> listed;
        listed.reserve(changed_.size());
        for (const Text& identity : changed_) {
            std::shared_ptr<Key> found;
            Change change;
            change.identity = identity;
            change.exists = walk(root_, identity, found) == ERROR_SUCCESS;
            change.path = change.exists ? path_of(*found) : identity;
            if (change.exists) {
                change.values = found->values;
                listed.push_back(found.get());
            }
            taken.push_back(std::move(change));
        }
        if (const DWORD error = give(taken)) return error;
        for (Key* key : listed) key->listed = false;
        changed_.clear();
        return ERROR_SUCCESS;
    }

  private:
    static std::uint64_t now() {
        // FILETIME counts tenths of a microsecond from 1601; the clock's epoch is 1970.
        constexpr std::uint64_t to_1970 = 116'444'736'000'000'000;
        const auto since = std::chrono::system_clock::now().time_since_epoch();
        return to_1970 +
               static_cast<std::uint64_t>(
                   std::chrono::duration_cast<std::chrono::nanoseconds>(since).count() / 100);
    }

    // The next name of a path, and the path without it. A backslash at the end says nothing.
    static DWORD next(TextView& path, TextView& name) {
        const std::size_t end = std::min(path.find(WCHAR{'\\'}), path.size());
        if (end == 0 || end > longest_key_name) return ERROR_INVALID_PARAMETER;
        name = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        return ERROR_SUCCESS;
    }

    static DWORD walk(const std::shared_ptr<Key>& from, TextView path,
                      std::shared_ptr<Key>& found) {
        found = from;
        for (TextView name; !path.empty();) {
            if (const DWORD error = next(path, name)) return error;
            const auto place = place_of(found->keys, name);
            if (!is_at(found->keys, place, name)) return ERROR_FILE_NOT_FOUND;
            found = std::shared_ptr<Key>(*place);  // its parent may be held by nobody else
        }
        return ERROR_SUCCESS;
    }

    DWORD make(const std::shared_ptr<Key>& from, TextView path, std::shared_ptr<Key>& found,
               std::shared_ptr<Key>& top) {
        // The whole path is looked at before anything is made.
        std::size_t depth = 0;
        for (const Key* key = from.get(); key->parent != nullptr; key = key->parent) ++depth;
        for (TextView rest = path, name; !rest.empty(); ++depth) {
            if (const DWORD error = next(rest, name)) return error;
        }
        if (depth > deepest_key) return ERROR_INVALID_PARAMETER;
        found = from;
        try {
            for (TextView name; !path.empty();) {
                next(path, name);
                auto place = place_of(found->keys, name);
                if (!is_at(found->keys, place, name)) {
                    auto key = std::make_shared<Key>();
                    key->name = name;
                    key->parent = found.get();
                    place = found->keys.insert(place, key);
                    if (top == nullptr) top = key;
                    found->written = now();
                    changed(*key);
                }
                found = std::shared_ptr<Key>(*place);
            }
        } catch (...) {
            if (top != nullptr) detach(*top);
            throw;
        }
        return ERROR_SUCCESS;
    }

    // The value's bytes, in the key. What was there before, for who may want it back.
    std::shared_ptr<Value> put(Key& key, Value value) {
        const auto place = place_of(key.values, value.name);
        if (!is_at(key.values, place, value.name)) {
            changed(key);
            key.values.insert(place, std::move(value));
            return nullptr;
        }
        auto before = std::make_shared<Value>(*place);
        if (place->type == value.type && place->data == value.data) return before;
        changed(key);
        place->type = value.type;
        place->data = std::move(value.data);
        return before;
    }

    // No part of it throws when it has begun to change the tree.
    void unlink(Key& key) {
        list_all(key);
        key.parent->written = now();
        detach(key);
    }

    // Out of the tree, marked with everything below it, and into it again.
    static void detach(Key& key) noexcept {
        auto& siblings = key.parent->keys;
        mark(key, true);
        const auto place =
            std::find_if(siblings.begin(), siblings.end(),
                         [&key](const std::shared_ptr<Key>& one) { return one.get() == &key; });
        if (place != siblings.end()) siblings.erase(place);
    }
    static void mark(Key& key, bool deleted) noexcept {
        key.deleted = deleted;
        for (const auto& below : key.keys) mark(*below, deleted);
    }

    void list_all(Key& key) {
        // Not changed(): its identity may have been taken, and the flag with it.
        changed_.insert(capitals(path_of(key)));
        for (const auto& below : key.keys) list_all(*below);
    }

    void changed(Key& key) {
        if (!key.listed) changed_.insert(capitals(path_of(key)));
        key.listed = true;
        key.written = now();
    }

    static Text path_of(const Key& key) {
        if (key.parent == nullptr) return {};
        Text path = path_of(*key.parent);
        if (!path.empty()) path += WCHAR{'\\'};
        return path += key.name;
    }

    // One command of a batch. What it takes to take it back is there before it is done.
    DWORD step(const std::shared_ptr<Key>& key, const BatchCommand& command,
               std::shared_ptr<Key>& at, std::vector<std::function<void()>>& back) {
        const Value& value = command.value;
        switch (command.step) {
            case BatchStep::create_key: {
                std::shared_ptr<Key> top;
                back.reserve(back.size() + 1);
                const DWORD error = make(key, value.name, at, top);
                if (top != nullptr) back.emplace_back([top] { detach(*top); });
                return error;
            }
            case BatchStep::delete_key: {
                std::shared_ptr<Key> found;
                if (const DWORD error = walk(key, value.name, found)) return error;
                if (found == key) return ERROR_INVALID_PARAMETER;
                back.emplace_back([found] {
                    auto& siblings = found->parent->keys;
                    siblings.insert(place_of(siblings, found->name), found);
                    mark(*found, false);
                });
                try {
                    unlink(*found);
                } catch (...) {
                    back.pop_back();
                    throw;
                }
                at = nullptr;
                return ERROR_SUCCESS;
            }
            case BatchStep::set_value: {
                if (at == nullptr) return ERROR_INVALID_PARAMETER;
                auto before = put(*at, value);
                back.emplace_back([where = at, before, name = value.name] {
                    const auto place = place_of(where->values, name);
                    if (before == nullptr) {
                        where->values.erase(place);
                    } else {
                        *place = *before;
                    }
                });
                return ERROR_SUCCESS;
            }
            case BatchStep::delete_value: {
                if (at == nullptr) return ERROR_INVALID_PARAMETER;
                const auto place = place_of(at->values, value.name);
                if (!is_at(at->values, place, value.name)) return ERROR_FILE_NOT_FOUND;
                auto before = std::make_shared<Value>(*place);
                back.emplace_back([where = at, before] {
                    where->values.insert(place_of(where->values, before->name), *before);
                });
                changed(*at);
                at->values.erase(place);
                return ERROR_SUCCESS;
            }
        }
        return ERROR_INVALID_PARAMETER;
    }

    std::mutex mutex_;
    std::shared_ptr<Key> root_;
    std::set<Text> changed_;  // paths in capitals
};

}  // namespace resapi_cy::cluster
