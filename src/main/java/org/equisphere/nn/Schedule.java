package org.equisphere.nn;

import java.util.Arrays;
import java.util.Locale;

/** The learning rate along a training run. */
@FunctionalInterface
public interface Schedule {

    /**
     * The rate at a point of the run.
     *
     * @param epoch epochs done so far, fractions included: step / steps per epoch
     * @return the learning rate, at least 0
     */
    double rate(double epoch);

    /** The same rate all along. */
    static Schedule constant(double rate) {
        requirePositive("learning rate", rate);
        return epoch -> rate;
    }

    /** The rate times {@code factor} at each milestone passed: {@code steps(0.1, 0.1, 100, 200)} drops tenfold after 100 and 200 epochs. */
    static Schedule steps(double rate, double factor, double... milestones) {
        requirePositive("learning rate", rate);
        requirePositive("factor", factor);
        double[] at = milestones.clone();
        for (double milestone : at) {
            requirePositive("milestone", milestone);
        }
        return epoch -> {
            double now = rate;
            for (double milestone : at) {
                now *= epoch >= milestone ? factor : 1;
            }
            return now;
        };
    }

    /** Half a cosine from {@code rate} to 0 over {@code epochs} (Loshchilov and Hutter 2017). */
    static Schedule cosine(double rate, double epochs) {
        requirePositive("learning rate", rate);
        requirePositive("epochs", epochs);
        return epoch -> rate * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, epoch / epochs)));
    }

    /** A straight rise from 0 to {@code then}'s rate over {@code warmUp} epochs, then {@code then}, counted from the start of the run. */
    static Schedule warmUp(double warmUp, Schedule then) {
        if (!(warmUp >= 0 && warmUp < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("warm-up epochs is " + warmUp + ", expected at least 0");
        }
        return epoch -> epoch < warmUp ? then.rate(warmUp) * epoch / warmUp : then.rate(epoch);
    }

    /**
     * One cycle (Smith 2018): half a cosine up from peak / 25 to the peak over the first 30 % of the run, half a cosine down to
     * peak / 250,000 over the rest: PyTorch's defaults, whose phases are one step shorter each.
     */
    static Schedule oneCycle(double peak, double epochs) {
        requirePositive("learning rate", peak);
        requirePositive("epochs", epochs);
        return epoch -> {
            double done = Math.min(1, epoch / epochs);
            return done < 0.3 ? anneal(peak / 25, peak, done / 0.3) : anneal(peak, peak / 250_000, (done - 0.3) / 0.7);
        };
    }

    private static double anneal(double from, double to, double done) {
        return to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * done));
    }

    /**
     * Reads a schedule: {@code constant}, {@code cosine}, {@code onecycle}, {@code steps:100,200} (tenfold drops), {@code steps:100,200:0.2}, and
     * {@code warmup:5+} before any of them.
     *
     * @param text   the schedule
     * @param rate   the peak rate, above 0
     * @param epochs the run's length, above 0
     * @throws IllegalArgumentException that says what is wrong and what was expected
     */
    static Schedule parse(String text, double rate, double epochs) {
        requirePositive("learning rate", rate);
        requirePositive("epochs", epochs);
        String lower = text.strip().toLowerCase(Locale.ROOT);
        try {
            if (lower.startsWith("warmup:")) {
                int plus = lower.indexOf('+');
                double warm = Double.parseDouble(lower.substring("warmup:".length(), plus < 0 ? lower.length() : plus));
                return warmUp(warm, plus < 0 ? constant(rate) : parse(lower.substring(plus + 1), rate, epochs));
            }
            if (lower.startsWith("steps:")) {
                return parseSteps(lower, rate);
            }
        } catch (NumberFormatException e) {
            throw unknown(text);
        }
        return switch (lower) {
            case "constant" -> constant(rate);
            case "cosine" -> cosine(rate, epochs);
            case "onecycle" -> oneCycle(rate, epochs);
            default -> throw unknown(text);
        };
    }

    private static Schedule parseSteps(String text, double rate) {
        String[] parts = text.split(":", -1);
        if (parts.length > 3) {
            throw unknown(text);
        }
        double[] milestones = Arrays.stream(parts[1].split(",", -1)).mapToDouble(Double::parseDouble).toArray();
        return steps(rate, parts.length == 3 ? Double.parseDouble(parts[2]) : 0.1, milestones);
    }

    private static void requirePositive(String name, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " is " + value + ", expected a positive number");
        }
    }

    private static IllegalArgumentException unknown(String text) {
        return new IllegalArgumentException("unknown schedule \"" + text + "\", expected constant, cosine, onecycle, steps:E1,E2[:FACTOR], "
                + "or warmup:E+ before one of them");
    }
}
