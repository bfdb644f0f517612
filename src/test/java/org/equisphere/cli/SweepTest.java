package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The runner of the experiments. */
class SweepTest {

    @TempDir
    private Path folder;

    private List<String> sweep(String grid, String minutes) throws IOException, InterruptedException {
        return sweep(grid, minutes, "1");
    }

    private List<String> sweep(String grid, String minutes, String where) throws IOException, InterruptedException {
        Path file = folder.resolve("small.grid");
        Files.writeString(file, grid);
        Path result = folder.resolve("small.csv");
        Sweep.main(new String[] {file.toString(), "synthetic:1,20,10", result.toString(), minutes, where});
        return Files.readAllLines(result);
    }

    @Test
    void everyCombinationRunsOnceAndIsNotRunAgain() throws Exception {
        String grid = "train_per_class 4   # of 20\njudge heldout:5\nall --network mlp:16 --epochs 2 --batch 50\ndims 3 5\nseeds 0 1\n"
                + "run dynamic --head dynamic\nrun softmax --head softmax\n";
        List<String> rows = sweep(grid, "5");
        assertEquals(1 + 2 * 2 * 2, rows.size());
        String[] columns = rows.get(0).split(",");
        for (String row : rows) {
            assertEquals(columns.length, row.split(",", -1).length, row);
        }
        assertTrue(rows.get(1).startsWith("small,dynamic,3,0,\"--network mlp:16 --epochs 2 --batch 50 --head dynamic\",heldout:5,400,500,"),
                rows.get(1));
        assertTrue(rows.get(8).startsWith("small,softmax,5,1,"), rows.get(8));
        assertEquals(rows, sweep(grid, "5"), "finished runs are left out");
        Path result = folder.resolve("small.csv");
        String text = Files.readString(result);
        Files.writeString(result, text.substring(0, text.length() - 20)); // killed while writing the last row
        List<String> again = sweep(grid, "5");
        assertEquals(rows.subList(0, 8), again.subList(0, 8));
        assertEquals(rows.get(8).split(",")[8], again.get(8).split(",")[8], "the same top-1");
        assertEquals(9, again.size());
    }

    @Test
    void severalRunsAtATimeGiveTheSameFigures() throws Exception {
        String grid = "train_per_class 4\nall --network mlp:16 --epochs 2 --batch 50\ndims 3 5\nseeds 0 1\nrun dynamic --head dynamic\n";
        List<String> together = figures(sweep(grid, "5", "3x1"));
        Files.delete(folder.resolve("small.csv"));
        assertEquals(figures(sweep(grid, "5")), together);
    }

    /** Without times, in order of the runs. */
    private static List<String> figures(List<String> rows) {
        return rows.stream().sorted().map(row -> row.replaceFirst("(,[^,]*){3}$", "")).toList();
    }

    @Test
    void aFailedRunIsThrownAndLeavesTheOthersRows() throws Exception {
        String grid = "train_per_class 4\nall --epochs 1 --batch 50\nrun a --network mlp:16\n"
                + "run b --network mlp:16 --prototypes etf\nrun c --network mlp:16\n";
        assertThrows(IOException.class, () -> sweep(grid, "5"));
        assertEquals(2, Files.readAllLines(folder.resolve("small.csv")).size());
        assertThrows(IOException.class, () -> sweep(grid, "5", "2x1"), "c may have ended or not have begun");
        assertThrows(IllegalArgumentException.class, () -> sweep(grid, "5", "4xcard"));
    }

    @Test
    void noRunBeginsWithoutBudgetOrWithAMisspeltOption() throws Exception {
        assertEquals(1, sweep("run a --network mlp:16 --epochs 1\n", "0").size());
        assertThrows(CommandLine.ParameterException.class, () -> sweep("run a --network mlp:16\nrun b --hed dynamic\n", "5"));
        String message = assertThrows(IOException.class, () -> sweep("seed 3\nrun a\n", "5")).getMessage();
        assertTrue(message.contains("\"seed\""), message);
    }
}
