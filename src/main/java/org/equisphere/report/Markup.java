package org.equisphere.report;

import java.util.Locale;

/** Text that is well-formed XML: elements opened and closed in order, everything else escaped. */
final class Markup {

    private final StringBuilder text = new StringBuilder();

    /** Formats by the rules of the root locale. */
    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    /** A number in at most four figures. */
    static String number(double value) {
        double size = Math.abs(value);
        return size == 0 ? "0" : size >= 1000 ? format("%.0f", value) : size >= 100 ? format("%.1f", value) : size >= 1 ? format("%.2f", value)
                : size >= 0.001 ? format("%.4f", value) : format("%.1e", value);
    }

    static String percent(double share) {
        return Double.isNaN(share) ? "-" : format("%.2f %%", 100 * share);
    }

    /** Escapes markup characters, and replaces characters XML forbids by U+FFFD. */
    static String escaped(String raw) {
        StringBuilder out = new StringBuilder(raw.length());
        raw.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                default -> out.appendCodePoint(c >= ' ' && c < 0xD800 || c > 0xDFFF && c < 0xFFFE || c > 0xFFFF ? c : 0xFFFD);
            }
        });
        return out.toString();
    }

    /** Opens an element; attributes are names and values in turn. */
    Markup open(String name, Object... attributes) {
        return tag(name, ">", attributes);
    }

    /** An element without content. */
    Markup empty(String name, Object... attributes) {
        return tag(name, "/>", attributes);
    }

    private Markup tag(String name, String end, Object... attributes) {
        text.append('<').append(name);
        for (int k = 0; k < attributes.length; k += 2) {
            Object value = attributes[k + 1];
            text.append(' ').append(attributes[k]).append("=\"")
                    .append(value instanceof Double number ? format("%.2f", number) : escaped(String.valueOf(value))).append('"');
        }
        text.append(end);
        return this;
    }

    Markup close(String name) {
        text.append("</").append(name).append('>');
        return this;
    }

    /** An element with nothing but text in it. */
    Markup leaf(String name, String content, Object... attributes) {
        return open(name, attributes).say(content).close(name);
    }

    Markup say(String content) {
        text.append(escaped(content));
        return this;
    }

    /** Adds what another has written. */
    Markup add(Markup other) {
        text.append(other.text).append('\n');
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
