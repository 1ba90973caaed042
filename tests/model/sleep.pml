/* The sleep of a host's loop, src/resapi_cy/core/host_sleep.hpp: it is woken by changes, and by
 * calls, which stand for what a control call's end tells as well. memory.pml says what a memory
 * order is; wakeup.pml has the wake-up's own workings, completions.pml the third that wakes it.
 *
 * The list of changes is their number: changes.pml has its workings. What a thread calls for is
 * counted, too, as in a list that both sides exchange.
 *
 * Bounds: a thread that reports a change and one that calls twice, or the other way round. */

#define THREADS 4

#define CHANGED 0
#define CALLED 1   /* host_called */
#define CALLS 2    /* what it is called for */
#define SLEEPERS 3
#define FLAG 4     /* set_, of the wake-up */
#define SIGNAL 5
#define LOCATIONS 6
/* Where there are only exchanges, they find the newest store; and seq_cst operations find none that
 * is older than the last such store of their location, unless a fault has made one of them
 * weaker. */
#define OLDEST(thread, location) \
    ((location) == SIGNAL || (location) == CALLS || (location) == CHANGED && (thread) == 1 \
         ? now.stored[location] - 1 \
     : (location) == SLEEPERS || (location) == FLAG && (thread) != 3 || \
       (location) == CHANGED && changed_load == SEQ_CST || \
       (location) == CALLED && call_store + called_load + glance_store == 3 * SEQ_CST \
         ? now.single_order.at[location] \
         : now.views[thread].at[location])
#define STORES 40

#include "memory.pml"

/* ---- The switches ---------------------------------------------------------------------------- */

/* event_queue.hpp: call_host(): "host_called.store(true, std::memory_order_seq_cst)" */
ORDER(call_store, SEQ_CST, "RELEASE: invalid end state")
/* host_sleep.hpp: is_called(): "queue_->host_called.load(std::memory_order_seq_cst)" */
ORDER(called_load, SEQ_CST, "ACQUIRE: invalid end state")
/* host_sleep.hpp: has_changes(): "queue_->changes_lost.load(std::memory_order_seq_cst)" */
/* host_sleep.hpp: has_changes(): "queue_->changed.load(std::memory_order_seq_cst) != 0" */
ORDER(changed_load, SEQ_CST, "ACQUIRE: invalid end state")
/* host_sleep.hpp: glance(): "queue_->host_called.store(false, std::memory_order_seq_cst)" */
ORDER(glance_store, SEQ_CST, "RELEASE: nothing")

/* event_queue.hpp: call_host(): "host_wakeup.notify();" */
CHECK(call_notifies, "invalid end state")
/* host_sleep.hpp: sleep(): "if (is_called() || now >= until || look(now))" */
CHECK(sleep_looks, "invalid end state")
/* host_sleep.hpp: sleep(): "wakeup.disarm(); // What was published before the signal went down is
 * seen by the next look. wakeup.clear();" */
CHECK(sleep_clears, "nothing")
/* host_sleep.hpp: glance(): "queue_->host_called.store(false, std::memory_order_seq_cst);
 * look(monotonic_ns());" */
CHECK(glance_before_calls, "invalid end state")

/* ---- What is claimed: that no host sleeps for ever ------------------------------------------- */

/* A host that sleeps on changes or calls that are there is an invalid end state. */

bit made_up; /* nothing is seen that is not there */

byte changes, seen;
byte calls, answered;

/* ---- The wake-up, as in wakeup.pml ----------------------------------------------------------- */

inline notify() {
    STEP { load(value, SLEEPERS, SEQ_CST) }
    if
    :: value == 0
    :: else ->
        STEP { exchange(value, FLAG, true, SEQ_CST) }
        if
        :: value -> value = 0
        :: else -> STEP { exchange(value, SIGNAL, 1, ACQ_REL); value = 0 }
        fi
    fi
}

inline clear() {
    STEP { exchange(value, SIGNAL, 0, ACQ_REL); value = 0 }
    STEP { store(FLAG, false, SEQ_CST) }
}

/* ---- The threads ----------------------------------------------------------------------------- */

proctype reporter(byte times)
{
    short value;
    do
    :: times > 0 ->
        changes++;
        STEP { fetch_add(value, CHANGED, 1, SEQ_CST); value = 0 }
        notify();
        times--
    :: else -> break
    od;
    end()
}

proctype caller(byte times)
{
    short value;
    do
    :: times > 0 ->
        calls++;
        STEP { fetch_add(value, CALLS, 1, SEQ_CST); value = 0 }
        STEP { store(CALLED, true, call_store) }
        if
        :: on(call_notifies) -> notify()
        :: else
        fi;
        times--
    :: else -> break
    od;
    end()
}

inline answer_calls() {
    STEP { exchange(value, CALLS, 0, SEQ_CST) }
    answered = answered + value; value = 0
}

/* Without a limit to its sleep. */
proctype host()
{
    short value;
    bool idle;
    do
    :: ended[1] && ended[2] && seen == changes && answered == calls -> break
    :: else ->
        do
        :: true ->
            STEP { fetch_add(value, SLEEPERS, 1, SEQ_CST); value = 0 }
            idle = true;
            if
            :: on(sleep_looks) ->
                STEP { load(value, CALLED, called_load) }
                idle = (value == 0); value = 0;
                if
                :: idle -> STEP { load(value, CHANGED, changed_load) }
                    idle = (value == 0); value = 0
                :: else
                fi
            :: else
            fi;
            if
            :: idle ->
                if
                :: STEP { await_odd(value, SIGNAL, ACQ_REL); value = 0 }
                :: ended[1] && ended[2] && seen == changes && answered == calls -> break
                fi;
                STEP { fetch_add(value, SLEEPERS, -1, RELAXED); value = 0 }
                if
                :: on(sleep_clears) -> clear()
                :: else
                fi;
                if
                :: on(sleep_looks)
                :: else -> break
                fi
            :: else -> STEP { fetch_add(value, SLEEPERS, -1, RELAXED); value = 0 }
                break
            fi
        od;
        idle = false;
        STEP { load(value, FLAG, RELAXED) }
        if
        :: value -> value = 0; clear()
        :: else
        fi;
        if
        :: on(glance_before_calls) ->
            STEP { store(CALLED, false, glance_store) }
            answer_calls()
        :: else ->
            answer_calls();
            STEP { store(CALLED, false, glance_store) }
        fi;
        STEP { exchange(value, CHANGED, 0, SEQ_CST) }
        seen = seen + value; value = 0;
        never(made_up, seen > changes || answered > calls)
    od;
    end()
}

init {
    atomic {
        start();
        if
        :: run reporter(1); run caller(2)
        :: run reporter(2); run caller(1)
        fi;
        run host();
        end()
    }
}
