package org.equisphere.fuzz;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.equisphere.data.DataFormatException;
import org.equisphere.model.ModelFormatException;
import org.equisphere.train.CheckpointFormatException;

/**
 * Feeds damaged files to the readers. A reader may read what it gets or refuse it with an exception of ours that says something; another
 * exception, an error, a case of more than {@link #LONGEST_SECONDS} or one that takes more than {@link #MOST_BYTES} of memory is a finding.
 *
 * <p>As a command: {@code java -Xmx512m -cp ... org.equisphere.fuzz.Fuzzer CASES [SEED [FORMAT]]}; findings are kept in target/fuzz.
 */
public final class Fuzzer {

    static final double LONGEST_SECONDS = 10;
    static final long MOST_BYTES = 256L << 20;
    private static final double SEALED = 0.8;
    private static final int MOST_FINDINGS = 20;

    private final Format format;
    private final Mutator mutator;
    private final Format.Reading reading;
    private final Path keep;
    private final List<String> findings = new ArrayList<>();
    private int read;
    private int refused;
    private double longest;
    private long largest;
    private double total;
    private volatile long caseStart;

    /**
     * @param scratch an empty folder
     * @param keep    where damaged files that broke something are kept
     */
    Fuzzer(Format format, long seed, Path scratch, Path keep) throws Exception {
        this.format = format;
        this.mutator = new Mutator(seed);
        this.keep = keep;
        this.reading = format.place().in(scratch);
        for (byte[] sound : format.sound()) {
            reading.read(format.seal().seal(sound.clone()));
        }
    }

    /** Reads that many damaged files; returns what went wrong. */
    List<String> run(int cases) throws IOException {
        Thread watch = new Thread(this::watch, "fuzz-watch");
        watch.setDaemon(true);
        watch.start();
        for (int i = 0; i < cases && findings.size() < MOST_FINDINGS; i++) {
            byte[] damaged = mutator.damage(format.sound());
            byte[] content = mutator.chance(SEALED) ? format.seal().seal(damaged) : damaged;
            String finding = oneCase(content);
            if (finding != null) {
                Files.createDirectories(keep);
                Path file = keep.resolve(format.name().replaceAll("\\W+", "-") + "-" + i + ".bin");
                Files.write(file, content);
                findings.add(format.name() + ", case " + i + " (" + file + "): " + finding);
            }
        }
        caseStart = 0;
        watch.interrupt();
        return findings;
    }

    private String oneCase(byte[] content) {
        caseStart = System.nanoTime();
        long before = allocated();
        String finding = null;
        try {
            reading.read(content);
            read++;
        } catch (DataFormatException | ModelFormatException | CheckpointFormatException e) {
            refused++;
            finding = e.getMessage() == null || e.getMessage().isBlank() ? e.getClass() + " says nothing" : byIndex(e);
        } catch (Throwable e) {
            finding = e + " at " + (e.getStackTrace().length == 0 ? "?"
                    : List.of(e.getStackTrace()).subList(0, Math.min(6, e.getStackTrace().length)));
        }
        long bytes = allocated() - before;
        double seconds = (System.nanoTime() - caseStart) / 1e9;
        longest = Math.max(longest, seconds);
        total += seconds;
        largest = Math.max(largest, bytes);
        if (finding == null && (bytes > MOST_BYTES || seconds > LONGEST_SECONDS)) {
            finding = String.format(Locale.ROOT, "took %d MB and %.1f s", bytes >> 20, seconds);
        }
        return finding;
    }

    /**
     * An index that nothing looked at before it was used: one such exception in compiled code slows all later vector code
     * (bench/notes/memory-and-prediction.md).
     */
    private static String byIndex(Throwable refusal) {
        for (Throwable e = refusal.getCause(); e != null; e = e.getCause()) {
            if (e instanceof IndexOutOfBoundsException) {
                return "refused by " + e + " at " + List.of(e.getStackTrace()).subList(0, Math.min(6, e.getStackTrace().length));
            }
        }
        return null;
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    /** Tells of a case that does not come back: the thread itself cannot. */
    private void watch() {
        Thread reader = null;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            reader = thread.getName().equals("main") ? thread : reader;
        }
        try {
            while (true) {
                Thread.sleep(1000);
                long start = caseStart;
                if (start != 0 && System.nanoTime() - start > 3 * LONGEST_SECONDS * 1e9) {
                    System.err.println(format.name() + " hangs at " + (reader == null ? "?" : List.of(reader.getStackTrace())));
                    Thread.sleep(30_000);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    String summary() {
        return String.format(Locale.ROOT, "%-22s %8d read, %8d refused, %2d findings, %.1f s, longest %.2f s, largest %d MB",
                format.name(), read, refused, findings.size(), total, longest, largest >> 20);
    }

    /** Shares the cases out among all formats, or gives them to one. */
    public static void main(String[] args) throws Exception {
        int cases = Integer.parseInt(args[0]);
        long seed = args.length > 1 ? Long.parseLong(args[1]) : 0;
        Path scratch = Files.createTempDirectory(Files.isDirectory(Path.of("/dev/shm"))
                ? Path.of("/dev/shm") : Path.of(System.getProperty("java.io.tmpdir")), "fuzz");
        List<Format> formats = Formats.all().stream().filter(format -> args.length < 3 || format.name().equals(args[2])).toList();
        if (formats.isEmpty()) {
            throw new IllegalArgumentException("format is " + args[2] + ", expected one of " + Formats.all().stream().map(Format::name).toList());
        }
        Map<String, Integer> shares = new HashMap<>();
        formats.forEach(format -> shares.put(format.name(), (cases + formats.size() - 1) / formats.size()));
        long start = System.nanoTime();
        int found = 0;
        SplittableRandom seeds = new SplittableRandom(seed);
        for (Format format : formats) {
            Path folder = Files.createDirectory(scratch.resolve(format.name().replaceAll("\\W+", "-")));
            Fuzzer fuzzer = new Fuzzer(format, seeds.nextLong(), folder, Path.of("target", "fuzz"));
            List<String> findings = fuzzer.run(shares.get(format.name()));
            System.out.println(fuzzer.summary());
            findings.stream().limit(5).forEach(finding -> System.out.println("  " + finding));
            found += findings.size();
        }
        System.out.printf(Locale.ROOT, "%d cases of %d formats, seed %d: %d findings in %.0f s%n",
                shares.values().stream().mapToInt(n -> n).sum(), formats.size(), seed, found, (System.nanoTime() - start) / 1e9);
        deleteAll(scratch);
        System.exit(found > 0 ? 1 : 0);
    }

    private static void deleteAll(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
