/* How the status board's cells (src/resapi_cy/core/: cell_table.hpp and status_board.hpp) are
 * handed out and taken back: open, close, and post where it ends a control call, which a native
 * thread and the monitor may close at the same time. memory.pml says what a memory order is;
 * cell.pml has what happens inside an open cell.
 *
 * Bounds: one cell, in a chunk that is made by whoever opens first; two threads that open a
 * control call and close it, and a native thread that ends one: its handle was given to it, or
 * guessed. */

#define THREADS 4

#define CHUNK 0    /* chunks_[0]: 0 is nullptr */
#define BOARD 1    /* lock_ */
#define CONTROL 2
#define SEQUENCE 3
#define GIVEN 4    /* a handle for the native thread; not the code's */
#define MEMORY 5   /* data: the chunk's zeroed memory */
#define CLOSED 6   /* data: the list of closed cells, and the number of the unused */
#define INSIDE 7   /* data: the cell's queue and owner */
#define LOCATIONS 8
#define STORES 40

#include "memory.pml"

/* ---- The switches ---------------------------------------------------------------------------- */

/* waiting.hpp: try_lock(): "holder_.compare_exchange_strong(nobody, thread,
 * std::memory_order_acquire, std::memory_order_relaxed)" */
ORDER(board_lock, ACQUIRE, "RELAXED: data_race")
/* waiting.hpp: unlock(): "holder_.store(0, std::memory_order_release)" */
ORDER(board_unlock, RELEASE, "RELAXED: data_race")
/* cell_table.hpp: chunk_of(): "chunks_[index >> chunk_bits & (chunk_limit - 1)].load(
 * std::memory_order_acquire)" */
ORDER(chunk_of_load, ACQUIRE, "RELAXED: data_race")
/* cell_table.hpp: add_chunk(): "chunks_[chunks_used_++].store(chunk,
 * std::memory_order_release)" */
ORDER(add_chunk_store, RELEASE, "RELAXED: data_race")
/* inside_cell.hpp: close_locked(): "cell.control.store(opened(handle, CellKind::closed),
 * std::memory_order_relaxed)" */
ORDER(close_control, RELAXED, "")
/* inside_cell.hpp: is_open(): "cell.control.load(std::memory_order_relaxed)" */
ORDER(is_open_control, RELAXED, "")

/* cell_table.hpp: find(): "return chunk == nullptr ? nullptr" */
CHECK(find_chunk, "no_chunk")
/* status_board.hpp: post(): "if (cell == nullptr || !is_open(*cell, handle, kind))
 * return refuse(event);" */
CHECK(post_open, "nothing")
/* status_board.hpp: post(): "if (!is_open(*cell, handle, kind)) { unlock(*cell, number);" */
CHECK(post_open_again, "closed_twice")
/* inside_cell.hpp: close_inside(): "if (open) {" */
CHECK(close_open, "closed_twice")
/* status_board.hpp: close(): "if (open) recycle(*cell, handle);" */
CHECK(close_recycles, "not_listed")
/* cell_table.hpp: take_cell(): "oldest_closed_ = oldest_closed_->next_closed;" */
CHECK(take_unlists, "two_owners")

/* ---- What is claimed: I2 and I8 -------------------------------------------------------------- */

bit no_chunk;     /* nobody looks for a cell in a chunk that is not there */
bit alien_post;   /* a control call is ended by a thread with its own handle */
bit closed_twice; /* and once */
bit two_owners;   /* a cell is opened for one at a time */
bit not_listed;   /* and can be opened again when it is closed */
/* And data_race: whoever finds a cell finds zeroed memory. */

byte unused, listed; /* cells never used, and in the list */
byte chunks;         /* chunks_used_ */
byte inside;         /* the cell's queue and owner: those of this handle; 0: none */

#define OPEN(control, h) ((control) == (h) * 4)

/* ---- The board ------------------------------------------------------------------------------- */

inline lock_board() { lock_even(value, BOARD, board_lock); value = 0 }
inline unlock_board() { store(BOARD, 0, board_unlock) }
inline lock_cell() { lock_even(sequence, SEQUENCE, ACQUIRE) }
inline unlock_cell(at) { store(SEQUENCE, at, RELEASE) }

/* The cell of index 0: whether there is one. */
inline find() {
    load(found, CHUNK, chunk_of_load);
    if
    :: found -> see(MEMORY)
    :: else
    fi
}

inline is_open(h) {
    load(value, CONTROL, is_open_control);
    open = OPEN(value, h);
    value = 0
}

inline recycle() {
    STEP { lock_board() }
    STEP {
        touch(CLOSED);
        listed++;
        never(two_owners, listed + unused > 1);
        unlock_board()
    }
}

/* into h; 0: no cell is left */
inline open_cell(h) {
    STEP { lock_board() }
    STEP {
        touch(CLOSED);
        if
        :: chunks == 0 ->
            chunks = 1; unused = 1;
            touch(MEMORY);
            store(CHUNK, 1, add_chunk_store)
        :: else
        fi;
        if
        :: unused -> unused--; found = true
        :: !unused && listed ->
            found = true;
            if
            :: on(take_unlists) -> listed--
            :: else
            fi
        :: else
        fi;
        unlock_board()
    }
    if
    :: found ->
        STEP {
            find();
            never(no_chunk, !found);
            lock_cell()
        }
        STEP {
            load(value, CONTROL, RELAXED);
            h = value / 4 + 1;
            touch(INSIDE);
            never(two_owners, inside != 0);
            inside = h;
            store(CONTROL, h * 4, RELEASE);
            unlock_cell(sequence + 2);
            value = 0; sequence = 0; found = false
        }
    :: else
    fi
}

/* Under the lock: closes the cell, as the handle's owner may once. */
inline close_locked(h) {
    touch(INSIDE);
    never(closed_twice, inside == 0);
    never(alien_post, inside != h);
    inside = 0;
    store(CONTROL, h * 4 + 2, close_control);
    unlock_cell(sequence + 2)
}

inline close_cell(h) {
    STEP { find(); lock_cell() }
    STEP {
        is_open(h);
        if
        :: open || !on(close_open) -> open = true; close_locked(h)
        :: else -> unlock_cell(sequence)
        fi;
        sequence = 0; found = false
    }
    if
    :: open && on(close_recycles) -> open = false; recycle()
    :: else -> open = false
    fi
}

/* post() with `last`. */
inline post_last(h) {
    STEP {
        find();
        if
        :: found || !on(find_chunk) ->
            never(no_chunk, !found);
            is_open(h);
            if
            :: open || !on(post_open) -> lock_cell(); locked = true
            :: else
            fi
        :: else
        fi;
        open = false; found = false
    }
    if
    :: locked ->
        STEP {
            locked = false;
            is_open(h);
            if
            :: open || !on(post_open_again) -> open = true; close_locked(h)
            :: else -> unlock_cell(sequence)
            fi;
            sequence = 0
        }
        if
        :: open -> open = false; recycle()
        :: else
        fi
    :: else
    fi
}

/* ---- The threads ----------------------------------------------------------------------------- */

#define LOCALS short sequence, value; bool found, open, locked; byte h

proctype monitor()
{
    LOCALS;
    open_cell(h);
    if
    :: h != 0 ->
        store(GIVEN, h, RELEASE);
        close_cell(h)
    :: else
    fi;
    end()
}

proctype native()
{
    LOCALS;
    STEP {
        load(h, GIVEN, ACQUIRE);
        if
        :: h == 0 -> h = 1
        :: else
        fi
    }
    post_last(h);
    end()
}

init {
    atomic {
        start();
        run monitor(); run monitor(); run native()
    }
    atomic {
        ended[1] && ended[2] && ended[3];
        join_all();
        never(not_listed, listed + unused != 1)
    }
}
