/* The event queue of src/resapi_cy/core/event_queue.hpp: append, take, release and the list of
 * free nodes, for appending threads and the monitor. memory.pml says what a memory order is.
 *
 * A node's event and its link to the next one are one piece of data that belongs to one thread
 * at a time. A pointer, and an index in the list of free nodes, is the node's number; 0 is none.
 *
 * Bounds: two nodes; two appending threads, with one event and two; both nodes free, or never
 * used. */

#define THREADS 4
#define NODES 2

#define NEWEST 0
#define FREE 1 /* tag * 4 + node */
#define FRESH 2
#define NEXT_FREE (3 - 1) /* of node 1, of node 2 */
#define EVENT (3 + NODES - 1) /* data */
#define LOCATIONS (3 + 2 * NODES)
#define STORES 60

#include "memory.pml"

/* ---- The switches ---------------------------------------------------------------------------- */

/* event_queue.hpp: append(): "newest = newest_.load(std::memory_order_relaxed)" */
ORDER(append_newest, RELAXED, "")
/* event_queue.hpp: append(): "newest_.compare_exchange_weak(newest, node,
 * std::memory_order_seq_cst, std::memory_order_relaxed)" */
ORDER(append_exchange, SEQ_CST, "ACQUIRE: data_race; RELEASE: nothing")
/* event_queue.hpp: take(): "newest_.exchange(nullptr, std::memory_order_seq_cst)" */
ORDER(take_exchange, SEQ_CST, "ACQUIRE: nothing; RELEASE: data_race")

/* event_queue.hpp: release(): "node->next_free.store(index_of(node->next) + 1,
 * std::memory_order_relaxed)" */
ORDER(release_inner, RELAXED, "")
/* event_queue.hpp: release(): "head = free_.load(std::memory_order_relaxed)" */
ORDER(release_head, RELAXED, "")
/* event_queue.hpp: release(): "last->next_free.store(static_cast<std::uint32_t>(head),
 * std::memory_order_relaxed)" */
ORDER(release_last, RELAXED, "")
/* event_queue.hpp: release(): "free_.compare_exchange_weak(head, spliced,
 * std::memory_order_release, std::memory_order_relaxed)" */
ORDER(release_exchange, RELEASE, "RELAXED: data_race")

/* event_queue.hpp: acquire_node(): "head = free_.load(std::memory_order_acquire)" */
ORDER(acquire_head, ACQUIRE, "RELAXED: leaked")
/* event_queue.hpp: acquire_node(): "node->next_free.load(std::memory_order_relaxed)" */
ORDER(acquire_next, RELAXED, "")
/* event_queue.hpp: acquire_node(): "free_.compare_exchange_weak(head, rest,
 * std::memory_order_acquire, std::memory_order_acquire)" */
ORDER(acquire_exchange, ACQUIRE, "RELAXED: nothing")
/* event_queue.hpp: acquire_node(): "free_.compare_exchange_weak(head, rest,
 * std::memory_order_acquire, std::memory_order_acquire)" */
ORDER(acquire_failed, ACQUIRE, "RELAXED: leaked")
/* event_queue.hpp: acquire_node(): "fresh = fresh_.load(std::memory_order_relaxed)" */
ORDER(acquire_fresh, RELAXED, "")
/* event_queue.hpp: acquire_node(): "fresh_.compare_exchange_weak(fresh, fresh + 1,
 * std::memory_order_relaxed)" */
ORDER(acquire_fresh_exchange, RELAXED, "")

/* event_queue.hpp: next_tag(): "((head >> 32) + 1) << 32" */
CHECK(next_tag, "leaked")
/* event_queue.hpp: acquire_node(): "while (fresh < capacity_) {" */
CHECK(acquire_limit, "beyond_capacity")
/* event_queue.hpp: release(): "last->next_free.store(static_cast<std::uint32_t>(head)," */
CHECK(release_joins, "leaked")
/* event_queue.hpp: append(): "node->next = newest;" */
CHECK(append_links, "lost")

/* ---- What is claimed: I4 and I8 -------------------------------------------------------------- */

bit two_owners;      /* a node has one owner at a time */
bit beyond_capacity; /* and is one of those that there are */
bit leaked;          /* in the end each is free again */
bit lost;            /* every event is delivered, or counted as dropped */
bit disorder;        /* once, and in the order in which its thread appended it */
/* And data_race: what is in a node is seen whole by who takes it. */

bool owned[NODES + 1];
byte event_in[NODES + 1], next_of[NODES + 1]; /* what is in the nodes */
byte dropped;                                 /* dropped_ */
byte newest_of[3];                            /* the newest event delivered, of each thread */
byte delivered;

/* Events are numbered through: thread * 4 + number. */

/* ---- The queue ------------------------------------------------------------------------------- */

#define NODE(head) ((head) % 4)

/* into `node`; 0: none is left */
inline acquire_node() {
    STEP {
        load(head, FREE, acquire_head);
        do
        :: NODE(head) == 0 -> break
        :: NODE(head) != 0 ->
            node = NODE(head);
            of(node, load(rest, NEXT_FREE, acquire_next));
            if
            :: on(next_tag) -> rest = rest + (head / 4 + 1) * 4
            :: else -> rest = rest + head / 4 * 4
            fi;
            compare_exchange(replaced, head, FREE, rest, acquire_exchange, acquire_failed);
            if
            :: replaced -> break
            :: else -> node = 0
            fi
        od;
        head = 0; rest = 0; replaced = false
    }
    if
    :: node == 0 ->
        STEP {
            load(head, FRESH, acquire_fresh);
            do
            :: head >= NODES && on(acquire_limit) -> break
            :: else ->
                compare_exchange(replaced, head, FRESH, head + 1, acquire_fresh_exchange, RELAXED);
                if
                :: replaced -> node = head + 1; break
                :: else
                fi
            od;
            never(beyond_capacity, node > NODES);
            head = 0; replaced = false
        }
    :: else
    fi
}

inline append(event) {
    acquire_node();
    if
    :: node == 0 -> dropped++
    :: else ->
        STEP {
            never(two_owners, owned[node]);
            owned[node] = true;
            of(node, touch(EVENT));
            event_in[node] = event
        }
        STEP {
            load(head, NEWEST, append_newest);
            do
            ::  if
                :: on(append_links) -> next_of[node] = head
                :: else
                fi;
                compare_exchange(replaced, head, NEWEST, node, append_exchange, RELAXED);
                if
                :: replaced -> break
                :: else
                fi
            od;
            head = 0; replaced = false; node = 0
        }
    fi
}

/* To the end of the monitor's backlog, oldest first. */
inline take() {
    STEP { exchange(node, NEWEST, 0, take_exchange) }
    atomic {
        do
        :: node != 0 ->
            of(node, touch(EVENT));
            rest = next_of[node]; next_of[node] = head; head = node; node = rest
        :: else -> break
        od;
        /* Delivers them. */
        node = head;
        do
        :: node != 0 ->
            never(disorder, event_in[node] <= newest_of[event_in[node] / 4]);
            newest_of[event_in[node] / 4] = event_in[node];
            delivered++;
            last = node; node = next_of[node]
        :: else -> break
        od;
        if
        :: backlog == 0 -> backlog = head
        :: head != 0 && backlog != 0 -> next_of[backlog_end] = head
        :: else
        fi;
        if
        :: last != 0 -> backlog_end = last
        :: else
        fi;
        head = 0; rest = 0; last = 0
    }
}

/* Those from first to last. */
inline release(first, last) {
    STEP {
        node = first;
        do
        :: node != last ->
            of(node, store(NEXT_FREE, next_of[node], release_inner));
            owned[node] = false;
            node = next_of[node]
        :: else -> break
        od;
        owned[last] = false;
        load(head, FREE, release_head);
        if
        :: on(release_joins) ->
            of(last, store(NEXT_FREE, NODE(head), release_last))
        :: else
        fi
    }
    do
    :: STEP {
            if
            :: on(next_tag) -> rest = first + (head / 4 + 1) * 4
            :: else -> rest = first + head / 4 * 4
            fi;
            compare_exchange(replaced, head, FREE, rest, release_exchange, RELAXED);
            if
            :: replaced -> break
            :: else
            fi;
            if
            :: on(release_joins) ->
                of(last, store(NEXT_FREE, NODE(head), release_last))
            :: else
            fi
        }
    od;
    head = 0; rest = 0; replaced = false; node = 0
}

/* ---- The threads ----------------------------------------------------------------------------- */

#define LOCALS short head, rest; byte node; bool replaced

proctype appender(byte events)
{
    LOCALS;
    byte event;
    event = _pid * 4 + 1;
    do
    :: events > 0 -> append(event); event++; events--
    :: else -> break
    od;
    event = 0;
    end()
}

proctype monitor()
{
    LOCALS;
    byte backlog, backlog_end, last, released;
    bool over;
    do
    :: over && backlog == 0 -> break
    :: !over && (newest(NEWEST) || ended[1] && ended[2]) -> /* to take nothing changes nothing */
        over = ended[1] && ended[2];
        if
        :: over -> join_all()
        :: else
        fi;
        take()
    :: backlog != 0 ->
        /* One, or all at once. */
        atomic {
            released = backlog;
            if
            :: last = backlog
            :: backlog != backlog_end -> last = backlog_end
            fi;
            backlog = (last == backlog_end -> 0 : next_of[last])
        }
        release(released, last);
        released = 0; last = 0
    od;
    end()
}

init {
    LOCALS;
    atomic {
        start();
        if
        :: initially(FREE, 1); of(1, initially(NEXT_FREE, 2));
            initially(FRESH, NODES)
        :: skip
        fi;
        run appender(1); run appender(2); run monitor()
    }
    atomic {
        ended[1] && ended[2] && ended[3];
        join_all();
        never(lost, delivered + dropped != 3);
        load(head, FREE, RELAXED); node = NODE(head);
        load(head, FRESH, RELAXED); rest = NODES - head;
        do
        :: node != 0 && rest <= NODES ->
            rest++;
            of(node, load(node, NEXT_FREE, RELAXED))
        :: else -> break
        od;
        never(leaked, rest != NODES);
        head = 0; rest = 0; node = 0
    }
}
