package org.equisphere.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.equisphere.data.LongTail;
import org.junit.jupiter.api.Test;

class EvaluationTest {

    @Test
    void countsByHand() {
        Evaluation.Tally tally = new Evaluation.Tally(7, 1);
        float[] scores = {
            9, 1, 2, 3, 4, 5, 6, // label 0: right
            9, 1, 2, 3, 4, 5, 6, // label 1: the worst of seven
            9, 1, 2, 3, 4, 5, 6, // label 2: sixth
            9, 1, 2, 3, 4, 5, 6, // label 3: fifth
        };
        tally.add(scores, new int[] {0, 1, 2, 3}, 4);
        Evaluation e = tally.result();
        assertEquals(4, e.examples());
        assertEquals(0.25, e.top1());
        assertEquals(0.5, e.top5());
        assertEquals(1.0, e.perClass()[0]);
        assertEquals(0.0, e.perClass()[1]);
        assertTrue(Double.isNaN(e.perClass()[6]));
    }

    @Test
    void ofEqualScoresTheLowerLabelIsBetter() {
        Evaluation.Tally tally = new Evaluation.Tally(3, 1);
        tally.add(new float[] {1, 1, 1, 1, 1, 1}, new int[] {0, 1}, 2);
        assertEquals(0.5, tally.result().top1());
    }

    @Test
    void aScoreThatIsNotANumberIsNeverRight() {
        Evaluation.Tally tally = new Evaluation.Tally(2, 1);
        tally.add(new float[] {Float.NaN, Float.NaN}, new int[] {0}, 1);
        assertEquals(0.0, tally.result().top1());
    }

    /** Two of four right at confidence 1/(1+e^-2): the error is what is between. */
    @Test
    void calibrationErrorByHand() {
        Evaluation.Tally tally = new Evaluation.Tally(2, 0.5);
        tally.add(new float[] {1, 0, 1, 0, 1, 0, 1, 0}, new int[] {0, 0, 1, 1}, 4);
        assertEquals(1 / (1 + Math.exp(-2)) - 0.5, tally.result().ece(), 1e-12);
    }

    /**
     * Fifteen bins: confidences of 0.69 and 0.71 share one, 0.52 and 1 have their own, and what is too sure in one bin does not make up for another.
     */
    @Test
    void calibrationErrorsOfBinsDoNotCancel() {
        Evaluation.Tally tally = new Evaluation.Tally(2, 1);
        for (double confidence : new double[] {0.69, 0.71, 0.52, 1}) {
            float odds = confidence == 1 ? 1000 : (float) Math.log(confidence / (1 - confidence));
            tally.add(new float[] {odds, 0}, new int[] {confidence == 0.71 || confidence == 1 ? 1 : 0}, 1);
        }
        assertEquals((0.4 + 0.48 + 1) / 4, tally.result().ece(), 1e-6);
    }

    @Test
    void groupsOfClassesByTheirTrainingExamples() {
        Evaluation.Tally tally = new Evaluation.Tally(4, 1);
        tally.add(new float[] {1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0}, new int[] {0, 1, 1, 2}, 4);
        Evaluation e = tally.result();
        int[] counts = {500, 101, 100, 19};
        assertEquals(0.75, e.top1(LongTail.Shot.MANY, counts), "the mean over its classes");
        assertEquals(0, e.top1(LongTail.Shot.MEDIUM, counts));
        assertTrue(Double.isNaN(e.top1(LongTail.Shot.FEW, counts)), "no examples of it");
    }

    @Test
    void confusionsAreCountedAndSorted() {
        Confusion confusion = new Confusion(3);
        confusion.add(new float[] {1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0}, new int[] {0, 0, 1, 1, 2}, 5);
        assertEquals(1, confusion.count(0, 1));
        assertEquals(1, confusion.count(2, 0), "of equal scores the lower label");
        assertEquals(0.5, confusion.share(1, 2));
        java.util.List<Confusion.Pair> worst = confusion.worst(2);
        assertEquals(new Confusion.Pair(0, 2, 0.5), worst.get(0));
        assertEquals(0.25, worst.get(1).mutual());
        Confusion oneWay = new Confusion(4);
        oneWay.add(new float[] {1, 0, 0, 0, 1, 0, 0, 0}, new int[] {0, 3}, 2);
        assertEquals(java.util.List.of(new Confusion.Pair(0, 3, 0.5)), oneWay.worst(9), "pairs never confused are left out");
        assertEquals(0, oneWay.share(1, 2), "no examples");
        assertEquals(1, confusion.mostTakenFor(0));
        assertEquals(0, oneWay.mostTakenFor(3));
        assertEquals(-1, oneWay.mostTakenFor(0), "its example was taken for itself");
    }

    /** 2.5 billion pairs, of which two were met. */
    @Test
    void manyClassesTakeNoMoreThanTheirConfusions() {
        int classes = 50_000;
        Confusion confusion = new Confusion(classes);
        float[] scores = new float[classes];
        scores[49_998] = 1;
        confusion.add(scores, new int[] {49_999}, 1);
        confusion.add(scores, new int[] {49_998}, 1);
        assertEquals(1, confusion.count(49_999, 49_998));
        assertEquals(49_998, confusion.mostTakenFor(49_999));
        assertEquals(java.util.List.of(new Confusion.Pair(49_998, 49_999, 0.5)), confusion.worst(3));
    }
}
