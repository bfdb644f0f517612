package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

/** Schedules against PyTorch's: testdata/nn/schedules.py. */
class ScheduleTest {

    private static final JsonNode GOLDEN = Golden.json("schedules.json");

    private static void check(JsonNode golden, Schedule schedule) {
        double[] rates = Golden.doubles(golden.get("rates"));
        for (int epoch = 0; epoch < rates.length; epoch++) {
            assertEquals(rates[epoch], schedule.rate(epoch), 1e-13, "epoch " + epoch);
        }
    }

    @Test
    void steps() {
        check(GOLDEN.get("multiStep"), Schedule.steps(0.3, 0.2, 7, 12, 13));
        check(GOLDEN.get("multiStep"), Schedule.parse("steps:7,12,13:0.2", 0.3, 20));
        assertEquals(0.01, Schedule.parse("Steps:100,200", 1, 250).rate(249), 1e-15);
    }

    @Test
    void cosine() {
        check(GOLDEN.get("cosine"), Schedule.cosine(0.3, 37));
        check(GOLDEN.get("cosine"), Schedule.parse("cosine", 0.3, 37));
        assertEquals(0, Schedule.cosine(0.3, 37).rate(40), 1e-15, "past the end");
    }

    @Test
    void warmUp() {
        check(GOLDEN.get("warmUp"), Schedule.warmUp(6, Schedule.constant(0.3)));
        check(GOLDEN.get("warmUp"), Schedule.parse("warmup:6", 0.3, 10));
        Schedule longTail = Schedule.parse("warmup:5+steps:160,180", 0.1, 200);
        assertEquals(0.05, longTail.rate(2.5), 1e-15);
        assertEquals(0.1, longTail.rate(5), 1e-15);
        assertEquals(Schedule.cosine(0.1, 20).rate(5) / 2, Schedule.parse("warmup:5+cosine", 0.1, 20).rate(2.5), 1e-15, "half of what follows");
        assertEquals(0.001, longTail.rate(199), 1e-15, "milestones count from the start of the run");
    }

    /** PyTorch's phases end one step sooner: its step k of 200 is mapped to the same point of a phase here. */
    @Test
    void oneCycle() {
        JsonNode golden = GOLDEN.get("oneCycle");
        double[] rates = Golden.doubles(golden.get("rates"));
        Schedule schedule = Schedule.parse("onecycle", 0.3, 1);
        double rise = 0.3 * rates.length - 1;
        double fall = 0.7 * rates.length;
        for (int k = 0; k < rates.length; k++) {
            double done = k <= rise ? 0.3 * k / rise : 0.3 + 0.7 * (k - rise) / fall;
            assertEquals(rates[k], schedule.rate(done), 1e-12, "step " + k);
            assertEquals(rates[k], schedule.rate((double) k / rates.length), 0.3 * Math.PI / 2 / rise, "step " + k + ", unmapped");
        }
        assertEquals(0.3 / 250_000, schedule.rate(1.2), 1e-15, "past the end");
    }

    @Test
    void rejectsWhatItCannotRead() {
        String unknown = ", expected constant, cosine, onecycle, steps:E1,E2[:FACTOR], or warmup:E+ before one of them";
        for (String text : new String[] {"", "linear", "steps:", "steps:a", "steps:1,:0.1", "warmup:x+cosine", "warmup:5+"}) {
            assertTrue(message(text, 0.1, 10).endsWith(unknown), text);
        }
        assertEquals("unknown schedule \"steps:1:0.1:7\"" + unknown, message("steps:1:0.1:7", 0.1, 10));
        assertEquals("learning rate is NaN, expected a positive number", message("cosine", Double.NaN, 10));
        assertEquals("epochs is 0.0, expected a positive number", message("cosine", 0.1, 0));
        assertEquals("warm-up epochs is -1.0, expected at least 0", message("warmup:-1+cosine", 0.1, 10));
        assertEquals("factor is -0.1, expected a positive number", message("steps:1:-0.1", 0.1, 10));
        assertEquals("milestone is -3.0, expected a positive number", message("steps:5,-3", 0.1, 10));
        assertEquals("milestone is Infinity, expected a positive number", message("steps:1e999", 0.1, 10));
    }

    private static String message(String text, double rate, double epochs) {
        return assertThrows(IllegalArgumentException.class, () -> Schedule.parse(text, rate, epochs)).getMessage();
    }
}
