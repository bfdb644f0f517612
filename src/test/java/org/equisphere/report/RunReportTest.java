package org.equisphere.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.equisphere.cli.Main;
import org.equisphere.data.FeatureDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.NpyFile;
import org.equisphere.data.Splits;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.TrainedNetwork;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingSettings;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The page a run ends with: what stands in it, and what a browser makes of it. */
class RunReportTest {

    /** Tells what a reader would see: sizes, rows, what ran over the edge, what was fetched, what went wrong. */
    private static final String PROBE = """
            <script>
            const wrong = [];
            addEventListener('error', e => wrong.push(e.message));
            addEventListener('load', () => {
              const all = what => [...document.querySelectorAll(what)];
              const box = e => e.getBoundingClientRect();
              document.body.setAttribute('data-found', JSON.stringify({
                wrong, fetched: performance.getEntriesByType('resource').length,
                pictures: all('svg').map(s => ({name: s.getAttribute('aria-label'), width: box(s).width, height: box(s).height,
                  marks: s.querySelectorAll('polyline,rect,path,circle').length,
                  outside: [...s.querySelectorAll('text')].filter(t => box(t).left < box(s).left - 1 || box(t).right > box(s).right + 1
                    || box(t).top < box(s).top - 1 || box(t).bottom > box(s).bottom + 1).length})),
                tables: all('table').map(t => ({id: t.id, rows: t.rows.length, height: box(t).height})),
                wide: document.documentElement.scrollWidth - innerWidth,
                headline: document.querySelector('h1').textContent, tiles: all('.tile').map(t => t.textContent)}));
            });
            </script>
            """;

    @TempDir
    private static Path folder;
    private static Path dynamic;
    private static Path softmax;

    @BeforeAll
    static void train() {
        dynamic = run("dynamic", "--head", "dynamic", "--loss", "tempered", "--dim", "5", "--holdout", "0.2", "--imbalance", "exp:0.1");
        softmax = run("softmax", "--head", "softmax", "--dim", "4");
    }

    private static Path run(String name, String... options) {
        String[] args = {"train", "--data", "synthetic:1,150,6", "--network", "mlp:8", "--epochs", "3", "--batch", "256", "--threads", "1", "--json",
            "--out", folder.resolve(name).toString()};
        String[] all = Arrays.copyOf(args, args.length + options.length);
        System.arraycopy(options, 0, all, args.length, options.length);
        assertEquals(0, Main.run(all));
        return folder.resolve(name).resolve("report.html");
    }

    private static Document parsed(Path page) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(Files.readAllBytes(page)));
    }

    private static List<Element> elements(Document page, String name) {
        NodeList found = page.getElementsByTagName(name);
        return java.util.stream.IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i)).toList();
    }

    private static Set<String> pictures(Document page) {
        Set<String> names = new TreeSet<>();
        elements(page, "svg").forEach(svg -> names.add(svg.getAttribute("aria-label")));
        return names;
    }

    @Test
    void everythingStandsInOneFileThatNeedsNoOther() throws Exception {
        for (Path file : new Path[] {dynamic, softmax}) {
            Document page = parsed(file);
            for (String name : new String[] {"script", "link", "img", "iframe", "object"}) {
                assertTrue(elements(page, name).isEmpty(), name);
            }
            String text = Files.readString(file).replaceAll("xmlns=\"[^\"]*\"", "");
            assertFalse(text.contains("http:") || text.contains("https:") || text.contains("url(") || text.contains("@import"),
                    "an address of elsewhere");
        }
    }

    @Test
    void aDynamicRunShowsCurvesMovesAnglesAndTheMap() throws Exception {
        Document page = parsed(dynamic);
        assertEquals(Set.of("loss by epoch", "top-1 by epoch", "labels moved by epoch",
                "mean cosine by epoch", "angles of pairs", "angles of features", "Prototypes on their first two principal axes"), pictures(page));
        String text = page.getDocumentElement().getTextContent();
        for (String said : new String[] {"many-shot", "medium-shot", "few-shot", "calibration error",
            "best on held-out", "apad degrees", "angle to prototype", "smallest mean angle",
            "nc1 within between", "nc4 nearest mean difference", "Siblings of a family", "uniformity × tempered × linear"}) {
            assertTrue(text.contains(said), said);
        }
        assertEquals(101, elements(page, "table").stream().filter(t -> t.getAttribute("id").equals("classes")).findFirst().orElseThrow()
                .getElementsByTagName("tr").getLength());
        long dots = elements(page, "circle").stream().filter(c -> c.getAttribute("class").equals("prototype")).count();
        assertEquals(100, dots);
    }

    @Test
    void aPlainClassifierHasNoPrototypesToShow() throws Exception {
        Document page = parsed(softmax);
        assertEquals(Set.of("loss by epoch", "top-1 by epoch"), pictures(page));
        assertFalse(page.getDocumentElement().getTextContent().contains("apad"));
    }

    @Test
    void namesAreWrittenAsTheyAre() {
        assertEquals("<td>a &lt;b&gt; &amp; &quot;c&quot; \uFFFD</td>", new Markup().leaf("td", "a <b> & \"c\" \u0001").toString());
    }

    @Test
    void theHeadingNamesTheData() {
        assertEquals("photos", RunReport.shortName("folder:/data/photos@224/256"));
        assertEquals("photos", RunReport.shortName("folder:/data/photos/"));
        assertEquals("cifar-100-binary", RunReport.shortName("cifar100:/data/cifar-100-binary.tar.gz"));
        assertEquals("synthetic:3", RunReport.shortName("synthetic:3"));
    }

    /** Labels without test examples have a dash where others have a share, since none of theirs was wrong, and no mean. */
    @Test
    void whatWasNotTestedHasNoAccuracy() throws Exception {
        NpyFile.write(folder.resolve("x.npy"), new float[] {1, 0, 0, 1, -1, 0, 1, 0, 0, 1, -1, 0}, 6, 2);
        NpyFile.write(folder.resolve("y.npy"), new int[] {0, 1, 2, 0, 1, 2}, 6);
        NpyFile.write(folder.resolve("xt.npy"), new float[] {1, 0, 0, 1}, 2, 2);
        NpyFile.write(folder.resolve("yt.npy"), new int[] {0, 1}, 2);
        Path out = folder.resolve("untested");
        String data = "npy:" + String.join(",", List.of("x.npy", "y.npy", "xt.npy", "yt.npy")
                .stream().map(name -> folder.resolve(name).toString()).toList());
        assertEquals(0, Main.run("train", "--data", data, "--network", "mlp", "--dim", "2",
                "--epochs", "1", "--batch", "6", "--threads", "1", "--json", "--out", out.toString()));
        Element table = elements(parsed(out.resolve("report.html")), "table").stream()
                .filter(t -> t.getAttribute("id").equals("classes")).findFirst().orElseThrow();
        NodeList cells = ((Element) table.getElementsByTagName("tr").item(3)).getElementsByTagName("td");
        assertEquals("0", cells.item(3).getTextContent(), "tested by");
        assertEquals("-", cells.item(4).getTextContent(), "top-1");
        BufferedImage sphere = ImageIO.read(out.resolve("sphere.png").toFile());
        assertEquals(0xFFF6F6FA, sphere.getRGB(sphere.getWidth() / 2, sphere.getHeight() / 2), "no mean stands in the middle of the ball");
    }

    /** What would be one part a label is left out, with a reason, where labels are too many for a page; the rest stays. */
    @Test
    void whatDoesNotFitIsLeftOutAndTheReasonGiven() throws Exception {
        FeatureDataset clouds = new FeatureDataset("clouds", new float[] {1, 0, 0, 1, -1, 0, 0, -1, 1, 0, 0, 1, -1, 0, 0, -1}, 2,
                new int[] {0, 1, 2, 3, 0, 1, 2, 3}, new Labels(List.of("a", "b", "c", "d"), List.of(0, 0, 1, 1)));
        TrainingSettings settings = TrainingSettings.builder().network("mlp").dimension(2).epochs(1).batch(8).build();
        TrainedNetwork run;
        Judgement judgement;
        try (Backend backend = Backends.host(1)) {
            run = new Trainer(settings, backend).fit(new Splits(clouds, clouds));
            judgement = Judgement.of(run.classifier("clouds"), Backends.host(1), clouds);
        }
        Path file = folder.resolve("many.html");
        RunReport.write(file, "clouds", run, judgement, clouds, 4);
        assertTrue(pictures(parsed(file)).contains("Prototypes on their first two principal axes"));
        RunReport.write(file, "clouds", run, judgement, clouds, 3);
        Document page = parsed(file);
        Set<String> pictures = pictures(page);
        assertTrue(pictures.contains("angles of pairs") && !pictures.contains("Prototypes on their first two principal axes"), pictures.toString());
        assertEquals(Set.of("confusion", "measures", "settings"),
                elements(page, "table").stream().map(table -> table.getAttribute("id")).collect(Collectors.toSet()));
        String text = page.getDocumentElement().getTextContent();
        assertTrue(text.contains("The map is left out: 4 labels are more than a page holds, 3.") && text.contains("The table is left out: 4 labels")
                && text.contains("Siblings of a family"), text);
    }

    /** Whoever reads the old page meanwhile reads all of it. */
    @Test
    void thePageIsReplacedAsAWhole() throws Exception {
        Path page = folder.resolve("replaced/report.html");
        String[] args = {"train", "--data", "synthetic:1,2,1", "--network", "mlp", "--dim", "2", "--epochs", "1", "--threads", "1", "--json",
            "--out", page.getParent().toString()};
        assertEquals(0, Main.run(args));
        Files.writeString(page, "old");
        Path same = Files.createLink(folder.resolve("replaced/same.html"), page);
        args[args.length - 2] = "--resume";
        assertEquals(0, Main.run(args));
        assertTrue(Files.readString(page).contains("</html>"));
        assertEquals("old", Files.readString(same));
    }

    @Test
    void chromiumShowsThePage() throws Exception {
        Browser browser = Browser.find(folder).orElse(null);
        assumeTrue(browser != null, "no chromium on the path: apt-get install chromium");
        JsonNode seen = seen(browser, dynamic);
        assertEquals(7, seen.get("pictures").size());
        assertEquals(0, seen.at("/pictures").findValues("outside").stream().mapToInt(JsonNode::asInt).sum(), "words outside their picture: " + seen);
        assertTrue(seen.get("tables").size() == 4 && seen.get("headline").asText().contains("d = 5"), seen.toString());
        assertEquals(2, seen(browser, softmax).get("pictures").size());
    }

    /** What the probe found, after the checks that hold for every page. */
    private JsonNode seen(Browser browser, Path page) throws Exception {
        assertEquals(List.of(), browser.open(page, "--dump-dom").console(), "said on the console");
        Path probed = folder.resolve(page.getParent().getFileName() + "-probed.html");
        Files.writeString(probed, Files.readString(page).replace("</body>", PROBE + "</body>"));
        Browser.Outcome outcome = browser.open(probed, "--dump-dom");
        assertEquals(List.of(), outcome.console(), "said on the console");
        Matcher found = Pattern.compile("data-found=\"([^\"]*)\"").matcher(outcome.out());
        assertTrue(found.find(), "the page was not loaded: " + outcome);
        JsonNode seen = new ObjectMapper()
                .readTree(found.group(1).replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
        assertEquals(0, seen.get("wrong").size(), seen.toString());
        assertEquals(0, seen.get("fetched").asInt(), "asked for other files");
        assertTrue(seen.get("wide").asInt() <= 0, "wider than the window: " + seen);
        for (JsonNode picture : seen.get("pictures")) {
            assertTrue(picture.get("width").asDouble() >= 300 && picture.get("height").asDouble() >= 150
                    && picture.get("marks").asInt() >= 1, picture.toString());
        }
        for (JsonNode table : seen.get("tables")) {
            assertTrue(table.get("rows").asInt() >= 1 && table.get("height").asDouble() > 0, table.toString());
        }
        return seen;
    }

    /** By day and by night: the picture is not one colour, and its ground is light by day and dark by night. */
    @Test
    void chromiumPaintsThePageByDayAndByNight() throws Exception {
        Browser browser = Browser.find(folder).orElse(null);
        assumeTrue(browser != null, "no chromium on the path: apt-get install chromium");
        BufferedImage day = painted(browser, "day");
        assertTrue(brightness(day) > 200, "by day " + brightness(day));
        BufferedImage night = painted(browser, "night", "--force-dark-mode", "--blink-settings=preferredColorScheme=0");
        assertTrue(brightness(night) < 60, "by night " + brightness(night));
    }

    private BufferedImage painted(Browser browser, String name, String... options) throws IOException, InterruptedException {
        Path picture = folder.resolve(name + ".png");
        String[] all = Arrays.copyOf(options, options.length + 1);
        all[options.length] = "--screenshot=" + picture;
        browser.open(dynamic, all);
        BufferedImage image = ImageIO.read(picture.toFile());
        long colours = Arrays.stream(image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth())).distinct().count();
        assertTrue(colours > 50, colours + " colours");
        return image;
    }

    /** Of a corner that nothing is painted on, 0 to 255. */
    private static int brightness(BufferedImage image) {
        return image.getRGB(3, 3) >> 8 & 0xFF;
    }
}
