package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Map;
import org.equisphere.train.TrainingSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecipeTest {

    /** The published settings of the fact sheet's table. */
    @Test
    void recipesSayWhatIsPublished() {
        Map<String, String> balanced = Recipe.CIFAR100_PAPER.settings().build().toMap();
        assertEquals(Map.of("network", "resnet32", "epochs", "250", "batch", "128", "rate", "0.01", "schedule", "steps:100,200", "optimizer", "sgd",
                "weight_decay", "1.0E-4", "prototypes", "uniformity", "loss", "cosine"),
                only(balanced, "network", "epochs", "batch", "rate", "schedule", "optimizer", "weight_decay", "prototypes", "loss"));
        Map<String, String> tail = Recipe.CIFAR100LT_PAPER.settings().build().toMap();
        assertEquals(Map.of("network", "resnet32x2+norm", "dimension", "128", "epochs", "200", "rate", "0.1",
                "schedule", "warmup:5+steps:160,180", "weight_decay", "2.0E-4",
                "mixup", "1.0", "loss", "dot-regression", "imbalance", "exponential 0.01"),
                only(tail, "network", "dimension", "epochs", "rate", "schedule", "weight_decay", "mixup", "loss", "imbalance"));
        Map<String, String> large = Recipe.IMAGENET_PAPER.settings().build().toMap();
        assertEquals(Map.of("network", "resnet50", "dimension", "512", "epochs", "105", "batch", "1024", "rate", "0.5",
                "schedule", "warmup:5+cosine", "weight_decay", "2.0E-5"),
                only(large, "network", "dimension", "epochs", "batch", "rate", "schedule", "weight_decay"));
        assertEquals(Map.of("augmentation", "flip, resized crop 0.08, trivial, erasing 0.1", "mixup", "0.2", "cutmix", "1.0"),
                only(large, "augmentation", "mixup", "cutmix"));
        Map<String, String> swin = Recipe.IMAGENET_SWIN_PAPER.settings().build().toMap();
        assertEquals(Map.of("network", "swin-t", "dimension", "512", "epochs", "105", "batch", "1024", "optimizer", "adamw", "loss", "cosine"),
                only(swin, "network", "dimension", "epochs", "batch", "optimizer", "loss"));
        Map<String, String> lists = Recipe.IMAGENETLT_PAPER.settings().build().toMap();
        assertEquals(Map.of("network", "resnet50+norm", "epochs", "90", "rate", "0.1", "schedule", "cosine", "weight_decay", "5.0E-4",
                "mixup", "0.2", "loss", "dot-regression"),
                only(lists, "network", "epochs", "rate", "schedule", "weight_decay", "mixup", "loss", "imbalance"));
    }

    /** Prototypes of the method, the rest of its head chosen by measurement, everything else the library's defaults. */
    @Test
    void oursDifferFromTheDefaultsInTheirHeadsAlone() {
        Map<String, String> best = Recipe.BEST.settings().build().toMap();
        Map<String, String> expected = TrainingSettings.builder().build().toMap();
        expected.put("loss", "softmax 0.2");
        expected.put("assignment", "linear, every 1 epochs, margin 0.1, momentum 0.9");
        assertEquals(expected, best);
        expected.put("prototypes", "means, spread 3");
        expected.put("assignment", "fixed, every 20 steps, until 10, momentum 0.9");
        assertEquals(expected, Recipe.SPREAD.settings().build().toMap());
    }

    /** On the command line each shows all its settings, and in what it is not as published. */
    @ParameterizedTest
    @EnumSource(Recipe.class)
    void everyRecipeIsShown(Recipe recipe) {
        StringWriter out = new StringWriter();
        assertEquals(0, Main.commandLine().setOut(new PrintWriter(out, true)).execute("train", "--recipe", recipe.toString(), "--print"));
        recipe.settings().build().toMap()
                .forEach((name, value) -> assertTrue(out.toString().contains(String.format("%-14s %s", name, value)), out.toString()));
        assertEquals(!recipe.deviation().isEmpty(), out.toString().contains("not as published: " + recipe.deviation()), out.toString());
        assertEquals(recipe != Recipe.BEST && recipe != Recipe.SPREAD, recipe.toString().endsWith("-paper"), recipe.toString());
    }

    private static Map<String, String> only(Map<String, String> map, String... keys) {
        Map<String, String> chosen = new java.util.HashMap<>(map);
        chosen.keySet().retainAll(Arrays.asList(keys));
        return chosen;
    }
}
