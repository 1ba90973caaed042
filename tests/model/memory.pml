/* The memory of C++11, for spin, which by itself knows sequential consistency only.
 *
 * A location is the list of its stores, oldest first: its modification order. A thread has a
 * view: for each location the oldest store that it may still read. Each operation is one of the
 * alternatives that the standard allows:
 *
 *   load      reads any store that is not older than the view. Acquire: joins the view that the
 *             store carries.
 *   store     goes anywhere behind what the thread has seen, not only to the end. Release: carries
 *             the thread's view.
 *   exchange  reads a store as a load does, and stands directly behind it, where no store comes
 *             between any more. It carries on the view of what it has replaced.
 *   seq_cst   one order of all such operations, the one in which they are executed: they read and
 *             store nothing that is older than the last seq_cst store of their location.
 *   data      what is not atomic, owned by one thread at a time: touching it is a data race unless
 *             the thread has seen the touch before.
 *
 * What this can't show: a store that is made before an earlier load of its thread, as processors
 * may where neither orders nor data forbid it; and a seq_cst order that is not the order of
 * execution.
 *
 * Stores that no thread can read any more are forgotten, and positions count from the oldest
 * that is left, so that equal situations are equal states.
 *
 * A STEP holds operations of one thread that run without another thread between them: loads,
 * then at most one exchange or seq_cst operation, then stores. No outcome is lost by that: a
 * load may as well be made later, since it may read old stores, and a store earlier, since
 * others need not read it. With -DFINE every operation is a step, and the outcomes are the same.
 *
 * A model defines THREADS and LOCATIONS before it includes this, and then a switch for each
 * ORDER and each CHECK, with what the checker finds when it is weakened or dropped; "nothing"
 * has its reason in docs/reliability.md. Before each stands what it stands for: file, function,
 * and a piece of the code. The environment variable FAULT names an order with what it is
 * weakened to (report_sequence=RELAXED), or a check that is dropped. */

#define RELAXED 0
#define ACQUIRE 1
#define RELEASE 2
#define ACQ_REL 3
#define SEQ_CST 7

#ifndef STORES
#define STORES 36
#endif

/* The position of the oldest store that a thread may still make use of. A model may know better. */
#ifndef OLDEST
#define OLDEST(thread, location) now.views[thread].at[location]
#endif

/* What a lock's word says of the thread that holds it, beside being odd. A model may want to know. */
#ifndef HOLDER
#define HOLDER(thread) 0
#endif

#ifdef FINE
#define STEP
#else
#define STEP atomic
#endif

typedef View { byte at[LOCATIONS] }
typedef Store { byte value; byte attached; View seen }

/* The stores of location 0, then those of location 1, and so on. */
Store stores[STORES];
byte stored[LOCATIONS];
View views[THREADS];
bool ended[THREADS];
View single_order;
bool trying; /* see begin_try() */
View before;

/* How a statement hands something to an operation, and back. 0 between operations; those that wait
 * are handed nothing. */
short operand, compared, result;
byte which, position;

bit data_race;
bit out_of_room; /* of stores[]: a fault of the model */

/* An atomic operation's order in the code, and what the model finds when it is weakened. */
#define ORDER(name, order, found) SWITCH(name, order)
/* Something that the code makes sure of, and what the model finds when it does not. */
#define CHECK(name, found) SWITCH(name, 1)
#define SWITCH(name, standing) c_decl { \
    static int name = standing; \
    __attribute__((constructor)) static void enter_##name(void) { enter(#name, &name); } }

c_decl {
\#include <stdlib.h>
\#include <string.h>
    static struct { const char *name; int *value; } switches[64];
    static int entered;
    static void enter(const char *name, int *value)
    {
        switches[entered].name = name;
        switches[entered++].value = value;
    }
    static const struct { const char *name; int value; } weaker[] = {
        { "", 0 }, { "=RELAXED", RELAXED }, { "=ACQUIRE", ACQUIRE }, { "=RELEASE", RELEASE },
        { "=ACQ_REL", ACQ_REL },
    };
    enum { LOAD, STORE, EXCHANGE, ADD, CHANGE, COMPARE, DIFFER, LOCK, WAIT };
}

c_code {
    /* Seeds the fault. A name that there is not ends the run. */
    static void seed(void)
    {
        const char *fault = getenv("FAULT");
        if (!fault) return;
        for (int i = 0; i < entered; ++i) {
            const int length = strlen(switches[i].name);
            if (strncmp(fault, switches[i].name, length)) continue;
            for (int j = 0; j < (int) (sizeof weaker / sizeof *weaker); ++j) {
                if (!strcmp(fault + length, weaker[j].name)) {
                    *switches[i].value = weaker[j].value;
                    return;
                }
            }
        }
        printf("no such fault: %s\n", fault);
        exit(2);
    }

    static int first_of(int location)
    {
        int first = 0;
        for (int l = 0; l < location; ++l) first += now.stored[l];
        return first;
    }

    static int total(void) { return first_of(LOCATIONS); }

    /* Calls for each view that there is. */
    static void shift_views(int location, int from, int by)
    {
        const int all = total();
        for (int i = 0; i < all + THREADS + 1; ++i) {
            unsigned char *at = i < all           ? &now.stores[i].seen.at[location]
                                : i < all + THREADS ? &now.views[i - all].at[location]
                                                    : &now.single_order.at[location];
            if (by < 0) *at = *at > -by ? *at + by : 0;
            else if (*at >= from) *at += by;
        }
    }

    static void drop_oldest(int location, int count)
    {
        const int first = first_of(location), all = total();
        memmove(&now.stores[first], &now.stores[first + count],
                (all - first - count) * sizeof now.stores[0]);
        memset(&now.stores[all - count], 0, count * sizeof now.stores[0]);
        now.stored[location] -= count;
        shift_views(location, 0, -count);
        now.stores[first].attached = 0;
    }

    /* Forgets what no thread can read any more. */
    static void forget(void)
    {
        for (int l = 0; l < LOCATIONS; ++l) {
            int oldest = now.stored[l] - 1;
            for (int t = 0; t < THREADS; ++t) {
                const int of_thread = now.ended[t] ? oldest : OLDEST(t, l);
                if (of_thread < oldest) oldest = of_thread;
            }
            if (oldest > 0) drop_oldest(l, oldest);
        }
    }

    static void join(unsigned char *into, const unsigned char *from)
    {
        for (int l = 0; l < LOCATIONS; ++l) {
            if (from[l] > into[l]) into[l] = from[l];
        }
    }

    static void insert(int thread, int location, int at, int value, int order, int attached)
    {
        const int all = total(), place = first_of(location) + at;
        unsigned char *view = now.views[thread].at;
        if (all == STORES || value < 0 || value > 255) {
            now.out_of_room = 1;
            return;
        }
        shift_views(location, at, 1);
        memmove(&now.stores[place + 1], &now.stores[place],
                (all - place) * sizeof now.stores[0]);
        memset(&now.stores[place], 0, sizeof now.stores[0]);
        ++now.stored[location];
        now.stores[place].value = value;
        now.stores[place].attached = attached;
        now.stores[place].seen.at[location] = at;
        view[location] = at;
        if (order & RELEASE) join(now.stores[place].seen.at, view);
        if (attached) {
            join(now.stores[place].seen.at, now.stores[place - 1].seen.at);
            now.stores[place].seen.at[location] = at;
        }
        if (order == SEQ_CST) now.single_order.at[location] = at;
    }

    static int value_at(int location, int at) { return now.stores[first_of(location) + at].value; }

    static int last_value(int location) { return value_at(location, now.stored[location] - 1); }

    /* Whether the operation may take place at this position: read there, or store there. */
    static int possible_at(int operation, int thread, int location, int at, int order)
    {
        const int seen = now.views[thread].at[location];
        const int last_in_order = order == SEQ_CST ? now.single_order.at[location] : 0;
        const int count = now.stored[location];
        if (operation == STORE) {
            return at > seen && (order != SEQ_CST || at > last_in_order) && at <= count &&
                   (at == count || !now.stores[first_of(location) + at].attached);
        }
        if (at < seen || at < last_in_order || at >= count) return 0;
        if (operation == LOAD) return 1;
        if (operation == DIFFER) return value_at(location, at) != now.compared;
        if (operation == COMPARE && value_at(location, at) != now.compared) return 0;
        if (operation == LOCK && value_at(location, at) % 2 != 0) return 0;
        if (operation == WAIT && value_at(location, at) % 2 == 0) return 0;
        return at + 1 == count || !now.stores[first_of(location) + at + 1].attached;
    }

    static int possible(int operation, int thread, int location, int order)
    {
        return possible_at(operation, thread, location, now.position, order);
    }

    /* Whether it may take place at a later position. */
    static int later(int operation, int thread, int location, int order)
    {
        for (int at = now.position + 1; at <= now.stored[location]; ++at) {
            if (possible_at(operation, thread, location, at, order)) return 1;
        }
        return 0;
    }

    static void perform(int operation, int thread, int location, int order)
    {
        const int at = now.position;
        int value = now.operand;
        if (operation == STORE) {
            insert(thread, location, at, value, order, 0);
        } else {
            const int found = value_at(location, at);
            now.views[thread].at[location] = at;
            if (order & ACQUIRE) {
                join(now.views[thread].at, now.stores[first_of(location) + at].seen.at);
            }
            if (operation == ADD) value += found;
            if (operation == CHANGE) value |= found & ~now.compared;
            if (operation == LOCK) value = found + 1 + HOLDER(thread);
            if (operation == WAIT) value = found;
            if (operation != LOAD && operation != DIFFER) {
                insert(thread, location, at + 1, value, order, 1);
            }
            now.result = found;
        }
        now.operand = now.compared = now.position = 0;
        if (!now.trying) forget();
    }

    /* A try that came to nothing left nothing behind but a view, which only narrows what comes
     * after: what can happen after it can happen without it, too. */
    static void begin_try(int thread)
    {
        now.trying = 1;
        now.before = now.views[thread];
    }

    static void end_try(int thread, int failed)
    {
        if (failed) now.views[thread] = now.before;
        now.trying = 0;
        memset(&now.before, 0, sizeof now.before);
        forget();
    }

    /* Data is at most two stores: the last touch, and all those before. */
    static void do_touch(int thread, int location)
    {
        const int last = now.stored[location] - 1;
        now.data_race = now.views[thread].at[location] != last;
        if (last > 0) shift_views(location, 0, -1);
        else insert(thread, location, 1, 0, RELAXED, 0);
        now.views[thread].at[location] = 1;
        forget();
    }

    /* Reads data that others may read at the same time. */
    static void do_see(int thread, int location)
    {
        now.data_race = now.views[thread].at[location] != now.stored[location] - 1;
    }

    static void start_memory(void)
    {
        seed();
        for (int l = 0; l < LOCATIONS; ++l) now.stored[l] = 1;
    }

    static void set_first(int location, int value) { now.stores[location].value = value; }

    static void end_thread(int thread)
    {
        now.ended[thread] = 1;
        memset(&now.views[thread], 0, sizeof now.views[thread]);
        forget();
    }

    /* What a thread that is gone has done is seen by who has found that out. */
    static void see_dead(int thread, int dead)
    {
        join(now.views[thread].at, now.views[dead].at);
        forget();
    }

    /* What a joined thread has done is seen by who has joined it. */
    static void see_all(int thread)
    {
        for (int l = 0; l < LOCATIONS; ++l) now.views[thread].at[l] = now.stored[l] - 1;
        forget();
    }
}

#define ME (((P0 *) _this)->_pid)

#define OPERATE(operation, where, order) \
    do \
    :: c_expr { (later(operation, ME, (where) + now.which, order)) } -> position++ \
    :: c_expr { (possible(operation, ME, (where) + now.which, order)) } -> break \
    od; \
    c_code { perform(operation, ME, (where) + now.which, order); }; \
    assert(!out_of_room)
#define RESULT(into) into = result; result = 0

#define load(into, where, order) atomic { OPERATE(LOAD, where, order); RESULT(into) }
#define store(where, value, order) atomic { operand = value; OPERATE(STORE, where, order) }
#define exchange(into, where, value, order) atomic { \
    operand = value; OPERATE(EXCHANGE, where, order); RESULT(into) }
#define fetch_add(into, where, value, order) atomic { \
    operand = value; OPERATE(ADD, where, order); RESULT(into) }
/* Clears bits, then sets others. */
#define fetch_change(into, where, cleared, set, order) atomic { \
    compared = cleared; operand = set; OPERATE(CHANGE, where, order); RESULT(into) }
/* Replaces `expected`, or leaves in it what it has found instead. */
#define compare_exchange(replaced, expected, where, value, success, failure) atomic { \
    operand = value; compared = expected; \
    if \
    :: OPERATE(COMPARE, where, success); replaced = true \
    :: OPERATE(DIFFER, where, failure); replaced = false \
    fi; \
    RESULT(expected) }
/* Waits until it is odd. */
#define await_odd(into, where, order) atomic { OPERATE(WAIT, where, order); RESULT(into) }
/* The newest value, whoever may know of it: for what is of no interest without it. */
#define newest(where) c_expr { (last_value(where)) }
/* Makes an even number odd; waits until there is one. */
#define lock_even(into, where, order) atomic { OPERATE(LOCK, where, order); RESULT(into) }
#define see(where) atomic { c_code { do_see(ME, (where) + now.which); }; assert(!data_race) }
#define touch(where) atomic { c_code { do_touch(ME, (where) + now.which); }; assert(!data_race) }

/* An operation on one of several locations: the one so many after the named one. */
#define of(index, operation) atomic { which = index; operation; which = 0 }

#define on(name) c_expr { (name) }
#define start() c_code { start_memory(); }
#define initially(where, value) \
    operand = value; c_code { set_first((where) + now.which, now.operand); }; operand = 0
#define end() c_code { end_thread(ME); }
#define nobody(thread) c_code { end_thread(thread); }
#define join_dead(dead) which = dead; c_code { see_dead(ME, now.which); }; which = 0
#define join_all() c_code { see_all(ME); }
/* See begin_try(). */
#define attempt() c_code { begin_try(ME); }
#define succeed() c_code { end_try(ME, 0); }
#define give_up() c_code { end_try(ME, 1); }

/* The claims of a model: bits that are never set. The checker names the one that fails. */
#define never(claim, broken) atomic { claim = broken; assert(!claim) }
