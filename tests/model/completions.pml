/* The engine's completions, src/resapi_cy/core/completions.hpp: claim, push, take and done, for
 * threads that tell and the host that sleeps until there is something. memory.pml says what a
 * memory order is; wakeup.pml has the wake-up's own workings, which are as they should be here.
 *
 * What is in a completion, its link to the next one with it, is one piece of data that belongs to
 * one thread at a time. A pointer is the completion's number; 0 is none.
 *
 * Bounds: two threads that tell, one of them twice by the same completion. */

#define THREADS 4
#define COMPLETIONS 2

#define NEWEST 0
#define SLEEPERS 1
#define FLAG 2            /* set_, of the wake-up */
#define SIGNAL 3
#define TOLD (4 - 1)      /* of completion 1, of completion 2 */
#define CONTENT (6 - 1)   /* data */
#define LOCATIONS 8
/* Where there are only exchanges, they find the newest store; and seq_cst operations find none that
 * is older than the last such store of their location, unless a fault has made one of them
 * weaker. The host is thread 3. */
#define OLDEST(thread, location) \
    ((location) == SIGNAL || (location) == NEWEST && (thread) != 3 ? now.stored[location] - 1 \
     : (location) == SLEEPERS || (location) == FLAG && (thread) != 3 || \
       (location) == NEWEST && push_exchange + empty_load + take_all == 3 * SEQ_CST \
         ? now.single_order.at[location] \
         : now.views[thread].at[location])
#define STORES 50

#include "memory.pml"

/* ---- The switches ---------------------------------------------------------------------------- */

/* completions.hpp: claim(): "completion.told.exchange(true, std::memory_order_acquire)" */
ORDER(claim_exchange, ACQUIRE, "RELAXED: data_race")
/* completions.hpp: push(): "newest_.load(std::memory_order_relaxed)" */
ORDER(push_newest, RELAXED, "")
/* completions.hpp: push(): "newest_.compare_exchange_weak(newest, &completion,
 * std::memory_order_seq_cst, std::memory_order_relaxed)" */
ORDER(push_exchange, SEQ_CST, "ACQUIRE: data_race; ACQ_REL: invalid end state")
/* completions.hpp: empty(): "newest_.load(std::memory_order_seq_cst) == nullptr" */
ORDER(empty_load, SEQ_CST, "ACQUIRE: invalid end state")
/* completions.hpp: take(): "newest_.exchange(nullptr, std::memory_order_seq_cst)" */
ORDER(take_all, SEQ_CST, "ACQUIRE: nothing; RELEASE: data_race")
/* completions.hpp: done(): "completion.told.store(false, std::memory_order_release)" */
ORDER(done_store, RELEASE, "RELAXED: data_race")

/* engine.hpp: tell(): "if (!Completions::claim(completion)) return;" */
CHECK(claims, "data_race")
/* completions.hpp: push(): "completion.next = newest;" */
CHECK(push_links, "invalid end state")
/* completions.hpp: push(): "wakeup.notify();" */
CHECK(push_notifies, "invalid end state")
/* completions.hpp: take(): "wakeup.settle();" */
CHECK(take_settles_first, "nothing")

/* ---- What is claimed: I10, and that no host sleeps for ever ---------------------------------- */

/* A host that sleeps on completions that are there is an invalid end state. */

bit untold; /* every completion that was pushed is taken, once */
/* And data_race: what is in a completion is seen whole, and written anew only when it was read. */

byte next_of[COMPLETIONS + 1]; /* what is in them */
byte pushed;
byte taken;

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

/* Tells by completion `mine`, so often; once more when it has been read. */
proctype teller(byte mine; byte times)
{
    short value, newest_seen;
    bool replaced;
    do
    :: times > 0 ->
        STEP { of(mine, exchange(value, TOLD, true, claim_exchange)) }
        if
        :: value && on(claims) -> value = 0
        :: else ->
            value = 0;
            pushed++;
            STEP {
                of(mine, touch(CONTENT));
                load(newest_seen, NEWEST, push_newest);
                do
                ::  if
                    :: on(push_links) -> next_of[mine] = newest_seen
                    :: else
                    fi;
                    compare_exchange(replaced, newest_seen, NEWEST, mine, push_exchange, RELAXED);
                    if
                    :: replaced -> break
                    :: else
                    fi
                od;
                newest_seen = 0; replaced = false
            }
            if
            :: on(push_notifies) -> notify()
            :: else
            fi
        fi;
        times--
    :: else -> break
    od;
    end()
}

/* As Engine.wait and take have it, but without a limit to its sleep. */
proctype host()
{
    short value;
    byte one, after;
    bool idle;
    do
    :: ended[1] && ended[2] && taken == pushed -> break
    :: else ->
        STEP { fetch_add(value, SLEEPERS, 1, SEQ_CST); value = 0 }
        STEP { load(value, NEWEST, empty_load) }
        idle = (value == 0); value = 0;
        if
        :: idle ->
            idle = false;
            if
            :: STEP { await_odd(value, SIGNAL, ACQ_REL); value = 0 }
            :: ended[1] && ended[2] && taken == pushed -> break
            fi
        :: else
        fi;
        STEP { fetch_add(value, SLEEPERS, -1, RELAXED); value = 0 }
        if
        :: on(take_settles_first) ->
            STEP { load(value, FLAG, RELAXED) }
            if
            :: value -> value = 0; clear()
            :: else
            fi
        :: else
        fi;
        STEP { exchange(value, NEWEST, 0, take_all) }
        one = value; value = 0;
        do
        :: one != 0 ->
            STEP {
                of(one, touch(CONTENT));
                after = next_of[one];
                taken++;
                never(untold, taken > pushed);
                of(one, store(TOLD, false, done_store))
            }
            one = after; after = 0
        :: else -> break
        od
    od;
    end()
}

init {
    atomic {
        start();
        run teller(1, 2); run teller(2, 1); run host();
        end()
    }
}
