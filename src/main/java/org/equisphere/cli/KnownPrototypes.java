package org.equisphere.cli;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.equisphere.train.PrototypeKind;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What {@code --prototypes} may be: a kind by its name, or a file. */
final class KnownPrototypes implements Iterable<String>, ITypeConverter<String> {

    private static final String FILE = ".npy";
    private static final List<String> NAMES = Arrays.stream(PrototypeKind.values()).filter(kind -> kind != PrototypeKind.GIVEN)
            .map(PrototypeKind::toString).toList();

    @Override
    public Iterator<String> iterator() {
        return NAMES.iterator();
    }

    /** The text as it was given. */
    @Override
    public String convert(String text) {
        if (!text.endsWith(FILE) && !NAMES.contains(text.toLowerCase(Locale.ROOT))) {
            throw new TypeConversionException("expected one of " + String.join(", ", NAMES)
                    + ", or a file ending in " + FILE + ", but was '" + text + "'");
        }
        return text;
    }

    /** The kind that a text read by {@link #convert} means. */
    static PrototypeKind kind(String text) {
        return text.endsWith(FILE) ? PrototypeKind.GIVEN : PrototypeKind.valueOf(text.toUpperCase(Locale.ROOT));
    }
}
