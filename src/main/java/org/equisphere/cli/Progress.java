package org.equisphere.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.equisphere.train.EpochSummary;
import org.equisphere.train.RunDescription;
import org.equisphere.train.TrainingListener;

/** Tells how a run goes: a bar that moves on a terminal, a line an epoch elsewhere. */
final class Progress implements TrainingListener {

    private static final int BAR = 24;
    private static final long REDRAW_NANOS = 100_000_000;

    private final PrintWriter out;
    private final boolean bar;
    private RunDescription run;
    private long runStart;
    private long epochStart;
    private long stepsDone;
    private long epochSteps;
    private long lastDrawn;
    private double lossSum;

    Progress(PrintWriter out, boolean bar) {
        this.out = out;
        this.bar = bar;
    }

    @Override
    public void started(RunDescription description) {
        run = description;
        runStart = System.nanoTime();
        epochStart = runStart;
        out.printf(Locale.ROOT, "%s, d = %d, %s: %,d parameters, %,d training examples of %d classes, %d epochs of %d steps on %s%n",
                run.settings().architecture(), run.settings().dimension(), run.settings().head(), run.parameters(),
                run.trainExamples(), run.classes(), run.settings().epochs(), run.stepsPerEpoch(), run.backend());
        out.flush();
    }

    @Override
    public void stepped(int epoch, int step, int steps, double loss) {
        stepsDone++;
        epochSteps++;
        lossSum += loss;
        long now = System.nanoTime();
        if (!bar || now - lastDrawn < REDRAW_NANOS) {
            return;
        }
        lastDrawn = now;
        long stepsLeft = (long) (run.settings().epochs() - run.firstEpoch() + 1) * steps - run.stepsDone() - stepsDone;
        double rate = epochSteps * (double) run.settings().batch() / ((now - epochStart) / 1e9);
        double left = (now - runStart) / 1e9 / stepsDone * stepsLeft;
        int filled = BAR * step / steps;
        out.printf(Locale.ROOT, "\repoch %d/%d [%s%s] %.0f images/s  loss %.4f  %s left  ", epoch, run.settings().epochs(),
                "#".repeat(filled), ".".repeat(BAR - filled), rate, lossSum / epochSteps, duration(left));
        out.flush();
    }

    @Override
    public void epochEnded(EpochSummary e) {
        String moved = Double.isNaN(e.objectiveAfter()) ? "" : String.format(Locale.ROOT, "  labels moved %d", e.labelsMoved());
        out.printf(Locale.ROOT, "%sepoch %d/%d  loss %.4f  top-1 %.2f %%  top-5 %.2f %%%s  %.0f images/s  %.1f s%s%n", bar ? "\r" : "", e.epoch(),
                run.settings().epochs(), e.loss(), 100 * e.top1(), 100 * e.top5(), moved,
                e.examplesPerSecond(), e.seconds(), bar ? "                    " : "");
        out.flush();
        epochStart = System.nanoTime();
        lossSum = 0;
        epochSteps = 0;
    }

    private static String duration(double seconds) {
        long s = Math.round(seconds);
        return s < 60 ? s + " s" : s < 3600 ? s / 60 + " min " + s % 60 + " s" : s / 3600 + " h " + s % 3600 / 60 + " min";
    }
}
