package org.equisphere.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.equisphere.assignment.Assignment;
import org.equisphere.data.ReplacedFile;

/**
 * An assignment with its duals as a JSON file, for a later warm start.
 *
 * @param maximize    whether it came from a maximisation
 * @param cost        its value
 * @param columnOfRow each row's column, -1 for none
 * @param rowDuals    one a row
 * @param columnDuals one a column
 */
record AssignmentState(boolean maximize, double cost, int[] columnOfRow, double[] rowDuals, double[] columnDuals) {

    private static final ObjectMapper JSON = new ObjectMapper();

    static void write(Assignment solved, Path file) throws IOException {
        AssignmentState state = new AssignmentState(solved.maximal(), solved.value(), solved.columnOfRow(), solved.rowDuals(), solved.columnDuals());
        ReplacedFile.write(file, JSON.writeValueAsBytes(state));
    }

    /** Reads a state for a problem of the given kind and size. */
    static Assignment read(Path file, boolean maximize, int rows, int columns) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder, expected a saved assignment");
        }
        AssignmentState state;
        try {
            state = JSON.readValue(new String(Files.readAllBytes(file), StandardCharsets.UTF_8), AssignmentState.class);
        } catch (JsonProcessingException e) {
            throw new IOException(file + " is not a saved assignment: " + e.getOriginalMessage(), e);
        }
        if (state == null || state.columnOfRow == null || state.rowDuals == null || state.columnDuals == null) {
            throw new IOException(file + " is not a saved assignment: columnOfRow, rowDuals and columnDuals are needed");
        }
        if (state.maximize != maximize || state.columnOfRow.length != rows || state.columnDuals.length != columns) {
            throw new IOException(file + " is of a " + (state.maximize ? "maximised " : "minimised ")
                    + state.columnOfRow.length + " x " + state.columnDuals.length
                    + " problem, expected a " + (maximize ? "maximised " : "minimised ") + rows + " x " + columns + " one");
        }
        try {
            return Assignment.of(maximize, state.cost, state.columnOfRow, state.rowDuals, state.columnDuals);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }
}
