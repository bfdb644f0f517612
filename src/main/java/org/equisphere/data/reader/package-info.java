/**
 * Data sets from their files: {@link org.equisphere.data.reader.DataSource} names and opens them, one reader per format; and the built-in synthetic
 * images. In a jar of its own, {@code equisphere-data.jar}: a program that only predicts, or trains on arrays of its own, does without.
 *
 * <p>Every file is taken to be damaged until it is shown not to be: lengths are checked before memory is taken, and what does not fit is refused with
 * the file, the field, the value found and the value expected.
 */
package org.equisphere.data.reader;
