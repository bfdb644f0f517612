package org.equisphere.interchange;

import org.equisphere.data.DataFormatException;

/** Reads JSON token by token: as much of it as a safetensors header needs, and nothing that nests deeper. */
final class JsonText {

    private final Object file;
    private final String text;
    private int at;

    /** @param file for messages */
    JsonText(Object file, String text) {
        this.file = file;
        this.text = text;
    }

    /** What is wrong here. */
    DataFormatException wrong(String expected) {
        String found = at < text.length() ? "'" + text.charAt(at) + "'" : "the end";
        return DataFormatException.of(file, "header at character " + at, found, expected);
    }

    /** Takes the token if it comes next, white space passed over. */
    boolean take(char token) {
        passSpace();
        return takeHere(token);
    }

    private void passSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean takeHere(char token) {
        boolean there = at < text.length() && text.charAt(at) == token;
        at += there ? 1 : 0;
        return there;
    }

    /** Takes the token. */
    void expect(char token) throws DataFormatException {
        if (!take(token)) {
            throw wrong("'" + token + "'");
        }
    }

    /** After an element of a list: whether another follows; takes the comma or the closing bracket. */
    boolean another(char close) throws DataFormatException {
        if (take(',')) {
            return true;
        }
        expect(close);
        return false;
    }

    /** White space and then nothing. */
    void expectEnd() throws DataFormatException {
        passSpace();
        if (at < text.length()) {
            throw wrong("the end");
        }
    }

    /** A string, its escapes resolved. */
    String string() throws DataFormatException {
        expect('"');
        StringBuilder value = new StringBuilder();
        while (!takeHere('"')) {
            if (at >= text.length() || text.charAt(at) < ' ') {
                throw wrong("a character of a string");
            }
            char c = text.charAt(at++);
            value.append(c == '\\' ? escape() : c);
        }
        return value.toString();
    }

    private char escape() throws DataFormatException {
        char c = at < text.length() ? text.charAt(at) : '\0';
        int plain = "\"\\/bfnrt".indexOf(c);
        if (plain >= 0) {
            at++;
            return "\"\\/\b\f\n\r\t".charAt(plain);
        }
        if (c == 'u' && text.length() - at >= 5 && text.substring(at + 1, at + 5).matches("[0-9a-fA-F]{4}")) {
            at += 5;
            return (char) Integer.parseInt(text.substring(at - 4, at), 16);
        }
        throw wrong("an escape of JSON");
    }

    /** A whole number from 0 to 2^53, JSON's exact range. */
    long number() throws DataFormatException {
        passSpace();
        int start = at;
        long value = 0;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9' && value <= 1L << 53) {
            value = 10 * value + text.charAt(at++) - '0';
        }
        if (at == start || value > 1L << 53) {
            throw wrong("a whole number from 0 to 2^53");
        }
        return value;
    }
}
