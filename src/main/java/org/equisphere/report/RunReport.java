package org.equisphere.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.equisphere.data.Dataset;
import org.equisphere.data.Labels;
import org.equisphere.data.ReplacedFile;
import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.Separation;
import org.equisphere.train.Confusion;
import org.equisphere.train.EpochSummary;
import org.equisphere.train.TrainedNetwork;
import org.equisphere.train.TrainingSettings.Selection;

/**
 * The page a run ends with: one HTML file that needs no other file, no script and no network. It is well-formed XML, too.
 */
public final class RunReport {

    private static final int WORST_PAIRS = 20;
    private static final int PERMUTATIONS = 2000;
    /** A page with a line and a mark for each of more labels than this is slow to open; ImageNet's 21,841 make 12 MB. */
    private static final int MOST_LABELS = 25_000;
    private static final int CHART_WIDTH = 440;
    private static final int CHART_HEIGHT = 250;

    private final String data;
    private final TrainedNetwork run;
    private final Judgement judgement;
    private final int mostLabels;
    private final Labels labels;
    private final int[] testCounts;
    private final int[] nearest; // label of the prototype nearest to each label's; null where there are no prototypes, or too many
    private final Markup page = new Markup();

    private RunReport(String data, TrainedNetwork run, Judgement judgement, Dataset test, int mostLabels) {
        this.mostLabels = mostLabels;
        this.data = data;
        this.run = run;
        this.judgement = judgement;
        this.labels = test.labels();
        this.testCounts = test.counts();
        this.nearest = judgement.targets().filter(targets -> labels.classes() <= mostLabels).map(Angles::nearest).orElse(null);
    }

    /**
     * Writes the page.
     *
     * @param data      where the examples came from
     * @param judgement of the run's classifier on {@code test}
     */
    public static void write(Path file, String data, TrainedNetwork run, Judgement judgement, Dataset test) throws IOException {
        write(file, data, run, judgement, test, MOST_LABELS);
    }

    /** @param mostLabels what has a part for each label is left out where there are more */
    static void write(Path file, String data, TrainedNetwork run, Judgement judgement, Dataset test, int mostLabels) throws IOException {
        ReplacedFile.write(file, new RunReport(data, run, judgement, test, mostLabels).html().getBytes(StandardCharsets.UTF_8));
    }

    private String html() throws IOException {
        String style;
        try (InputStream in = RunReport.class.getResourceAsStream("report.css")) {
            style = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        page.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en").open("head").empty("meta", "charset", "utf-8")
                .empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                .leaf("title", "Equisphere: " + title()).leaf("style", style).close("head").open("body").open("main");
        headline();
        curves();
        judgement.targets().filter(targets -> targets.count() > 1).ifPresent(targets -> {
            map(targets);
            angles(targets);
        });
        confusion();
        classes();
        tables();
        return "<!DOCTYPE html>\n" + page.close("main").close("body").close("html") + "\n";
    }

    private String title() {
        return run.settings().architecture() + " on " + shortName(data) + ", d = " + run.settings().dimension();
    }

    /** The last part of a data source's path, without the size of its images and an archive's ending. */
    static String shortName(String data) {
        return data.replaceFirst("@\\d+(/\\d+)?$", "").replaceFirst("[/\\\\]+$", "").replaceAll(".*[/\\\\]", "")
                .replaceFirst("\\.(tar\\.gz|tgz|tar)$", "");
    }

    private void headline() {
        page.open("header").leaf("h1", title()).leaf("p", run.settings().head().toString().replace(" x ", " × "), "class", "lead").close("header");
        page.open("div", "class", "tiles");
        tile("top-1", Markup.percent(judgement.evaluation().top1()));
        tile("top-5", Markup.percent(judgement.evaluation().top5()));
        judgement.shots().forEach((name, top1) -> tile(name + "-shot", Markup.percent(top1)));
        tile("calibration error", Markup.format("%.3f", judgement.evaluation().ece()));
        tile("classes", String.valueOf(labels.classes()));
        tile("epochs", run.epoch() == run.history().size() ? String.valueOf(run.epoch()) : run.epoch() + " of " + run.history().size());
        tile("images/s", Markup.number(run.history().stream().mapToDouble(EpochSummary::examplesPerSecond).average().orElse(Double.NaN)));
        page.close("div");
        String note = switch (run.settings().selection()) {
            case LAST -> "The model of the last epoch, judged by " + judgement.evaluation().examples() + " test examples.";
            case HELD_OUT -> "The model of the epoch that was best on held-out training examples, judged once by "
                    + judgement.evaluation().examples() + " test examples.";
            case BEST_ON_TEST -> "The model of the epoch that was best on these same test examples: the figures are optimistic.";
        };
        page.leaf("p", note, "class", "note");
    }

    private void tile(String name, String value) {
        page.open("div", "class", "tile").leaf("b", value).leaf("span", name).close("div");
    }

    private void section(String title, String text) {
        page.open("section").leaf("h2", title);
        if (!text.isEmpty()) {
            page.leaf("p", text, "class", "note");
        }
    }

    private void figure(String caption, Markup picture) {
        page.open("figure").leaf("figcaption", caption).add(picture).close("figure");
    }

    private void curves() {
        section("Training", "");
        page.open("div", "class", "row");
        boolean held = run.settings().selection() == Selection.HELD_OUT;
        figure("Loss of a training example", curve("loss", EpochSummary::loss, false).markup());
        figure((held ? "Held-out" : "Test") + " top-1, %", curve("top-1", e -> 100 * e.top1(), false).markup());
        if (run.settings().head().dynamic()) {
            figure("Labels that moved to another prototype", curve("labels moved", EpochSummary::labelsMoved, true).markup());
            figure("Mean cosine of class directions to their prototypes",
                    curve("mean cosine", e -> e.objectiveAfter() / labels.classes(), false).markup());
        }
        page.close("div").close("section");
    }

    private Chart curve(String name, ToDoubleFunction<EpochSummary> value, boolean bars) {
        List<EpochSummary> history = run.history();
        double[] x = history.stream().mapToDouble(EpochSummary::epoch).toArray();
        double[] y = history.stream().mapToDouble(value).toArray();
        double low = history.stream().mapToDouble(value).filter(Double::isFinite).min().orElse(0);
        double high = history.stream().mapToDouble(value).filter(Double::isFinite).max().orElse(1);
        double edge = bars ? 0.7 : 0;
        Chart chart = new Chart(name + " by epoch", "epoch", CHART_WIDTH, CHART_HEIGHT,
                1 - edge, history.size() + edge, bars ? 0 : Math.min(low, high), high);
        if (run.settings().selection() != Selection.LAST) {
            chart.mark(run.epoch(), "kept");
        }
        return bars ? chart.bars("c1", x, y) : chart.line("c1", x, y);
    }

    private void map(Prototypes targets) {
        boolean families = FamilyCoherence.hasFamilies(labels);
        if (nearest == null) {
            section("Prototypes and who became neighbours", "The map" + leftOut());
        } else {
            draw(targets, families);
        }
        if (families) {
            FamilyCoherence found = FamilyCoherence.of(targets, labels, PERMUTATIONS, 0);
            page.leaf("p", Markup.format(
                    "Siblings of a family: mean cosine %.3f between their prototypes, by chance %.3f ± %.3f (p = %.2g, %d permutations); "
                            + "%.0f %% of labels have a sibling at the nearest prototype.",
                    found.meanCosine(), found.chanceCosine(), found.deviation(), found.pValue(),
                    PERMUTATIONS, 100 * found.nearest()), "class", "note");
        }
        page.close("section");
    }

    /** What is said in place of something with a part for each label. */
    private String leftOut() {
        return " is left out: " + labels.classes() + " labels are more than a page holds, " + mostLabels + ".";
    }

    private void draw(Prototypes targets, boolean families) {
        PrototypeMap map = new PrototypeMap(targets, judgement.sample().means(), labels, nearest);
        section("Prototypes and who became neighbours", "Each dot is a label's prototype on the first two principal axes of the set, which hold "
                + Markup.format("%.0f %%", 100 * map.share())
                + " of its scatter; each cross is the mean of the label's test examples. A line goes from every label to the one whose "
                + "prototype is nearest in all " + targets.dimension() + " dimensions"
                + (families ? "; it is coloured where the two are of one family." : "."));
        page.open("figure", "class", "wide").add(map.markup()).close("figure");
    }

    private void angles(Prototypes targets) {
        double[] pairs = Angles.betweenPairs(judgement.separation().orElseThrow());
        double[] means = betweenMeans();
        double[][] features = Angles.ofFeatures(judgement.sample(), targets.toArray(), targets.count());
        section("Angles", "");
        page.open("div", "class", "row");
        figure("Between prototypes (blue) and between class means (orange), share of pairs", histogram("angles of pairs", pairs, means));
        figure("Of test features to their own prototype (blue) and to the nearest other one (orange), share of examples",
                histogram("angles of features", features[0], features[1]));
        page.close("div").close("section");
    }

    /** Shares of pairs of class means by angle; a mean without a direction, as of no examples, has none. */
    private double[] betweenMeans() {
        double[] means = judgement.sample().means();
        int d = means.length / labels.classes();
        int found = 0;
        for (int at = 0; at < means.length; at += d) {
            double squared = Arrays.stream(means, at, at + d).map(value -> value * value).sum();
            if (squared > 0 && squared < Double.POSITIVE_INFINITY) {
                System.arraycopy(means, at, means, found++ * d, d);
            }
        }
        return found == 0 ? new double[180 / Angles.BIN]
                : Angles.betweenPairs(Separation.of(Prototypes.of(Arrays.copyOf(means, found * d), found, d)));
    }

    private static Markup histogram(String name, double[] first, double[] second) {
        double most = 0;
        for (int k = 0; k < first.length; k++) {
            most = Math.max(most, Math.max(first[k], second[k]));
        }
        return new Chart(name, "angle, degrees", CHART_WIDTH, CHART_HEIGHT, 0, 180, 0, most)
                .area("c1", first, Angles.BIN).area("c2", second, Angles.BIN).markup();
    }

    private void confusion() {
        List<Confusion.Pair> worst = judgement.confusion().worst(WORST_PAIRS);
        section("Most confused pairs", worst.isEmpty() ? "No example was taken for another label."
                : "Of the test examples of both labels, the share taken for the other.");
        page.open("table", "id", "confusion").open("thead").open("tr");
        for (String head : new String[] {"labels", "mutual", "first for second", "second for first", "angle of prototypes"}) {
            page.leaf("th", head);
        }
        page.close("tr").close("thead").open("tbody");
        for (Confusion.Pair pair : worst) {
            Confusion c = judgement.confusion();
            page.open("tr").leaf("td", name(pair.first()) + " ↔ " + name(pair.second()));
            bar(pair.mutual(), worst.get(0).mutual());
            page.leaf("td", Markup.percent(c.share(pair.first(), pair.second()))).leaf("td", Markup.percent(c.share(pair.second(), pair.first())))
                    .leaf("td", judgement.targets().isEmpty() ? "-" : Markup.format("%.1f°", angle(pair.first(), pair.second()))).close("tr");
        }
        page.close("tbody").close("table").close("section");
    }

    /** Between the prototypes of two labels, in degrees. */
    private double angle(int a, int b) {
        return Angles.degrees(Angles.cosine(judgement.targets().orElseThrow(), a, b));
    }

    /** A cell with a bar of a share's length, as part of the longest; a dash where there is no share. */
    private void bar(double share, double longest) {
        if (Double.isNaN(share)) {
            page.leaf("td", "-");
            return;
        }
        page.open("td").open("span", "class", "track")
                .empty("span", "class", "fill", "style", Markup.format("width:%.1f%%", longest > 0 ? 100 * share / longest : 0))
                .close("span").say(" " + Markup.percent(share)).close("td");
    }

    private String name(int label) {
        return labels.names().get(label);
    }

    private void classes() {
        if (labels.classes() > mostLabels) {
            section("Label by label", "The table" + leftOut());
            page.close("section");
            return;
        }
        section("Label by label", "");
        page.open("details", "open", "open").leaf("summary", labels.classes() + " labels").open("table", "id", "classes").open("thead").open("tr");
        for (String head : new String[] {"label", "name", "trained on", "tested by", "top-1", "most taken for", "nearest prototype"}) {
            page.leaf("th", head);
        }
        page.close("tr").close("thead").open("tbody");
        for (int label = 0; label < labels.classes(); label++) {
            page.open("tr").leaf("td", String.valueOf(label)).leaf("td", name(label)).leaf("td", String.valueOf(run.trainingCounts()[label]))
                    .leaf("td", String.valueOf(testCounts[label]));
            bar(judgement.evaluation().perClass()[label], 1);
            page.leaf("td", taken(label)).leaf("td", nearest == null ? "-" : neighbour(label)).close("tr");
        }
        page.close("tbody").close("table").close("details").close("section");
    }

    private String taken(int label) {
        int most = judgement.confusion().mostTakenFor(label);
        return most < 0 ? "-" : name(most) + " (" + judgement.confusion().count(label, most) + ")";
    }

    private String neighbour(int label) {
        int near = nearest[label];
        return near == label ? "-" : name(near) + Markup.format(", %.1f°", angle(label, near));
    }

    private void tables() {
        section("Measures and settings", "");
        page.open("div", "class", "row");
        page.open("table", "id", "measures").leaf("caption", "Measures of the test features");
        for (Map.Entry<String, Double> one : judgement.named().entrySet()) {
            page.open("tr").leaf("th", one.getKey().replace('_', ' ')).leaf("td", Markup.number(one.getValue())).close("tr");
        }
        page.close("table").open("table", "id", "settings").leaf("caption", "Settings");
        for (Map.Entry<String, String> one : run.settings().toMap().entrySet()) {
            page.open("tr").leaf("th", one.getKey().replace('_', ' ')).leaf("td", one.getValue()).close("tr");
        }
        page.open("tr").leaf("th", "data").leaf("td", data).close("tr").close("table").close("div").close("section");
    }
}
