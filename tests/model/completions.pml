/* The engine's completions, src/resapi_cy/core/completions.hpp: claim, push, take and done, for
 * threads that tell and the host that sleeps until there is something. memory.pml says what a
 * memory order is; wakeup.pml has the wake-up's own workings, which are as they should be here.
 *
 * What is in a completion, its link to the next one with it, is one piece of data that belongs to
 * one thread at a time. A pointer is the completion's number; 0 is none. The first completion says
 * how something is that changes: whether a poll is overdue. Its changes and its done() are made
 * with the engine's mutex.
 *
 * Bounds: two threads that tell, twice each by the same completion. */

#define THREADS 4
#define COMPLETIONS 2

#define NEWEST 0
#define SLEEPERS 1
#define FLAG 2            /* set_, of the wake-up */
#define SIGNAL 3
#define TOLD (4 - 1)      /* of completion 1, of completion 2 */
#define CONTENT (6 - 1)   /* data */
#define MUTEX 8
#define LOCATIONS 9
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
/* completions.hpp: push(): "wakeup().notify();" */
CHECK(push_notifies, "invalid end state")
/* engine.hpp: done(): "if (is_of_poll && was_overdue != resource->poll_is_overdue)
 * tell_of_poll(*resource);" */
CHECK(done_looks_again, "last_word_untold")
/* completions.hpp: take(): "wakeup().settle();" */
CHECK(take_settles_first, "nothing")

/* ---- What is claimed: I10, and that no host sleeps for ever ---------------------------------- */

/* A host that sleeps on completions that are there is an invalid end state. */

bit untold; /* every completion that was pushed is taken, once */
bit last_word_untold; /* the host knows in the end how it is in the end */
/* And data_race: what is in a completion is seen whole, and written anew only when it was read. */

byte next_of[COMPLETIONS + 1]; /* what is in them */
byte pushed;
byte taken;
byte changes, said, heard; /* of what the first one tells: what is so, in it, and known */

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

inline lock_mutex() {
    STEP { lock_even(value, MUTEX, ACQUIRE); value = 0 }
}

inline unlock_mutex() {
    STEP { store(MUTEX, 0, RELEASE) }
}

inline tell(mine) {
    STEP { of(mine, exchange(value, TOLD, true, claim_exchange)) }
    if
    :: value && on(claims) -> value = 0
    :: else ->
        value = 0;
        pushed++;
        STEP {
            of(mine, touch(CONTENT));
            if
            :: mine == 1 -> said = changes
            :: else
            fi;
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
    fi
}

/* Tells of so many changes; once more when it has been read. */
proctype teller(byte times)
{
    short value, newest_seen;
    bool replaced;
    do
    :: times > 0 ->
        lock_mutex();
        changes++;
        tell(1);
        unlock_mutex();
        times--
    :: else -> break
    od;
    end()
}

/* That no thread could be had, which is given back without the mutex. */
proctype another_teller(byte times)
{
    short value, newest_seen;
    bool replaced;
    do
    :: times > 0 -> tell(2); times--
    :: else -> break
    od;
    end()
}

/* As Engine.wait and take have it, but without a limit to its sleep. */
proctype host()
{
    short value, newest_seen;
    byte one, after;
    bool idle, replaced;
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
                if
                :: one == 1 -> heard = said
                :: else -> of(one, store(TOLD, false, done_store))
                fi
            }
            if
            :: one == 1 ->
                lock_mutex();
                STEP { of(1, store(TOLD, false, done_store)) }
                if
                :: heard != changes && on(done_looks_again) -> tell(1)
                :: else
                fi;
                unlock_mutex()
            :: else
            fi;
            one = after; after = 0
        :: else -> break
        od
    od;
    never(last_word_untold, heard != changes);
    end()
}

init {
    atomic {
        start();
        run teller(2); run another_teller(2); run host();
        end()
    }
}
