package org.equisphere.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The kernels' sources in {@code kernels/}, as tests see them. */
final class KernelSources {

    static final Path FOLDER = Path.of("kernels");

    /** {@code extern "C" __global__ void name(}, also over lines and with launch bounds. */
    private static final Pattern ENTRY = Pattern.compile(
            "extern \"C\" __global__ void(?:\\s*__launch_bounds__\\([^)]*\\))?[\\s\\\\]*([A-Za-z_0-9#]+)\\(");
    /** A macro that defines kernels, and its uses. */
    private static final Pattern MACRO = Pattern.compile("#define ([A-Z]+)\\(([A-Z_, ]+)\\)((?:.*\\\\\\n)+.*)");

    private KernelSources() {
    }

    /** All files of one ending, in the order of their names. */
    static List<Path> files(String ending) throws IOException {
        try (Stream<Path> all = Files.list(FOLDER)) {
            return all.filter(file -> file.toString().endsWith(ending)).sorted().collect(Collectors.toList());
        }
    }

    /** The module a source makes: its name without the ending. */
    static String module(Path source) {
        return source.getFileName().toString().replaceFirst("\\..*", "");
    }

    /** The kernels a source defines, those made by its macros included. */
    static List<String> kernels(Path source) throws IOException {
        String text = Files.readString(source);
        List<String> found = new ArrayList<>();
        Matcher macro = MACRO.matcher(text);
        while (macro.find()) {
            String first = macro.group(2).split(",")[0].trim();
            Matcher use = Pattern.compile("(?m)^" + macro.group(1) + "\\((\\w+)").matcher(text);
            while (use.find()) {
                Matcher entry = ENTRY.matcher(macro.group(3));
                while (entry.find()) {
                    found.add(entry.group(1).equals(first) ? use.group(1) : entry.group(1).replace("##" + first, use.group(1)));
                }
            }
        }
        Matcher entry = ENTRY.matcher(macro.reset().replaceAll(""));
        while (entry.find()) {
            found.add(entry.group(1));
        }
        return new ArrayList<>(new TreeSet<>(found));
    }

    /** One digest for some files and words: which emulated device they make. */
    static String digest(List<Path> files, String... words) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update(file.toString().getBytes(StandardCharsets.UTF_8));
                digest.update(Files.readAllBytes(file));
            }
            for (String word : words) {
                digest.update(word.getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
