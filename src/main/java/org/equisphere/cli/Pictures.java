package org.equisphere.cli;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Optional;

/** Pictures where this Java runtime can draw text, and a warning in their place where it cannot: servers are often without any font. */
final class Pictures {

    private Pictures() {
    }

    /** What draws and saves. */
    @FunctionalInterface
    interface Drawing {
        void draw() throws IOException;
    }

    /**
     * Draws, or warns that pictures are left out.
     *
     * @param what for the warning
     */
    static void draw(OutputOptions output, String what, Drawing drawing) throws IOException {
        Optional<String> obstacle = obstacle();
        if (obstacle.isPresent()) {
            output.line("warning: " + what + " left out, for this Java runtime cannot draw text (" + obstacle.get()
                    + "); everything else is as usual. Install fontconfig and a font, such as the packages fontconfig and fonts-dejavu-core");
            return;
        }
        try {
            drawing.draw();
        } catch (IOException e) {
            throw new IOException(what + ": " + Failures.describe(e), e);
        }
    }

    /**
     * Without a font, fontconfig or FreeType the JDK throws an InternalError, a LinkageError or a RuntimeException, by version and by what is
     * missing; a runtime image may come without java.desktop altogether.
     */
    private static Optional<String> obstacle() {
        try {
            Graphics2D canvas = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
            try {
                canvas.getFontMetrics(new Font(Font.SANS_SERIF, Font.PLAIN, 12)).stringWidth("0");
                return Optional.empty();
            } finally {
                canvas.dispose();
            }
        } catch (RuntimeException | LinkageError | InternalError e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            if (cause instanceof ClassNotFoundException) {
                return Optional.of("without the module java.desktop");
            }
            return Optional.of(cause.getMessage() == null ? cause.toString() : cause.getMessage());
        }
    }
}
