// One entry point at a time: a gate lets one through, the others wait in the order in which they
// came. Not for several threads at once: the engine's mutex guards gates and queues.
#pragma once

#include <cstdint>

namespace resapi_cy {

enum class QueuedKind : std::uint8_t { poll, call };

class Queue;

// Something that waits, in one queue at a time.
struct Queued {
    explicit Queued(QueuedKind queued_kind) noexcept : queued_as(queued_kind) {}

    Queued* before = nullptr;
    Queued* behind = nullptr;
    Queue* queue = nullptr;  // that it is in
    QueuedKind queued_as;
};

class Queue {
  public:
    bool empty() const noexcept { return first_ == nullptr; }
    Queued* first() const noexcept { return first_; }

    void push(Queued& queued) noexcept {
        queued.queue = this;
        queued.before = last_;
        queued.behind = nullptr;
        (last_ == nullptr ? first_ : last_->behind) = &queued;
        last_ = &queued;
    }

    void remove(Queued& queued) noexcept {
        (queued.before == nullptr ? first_ : queued.before->behind) = queued.behind;
        (queued.behind == nullptr ? last_ : queued.behind->before) = queued.before;
        queued.queue = nullptr;
    }

    Queued* pop() noexcept {
        Queued* queued = first_;
        if (queued != nullptr) remove(*queued);
        return queued;
    }

  private:
    Queued* first_ = nullptr;
    Queued* last_ = nullptr;
};

class Gate {
  public:
    // False: it waits for its turn.
    bool enter(Queued& queued) noexcept {
        if (busy_) {
            waiting_.push(queued);
            return false;
        }
        busy_ = true;
        return true;
    }

    // The same, for somebody who does not wait: false, and nothing has happened.
    bool try_enter() noexcept {
        if (busy_) return false;
        busy_ = true;
        return true;
    }

    // Whose turn it is now: it has entered. nullptr: nobody's.
    Queued* leave() noexcept {
        Queued* next = waiting_.pop();
        busy_ = next != nullptr;
        return next;
    }

    bool is_busy() const noexcept { return busy_; }
    bool is_waiting(const Queued& queued) const noexcept { return queued.queue == &waiting_; }

    std::uint32_t references = 1;  // a DLL's gate is its resources' together

  private:
    bool busy_ = false;
    Queue waiting_;
};

}  // namespace resapi_cy
