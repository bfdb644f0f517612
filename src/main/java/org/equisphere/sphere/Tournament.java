package org.equisphere.sphere;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Plays each of a number of blocks with itself and with every other once, on all workers, so that no two workers have one block at a time and each
 * block meets the others in the same order for any number of workers.
 *
 * <p>That order is the one of a chess tournament's rounds, by the circle method. Nobody waits for a round to end, though: a game begins when both
 * blocks have played their games of the rounds before, which with many more blocks than workers they nearly always have.
 */
final class Tournament {

    /** A game of two blocks, one < two, or of one with itself. */
    interface Game {
        void play(int worker, int one, int two);
    }

    private static final int SPINS = 1000;

    private final int blocks;
    /** With an odd number of blocks one sits out each round. */
    private final int seats;
    private final WorkerTeam team;
    /** The rounds each block has behind it; round 0 is the game with itself. */
    private final AtomicIntegerArray played;

    Tournament(int blocks, WorkerTeam team) {
        this.blocks = blocks;
        this.seats = blocks + blocks % 2;
        this.team = team;
        this.played = new AtomicIntegerArray(blocks);
    }

    void play(Game game) {
        for (int b = 0; b < blocks; b++) {
            played.set(b, 0);
        }
        int inRound = seats / 2;
        team.each(blocks + (seats - 1) * inRound, (worker, task) -> {
            if (task < blocks) {
                play(game, worker, 0, task, task);
                return;
            }
            int turn = (task - blocks) / inRound;
            int seat = (task - blocks) % inRound;
            int one = seat == 0 ? seats - 1 : (turn + seat) % (seats - 1);
            int two = seat == 0 ? turn : (turn - seat + seats - 1) % (seats - 1);
            play(game, worker, turn + 1, Math.min(one, two), Math.max(one, two));
        });
    }

    private void play(Game game, int worker, int round, int one, int two) {
        await(one, round);
        if (two < blocks) {
            await(two, round);
        }
        try {
            if (two < blocks) {
                game.play(worker, one, two);
            }
        } finally {
            played.set(one, round + 1);
            if (two < blocks) {
                played.set(two, round + 1);
            }
        }
    }

    /** Tasks are claimed in order, so the games waited for are over or being played: this ends. */
    private void await(int block, int round) {
        for (int spin = 0; played.get(block) < round; spin++) {
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }
}
