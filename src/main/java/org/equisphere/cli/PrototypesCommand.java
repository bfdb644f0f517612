package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.equisphere.data.NpyFile;
import org.equisphere.interchange.PrototypeFile;
import org.equisphere.sphere.Objective;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.Separation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Spreads prototypes evenly on the unit sphere. */
@Command(name = "prototypes", mixinStandardHelpOptions = true, description = "Spread prototypes evenly on the unit sphere and save them.",
        footer = {"", "Example:", "  equisphere prototypes --classes 100 --dim 10 --seed 1 --out prototypes.npy"})
final class PrototypesCommand implements Callable<Integer> {

    @Mixin
    private OutputOptions output;

    @Option(names = "--classes", required = true, paramLabel = "N", description = "How many prototypes, at least 1.")
    private int classes;

    @Option(names = "--dim", required = true, paramLabel = "D", description = "Dimension of the space, at least 1.")
    private int dimension;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "S", description = "What chance comes from (default ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--objective", defaultValue = "uniformity", completionCandidates = KnownObjectives.class, paramLabel = "OBJECTIVE",
            description = "uniformity (the Gaussian potential) or separation (the smallest angle as large as can be); default ${DEFAULT-VALUE}.")
    private Objective objective;

    @Option(names = "--t", defaultValue = "2", paramLabel = "T",
            description = "Sharpness of the potential exp(-t |wi - wj|^2) (default ${DEFAULT-VALUE}).")
    private double t;

    @Option(names = "--restarts", defaultValue = "1", paramLabel = "R", description = "Starts to choose the best of (default ${DEFAULT-VALUE}).")
    private int restarts;

    @Option(names = "--slowness", defaultValue = "1", paramLabel = "K",
            description = "With separation: anneal K times more slowly, for a smaller largest cosine (default ${DEFAULT-VALUE}).")
    private int slowness;

    @Option(names = "--polish", description = "With separation: go on from the best end to its local minimum, to 12 digits.")
    private boolean polish;

    @Option(names = "--init", paramLabel = "FILE", description = "Start from these N prototypes (.npy, .npz, .safetensors, .pth) instead of chance.")
    private Path init;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where the [N, D] float64 matrix goes (.npy).")
    private Path out;

    @Option(names = "--plot", paramLabel = "FILE", description = "Draw the histogram of angles and, for D = 2 and 3, the points (.png).")
    private Path plot;

    @Override
    public Integer call() throws IOException {
        if (plot != null && !plot.toString().endsWith(".png")) {
            throw output.badUsage("--plot is " + plot + ", expected a name that ends in .png");
        }
        Path points = plot == null || !PrototypePlot.showsPoints(dimension) ? null : PrototypePlot.points(plot);
        output.requireTwoFiles("--init", init, "--out", out);
        output.requireTwoFiles("--plot", plot, "--out", out);
        output.requireTwoFiles("--init", init, "--plot", plot);
        output.requireTwoFiles("the points of --plot", points, "--out", out);
        output.requireTwoFiles("the points of --plot", points, "--init", init);
        PrototypeOptimizer.Result found;
        try {
            PrototypeOptimizer optimizer = new PrototypeOptimizer(classes, dimension).seed(seed).objective(objective).t(t).restarts(restarts)
                    .slowness(slowness).polish(polish);
            if (init != null) {
                Prototypes start = PrototypeFile.read(init);
                if (start.count() != classes || start.dimension() != dimension) {
                    throw new IOException(init + ": " + start.count() + " prototypes of dimension "
                            + start.dimension() + ", expected " + classes + " of " + dimension);
                }
                optimizer.initial(start.toArray());
            }
            found = optimizer.optimize();
        } catch (IllegalArgumentException e) {
            throw output.badUsage(e.getMessage());
        }
        Prototypes prototypes = found.prototypes();
        NpyFile.write(out, prototypes.toArray(), classes, dimension);
        if (plot != null) {
            Pictures.draw(output, plot.toString(), () -> PrototypePlot.write(prototypes, plot));
        }
        Separation separation = Separation.of(prototypes, t);
        ObjectNode result = output.object();
        result.put("classes", classes).put("dim", dimension).put("seed", seed).put("objective", objective.name().toLowerCase(Locale.ROOT));
        result.put("uniformity", separation.uniformity()).put("max_cos", separation.largestCosine())
                .put("mean_max_cos", separation.meanLargestCosine()).put("apad_degrees", separation.meanAngleDegrees())
                .put("iterations", found.iterations()).put("seconds", found.seconds()).put("out", out.toString());
        output.result(result, String.format(Locale.ROOT,
                "%d prototypes in %d dimensions -> %s%n  uniformity loss (t = %s) %.6f%n  largest cosine %.6f, mean of largest %.6f%n"
                        + "  mean pairwise angle %.3f degrees%n  %d iterations, %.3f s",
                classes, dimension, out, t, separation.uniformity(), separation.largestCosine(),
                separation.meanLargestCosine(), separation.meanAngleDegrees(), found.iterations(), found.seconds()));
        return 0;
    }
}
