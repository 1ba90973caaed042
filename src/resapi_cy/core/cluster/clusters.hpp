// What there is of a cluster: one for each resource monitor of the process, with its database, the
// resources that the monitor hosts, and the handles to all of it.
//
// Any thread may call everything here, at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/cluster/database.hpp"
#include "core/cluster/handles.hpp"

namespace resapi_cy::cluster {

inline constexpr std::size_t longest_object_name = 1024;

struct Resource {
    Text id;
    Text name;
    Text type;
    Text group;
    std::int32_t state = -1;  // CLUSTER_RESOURCE_STATE: unknown
    bool removed = false;
};

// A function that is not served and that the cluster's resource DLLs have called.
struct NotServed {
    const char* name;  // there for good
    std::uint64_t calls;
};

// Its resources are touched under its mutex only, which is never held with the database's.
class Cluster {
  public:
    Cluster(Text name, Text node) : name_(std::move(name)), node_(std::move(node)) {}

    const Text& name() const noexcept { return name_; }
    const Text& node() const noexcept { return node_; }
    Database& database() noexcept { return database_; }

    // An id, and a name, is one resource's alone.
    DWORD add(Resource resource) {
        const std::lock_guard lock(mutex_);
        if (find(resource.id) != nullptr || find(resource.name) != nullptr) {
            return ERROR_OBJECT_ALREADY_EXISTS;
        }
        Text key = capitals(resource.id);
        resources_.emplace(std::move(key), std::make_shared<Resource>(std::move(resource)));
        return ERROR_SUCCESS;
    }

    DWORD remove(TextView id) {
        const std::lock_guard lock(mutex_);
        const auto place = resources_.find(capitals(id));
        if (place == resources_.end()) return ERROR_RESOURCE_NOT_FOUND;
        place->second->removed = true;
        resources_.erase(place);
        return ERROR_SUCCESS;
    }

    DWORD rename(TextView id, Text name) {
        const std::lock_guard lock(mutex_);
        const auto place = resources_.find(capitals(id));
        if (place == resources_.end()) return ERROR_RESOURCE_NOT_FOUND;
        const auto other = find(name);
        if (other != nullptr && other != place->second) return ERROR_OBJECT_ALREADY_EXISTS;
        place->second->name = std::move(name);
        return ERROR_SUCCESS;
    }

    // `change` with the resource, under the mutex.
    template <typename Change>
    DWORD update(TextView id, Change change) {
        const std::lock_guard lock(mutex_);
        const auto place = resources_.find(capitals(id));
        if (place == resources_.end()) return ERROR_RESOURCE_NOT_FOUND;
        change(*place->second);
        return ERROR_SUCCESS;
    }

    // By its name or its id.
    std::shared_ptr<Resource> resource(TextView name) {
        const std::lock_guard lock(mutex_);
        return find(name);
    }

    // `seen` with it as it is, under the mutex. An error: it was removed meanwhile.
    template <typename Seen>
    DWORD look(const Resource& resource, Seen seen) {
        const std::lock_guard lock(mutex_);
        if (resource.removed) return ERROR_RESOURCE_NOT_FOUND;
        return seen(resource);
    }

    void was_not_served(const char* name) {
        const std::lock_guard lock(mutex_);
        for (NotServed& one : not_served_) {
            if (std::strcmp(one.name, name) == 0) {
                ++one.calls;
                return;
            }
        }
        not_served_.push_back({name, 1});
    }

    // In the order of their first calls.
    std::vector<NotServed> calls_not_served() {
        const std::lock_guard lock(mutex_);
        return not_served_;
    }

  private:
    std::shared_ptr<Resource> find(TextView name) {
        const auto place = resources_.find(capitals(name));
        if (place != resources_.end()) return place->second;
        for (const auto& [key, resource] : resources_) {
            if (compare_names(resource->name, name) == 0) return resource;
        }
        return nullptr;
    }

    const Text name_, node_;
    Database database_;
    std::mutex mutex_;
    std::map<Text, std::shared_ptr<Resource>> resources_;  // by id, in capitals
    std::vector<NotServed> not_served_;
};

inline HandleTable& handles() {
    return only<HandleTable>();
}

// What a handle to something of a cluster's has beside that: the cluster, and its number, by which
// its handles are closed with it.
struct Owner {
    std::shared_ptr<Cluster> cluster;
    std::uint64_t number = 0;
};

// The cluster of the entry point call that this thread is in; 0: it is in none.
inline thread_local std::uint64_t current_cluster = 0;

// The clusters that there are, oldest first.
class Clusters {
  public:
    // The cluster's number, which is a handle as well; 0: no place for one.
    std::uint64_t make(Text name, Text node) {
        Owner made{std::make_shared<Cluster>(std::move(name), std::move(node)), 0};
        const std::lock_guard lock(mutex_);
        open_.reserve(open_.size() + 1);
        made.number = handles().open(HandleKind::host, made.cluster, 0);
        if (made.number != 0) open_.push_back(made);
        return made.number;
    }

    // With it go all of its handles. What another thread is inside of ends when it leaves.
    bool close(std::uint64_t number) {
        const auto closed = handles().close(number, HandleKind::host);
        if (closed == nullptr) return false;
        {
            const std::lock_guard lock(mutex_);
            for (auto one = open_.begin(); one != open_.end(); ++one) {
                if (one->number != number) continue;
                open_.erase(one);
                break;
            }
        }
        handles().close_all(number);
        return true;
    }

    // This thread's, or else the newest; without a cluster: there is none.
    Owner current() {
        const std::lock_guard lock(mutex_);
        for (const Owner& one : open_) {
            if (one.number == current_cluster) return one;
        }
        return open_.empty() ? Owner{} : open_.back();
    }

  private:
    std::mutex mutex_;
    std::vector<Owner> open_;
};

inline Clusters& clusters() {
    return only<Clusters>();
}

inline std::shared_ptr<Cluster> cluster_of(std::uint64_t number) {
    return std::static_pointer_cast<Cluster>(handles().find(number, HandleKind::host));
}

// A handle to something of a cluster's; 0: there is no place left, or the cluster was closed while
// it was made. Its number is looked up after that: either who closes the cluster finds the handle,
// or it is seen here that the number is gone. The table's mutex orders the two.
inline std::uint64_t open_handle(HandleKind kind, std::shared_ptr<void> object,
                                 std::uint64_t owner) {
    const std::uint64_t handle = handles().open(kind, std::move(object), owner);
    if (handle != 0 && handles().find(owner, HandleKind::host) == nullptr) {
        handles().close(handle, kind);
        return 0;
    }
    return handle;
}

}  // namespace resapi_cy::cluster
