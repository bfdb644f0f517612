package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.equisphere.assignment.Assignment;
import org.equisphere.assignment.LinearAssignment;
import org.equisphere.data.NpyFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Solves a linear assignment problem. */
@Command(name = "assign", mixinStandardHelpOptions = true, description = "Solve a linear assignment problem exactly.",
        footer = {"", "Example:", "  equisphere assign --cost costs.npy --out assignment.npy --json",
            "  equisphere assign --cost tomorrow.npy --warm today.json --out assignment.npy"})
final class AssignCommand implements Callable<Integer> {

    private static final int MOST_SOLVES = 1_000_000;

    @Mixin
    private OutputOptions output;

    @Option(names = "--cost", required = true, paramLabel = "FILE", description = "The [rows, cols] costs (.npy); +infinity forbids a pair.")
    private Path cost;

    @Option(names = "--maximize", description = "Maximise the sum instead of minimising it; -infinity forbids a pair.")
    private boolean maximize;

    @Option(names = "--out", required = true, paramLabel = "FILE",
            description = "Where each row's column goes, int32, -1 for a row left over (.npy).")
    private Path out;

    @Option(names = "--repeat", defaultValue = "1", paramLabel = "K",
            description = "Solve K times and tell the median time (default ${DEFAULT-VALUE}).")
    private int repeat;

    @Option(names = "--save-state", paramLabel = "FILE", description = "Keep matching and duals for a later --warm (.json).")
    private Path saveState;

    @Option(names = "--warm", paramLabel = "FILE", description = "Start from what --save-state kept of a problem of the same size.")
    private Path warm;

    @Override
    public Integer call() throws IOException {
        if (repeat < 1 || repeat > MOST_SOLVES) {
            throw output.badUsage("--repeat is " + repeat + ", expected 1.." + MOST_SOLVES);
        }
        output.requireTwoFiles("--save-state", saveState, "--out", out);
        output.requireTwoFiles("--cost", cost, "--out", out);
        output.requireTwoFiles("--cost", cost, "--save-state", saveState);
        output.requireTwoFiles("--warm", warm, "--out", out);
        MatrixFile costs = MatrixFile.read(cost);
        Assignment last = warm == null ? null : AssignmentState.read(warm, maximize, costs.rows(), costs.columns());
        LinearAssignment solver = maximize ? LinearAssignment.maximizing() : LinearAssignment.minimizing();
        double[] seconds = new double[repeat];
        Assignment solved = null;
        for (int k = 0; k < repeat; k++) {
            if (last != null) {
                solver.startFrom(last);
            }
            long start = System.nanoTime();
            solved = last == null ? solver.solve(costs.values(), costs.rows(), costs.columns())
                    : solver.resolve(costs.values(), costs.rows(), costs.columns());
            seconds[k] = (System.nanoTime() - start) / 1e9;
        }
        if (saveState != null) {
            AssignmentState.write(solved, saveState);
        }
        Arrays.sort(seconds);
        double median = seconds[repeat / 2];
        NpyFile.write(out, solved.columnOfRow(), costs.rows());
        ObjectNode result = output.object();
        result.put("cost", solved.value()).put("rows", costs.rows()).put("cols", costs.columns()).put("seconds", median).put("out", out.toString());
        output.result(result, String.format(Locale.ROOT, "%d x %d: %s %s in %.6f s -> %s",
                costs.rows(), costs.columns(), maximize ? "largest sum" : "least cost", solved.value(), median, out));
        return 0;
    }
}
