package org.equisphere.tensor;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed crew of threads that runs the parts of one task at a time; the calling thread works too.
 *
 * <p>Each thread has a span of the parts of its own, the same share of every task, so that it finds in its caches what it wrote in the
 * task before; who is done first takes from the far ends of the others' spans. {@link #run} allocates nothing. A result repeats bit for
 * bit on any number of threads as long as a part's work depends on its index alone: a task chooses its parts by the problem's size, never
 * by the crew's. One thread at a time may call {@link #run}.
 */
final class Workers implements AutoCloseable {

    /** Work in parts that may run at the same time, in any order. */
    @FunctionalInterface
    interface Task {
        /** Does part {@code part} of the work. */
        void part(int part);
    }

    /** The most parts one task may have. */
    static final int MAX_PARTS = (1 << 20) - 1;

    /** Longs between two tickets, so that none shares a cache line, or the next one, which is fetched along with it. */
    private static final int APART = 16;

    /** Spins before parking or yielding: longer than the gap between two operations of a training step. */
    private static final int SPINS = 4_000;
    /** The share of its time that a crew needs with more pieces, at most, to make them. */
    private static final double WORTHWHILE = 0.95;

    private final Member[] crew;

    /**
     * For each thread, the caller first: round (24 bits), first (20 bits) and end (20 bits) of what is left of its span. All three change
     * together: a member that comes late to a finished round finds first == end and can never take a part of the round after it by mistake.
     */
    private final AtomicLongArray tickets;
    private final AtomicInteger unfinished = new AtomicInteger();
    private long round;
    private boolean running;
    private boolean backward;
    private volatile Task task;
    private volatile boolean closed;
    private volatile Throwable failure;

    /**
     * @param threads how many threads work, the caller's included; at least 1
     */
    Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads is " + threads + ", expected at least 1");
        }
        tickets = new AtomicLongArray(threads * APART);
        crew = new Member[threads - 1];
        for (int i = 0; i < crew.length; i++) {
            crew[i] = new Member(i + 1);
            crew[i].start();
        }
    }

    /** How many threads work, the caller's included. */
    int threads() {
        return crew.length + 1;
    }

    /**
     * Into how many pieces each of some parts of like length is best cut, where every piece repeats a share of its part's work: the fewest that let
     * this crew end the soonest. For tasks whose results do not depend on how they are cut.
     *
     * @param most     pieces of a part, at most
     * @param repeated 0 to 1
     */
    int pieces(int parts, int most, double repeated) {
        int best = 1;
        double soonest = Double.MAX_VALUE;
        for (int pieces = 1; pieces <= most; pieces++) {
            long rounds = ((long) parts * pieces + threads() - 1) / threads();
            double end = rounds * ((1 - repeated) / pieces + repeated);
            if (end < soonest * WORTHWHILE) {
                soonest = end;
                best = pieces;
            }
        }
        return best;
    }

    /**
     * Runs {@code task.part(0) .. task.part(parts - 1)} and returns when all are done. A part may not run another task here.
     *
     * @param parts at most {@link #MAX_PARTS}
     * @throws RuntimeException or Error: one that a part threw, after all parts ended
     */
    void run(int parts, Task work) {
        run(parts, work, false);
    }

    /** The same, each thread from the end of its span: for a task that begins with what the last one ended with, while it is in the caches. */
    void runBackward(int parts, Task work) {
        run(parts, work, true);
    }

    private void run(int parts, Task work, boolean fromEnd) {
        if (parts < 0 || parts > MAX_PARTS) {
            throw new IllegalArgumentException(parts + " parts, expected 0 to " + MAX_PARTS);
        }
        if (closed) {
            throw new IllegalStateException("these workers are closed");
        }
        if (running) {
            throw new IllegalStateException("these workers run a task already");
        }
        running = true;
        try {
            if (parts == 1) {
                work.part(0);
            } else {
                backward = fromEnd;
                share(parts, work);
            }
        } finally {
            running = false;
        }
    }

    private void share(int parts, Task work) {
        task = work;
        unfinished.set(parts);
        round = (round + 1) & 0xFFFFFF;
        int first = 0;
        for (int thread = 0; thread <= crew.length; thread++) {
            int end = first + parts / threads() + (thread < parts % threads() ? 1 : 0);
            tickets.set(thread * APART, round << 40 | (long) first << 20 | end);
            first = end;
        }
        for (Member member : crew) {
            member.wake();
        }
        takeParts(0);
        for (int spin = 0; unfinished.get() > 0; spin++) {
            pause(spin);
        }
        task = null;
        rethrow();
    }

    /** Ends the crew's threads. */
    @Override
    public void close() {
        closed = true;
        for (Member member : crew) {
            LockSupport.unpark(member);
        }
    }

    /** Whether a thread of the crew still lives. */
    boolean alive() {
        for (Member member : crew) {
            if (member.isAlive()) {
                return true;
            }
        }
        return false;
    }

    /** Takes a thread's own parts, then what the others have left. */
    private void takeParts(int thread) {
        takeFrom(thread, !backward);
        for (int other = thread + 1; other <= thread + crew.length; other++) {
            takeFrom(other <= crew.length ? other : other - crew.length - 1, backward);
        }
    }

    private void takeFrom(int thread, boolean fromFirst) {
        while (true) {
            long now = tickets.get(thread * APART);
            int first = (int) (now >>> 20 & MAX_PARTS);
            int end = (int) (now & MAX_PARTS);
            if (first >= end) {
                return;
            }
            if (tickets.compareAndSet(thread * APART, now, fromFirst ? now + (1 << 20) : now - 1)) {
                try {
                    task.part(fromFirst ? first : end - 1);
                } catch (Throwable t) {
                    failure = t;
                } finally {
                    unfinished.decrementAndGet();
                }
            }
        }
    }

    private void rethrow() {
        Throwable thrown = failure;
        if (thrown != null) {
            failure = null;
            if (thrown instanceof Error error) {
                throw error;
            }
            if (thrown instanceof RuntimeException exception) {
                throw exception;
            }
            throw new IllegalStateException("a part failed", thrown);
        }
    }

    private static void pause(int spin) {
        if (spin < SPINS) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    /** One thread of the crew. */
    private final class Member extends Thread {

        private final int thread;
        private volatile boolean parked;

        Member(int thread) {
            super("equisphere-worker-" + thread);
            this.thread = thread;
            setDaemon(true);
        }

        @Override
        public void run() {
            long seen = 0;
            while (!closed) {
                seen = await(seen);
                takeParts(thread);
            }
        }

        /** Waits for a round other than {@code seen}; returns it. */
        private long await(long seen) {
            for (int spin = 0; round() == seen && !closed; spin++) {
                if (spin < SPINS) {
                    Thread.onSpinWait();
                } else {
                    parked = true;
                    if (round() == seen && !closed) {
                        LockSupport.park(this);
                        Thread.interrupted(); // or it would park no more
                    }
                    parked = false;
                }
            }
            return round();
        }

        private long round() {
            return tickets.get(thread * APART) >>> 40;
        }

        private void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }
    }
}
