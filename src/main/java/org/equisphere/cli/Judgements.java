package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.equisphere.report.Judgement;

/** How a judgement is told. */
final class Judgements {

    private Judgements() {
    }

    /** Adds the measures, and the accuracy of classes with many, a medium number and few training examples where there are such groups. */
    static void tell(ObjectNode result, Judgement judgement) {
        if (judgement.trainingCounts().isPresent()) {
            ObjectNode shots = result.putObject("shots");
            judgement.shots().forEach(shots::put);
        }
        ObjectNode measures = result.putObject("measures");
        judgement.named().forEach(measures::put);
    }

    /** The groups' accuracies, with a comma before each. */
    static String shotsInWords(Judgement judgement) {
        StringBuilder words = new StringBuilder();
        judgement.shots().forEach((name, top1) -> words.append(String.format(Locale.ROOT, ", %s-shot %.2f %%", name, 100 * top1)));
        return words.toString();
    }
}
