package org.equisphere.cli;

import java.util.Iterator;
import java.util.List;
import org.equisphere.nn.Architecture;

/** The networks worth proposing; {@link Architecture} reads many more. */
final class KnownNetworks implements Iterable<String> {

    private static final List<String> NAMES = List.of("resnet8", "resnet14", "resnet20", "resnet32", "resnet44", "resnet56", "resnet110",
            "resnet20x2", "resnet32x2", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
            "swin-micro", "swin-t", "swin-s", "swin-b", "mlp", "mlp:256", "mlp:512,256");

    @Override
    public Iterator<String> iterator() {
        return NAMES.iterator();
    }

    /** Reads {@code --network}; a wrong one is bad usage, with the nearest known one proposed. */
    static Architecture parse(OutputOptions output, String network) {
        try {
            return Architecture.parse(network);
        } catch (IllegalArgumentException e) {
            throw output.badUsage("--network", network, e.getMessage());
        }
    }
}
