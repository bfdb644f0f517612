package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import org.equisphere.train.EpochSummary;
import org.equisphere.train.RunDescription;
import org.equisphere.train.TrainingSettings;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressTest {

    private static final TrainingSettings SETTINGS = TrainingSettings.builder().network("mlp:4").dimension(2).batch(10).epochs(3).build();

    private static String told(boolean bar) {
        StringWriter said = new StringWriter();
        Progress progress = new Progress(new PrintWriter(said), bar);
        progress.started(new RunDescription(SETTINGS, 40, 10, 3, 12345, 4, List.of(), 0, "test"));
        progress.stepped(1, 1, 4, 0.75);
        progress.epochEnded(new EpochSummary(1, 0.5, 0.25, 1, 2, 0.1, 0.2, 0.01, 800, 0.05, 0.01));
        return said.toString();
    }

    /** The words are read by programs, too: the same in every locale. */
    @ParameterizedTest
    @ValueSource(strings = {"en-US", "de-DE", "tr-TR", "ar-EG"})
    void theBarShowsRateLossAndTimeLeft(String locale) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(locale));
        try {
            String drawn = told(true).lines().filter(line -> line.contains("[")).findFirst().orElseThrow();
            assertTrue(drawn.contains("\repoch 1/3 [######..................] ") || drawn.startsWith("epoch 1/3 [######..................] "), drawn);
            assertTrue(drawn.matches("(?s).*\\] \\d+ images/s  loss 0\\.7500  \\d+ (s|min \\d+ s|h \\d+ min) left  .*"), drawn);
            String plain = told(false);
            assertFalse(plain.contains("[#"), "no bar where nobody watches");
            assertTrue(plain.contains("12,345 parameters"), plain);
            assertEquals("epoch 1/3  loss 0.5000  top-1 25.00 %  top-5 100.00 %  labels moved 2  800 images/s  0.1 s",
                    plain.lines().toList().get(1).strip());
        } finally {
            Locale.setDefault(before);
        }
    }
}
