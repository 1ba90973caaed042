/* The wake-up of src/resapi_cy/core/wakeup.hpp: notify, arm, clear and settle, for threads that
 * append events and threads of a monitor that sleep until there are some; and the monitor's end,
 * after which its queue may be opened for another one. memory.pml says what a memory order is.
 *
 * The list of events is their number: queue.pml has its workings. The signal is the operating
 * system's: whoever touches it sees what was done before it was touched last. A monitor's thread
 * sleeps as event_reader.pyx has it, but without a limit: so long as it sleeps on events, it sleeps
 * for ever.
 *
 * Bounds: a thread that sleeps and two that append, one event and two; two that sleep, of which
 * one may be interrupted, and one event; or one that sleeps while another closes the monitor. */

#define THREADS 4

#define NEWEST 0   /* how many events are in the list */
#define SLEEPERS 1
#define FLAG 2     /* set_ */
#define SIGNAL 3
#define GUARD 4    /* the monitor's */
#define LOCATIONS 5
/* Where there are only exchanges, they find the newest store; and seq_cst operations find none
 * that is older than the last such store of their location, unless a fault has made one of them
 * weaker. */
#define APPENDS(thread) ((thread) >= now.first_appender)
#define OLDEST(thread, location) \
    ((location) == SIGNAL || (location) == GUARD || (location) == NEWEST && APPENDS(thread) \
         ? now.stored[location] - 1 \
     : (location) == NEWEST && append_exchange + empty_newest + take_exchange == 3 * SEQ_CST || \
       (location) == SLEEPERS && notify_sleepers + arm_add + armed_sleepers == 3 * SEQ_CST || \
       (location) == FLAG && APPENDS(thread) && notify_exchange + clear_store == 2 * SEQ_CST \
         ? now.single_order.at[location] \
         : now.views[thread].at[location])
byte first_appender;
#define STORES 40

#include "memory.pml"

/* ---- The switches ---------------------------------------------------------------------------- */

/* event_queue.hpp: append(): "newest_.compare_exchange_weak(newest, node,
 * std::memory_order_seq_cst, std::memory_order_relaxed)" */
ORDER(append_exchange, SEQ_CST, "ACQ_REL: invalid end state")
/* event_queue.hpp: empty(): "newest_.load(std::memory_order_seq_cst) == nullptr" */
ORDER(empty_newest, SEQ_CST, "ACQUIRE: invalid end state")
/* event_queue.hpp: take(): "newest_.exchange(nullptr, std::memory_order_seq_cst)" */
ORDER(take_exchange, SEQ_CST, "RELAXED: nothing")

/* wakeup.hpp: notify(): "sleepers_.load(std::memory_order_seq_cst) == 0" */
ORDER(notify_sleepers, SEQ_CST, "ACQUIRE: invalid end state")
/* wakeup.hpp: notify(): "set_.exchange(true, std::memory_order_seq_cst)" */
ORDER(notify_exchange, SEQ_CST, "RELAXED: nothing")
/* wakeup.hpp: arm(): "sleepers_.fetch_add(1, std::memory_order_seq_cst)" */
ORDER(arm_add, SEQ_CST, "ACQ_REL: invalid end state")
/* wakeup.hpp: disarm(): "sleepers_.fetch_sub(1, std::memory_order_relaxed)" */
ORDER(disarm_subtract, RELAXED, "")
/* wakeup.hpp: clear(): "set_.store(false, std::memory_order_seq_cst)" */
ORDER(clear_store, SEQ_CST, "RELAXED: nothing")
/* wakeup.hpp: settle(): "set_.load(std::memory_order_relaxed)" */
ORDER(settle_load, RELAXED, "")
/* wakeup.hpp: armed(): "sleepers_.load(std::memory_order_seq_cst) != 0" */
ORDER(armed_sleepers, SEQ_CST, "RELAXED: nothing")

/* wakeup.hpp: notify(): "if (!set_.exchange(true, std::memory_order_seq_cst)) signal_.set();" */
CHECK(notify_once, "nothing")
/* wakeup.hpp: clear(): "signal_.clear(); set_.store(false" */
CHECK(clear_signal_first, "invalid end state")
/* event_queue.hpp: take(): "wakeup.settle();" */
CHECK(take_settles, "nothing")
/* inside_cell.hpp: transition_inside(): "queue.notify();" */
CHECK(notifies, "invalid end state")
/* event_reader.pyx: _arm(): "self.queue.wakeup.arm() if self.is_idle():" */
CHECK(looks_once_more, "invalid end state")
/* event_reader.pyx: _disarm(): "self.rouse()" */
CHECK(disarm_rouses, "invalid end state")
/* status_board.hpp: open_queue(): "while (*link != nullptr && ((*link)->wakeup.armed() ||" */
CHECK(open_unarmed, "invalid end state")

/* ---- What is claimed: I4, and that nobody sleeps for ever ------------------------------------ */

/* A monitor that sleeps on events that are there, and one that sleeps though the monitor is closed,
 * are invalid end states. */

byte events;      /* that there will be */
byte taken;       /* by the monitor's threads together */
bool closed;      /* not is_open: under the monitor's lock, as is the next */
byte backlog;     /* events that were taken from the list and not yet delivered */

/* ---- The wake-up ----------------------------------------------------------------------------- */

inline signal_set() { STEP { exchange(value, SIGNAL, 1, ACQ_REL); value = 0 } }
inline signal_clear() { STEP { exchange(value, SIGNAL, 0, ACQ_REL); value = 0 } }
inline signal_wait() { STEP { await_odd(value, SIGNAL, ACQ_REL); value = 0 } }

inline notify() {
    STEP { load(value, SLEEPERS, notify_sleepers) }
    if
    :: value == 0
    :: else ->
        STEP { exchange(value, FLAG, true, notify_exchange) }
        if
        :: value && on(notify_once) -> value = 0
        :: else -> signal_set()
        fi
    fi
}

inline clear() {
    if
    :: on(clear_signal_first) -> signal_clear(); STEP { store(FLAG, false, clear_store) }
    :: else -> STEP { store(FLAG, false, clear_store) }; signal_clear()
    fi
}

inline settle() {
    STEP { load(value, FLAG, settle_load) }
    if
    :: value -> value = 0; clear()
    :: else
    fi
}

/* ---- The monitor, as in event_reader.pyx ---------------------------------------------------------- */

inline lock_monitor() { STEP { lock_even(value, GUARD, ACQUIRE) } }
inline unlock_monitor() { STEP { store(GUARD, 0, RELEASE) } }

inline is_idle() {
    idle = (backlog == 0);
    if
    :: idle -> STEP { load(value, NEWEST, empty_newest) }; idle = (value == 0); value = 0
    :: else
    fi
}

inline rouse() {
    is_idle();
    if
    :: closed || !idle -> notify()
    :: else
    fi;
    idle = false
}

inline take() {
    if
    :: on(take_settles) -> settle()
    :: else
    fi;
    STEP { exchange(value, NEWEST, 0, take_exchange) }
    backlog = backlog + value; value = 0
}

/* event_reader.pyx: _arm(): "self.queue.wakeup.arm() if self.is_idle():" */
inline arm() {
    lock_monitor();
    if
    :: closed
    :: !closed && on(looks_once_more) ->
        STEP { fetch_add(value, SLEEPERS, 1, arm_add); value = 0 }
        is_idle();
        if
        :: idle
        :: else -> STEP { fetch_add(value, SLEEPERS, -1, disarm_subtract); value = 0 }
        fi
    :: !closed && !on(looks_once_more) ->
        is_idle();
        if
        :: idle -> STEP { fetch_add(value, SLEEPERS, 1, arm_add); value = 0 }
        :: else
        fi
    fi;
    unlock_monitor()
}

/* event_reader.pyx: _disarm(): "self.queue.wakeup.disarm()" */
inline disarm() {
    lock_monitor();
    STEP { fetch_add(value, SLEEPERS, -1, disarm_subtract); value = 0 }
    if
    :: !closed -> clear()
    :: else
    fi;
    if
    :: on(disarm_rouses) -> rouse()
    :: else
    fi;
    unlock_monitor()
}

/* event_reader.pyx: take(): "count = self.take_nodes(taken, owners, most)"
 * Several at a time are as one that takes so many without letting go of the lock. */
inline take_one() {
    lock_monitor();
    if
    :: closed
    :: !closed && backlog == 0 -> take()
    :: !closed && backlog != 0
    fi;
    one = (!closed && backlog != 0);
    if
    :: one -> backlog--; taken++; rouse()
    :: else
    fi;
    unlock_monitor()
}

/* ---- The threads ----------------------------------------------------------------------------- */

#define LOCALS short value; bool idle, one

proctype appender(byte count)
{
    LOCALS;
    do
    :: count > 0 ->
        STEP { fetch_add(value, NEWEST, 1, append_exchange); value = 0 }
        if
        :: on(notifies) -> notify()
        :: else
        fi;
        count--
    :: else -> break
    od;
    end()
}

/* Takes events until all are delivered, or the monitor is closed. One that can be interrupted, or
 * cancelled, may go when it is woken. */
proctype sleeper(bool may_go)
{
    LOCALS;
    do
    :: closed || taken == events -> break
    :: else ->
        take_one();
        if
        :: one -> one = false
        :: else ->
            arm();
            if
            :: idle ->
                idle = false;
                if
                :: signal_wait()
                :: taken == events -> break
                fi;
                disarm();
                if
                :: may_go && !closed -> break
                :: true
                fi
            :: else
            fi
        fi
    od;
    end()
}

/* Closes the monitor, and opens the next one with its queue if it may. */
proctype closer()
{
    LOCALS;
    lock_monitor();
    closed = true;
    take();
    notify();
    unlock_monitor();
    STEP { load(value, SLEEPERS, armed_sleepers) }
    if
    :: value == 0 || !on(open_unarmed) -> value = 0; clear()
    :: else -> value = 0
    fi;
    end()
}

init {
    atomic {
        start();
        if
        :: events = 3; first_appender = 2;
            run sleeper(false); run appender(1); run appender(2)
        :: events = 1; first_appender = 3;
            run sleeper(true); run sleeper(false); run appender(1)
        :: events = 2; first_appender = 3; /* one that never comes */
            run sleeper(false); run closer(); run appender(1)
        fi;
        end()
    }
}
