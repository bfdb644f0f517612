package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

final class TensorTest {

    private static final Backend BACKEND = new EjmlBackend(1);

    @AfterAll
    static void close() {
        BACKEND.close();
    }

    private static Tensor counting(int... shape) {
        float[] values = new float[Tensor.sizeOf(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return BACKEND.tensor(values, shape);
    }

    @Test
    void knowsItsShape() {
        Tensor t = counting(2, 3, 4, 5);
        assertEquals(4, t.rank());
        assertEquals(120, t.size());
        assertEquals(3, t.dimension(1));
        assertArrayEquals(new int[] {2, 3, 4, 5}, t.shape());
        assertTrue(t.hasShape(2, 3, 4, 5));
        assertFalse(t.hasShape(2, 3, 4, 6));
        assertFalse(t.hasShape(6, 20));
        assertFalse(t.hasShape(120));
        assertTrue(t.reshape(120).hasShape(120));
        assertTrue(t.reshape(6, 20).hasShape(6, 20));
        assertSame(BACKEND, t.storage().owner());
    }

    @Test
    void itsShapeCannotBeChangedFromOutside() {
        int[] shape = {2, 3};
        Tensor t = BACKEND.tensor(shape);
        shape[0] = 7;
        t.shape()[1] = 9;
        assertTrue(t.hasShape(2, 3));
    }

    @Test
    void startsAsZeros() {
        assertArrayEquals(new float[6], BACKEND.tensor(2, 3).toArray());
    }

    @Test
    void viewsShareTheStorage() {
        Tensor t = counting(4, 3);
        Tensor rows = t.rows(1, 2);
        assertArrayEquals(new float[] {3, 4, 5, 6, 7, 8}, rows.toArray());
        Tensor slice = rows.slice(1, 2, 2);
        assertArrayEquals(new float[] {4, 5, 6, 7}, slice.toArray());
        assertEquals(4, slice.offset());
        slice.set(-1, -2, -3, -4);
        assertArrayEquals(new float[] {0, 1, 2, 3, -1, -2, -3, -4, 8, 9, 10, 11}, t.toArray());
        assertSame(t.storage(), t.reshape(12).storage());
        assertEquals(0, t.rows(4, 0).size());
        assertEquals(0, BACKEND.tensor(0, 3).rows(0, 0).size());
    }

    @Test
    void copiesParts() {
        Tensor t = BACKEND.tensor(4);
        t.set(new float[] {9, 1, 2, 9}, 1, 2);
        assertArrayEquals(new float[] {1, 2, 0, 0}, t.toArray());
        float[] out = new float[5];
        t.get(out, 3, 2);
        assertArrayEquals(new float[] {0, 0, 0, 1, 2}, out);
    }

    @Test
    void partsDoNotReachBeyondAView() {
        Tensor view = counting(10).slice(2, 3);
        assertThrows(IllegalArgumentException.class, () -> view.set(new float[4], 0, 4));
        assertThrows(IllegalArgumentException.class, () -> view.set(new float[4]));
        assertThrows(IllegalArgumentException.class, () -> view.get(new float[4], 0, 4));
        assertThrows(IllegalArgumentException.class, () -> view.set(new float[4], 0, -1));
        assertThrows(IllegalArgumentException.class, () -> view.get(new float[4], 0, -1));
        assertThrows(IllegalArgumentException.class, () -> view.slice(1, 3));
        assertThrows(IllegalArgumentException.class, () -> view.slice(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> view.reshape(4));
    }

    @Test
    void rowsStayInside() {
        Tensor t = counting(4, 3);
        assertThrows(IllegalArgumentException.class, () -> t.rows(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> t.rows(3, 2));
        assertThrows(IllegalArgumentException.class, () -> t.rows(1, -1));
        assertThrows(IllegalArgumentException.class, () -> BACKEND.tensor().rows(0, 0));
    }

    @Test
    void sizesAreCheckedForOverflow() {
        assertEquals(1, Tensor.sizeOf());
        assertEquals(0, Tensor.sizeOf(1 << 20, 0, 1 << 20));
        assertEquals(0, Tensor.sizeOf(1 << 30, 1 << 30, 1 << 30, 0));
        assertEquals(0, Tensor.sizeOf(0, 1 << 20, 1 << 20, 1 << 20, 1 << 20));
        assertThrows(IllegalArgumentException.class, () -> Tensor.sizeOf(1 << 16, 1 << 15));
        assertThrows(IllegalArgumentException.class, () -> Tensor.sizeOf(1 << 30, 1 << 30, 1 << 30));
        assertThrows(IllegalArgumentException.class, () -> Tensor.sizeOf(3, -1));
        assertThrows(IllegalArgumentException.class, () -> Tensor.sizeOf(0, -1));
    }

    @Test
    void labelsAreChecked() {
        LabelVector labels = BACKEND.labels(3);
        assertEquals(3, labels.size());
        labels.set(new int[] {0, 2, 9}, 2, 3);
        assertArrayEquals(new int[] {0, 2, 0}, HostBackend.array(labels));
        assertThrows(IllegalArgumentException.class, () -> labels.set(new int[] {0, 3}, 2, 3));
        assertThrows(IllegalArgumentException.class, () -> labels.set(new int[] {-1}, 1, 3));
        assertThrows(IllegalArgumentException.class, () -> labels.set(new int[4], 4, 3));
        assertThrows(IllegalArgumentException.class, () -> labels.set(new int[4], -1, 3));
    }

    @Test
    void convolutionsAreChecked() {
        Convolution g = new Convolution(2, 9, 7, 3, 5, 3, 2, 1);
        assertEquals(5, g.outHeight());
        assertEquals(4, g.outWidth());
        assertEquals(40, g.positions());
        assertEquals(27, g.patch());
        assertEquals(2L * 40 * 27 * 5, g.flops());
        assertThrows(IllegalArgumentException.class, () -> new Convolution(2, 9, 7, 3, 5, 3, 2, 3));
        assertThrows(IllegalArgumentException.class, () -> new Convolution(0, 9, 7, 3, 5, 3, 2, 1));
        assertThrows(IllegalArgumentException.class, () -> new Convolution(2, 9, 1, 3, 5, 3, 2, 0));
    }
}
