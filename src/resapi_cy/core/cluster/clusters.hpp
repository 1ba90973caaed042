// What there is of a cluster: one for each resource monitor of the process, with its database, the
// resources that the monitor hosts, and the handles to all of it.
//
// Any thread may call everything here, at any time.
#pragma once

#include <algorithm>
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
#include "core/cluster/requests.hpp"

namespace resapi_cy::cluster {

inline constexpr std::size_t longest_object_name = 1024;
inline constexpr DWORD circular_dependency = 1059;  // ERROR_CIRCULAR_DEPENDENCY

struct Resource {
    Text id;
    Text name;
    Text type;
    Text group;
    std::int32_t state = -1;           // CLUSTER_RESOURCE_STATE: unknown
    std::uint32_t resource_class = 0;  // CLUSTER_RESOURCE_CLASS: unknown
    std::uint32_t subclass = 0;
    bool declared = false;  // it is no DLL's, and there only so that others find it
    bool removed = false;
    // The ids, in capitals, of what it depends on directly. One that is closed is passed over until
    // it is there again: it has its id again then.
    std::vector<Text> depends_on;
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
    Requests& requests() noexcept { return requests_; }

    // An id, and a name, is one resource's alone.
    DWORD add(Resource resource) {
        const std::lock_guard lock(mutex_);
        if (find(resource.id) != nullptr || find(resource.name) != nullptr) {
            return ERROR_OBJECT_ALREADY_EXISTS;
        }
        Text key = capitals(resource.id);
        Text name = capitals(resource.name);
        const auto made = std::make_shared<Resource>(std::move(resource));
        const auto place = names_.emplace(std::move(name), made).first;
        try {
            resources_.emplace(std::move(key), made);
        } catch (...) {  // no memory
            names_.erase(place);
            throw;
        }
        return ERROR_SUCCESS;
    }

    DWORD remove(TextView id) {
        const std::lock_guard lock(mutex_);
        const auto place = resources_.find(capitals(id));
        if (place == resources_.end()) return ERROR_RESOURCE_NOT_FOUND;
        place->second->removed = true;
        names_.erase(capitals(place->second->name));
        resources_.erase(place);
        return ERROR_SUCCESS;
    }

    DWORD rename(TextView id, Text name) {
        const std::lock_guard lock(mutex_);
        const auto place = resources_.find(capitals(id));
        if (place == resources_.end()) return ERROR_RESOURCE_NOT_FOUND;
        const auto other = find(name);
        if (other != nullptr && other != place->second) return ERROR_OBJECT_ALREADY_EXISTS;
        // First what may throw. Only its case may have changed: it stays where it is then.
        Text old = capitals(place->second->name);
        if (names_.emplace(capitals(name), place->second).second) names_.erase(old);
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

    // Refused are a second time, and what would make a circle.
    DWORD depend(TextView id, TextView on) {
        const std::lock_guard lock(mutex_);
        const auto place = resources_.find(capitals(id));
        const auto other = resources_.find(capitals(on));
        if (place == resources_.end() || other == resources_.end()) return ERROR_RESOURCE_NOT_FOUND;
        std::vector<Text>& all = place->second->depends_on;
        if (std::find(all.begin(), all.end(), other->first) != all.end()) {
            return ERROR_DEPENDENCY_ALREADY_EXISTS;
        }
        if (leads_to(other->first, place->first)) return circular_dependency;
        all.push_back(other->first);
        return ERROR_SUCCESS;
    }

    DWORD depend_no_more(TextView id, TextView on) {
        const std::lock_guard lock(mutex_);
        const auto place = resources_.find(capitals(id));
        if (place == resources_.end()) return ERROR_RESOURCE_NOT_FOUND;
        std::vector<Text>& all = place->second->depends_on;
        const auto found = std::find(all.begin(), all.end(), capitals(on));
        if (found == all.end()) return ERROR_DEPENDENCY_NOT_FOUND;
        all.erase(found);
        return ERROR_SUCCESS;
    }

    // Whether the one depends on the other, directly or not, or is the same.
    bool depends(const Resource& one, const Resource& on) {
        const std::lock_guard lock(mutex_);
        return leads_to(capitals(one.id), capitals(on.id));
    }

    // `seen` with each that it depends on directly, under the mutex.
    template <typename Seen>
    void each_dependency(const Resource& resource, Seen seen) {
        const std::lock_guard lock(mutex_);
        dependencies_of(resource, seen);
    }

    // `on` with each that it depends on directly, and `of` with each that depends on it directly,
    // as it is at one moment, under the mutex. An error: it was removed meanwhile.
    template <typename On, typename Of>
    DWORD each_link(const Resource& resource, On on, Of of) {
        const std::lock_guard lock(mutex_);
        if (resource.removed) return ERROR_RESOURCE_NOT_FOUND;
        dependencies_of(resource, on);
        const Text id = capitals(resource.id);
        for (const auto& [key, other] : resources_) {
            const std::vector<Text>& all = other->depends_on;
            if (std::find(all.begin(), all.end(), id) != all.end()) of(other);
        }
        return ERROR_SUCCESS;
    }

    // `seen` with each, under the mutex.
    template <typename Seen>
    void each(Seen seen) {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, resource] : resources_) seen(resource);
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
    template <typename Seen>
    void dependencies_of(const Resource& resource, Seen& seen) {
        for (const Text& id : resource.depends_on) {
            const auto place = resources_.find(id);
            if (place != resources_.end()) seen(place->second);
        }
    }

    std::shared_ptr<Resource> find(TextView name) {
        const Text key = capitals(name);
        const auto place = resources_.find(key);
        if (place != resources_.end()) return place->second;
        const auto named = names_.find(key);
        return named == names_.end() ? nullptr : named->second;
    }

    // Each is looked at once, however many ways lead to it. One that is closed leads nowhere; when
    // it is back, it is refused what would close a circle by then.
    bool leads_to(const Text& from, const Text& to) const {
        std::vector<Text> reached{from};
        for (std::size_t next = 0; next < reached.size(); ++next) {
            if (reached[next] == to) return true;
            const auto place = resources_.find(reached[next]);
            if (place == resources_.end()) continue;
            for (const Text& id : place->second->depends_on) {
                if (std::find(reached.begin(), reached.end(), id) == reached.end()) {
                    reached.push_back(id);
                }
            }
        }
        return false;
    }

    const Text name_, node_;
    Database database_;
    Requests requests_;
    std::mutex mutex_;
    // By id, and by name; both in capitals.
    std::map<Text, std::shared_ptr<Resource>> resources_, names_;
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

// The cluster of the entry point call that this thread is in, or that has created it as a worker;
// 0: neither.
inline thread_local std::uint64_t current_cluster = 0;
inline thread_local bool in_entry_point = false;

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
        std::static_pointer_cast<Cluster>(closed)->requests().end();
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
