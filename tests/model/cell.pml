/* The cell protocol of the status board (src/resapi_cy/core/: cell.hpp, inside_cell.hpp and
 * status_board.hpp): check, report, transition, close, open, terminate, begin and snapshot, for the
 * threads of one cell. memory.pml says what a memory order is.
 *
 * Of the status fields, which are all treated alike, it has the first and the last, state and
 * flags: a status is state * 4 + flags. A handle is its generation. The queue of events is a
 * piece of data that belongs to whoever is inside the cell; queue.pml has its own workings.
 *
 * Bounds: two generations of a cell. Two reporters, a reader, and a thread that closes and
 * opens, with a report each; two reporters with two each, and a reader; one with three, and a
 * reader that takes the lock; a thread that closes with a stale handle; a worker, the monitor
 * that terminates and begins, and another one that terminates or closes. */

#define THREADS 5

#define CONTROL 0
#define SEQUENCE 1
#define CHECKPOINT 2
#define STATE 3
#define FLAGS 4
#define FIRST 5
#define TRANSITIONS 6
#define TOLD 7       /* one thread tells another one what it has done; not the code's */
#define QUEUE 8      /* data: the event queue, inside the cell */
#define BEFORE 9     /* data: what a thread did before it reported, or terminated */
#define PARAMETERS 10 /* data: what the monitor wrote before it began the operation */
#define LOCATIONS 11
#define STORES 50

#include "memory.pml"

/* ---- The switches ---------------------------------------------------------------------------- */

/* status_board.hpp: check(): "cell->control.load(std::memory_order_acquire)" */
ORDER(check_control, ACQUIRE, "RELAXED: data_race")

/* status_board.hpp: report(): "sequence = cell->sequence.load(std::memory_order_acquire)" */
ORDER(report_sequence, ACQUIRE, "RELAXED: kept_another")
/* status_board.hpp: report(): "cell->control.load(std::memory_order_acquire)" */
ORDER(report_control, ACQUIRE, "RELAXED: former_operation")
/* status_board.hpp: report(): "cell->sequence.load(std::memory_order_relaxed) == sequence" */
ORDER(report_again, RELAXED, "")
/* status_board.hpp: report(): "cell->checkpoint.store(tagged(sequence, status.checkpoint),
 * std::memory_order_release)" */
ORDER(report_checkpoint, RELEASE, "RELAXED: data_race")

/* cell.hpp: repeats(): "state.load(std::memory_order_acquire) == status.state &&
 * event_handle.load(std::memory_order_acquire) == status.event_handle &&
 * error_code.load(std::memory_order_acquire) == status.error_code &&" */
ORDER(repeats_state, ACQUIRE, "RELAXED: kept_another")
/* cell.hpp: repeats(): "flags.load(std::memory_order_acquire) == status.flags" */
ORDER(repeats_flags, ACQUIRE, "RELAXED: kept_another")

/* cell.hpp: status(): "read.state = state.load(std::memory_order_acquire);
 * read.event_handle = event_handle.load(std::memory_order_acquire);
 * read.error_code = error_code.load(std::memory_order_acquire);" */
ORDER(status_state, ACQUIRE, "RELAXED: torn")
/* cell.hpp: status(): "read.flags = flags.load(std::memory_order_acquire)" */
ORDER(status_flags, ACQUIRE, "RELAXED: torn")
/* cell.hpp: status(): "newest = checkpoint.load(std::memory_order_acquire)" */
ORDER(status_checkpoint, ACQUIRE, "RELAXED: data_race")
/* cell.hpp: status(): "first = first_checkpoint.load(std::memory_order_acquire)" */
ORDER(status_first, ACQUIRE, "RELAXED: wrong_checkpoint")

/* cell.hpp: read(): "control.load(std::memory_order_acquire)" */
ORDER(read_control, ACQUIRE, "RELAXED: alien_snapshot")
/* cell.hpp: read(): "transitions.load(std::memory_order_acquire)" */
ORDER(read_transitions, ACQUIRE, "RELAXED: wrong_count")

/* status_board.hpp: try_snapshot(): "sequence = cell->sequence.load(std::memory_order_acquire)" */
ORDER(snapshot_sequence, ACQUIRE, "RELAXED: wrong_count")
/* status_board.hpp: try_snapshot(): "cell->sequence.load(std::memory_order_relaxed) == sequence" */
ORDER(snapshot_again, RELAXED, "")

/* cell.hpp: publish(): "state.store(next.state, std::memory_order_release);
 * event_handle.store(next.event_handle, std::memory_order_release);
 * error_code.store(next.error_code, std::memory_order_release);" */
ORDER(publish_state, RELEASE, "RELAXED: torn")
/* cell.hpp: publish(): "flags.store(next.flags, std::memory_order_release)" */
ORDER(publish_flags, RELEASE, "RELAXED: torn")
/* cell.hpp: publish(): "first_checkpoint.store(next.checkpoint,
 * std::memory_order_release)" */
ORDER(publish_first, RELEASE, "RELAXED: wrong_checkpoint")
/* cell.hpp: publish(): "checkpoint.store(tagged(at_sequence, next.checkpoint),
 * std::memory_order_release)" */
ORDER(publish_checkpoint, RELEASE, "RELAXED: nothing")

/* cell.hpp: count_transition(): "count = transitions.load(std::memory_order_relaxed)" */
ORDER(record_count, RELAXED, "")
/* cell.hpp: count_transition(): "transitions.store(count + 1,
 * std::memory_order_release)" */
ORDER(record_transitions, RELEASE, "RELAXED: wrong_count")

/* inside_cell.hpp: transition_inside(): "cell.control.load(std::memory_order_relaxed)" */
ORDER(transition_control, RELAXED, "")
/* inside_cell.hpp: transition_inside(): "cell.checkpoint.store(tagged(number,
 * status.checkpoint), std::memory_order_release)" */
ORDER(transition_checkpoint, RELEASE, "RELAXED: data_race")

/* inside_cell.hpp: is_open(): "cell.control.load(std::memory_order_relaxed)" */
ORDER(is_open_control, RELAXED, "")

/* The loads and failures of its loop only say when to try again.
 * inside_cell.hpp: try_lock(): "sequence = cell.sequence.load(std::memory_order_relaxed);
 * number = static_cast<std::uint32_t>(sequence);
 * if ((sequence & 1) == 0 && cell.sequence.compare_exchange_weak(
 * sequence, locked(process, number), std::memory_order_acquire, std::memory_order_relaxed)" */
ORDER(lock_exchange, ACQUIRE, "RELAXED: wrong_count")
/* inside_cell.hpp: unlock(): "cell.sequence.store(number, std::memory_order_release)" */
ORDER(unlock_store, RELEASE, "RELAXED: wrong_count")

/* inside_cell.hpp: close_locked(): "cell.control.store(opened(handle, CellKind::closed),
 * std::memory_order_relaxed)" */
ORDER(close_control, RELAXED, "")

/* inside_cell.hpp: open_inside(): "generation = (cell.control.load(std::memory_order_relaxed)
 * >> 32) + 1" */
ORDER(open_generation, RELAXED, "")
/* inside_cell.hpp: open_inside(): "cell.transitions.store(0, std::memory_order_release)" */
ORDER(open_transitions, RELEASE, "RELAXED: wrong_count")
/* inside_cell.hpp: open_inside(): "cell.control.store(opened(handle, kind),
 * std::memory_order_release)" */
ORDER(open_control, RELEASE, "RELAXED: alien_snapshot")

/* status_board.hpp: terminate(): "control = cell->control.load(std::memory_order_relaxed)" */
ORDER(terminate_control, RELAXED, "")
/* status_board.hpp: terminate(): "cell->control.compare_exchange_weak(control, open +
 * exit_terminate, std::memory_order_acq_rel, std::memory_order_relaxed)" */
ORDER(terminate_exchange, ACQ_REL, "ACQUIRE: data_race; RELEASE: nothing")

/* inside_cell.hpp: begin_inside(): "cell.control.exchange(opened(handle, CellKind::resource),
 * std::memory_order_release)" */
ORDER(begin_control, RELEASE, "RELAXED: pending_unseen")

/* status_board.hpp: report(): "sequence = cell->sequence.load(std::memory_order_acquire);
 * const std::uint64_t exit = cell->control.load(" */
CHECK(report_sequence_first, "alien_report")
/* status_board.hpp: report(): "if (exit > exit_terminate) return reject();" */
CHECK(report_open, "not_terminated")
/* status_board.hpp: report(): "(sequence & 1) == 0 &&" */
CHECK(report_even, "kept_another")
/* status_board.hpp: report(): "cell->repeats(status) &&" */
CHECK(report_repeats, "kept_another")
/* status_board.hpp: report(): "cell->sequence.load(std::memory_order_relaxed) == sequence" */
CHECK(report_unchanged, "kept_another")
/* status_board.hpp: report(): "cell->checkpoint.store(tagged(sequence, status.checkpoint)," */
CHECK(report_tag, "lost")
/* inside_cell.hpp: transition_inside(): "if (exit > exit_terminate) { unlock(cell, number);" */
CHECK(transition_open, "alien_report")
/* inside_cell.hpp: transition_inside(): "if (cell.repeats(status)) {" */
CHECK(transition_repeats, "no_change")
/* inside_cell.hpp: transition_inside(): "unlock(cell, number + 2);" */
CHECK(transition_moves, "wrong_previous")
/* cell.hpp: status(): "read.checkpoint = belongs ?
 * static_cast<std::uint32_t>(newest) : first;" */
CHECK(status_belongs, "wrong_checkpoint")
/* status_board.hpp: try_snapshot(): "if ((sequence & 1) != 0) continue;" */
CHECK(snapshot_even, "torn")
/* status_board.hpp: try_snapshot(): "cell->sequence.load(std::memory_order_relaxed) == sequence" */
CHECK(snapshot_unchanged, "torn")
/* inside_cell.hpp: close_inside(): "if (open) {" */
CHECK(close_open, "closed_another")
/* inside_cell.hpp: open_inside(): "(cell.control.load(std::memory_order_relaxed) >> 32) + 1" */
CHECK(open_new_generation, "closed_another")
/* status_board.hpp: terminate(): "while (control - open <= exit_terminate) {" */
CHECK(terminate_open, "no_queue")
/* status_board.hpp: terminate(): "cell->control.compare_exchange_weak(control,
 * open + exit_terminate," */
CHECK(terminate_exchanges, "no_queue")
/* inside_cell.hpp: begin_inside(): "if (!is_open(cell, handle, CellKind::resource)) {" */
CHECK(begin_open, "no_queue")
/* inside_cell.hpp: begin_inside(): "record(cell, handle, number, pending, former);
 * cell.control.exchange(" */
CHECK(begin_publishes_first, "nothing")
/* status_board.hpp: begin(): "lock(*cell, process_, number) && begin_inside(*cell, handle,
 * pending_state, number)" */
CHECK(begin_clears_inside, "pending_unseen")

/* ---- What is claimed ------------------------------------------------------------------------- */

bit alien_report;     /* I2: a report is taken for the generation of its handle only */
bit no_queue;         /* I2: nobody uses the queue of a closed cell */
bit closed_another;   /* I2: close() closes the generation of its handle */
bit not_terminated;   /* I3 */
bit former_operation; /* I3: what is answered CONTINUE by begin() is not taken for a repetition of
                         what was published before begin() */
bit pending_unseen; /* I3: who is told CONTINUE by begin() sees its pending state, or a later one */
bit kept_another;     /* I4: a keepalive repeats the status that its tag names */
bit no_change;        /* I4: an event is a change */
bit wrong_previous;   /* I4: from what was published until then, hence they are in order */
bit lost;             /* I4: the newest report of a resource's only reporter is what is shown */
bit alien_snapshot;   /* I5: a snapshot is of its handle's generation */
bit torn;             /* I5: its fields were published together */
bit wrong_count;      /* I5: its number of transitions belongs to them */
bit wrong_checkpoint; /* I5: and so does its checkpoint */
/* I6, that nobody waits for ever, is the checker's: an invalid end state. */

/* What truly is, for the claims: of each even sequence number (by half of it) the status, the
 * cell's opening (0: closed), and the checkpoint that came with it; of each checkpoint, the
 * number that its report went by. Openings are counted as the generations should be. */
byte status_at[8], opening_at[8], first_at[8];
byte kept_at[8];
byte opened_at[3];
byte opening = 1;
byte queue = 1;    /* the opening that the cell's queue belongs to; 0: nullptr */
byte begun_at;     /* the number that begin() published with */
byte last_status, last_checkpoint; /* what was reported last */

#define NOW (sequence / 2)
#define NEXT (sequence / 2 + 1)

/* The control word: the handle, here 4 times the generation; one more when terminated, two when
 * closed. Above its 4 bits, two marks that the code's word does not have: what it is says begin()
 * has been there since, and the monitor has terminated since. */
#define opened(h) ((h) * 4)
#define closed(h) ((h) * 4 + 2)
#define OPEN(control, h) ((control) % 16 - opened(h) >= 0 && (control) % 16 - opened(h) <= 1)
#define TERMINATED(control) ((control) % 2)
#define BEGUN 16
#define BY_MONITOR 32

/* ---- The protocol ---------------------------------------------------------------------------- */

#define LOCALS short sequence, control, value, status, checkpoint, count; \
    bool equal, locked; \
    bool told,   /* that terminate() has returned */ \
         knows   /* that begin() has, for a check was answered CONTINUE */

inline lock_cell() {
    lock_even(sequence, SEQUENCE, lock_exchange)
}

inline unlock_cell(at) {
    store(SEQUENCE, at, unlock_store)
}

inline repeats(s) {
    load(value, STATE, repeats_state);
    equal = (value == (s) / 4);
    if
    :: equal -> load(value, FLAGS, repeats_flags); equal = (value == (s) % 4)
    :: else
    fi;
    value = 0
}

inline read_status() {
    load(status, STATE, status_state);
    load(value, FLAGS, status_flags);
    status = status * 4 + value;
    load(value, CHECKPOINT, status_checkpoint);
    load(checkpoint, FIRST, status_first);
    if
    :: value / 16 == sequence || !on(status_belongs) -> checkpoint = value % 16
    :: else
    fi;
    value = 0
}

inline publish(at, s, c) {
    store(STATE, (s) / 4, publish_state);
    store(FLAGS, (s) % 4, publish_flags);
    store(FIRST, c, publish_first);
    store(CHECKPOINT, (at) * 16 + c, publish_checkpoint)
}

inline record(h, s, c) {
    touch(QUEUE);
    never(no_queue, queue == 0);
    never(alien_report, queue != h || opening_at[NOW] != h);
    read_status();
    never(wrong_previous, status != status_at[NOW]);
    never(wrong_checkpoint, checkpoint != first_at[NOW] && kept_at[checkpoint] != sequence);
    never(no_change, status == (s));
    status_at[NEXT] = s; opening_at[NEXT] = h; first_at[NEXT] = c;
    publish(sequence + 2, s, c);
    load(value, TRANSITIONS, record_count); /* could come first: only who is inside stores here */
    store(TRANSITIONS, value + 1, record_transitions);
    value = 0; status = 0; checkpoint = 0
}

/* What is claimed wherever a report is taken. */
inline claim_taken(h) {
    never(not_terminated, told && !TERMINATED(control) && !(control & BEGUN));
    never(former_operation,
          (knows || (!TERMINATED(control) && (control & BEGUN))) && sequence < begun_at)
}

/* A keepalive: what follows stores its checkpoint. */
inline claim_keepalive(h, s, c) {
    claim_taken(h);
    never(alien_report, opening_at[NOW] != h);
    never(kept_another, sequence % 2 || status_at[NOW] != s);
    kept_at[c] = sequence
}

inline report(h, s, c) {
    STEP {
        if
        :: on(report_sequence_first) ->
            load(sequence, SEQUENCE, report_sequence);
            load(control, CONTROL, report_control)
        :: else ->
            load(control, CONTROL, report_control);
            load(sequence, SEQUENCE, report_sequence)
        fi;
        if
        :: !OPEN(control, h) && on(report_open) -> skip
        :: else ->
            equal = false;
            if
            :: (sequence % 2 == 0 || !on(report_even)) && on(report_repeats) -> repeats(s)
            :: sequence % 2 == 0 && !on(report_repeats) -> equal = true
            :: else
            fi;
            if
            :: equal && on(report_unchanged) ->
                load(value, SEQUENCE, report_again);
                equal = (value == sequence);
                value = 0
            :: else
            fi;
            if
            :: equal ->
                claim_keepalive(h, s, c);
                store(CHECKPOINT, (on(report_tag) -> sequence : 0) * 16 + c, report_checkpoint)
            :: else -> lock_cell(); locked = true
            fi
        fi;
        equal = false; control = 0
    }
    if
    :: locked -> transition(h, s, c)
    :: else
    fi;
    sequence = 0
}

inline transition(h, s, c) {
    STEP {
        load(control, CONTROL, transition_control);
        if
        :: !OPEN(control, h) && on(transition_open) -> unlock_cell(sequence)
        :: else ->
            if
            :: on(transition_repeats) -> repeats(s)
            :: else
            fi;
            if
            :: equal ->
                claim_keepalive(h, s, c);
                store(CHECKPOINT, sequence * 16 + c, transition_checkpoint);
                unlock_cell(sequence)
            :: else ->
                claim_taken(h);
                record(h, s, c);
                if
                :: on(transition_moves) -> unlock_cell(sequence + 2)
                :: else -> unlock_cell(sequence)
                fi
            fi
        fi;
        equal = false; control = 0; locked = false
    }
}

inline is_open(h) {
    load(control, CONTROL, is_open_control);
    equal = OPEN(control, h);
    control = 0
}

inline close_cell(h) {
    STEP { lock_cell() }
    STEP {
        is_open(h);
        if
        :: equal || !on(close_open) ->
            never(closed_another, opening_at[NOW] != h);
            touch(QUEUE);
            queue = 0; opening_at[NEXT] = 0;
            store(CONTROL, closed(h), close_control);
            unlock_cell(sequence + 2)
        :: else -> unlock_cell(sequence)
        fi;
        equal = false; sequence = 0
    }
}

inline open_cell(h) {
    STEP { lock_cell() }
    STEP {
        load(control, CONTROL, open_generation);
        h = control / 4;
        if
        :: on(open_new_generation) -> h++
        :: else
        fi;
        opening++;
        touch(QUEUE);
        queue = opening; status_at[NEXT] = 0; opening_at[NEXT] = opening; first_at[NEXT] = 0;
        opened_at[opening] = sequence + 2;
        store(TRANSITIONS, 0, open_transitions);
        publish(sequence + 2, 0, 0);
        store(CONTROL, opened(h), open_control);
        unlock_cell(sequence + 2);
        control = 0; sequence = 0
    }
}

inline terminate(h, mark) {
    STEP {
        load(control, CONTROL, terminate_control);
        do
        :: !OPEN(control, h) && on(terminate_open) -> break
        :: else ->
            if
            :: on(terminate_exchanges) ->
                compare_exchange(equal, control, CONTROL,
                                 (control & (BEGUN | BY_MONITOR)) | mark | (opened(h) + 1),
                                 terminate_exchange, RELAXED)
            :: else ->
                store(CONTROL, mark | (opened(h) + 1), terminate_exchange); equal = true
            fi;
            if
            :: equal -> break
            :: else
            fi
        od;
        equal = false; control = 0
    }
}

/* The two halves of begin(). */
inline publish_pending(h, s) {
    record(h, s, 0)
}
/* Its exchange, but for the marks. */
inline clear_termination() {
    fetch_change(control, CONTROL, 1, BEGUN, begin_control); control = 0
}

inline begin(h, s) {
    if
    :: on(begin_clears_inside)
    :: else -> STEP { begun_at = 4; clear_termination() }
    fi;
    STEP { lock_cell() }
    STEP { is_open(h) }
    locked = (equal || !on(begin_open)); equal = false;
    begun_at = (locked -> sequence + 2 : 0);
    if
    :: locked && on(begin_publishes_first) ->
        STEP { publish_pending(h, s) }
        STEP {
            if
            :: on(begin_clears_inside) -> clear_termination()
            :: else
            fi;
            unlock_cell(sequence + 2)
        }
    :: locked && !on(begin_publishes_first) ->
        STEP { clear_termination() }
        STEP { publish_pending(h, s); unlock_cell(sequence + 2) }
    :: else -> STEP { unlock_cell(sequence) }
    fi;
    locked = false; sequence = 0
}

inline check(h) {
    load(control, CONTROL, check_control)
}

inline read(h) {
    load(control, CONTROL, read_control);
    load(count, TRANSITIONS, read_transitions);
    read_status()
}

/* A try of a snapshot that has found the number unchanged, or the one under the lock. */
inline snapshot(h) {
    do
    :: atomic {
            attempt();
            load(sequence, SEQUENCE, snapshot_sequence);
            if
            :: sequence % 2 == 0 || !on(snapshot_even) ->
                read(h);
                load(value, SEQUENCE, snapshot_again);
                equal = (value == sequence || !on(snapshot_unchanged));
                value = 0
            :: else
            fi;
            if
            :: equal -> succeed(); claim_snapshot(h); break
            :: else -> give_up(); forget_snapshot()
            fi
        }
    :: locks ->
        STEP { lock_cell() }
        STEP { read(h); unlock_cell(sequence); claim_snapshot(h) }
        break
    od
}

inline claim_snapshot(h) {
    if
    :: OPEN(control, h) ->
        never(alien_snapshot, opening_at[NOW] != h);
        never(torn, sequence % 2 || status != status_at[NOW]);
        never(wrong_count, count != (sequence - opened_at[h]) / 2);
        never(wrong_checkpoint, checkpoint != first_at[NOW] && kept_at[checkpoint] != sequence);
        never(pending_unseen, knows && sequence < begun_at);
        if
        :: checkpoint == 1 -> touch(BEFORE)
        :: else
        fi
    :: else
    fi
}

inline forget_snapshot() {
    equal = false; sequence = 0; control = 0; count = 0; status = 0; checkpoint = 0
}

/* ---- The threads ----------------------------------------------------------------------------- */

/* A status to report: as the cell was opened with, one that shares a field with it, another one. */
#define ANY 99
#define CHOOSE(s) if :: s = 0 :: s = 2 :: s = 10 fi

/* Reports `first`, then `next`, with the checkpoints from `c` on. The heir may have the new
 * handle. */
proctype reporter(byte c, reports, first, next; bool heir)
{
    LOCALS;
    byte h, s;
    atomic {
        if
        :: h = 1
        :: heir -> h = 2
        fi;
        if
        :: c == 1 -> touch(BEFORE)
        :: else
        fi
    }
    do
    :: reports > 0 ->
        atomic {
            s = first; first = next;
            if
            :: s == ANY -> CHOOSE(s)
            :: else
            fi;
            last_status = s; last_checkpoint = c
        }
        report(h, s, c);
        c++; reports--
    :: else -> break
    od;
    end()
}

/* What only loads may as well come last: nobody sees it, and all that was stored is there for
 * it. */
proctype reader(bool locks)
{
    LOCALS;
    byte h;
    atomic {
        if
        :: locks
        :: ended[2] && ended[3] && ended[4]
        fi;
        if
        :: h = 1
        :: h = 2
        fi
    }
    snapshot(h);
    end()
}

proctype closer(bool twice)
{
    LOCALS;
    byte h;
    do
    :: close_cell(1);
        if
        :: h == 0 -> open_cell(h)
        :: else -> break
        fi;
        if
        :: twice /* to no effect */
        :: else -> break
        fi
    od;
    end()
}

/* Ends an operation and begins the next one. */
proctype monitor()
{
    LOCALS;
    STEP {
        touch(BEFORE);
        terminate(1, BY_MONITOR);
        store(TOLD, true, RELEASE);
        touch(PARAMETERS)
    }
    begin(1, 10);
    end()
}

/* Terminates at any time, or closes. */
proctype other_monitor(bool closes)
{
    LOCALS;
    if
    :: closes -> close_cell(1)
    :: else -> STEP { terminate(1, 0) }
    fi;
    end()
}

/* Asks, and then reports what was published before the operation. */
proctype worker()
{
    LOCALS;
    bool locks;
    STEP {
        load(told, TOLD, ACQUIRE);
        check(1);
        if
        :: !OPEN(control, 1)
        :: OPEN(control, 1) && TERMINATED(control) ->
            if
            :: control & BY_MONITOR -> touch(BEFORE)
            :: else
            fi
        :: OPEN(control, 1) && !TERMINATED(control) ->
            never(not_terminated, told && !(control & BEGUN));
            if
            :: control & BEGUN -> knows = true
            :: else
            fi
        fi;
        control = 0
    }
    if
    :: knows -> snapshot(1); touch(PARAMETERS)
    :: else
    fi;
    report(1, 0, 2);
    end()
}

init {
    LOCALS;
    bool locks;
    bool alone;
    atomic {
        start();
        initially(CONTROL, opened(1)); initially(SEQUENCE, 2); initially(CHECKPOINT, 2 * 16);
        opening_at[1] = 1; opened_at[1] = 2;
        if
        :: /* Two reporters. */
            run reader(false); run reporter(1, 2, ANY, 2, false); run reporter(3, 2, 10, 15, false);
            nobody(4)
        :: /* One reporter, as the contract has it. */
            run reader(true); run reporter(1, 3, ANY, ANY, false); nobody(3); nobody(4);
            alone = true
        :: /* A stale close. */
            run reader(true); run closer(true); nobody(3); nobody(4)
        :: /* An operation ends and the next one begins. */
            run worker(); run monitor(); run other_monitor(false); nobody(4)
        :: /* The same, and the resource is closed. */
            run worker(); run monitor(); run other_monitor(true); nobody(4)
        :: /* Two reporters, one of them perhaps the new owner, while the cell changes hands. */
            run reader(false); run reporter(1, 1, ANY, 0, false); run reporter(3, 1, 10, 0, true);
            run closer(false)
        fi
    }
    STEP { ended[1] && ended[2] && ended[3] && ended[4]; join_all() }
    if
    :: alone ->
        snapshot(1);
        never(lost, status != last_status || checkpoint != last_checkpoint)
    :: else
    fi
}
