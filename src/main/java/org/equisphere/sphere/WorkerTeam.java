package org.equisphere.sphere;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A fixed number of workers that run numbered tasks: the caller is worker 0, an executor lends the others.
 *
 * <p>Tasks are claimed one by one, so a worker that the executor starts late, or never, only slows the others down. Which worker
 * runs a task is not fixed; a task may use its worker's number to find scratch memory, never to decide what it computes.
 */
final class WorkerTeam implements AutoCloseable {

    /** Runs one task on one worker. */
    interface Work {
        void run(int worker, int task);
    }

    private final int workers;
    private final Executor executor;
    private final ExecutorService owned;

    /** A team that makes its own daemon threads and stops them when closed. */
    WorkerTeam(int workers) {
        this.workers = workers;
        this.owned = workers == 1 ? null : Executors.newFixedThreadPool(workers - 1, task -> {
            Thread thread = new Thread(task, "equisphere-sphere");
            thread.setDaemon(true);
            return thread;
        });
        this.executor = owned;
    }

    /** A team on threads that belong to the caller; closing it leaves them running. */
    WorkerTeam(Executor executor, int workers) {
        this.workers = workers;
        this.executor = executor;
        this.owned = null;
    }

    int workers() {
        return workers;
    }

    /**
     * Runs tasks 0 to tasks-1 and returns when all have ended.
     *
     * @throws RuntimeException the first failure of a task, once every task has ended
     */
    void each(int tasks, Work work) {
        if (workers == 1 || tasks <= 1) {
            for (int task = 0; task < tasks; task++) {
                work.run(0, task);
            }
            return;
        }
        Round round = new Round(tasks, work);
        for (int worker = 1; worker < Math.min(workers, tasks); worker++) {
            int number = worker;
            executor.execute(() -> round.participate(number));
        }
        round.participate(0);
        round.await();
    }

    @Override
    public void close() {
        if (owned != null) {
            owned.shutdownNow();
        }
    }

    private static final class Round {
        private final int tasks;
        private final Work work;
        private final AtomicInteger next = new AtomicInteger();
        private final CountDownLatch ended;
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Round(int tasks, Work work) {
            this.tasks = tasks;
            this.work = work;
            this.ended = new CountDownLatch(tasks);
        }

        void participate(int worker) {
            for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
                try {
                    work.run(worker, task);
                } catch (Throwable thrown) {
                    failure.compareAndSet(null, thrown);
                } finally {
                    ended.countDown();
                }
            }
        }

        void await() {
            boolean interrupted = false;
            while (ended.getCount() > 0) {
                try {
                    ended.await();
                } catch (InterruptedException stop) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            Throwable thrown = failure.get();
            if (thrown instanceof Error error) {
                throw error;
            }
            if (thrown instanceof RuntimeException exception) {
                throw exception;
            }
        }
    }
}
