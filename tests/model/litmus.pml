/* That memory.pml is the memory it says it is: small programs with a known answer. What must not
 * happen with the orders that stand here must happen with weaker ones. */

#define THREADS 5

#define X 0
#define Y 1
#define MESSAGE 2 /* data */
#define LOCATIONS 3

#include "memory.pml"

/* Message passing: who reads the flag may read the message. */
ORDER(passing_store, RELEASE, "RELAXED: data_race")
ORDER(passing_load, ACQUIRE, "RELAXED: data_race")
/* The same with an exchange between the two, which carries the release on. */
ORDER(relay_store, RELEASE, "RELAXED: data_race")
ORDER(relay_exchange, RELAXED, "")
/* Store buffering: of two threads that each store and then look at the other's, one sees it. */
ORDER(buffering_store, SEQ_CST, "RELEASE: both_missed")
ORDER(buffering_load, SEQ_CST, "ACQUIRE: both_missed")
/* Two stores each, in opposite order: not both first ones stay. */
ORDER(crossing_store, SEQ_CST, "RELEASE: crossed")
/* Two readers agree on the order of two independent stores. */
ORDER(witness_store, SEQ_CST, "RELEASE: disagreed")
ORDER(witness_load, SEQ_CST, "ACQUIRE: disagreed")

bit both_missed, crossed, disagreed;
bit backwards;    /* a thread reads an older value after a newer one: never, whatever the order */
bit lost;         /* one of two additions is lost: never, whatever the order */
bit out_of_air;   /* a value that nobody stored: never */
byte seen[THREADS];

#define LOCALS short value, other; byte me

proctype passes() { LOCALS; STEP { touch(MESSAGE); store(X, 1, passing_store) }; end() }
proctype relays_first() { LOCALS; STEP { touch(MESSAGE); store(X, 1, relay_store) }; end() }
proctype relays() {
    LOCALS;
    bool replaced;
    STEP { value = 1; compare_exchange(replaced, value, X, 2, relay_exchange, RELAXED) };
    end()
}
proctype receives(byte wanted) {
    LOCALS;
    STEP { load(value, X, passing_load) };
    if
    :: value == wanted -> touch(MESSAGE)
    :: else
    fi;
    end()
}

/* Stores to one, looks at the other. */
#define BUFFERS(one, two) \
    LOCALS; \
    STEP { store(one, 1, buffering_store) }; \
    STEP { load(value, two, buffering_load) }; \
    seen[_pid] = value; \
    end()
proctype buffers_x() { BUFFERS(X, Y) }
proctype buffers_y() { BUFFERS(Y, X) }

#define CROSSES(one, two) \
    LOCALS; \
    STEP { store(one, 1, crossing_store) }; \
    STEP { store(two, 2, crossing_store) }; \
    end()
proctype crosses_x() { CROSSES(X, Y) }
proctype crosses_y() { CROSSES(Y, X) }

proctype stores_x() { STEP { store(X, 1, witness_store) }; end() }
proctype stores_y() { STEP { store(Y, 1, witness_store) }; end() }
#define WITNESSES(one, two) \
    LOCALS; \
    STEP { load(value, one, witness_load) }; \
    STEP { load(other, two, witness_load) }; \
    seen[_pid] = value * 2 + other; \
    end()
proctype witnesses_x() { WITNESSES(X, Y) }
proctype witnesses_y() { WITNESSES(Y, X) }

proctype stores_twice() {
    STEP { store(X, 1, RELAXED) };
    STEP { store(X, 2, RELAXED) };
    end()
}
proctype reads_twice() {
    LOCALS;
    STEP { load(value, X, RELAXED) };
    STEP { load(other, X, RELAXED) };
    never(backwards, other < value);
    never(out_of_air, other > 2);
    end()
}
proctype adds() { LOCALS; STEP { fetch_add(value, X, 1, RELAXED) }; end() }

init {
    LOCALS;
    atomic {
        start();
        if
        :: run passes(); run receives(1); nobody(3); nobody(4)
        :: run relays_first(); run relays(); run receives(2); nobody(4)
        :: run buffers_x(); run buffers_y(); nobody(3); nobody(4); me = 1
        :: run crosses_x(); run crosses_y(); nobody(3); nobody(4); me = 2
        :: run stores_x(); run stores_y(); run witnesses_x(); run witnesses_y(); me = 3
        :: run stores_twice(); run reads_twice(); nobody(3); nobody(4)
        :: run adds(); run adds(); nobody(3); nobody(4); me = 4
        fi
    }
    atomic {
        ended[1] && ended[2] && ended[3] && ended[4];
        join_all();
        load(value, X, RELAXED);
        load(other, Y, RELAXED);
        if
        :: me == 1 -> never(both_missed, seen[1] == 0 && seen[2] == 0)
        :: me == 2 -> never(crossed, value == 1 && other == 1)
        :: me == 3 -> never(disagreed, seen[3] == 2 && seen[4] == 2)
        :: me == 4 -> never(lost, value != 2)
        :: else
        fi
    }
}
