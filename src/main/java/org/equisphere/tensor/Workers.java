package org.equisphere.tensor;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed crew of threads that runs the parts of one task at a time; the calling thread works too.
 *
 * <p>{@link #run} allocates nothing. A result repeats bit for bit on any number of threads as long as a part's work depends on its
 * index alone: a task chooses its parts by the problem's size, never by the crew's. One thread at a time may call {@link #run}.
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

    /** Spins before parking or yielding: longer than the gap between two operations of a training step. */
    private static final int SPINS = 4_000;
    /** The share of its time that a crew needs with more pieces, at most, to make them. */
    private static final double WORTHWHILE = 0.95;

    private final Member[] crew;

    /**
     * Round (24 bits), parts of the round (20 bits), next part (20 bits). All three change together: a member that comes late
     * to a finished round finds next == parts and can never take a part of the round after it by mistake.
     */
    private final AtomicLong ticket = new AtomicLong();
    private final AtomicInteger unfinished = new AtomicInteger();
    private long round;
    private boolean running;
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
        crew = new Member[threads - 1];
        for (int i = 0; i < crew.length; i++) {
            crew[i] = new Member("equisphere-worker-" + (i + 1));
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
        ticket.set(round << 40 | (long) parts << 20);
        for (Member member : crew) {
            member.wake();
        }
        takeParts();
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

    private void takeParts() {
        while (true) {
            long now = ticket.get();
            int next = (int) (now & MAX_PARTS);
            if (next >= (int) (now >>> 20 & MAX_PARTS)) {
                return;
            }
            if (ticket.compareAndSet(now, now + 1)) {
                try {
                    task.part(next);
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

        private volatile boolean parked;

        Member(String name) {
            super(name);
            setDaemon(true);
        }

        @Override
        public void run() {
            long seen = 0;
            while (!closed) {
                seen = await(seen);
                takeParts();
            }
        }

        /** Waits for a round other than {@code seen}; returns it. */
        private long await(long seen) {
            for (int spin = 0; ticket.get() >>> 40 == seen && !closed; spin++) {
                if (spin < SPINS) {
                    Thread.onSpinWait();
                } else {
                    parked = true;
                    if (ticket.get() >>> 40 == seen && !closed) {
                        LockSupport.park(this);
                    }
                    parked = false;
                }
            }
            return ticket.get() >>> 40;
        }

        private void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }
    }
}
