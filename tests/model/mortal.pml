/* The status board's cell (src/resapi_cy/core/: cell.hpp and inside_cell.hpp) when threads are
 * ended inside of it: a change of the status, waiting for who is inside, taking the cell back, and
 * a snapshot. cell.pml has the rest of the cell's protocol, memory.pml says what a memory order is.
 *
 * A thread that is mortal may be ended after any of its operations. That it is gone, the system
 * tells who asks, who then sees all that it did. A status is state * 4 + flags, as in cell.pml.
 *
 * Bounds: two reporters, both mortal, with a change each, a reader that takes the lock, and one that
 * does not; the second reporter takes the cell back from the first, and is ended while it does. */

#define THREADS 5

#define SEQUENCE 0 /* 16 * the thread inside + the number */
#define STATE 1
#define FLAGS 2
#define DOING 3
#define INSIDE 4 /* data: what belongs to who is inside the cell */
#define LOCATIONS 5
#define STORES 30

#define HOLDER(thread) ((thread) * 16)

#include "memory.pml"

/* ---- The switches ---------------------------------------------------------------------------- */

/* cell.hpp: begin(): "doing.store(2 * number + what, std::memory_order_release)" */
ORDER(doing_store, RELEASE, "RELAXED: nothing")
/* cell.hpp: left_off(): "what = doing.load(std::memory_order_relaxed) - 2 * number" */
ORDER(left_off_load, RELAXED, "")
/* The load only says when to try again.
 * inside_cell.hpp: wait_for(): "sequence = cell.sequence.load(std::memory_order_relaxed)"
 * inside_cell.hpp: wait_for(): "cell.sequence.compare_exchange_strong(sequence, locked(process,
 * number), std::memory_order_acquire, std::memory_order_relaxed)" */
ORDER(take_exchange, ACQUIRE, "RELAXED: nothing")
/* inside_cell.hpp: take_back(): "cell.sequence.store(locked(process, next),
 * std::memory_order_release)" */
ORDER(take_store, RELEASE, "RELAXED: nothing")

/* inside_cell.hpp: wait_for(): "is_gone(static_cast<std::uint32_t>(sequence >> 32)) &&" */
CHECK(wait_asks, "invalid end state")
/* inside_cell.hpp: wait_for(): "number = take_back(cell, process, number);" */
CHECK(wait_takes_back, "torn")
/* inside_cell.hpp: record(): "cell.begin(number, Cell::publishing); cell.publish(" */
CHECK(record_says_so, "torn")
/* inside_cell.hpp: take_back(): "if (what == Cell::publishing) {" */
CHECK(take_back_fails, "torn")
/* inside_cell.hpp: take_back(): "next = number + 2;" */
CHECK(take_back_moves, "torn")

/* ---- What is claimed ------------------------------------------------------------------------- */

bit torn; /* I5: a snapshot's fields were published together, or are the failed status */
/* I6, that nobody waits for who is gone, is the checker's: an invalid end state. */

byte dead;          /* those that have been ended, by bits */
byte recorded[16];  /* what was reported under each number, plus 1 */

#define FAILED 12
#define PUBLISHING 2
#define PUBLISHED 3

/* ---- The protocol ---------------------------------------------------------------------------- */

#define LOCALS short sequence, value, status; bool equal

/* After each operation of a reporter. */
#define MORTAL if :: skip :: _pid <= 2 -> dead = dead | 1 << _pid fi

inline publish(s) {
    store(STATE, (s) / 4, RELEASE); MORTAL;
    store(FLAGS, (s) % 4, RELEASE); MORTAL
}

inline read_status() {
    load(status, STATE, ACQUIRE);
    load(value, FLAGS, ACQUIRE);
    status = status * 4 + value; value = 0
}

inline lock_cell() {
    do
    :: lock_even(sequence, SEQUENCE, ACQUIRE); MORTAL; break
    :: atomic {
            (dead >> (newest(SEQUENCE) / 16) & 1) && newest(SEQUENCE) % 2 && on(wait_asks) ->
            sequence = newest(SEQUENCE);
            compare_exchange(equal, sequence, SEQUENCE, _pid * 16 + sequence % 16, take_exchange,
                             RELAXED);
            if
            :: equal -> join_dead(sequence / 16)
            :: else
            fi
        };
        if
        :: equal ->
            equal = false; sequence = sequence % 16 - 1;
            MORTAL;
            if
            :: on(wait_takes_back) -> take_back()
            :: else
            fi;
            break
        :: else -> sequence = 0
        fi
    od
}

inline take_back() {
    load(value, DOING, left_off_load);
    value = value - 2 * sequence;
    if
    :: value == PUBLISHING && on(take_back_fails) ->
        recorded[sequence + 2] = FAILED + 1;
        publish(FAILED)
    :: else ->
        read_status();
        recorded[sequence + 2] = status + 1;
        publish(status); status = 0
    fi;
    value = 0;
    if
    :: on(take_back_moves) -> sequence = sequence + 2
    :: else
    fi;
    store(DOING, 2 * sequence, doing_store); MORTAL;
    store(SEQUENCE, _pid * 16 + sequence + 1, take_store); MORTAL
}

inline transition(s) {
    lock_cell();
    touch(INSIDE); MORTAL;
    recorded[sequence + 2] = s + 1;
    if
    :: on(record_says_so) -> store(DOING, 2 * sequence + PUBLISHING, doing_store); MORTAL
    :: else
    fi;
    publish(s);
    store(DOING, 2 * sequence + PUBLISHED, doing_store); MORTAL;
    store(SEQUENCE, sequence + 2, RELEASE);
    sequence = 0
}

inline claim_whole() {
    /* Only what somebody has reported as a whole is ever shown. */
    never(torn, status != 0 && status != 5 && status != 10 && status != FAILED);
    status = 0
}

/* ---- The threads ----------------------------------------------------------------------------- */

/* The statuses differ in each of their fields. */
proctype reporter(byte s)
{
    LOCALS;
    {
        transition(s);
        end()
    } unless {
        atomic {
            dead >> _pid & 1;
            sequence = 0; value = 0; status = 0; equal = false; s = 0;
            operand = 0; compared = 0; result = 0; which = 0; position = 0
        }
    }
}

/* Looks without the lock, or with it. */
proctype reader(bool locks)
{
    LOCALS;
    if
    :: !locks ->
        atomic {
            attempt();
            load(sequence, SEQUENCE, ACQUIRE);
            if
            :: sequence % 2 == 0 ->
                read_status();
                load(value, SEQUENCE, RELAXED);
                equal = (value == sequence); value = 0
            :: else
            fi;
            if
            :: equal -> succeed(); claim_whole()
            :: else -> give_up(); status = 0
            fi;
            equal = false; sequence = 0
        }
    :: else ->
        lock_cell();
        atomic {
            touch(INSIDE);
            read_status();
            claim_whole();
            store(SEQUENCE, sequence, RELEASE);
            sequence = 0
        }
    fi;
    end()
}

init {
    atomic {
        start();
        run reporter(5); run reporter(10); run reader(true); run reader(false)
    }
    (ended[1] || dead >> 1 & 1) && (ended[2] || dead >> 2 & 1) && ended[3] && ended[4]
}
