/* The latest polls of a resource, src/resapi_cy/core/durations.hpp: PollRing's add and latest, for
 * the thread that polls and one that reads. memory.pml says what a memory order is.
 *
 * A poll's two words are its number, so that one that is of two polls shows.
 *
 * Bounds: a ring of two places, of which one can be read; four polls, and one reading. */

#define THREADS 3
#define SIZE 2

#define MADE 0
#define WHEN 1 /* of place 0, of place 1 */
#define REST 3
#define LOCATIONS 5
#define STORES 40

#include "memory.pml"

/* ---- The switches ---------------------------------------------------------------------------- */

/* durations.hpp: add(): "made = made_.load(std::memory_order_relaxed)" */
ORDER(add_load, RELAXED, "")
/* durations.hpp: add(): "entry.when.store(poll.when, std::memory_order_release)" */
ORDER(add_when, RELEASE, "RELAXED: torn")
/* durations.hpp: add(): "entry.rest.store(poll.nanoseconds << 2 | std::int64_t{poll.thorough} << 1 |
 * poll.alive, std::memory_order_release)" */
ORDER(add_rest, RELEASE, "RELAXED: torn")
/* durations.hpp: add(): "made_.store(made + 1, std::memory_order_release)" */
ORDER(add_made, RELEASE, "RELAXED: torn")

/* durations.hpp: latest(): "last = made_.load(std::memory_order_acquire)" */
ORDER(latest_last, ACQUIRE, "RELAXED: torn")
/* durations.hpp: latest(): "entries_[i % size].when.load(std::memory_order_acquire)" */
ORDER(latest_when, ACQUIRE, "RELAXED: torn")
/* durations.hpp: latest(): "entries_[i % size].rest.load(std::memory_order_acquire)" */
ORDER(latest_rest, ACQUIRE, "RELAXED: torn")
/* durations.hpp: latest(): "now = made_.load(std::memory_order_relaxed)" */
ORDER(latest_now, RELAXED, "")

/* durations.hpp: latest(): "if (now >= i + size) continue;" */
CHECK(latest_again, "torn")

/* ---- What is claimed: I5 --------------------------------------------------------------------- */

bit torn; /* each poll that is read is one that was made, whole, and the one that it is read as */

/* ---- The threads ----------------------------------------------------------------------------- */

proctype poller()
{
    short made;
    byte poll;
    do
    :: poll < 4 ->
        STEP {
            load(made, MADE, add_load);
            of(made % SIZE, store(WHEN, poll + 1, add_when))
        }
        STEP { of(made % SIZE, store(REST, poll + 1, add_rest)) }
        STEP { store(MADE, made + 1, add_made); made = 0 }
        poll++
    :: else -> break
    od;
    end()
}

proctype reader()
{
    short last, when, rest, current;
    STEP { load(last, MADE, latest_last) }
    if
    :: last == 0
    :: last > 0 ->
        last--; /* the newest: SIZE - 1 can be read */
        STEP { of(last % SIZE, load(when, WHEN, latest_when)) }
        STEP { of(last % SIZE, load(rest, REST, latest_rest)) }
        STEP { load(current, MADE, latest_now) }
        if
        :: current >= last + SIZE && on(latest_again)
        :: else -> never(torn, when != last + 1 || rest != last + 1)
        fi
    fi;
    end()
}

init {
    atomic {
        start();
        run poller(); run reader();
        end()
    }
}
