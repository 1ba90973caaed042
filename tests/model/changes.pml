/* The status board's list of changed cells (src/resapi_cy/core/: inside_cell.hpp and
 * status_board.hpp): reporters list a watched cell, a host takes the list, goes through it and
 * sleeps; cells are closed and opened again, and a thread is ended between marking its cell and
 * linking it, or inside of a cell that is closed. memory.pml says what a memory order is.
 *
 * A cell's status is how often it has changed. What the sequence lock guards is in it; wakeup.pml
 * has the wake-up's own workings, mortal.pml those of taking a cell back.
 *
 * Bounds: two reporters of one cell, with a change each, of which one may be ended while it lists;
 * reporters of two cells, of which one is closed afterwards; a cell that is closed and opened
 * again, with a change then, beside a thread with a stale handle, which may be ended inside; the
 * host's thread. */

#define THREADS 4

#define GATE 0 /* of cell 1: 16 * the thread inside + the number */
#define STATUS (1 - 1) /* of cell 1, of cell 2 */
#define MARK (3 - 1) /* bits: watched, listed, closed */
#define LINK (5 - 1) /* data: next_changed */
#define CHANGED 7
#define LOST 8
#define SLEEPERS 9
#define SIGNAL 10
#define CONTROL 11 /* of cell 1: whether it is closed */
#define BOARD 12   /* that cell 1 has been given back, from who did so to who opens it */
#define LOCATIONS 13
#define STORES 90

#define HOLDER(thread) ((thread) * 16)

/* All operations of the sleepers are sequentially consistent, so that no thread reads what is older
 * than the last of them; the signal is the system's. */
#define OLDEST(thread, location) \
    ((location) == SIGNAL || (location) == SLEEPERS ? now.stored[location] - 1 \
                                                    : now.views[thread].at[location])

#include "memory.pml"

/* ---- The switches ---------------------------------------------------------------------------- */

/* inside_cell.hpp: list_change(): "cell.changes.load(std::memory_order_relaxed)" */
ORDER(list_watched, RELAXED, "")
/* inside_cell.hpp: list_change(): "cell.changes.fetch_or(Cell::listed,
 * std::memory_order_acq_rel)" */
ORDER(list_mark, ACQ_REL, "ACQUIRE: invalid end state; RELEASE: data_race")
/* inside_cell.hpp: list_change(): "first = queue.changed.load(std::memory_order_relaxed)" */
ORDER(list_first, RELAXED, "")
/* inside_cell.hpp: list_change(): "queue.changed.compare_exchange_weak(
 * first, cell.index, std::memory_order_seq_cst, std::memory_order_relaxed)" */
ORDER(list_exchange, SEQ_CST, "ACQUIRE: data_race; RELEASE: nothing; ACQ_REL: nothing")
/* status_board.hpp: take_changes(): "queue->changed.exchange(0, std::memory_order_seq_cst)" */
ORDER(take_exchange, SEQ_CST, "RELEASE: data_race; ACQUIRE: nothing; ACQ_REL: nothing")
/* Only makes the handle.
 * status_board.hpp: pass_change(): "cell.control.load(std::memory_order_relaxed)" */
ORDER(pass_control, RELAXED, "")
/* status_board.hpp: pass_change(): "cell.changes.fetch_and(~Cell::listed,
 * std::memory_order_acq_rel)" */
ORDER(pass_mark, ACQ_REL, "ACQUIRE: data_race; RELEASE: invalid end state")
/* status_board.hpp: find_change(): "cell->changes.fetch_and(~Cell::listed,
 * std::memory_order_acq_rel)" */
ORDER(find_mark, ACQ_REL, "ACQUIRE: nothing; RELEASE: nothing")
/* inside_cell.hpp: take_back(): "cell.changes.load(std::memory_order_relaxed)" */
ORDER(take_back_watched, RELAXED, "")
/* cell.hpp: is_closed(): "control.load(std::memory_order_relaxed)" */
ORDER(closed_load, RELAXED, "")
/* inside_cell.hpp: take_back(): "queue->changes_lost.store(true, std::memory_order_seq_cst)" */
ORDER(lost_store, SEQ_CST, "RELAXED: nothing")
/* event_queue.hpp: take_changes_lost(): "changes_lost.load(std::memory_order_relaxed) &&
 * changes_lost.exchange(false, std::memory_order_acquire)" */
ORDER(lost_exchange, ACQUIRE, "RELAXED: nothing")
/* cell_table.hpp: enlist(): "cell.changes.fetch_or(Cell::closed, std::memory_order_acq_rel)" */
ORDER(enlist_mark, ACQ_REL, "ACQUIRE: nothing; RELEASE: data_race")

/* inside_cell.hpp: list_change(): "& Cell::listed) != 0) return;" */
CHECK(list_once, "twice_listed")
/* status_board.hpp: pass_change(): "if ((before & Cell::closed) != 0) recycle(cell, handle);" */
CHECK(pass_gives_back, "not_given_back")
/* cell_table.hpp: enlist(): "if ((before & Cell::listed) == 0 &&" */
CHECK(enlist_leaves, "given_back_twice")
/* inside_cell.hpp: take_back(): "if (!cell.is_closed() &&" */
CHECK(take_back_leaves_closed, "given_back_twice")
/* inside_cell.hpp: take_back(): "queue->changes_lost.store(true," */
CHECK(take_back_tells, "invalid end state")

/* ---- What is claimed ------------------------------------------------------------------------- */

bit unseen;           /* a change that was told as listed by another is in what the host looks at */
bit twice_listed;     /* a cell is on the list once */
bit not_given_back;   /* a closed cell is given back, */
bit given_back_twice; /* once */
/* That the host sleeps on no change is the checker's: an invalid end state. And data_race: a link
 * belongs to who has marked the cell, then to who takes the list. */

byte dead, mortal;
bit reopens;
byte next_of[3];
bool on_list[3];
byte changes[3], seen[3]; /* how often each has changed, and how often the host knows of */
byte told[3], must[3];    /* and has to find: what was left to it that is listed, when it looks */
byte given_back;

#define LOCALS short number, value, index; bool equal

/* ---- The protocol ---------------------------------------------------------------------------- */

#define MORTAL if :: skip :: _pid == 1 && mortal -> dead = 1 fi

inline list_change(cell) {
    STEP {
        of(cell, load(value, MARK, list_watched));
        of(cell, fetch_change(value, MARK, 0, 2, list_mark))
    }
    MORTAL;
    if
    :: (value & 2) && on(list_once) -> told[cell] = changes[cell]
    :: else ->
        never(twice_listed, on_list[cell]);
        STEP { of(cell, touch(LINK)); load(index, CHANGED, list_first) }
        do
        ::  STEP {
                next_of[cell] = index;
                compare_exchange(equal, index, CHANGED, cell, list_exchange, RELAXED);
                if
                :: equal -> on_list[cell] = true
                :: else
                fi
            };
            if
            :: equal -> equal = false; break
            :: else
            fi
        od;
        MORTAL;
        index = 0
    fi;
    value = 0
}

inline notify() {
    load(value, SLEEPERS, SEQ_CST);
    if
    :: value != 0 -> store(SIGNAL, 1, SEQ_CST)
    :: else
    fi;
    value = 0
}

/* Only the first cell has more than one thread. */
inline lock_cell(cell) {
    if
    :: cell == 2
    :: cell == 1 ->
        do
        :: lock_even(number, GATE, ACQUIRE); break
        :: atomic {
                dead && newest(GATE) == 16 + 1 ->
                number = 16 + 1;
                compare_exchange(equal, number, GATE, _pid * 16 + 1, ACQUIRE, RELAXED);
                if
                :: equal -> join_dead(1)
                :: else
                fi
            };
            if
            :: equal ->
                equal = false; number = 0;
                /* take_back() */
                load(value, CONTROL, closed_load);
                if
                :: value && on(take_back_leaves_closed) -> value = 0
                :: else ->
                    of(1, load(value, MARK, take_back_watched));
                    list_change(1);
                    if
                    :: on(take_back_tells) -> store(LOST, 1, lost_store)
                    :: else
                    fi
                fi;
                notify();
                break
            :: else -> number = 0
            fi
        od
    fi;
    number = 0
}

inline unlock_cell(cell) {
    if
    :: cell == 1 -> store(GATE, 0, RELEASE)
    :: cell == 2
    fi
}

/* The board's lock hands it on. */
inline give_back() {
    given_back++;
    if
    :: reopens -> store(BOARD, 1, RELEASE)
    :: else
    fi
}

inline look() {
    STEP { exchange(index, CHANGED, 0, take_exchange) }
    go_through();
    load(value, LOST, RELAXED);
    if
    :: value -> exchange(value, LOST, 0, lost_exchange)
    :: else
    fi;
    if
    :: value ->
        value = 0; found = true;
        /* find_change(1) */
        lock_cell(1);
        exchange(index, CHANGED, 0, take_exchange);
        number = index;
        do
        :: number != 0 && number != 1 -> number = next_of[number]
        :: else -> break
        od;
        if
        :: number == 0 ->
            of(1, fetch_change(value, MARK, 2, 0, find_mark)); value = 0
        :: else
        fi;
        number = 0;
        unlock_cell(1);
        go_through();
        look_at(1)
    :: else
    fi
}

inline look_at(cell) {
    of(cell, load(value, STATUS, ACQUIRE));
    never(unseen, value < must[cell]);
    seen[cell] = value; value = 0
}

inline go_through() {
    do
    :: index != 0 ->
        STEP {
            found = true;
            number = index;
            of(number, touch(LINK));
            index = next_of[number];
            of(number, fetch_change(value, MARK, 2, 0, pass_mark));
            must[number] = told[number];
            on_list[number] = false
        }
        STEP {
            if
            :: (value & 4) && on(pass_gives_back) -> give_back()
            :: else
            fi;
            look_at(number);
            number = 0
        }
    :: else -> break
    od
}

/* ---- The threads ----------------------------------------------------------------------------- */

inline change(cell) {
    lock_cell(cell);
    atomic { changes[cell]++; of(cell, store(STATUS, changes[cell], RELEASE)) };
    MORTAL;
    list_change(cell);
    unlock_cell(cell);
    notify()
}

/* close_inside(), or, of a cell that is closed, open_inside() and watch(). */
inline close_or_open(cell) {
    lock_cell(cell);
    if
    :: cell == 2
    :: cell == 1 && !shut -> store(CONTROL, 1, RELAXED)
    :: cell == 1 && shut ->
        of(1, store(MARK, 1, RELAXED));
        store(CONTROL, 0, RELEASE)
    fi;
    unlock_cell(cell)
}

/* It has found the cell open, and comes inside whenever that may be, too late or not. Nobody but it
 * is ended. */
proctype straggler()
{
    LOCALS;
    {
        lock_even(number, GATE, ACQUIRE);
        number = 0;
        MORTAL;
        unlock_cell(1);
        end()
    } unless {
        atomic {
            dead;
            number = 0; value = 0; index = 0; equal = false;
            operand = 0; compared = 0; result = 0; which = 0; position = 0
        }
    }
}

proctype reporter(byte cell; bool closes)
{
    LOCALS, shut;
    {
        if
        :: !reopens -> change(cell)
        :: else
        fi;
        do
        :: closes ->
            close_or_open(cell);
            if
            :: shut -> shut = false; change(1); break
            :: else
            fi;
            of(cell, fetch_change(value, MARK, 0, 4, enlist_mark));
            if
            :: (value & 2) && on(enlist_leaves) -> skip
            :: else -> give_back()
            fi;
            value = 0;
            never(given_back_twice, given_back > 1);
            if
            :: reopens -> await_odd(value, BOARD, ACQUIRE); value = 0; shut = true
            :: else -> break
            fi
        :: else -> break
        od;
        end()
    } unless {
        atomic {
            _pid == 1 && dead;
            number = 0; value = 0; index = 0; equal = false; cell = 0;
            operand = 0; compared = 0; result = 0; which = 0; position = 0
        }
    }
}

#define OVER ((ended[1] || dead) && ended[2])

proctype host()
{
    LOCALS;
    bool found, woke;
    do
    ::  fetch_add(value, SLEEPERS, 1, SEQ_CST); value = 0;
        look();
        if
        :: !found ->
            if
            :: await_odd(value, SIGNAL, ACQUIRE); value = 0
            :: atomic { dead && OVER && !woke -> woke = true }; /* by itself, as it does at times: */
                lock_cell(1); unlock_cell(1)                    /* it looks at a status, say */
            :: atomic {
                    OVER && (!dead || woke) && seen[1] == changes[1] && seen[2] == changes[2] &&
                    newest(CHANGED) == 0 && newest(SIGNAL) == 0 -> break
                }
            fi
        :: else
        fi;
        found = false;
        fetch_add(value, SLEEPERS, -1, SEQ_CST); value = 0;
        exchange(value, SIGNAL, 0, SEQ_CST); value = 0;
        look();
        found = false
    od;
    never(given_back_twice, given_back > 1);
    never(not_given_back, !mortal && given_back == 0);
    end()
}

init {
    atomic {
        start();
        of(1, initially(MARK, 1)); of(2, initially(MARK, 1));
        if
        :: mortal = 1; run reporter(1, false); run reporter(1, false)
        :: run reporter(1, false); run reporter(2, true)
        :: mortal = 1; reopens = 1; run straggler(); run reporter(1, true)
        fi;
        run host()
    }
}
