package org.equisphere.assignment;

/** A binary heap of the items {@code 0 .. capacity - 1}, least key first, whose keys can be lowered. */
final class IndexedHeap {

    private final double[] key;
    private final int[] item;
    private final int[] place; // per item: its place in the heap, valid while it is inside
    private int size;
    private boolean ranked;

    IndexedHeap(int capacity) {
        key = new double[capacity + 1];
        item = new int[capacity + 1];
        place = new int[capacity];
    }

    /** @param highestFirst whether of equal keys the highest item is the least, and not any */
    void clear(boolean highestFirst) {
        size = 0;
        ranked = highestFirst;
    }

    boolean isEmpty() {
        return size == 0;
    }

    double leastKey() {
        return key[1];
    }

    int leastItem() {
        return item[1];
    }

    void insert(int newItem, double newKey) {
        rise(++size, newKey, newItem);
    }

    void lower(int heldItem, double newKey) {
        rise(place[heldItem], newKey, heldItem);
    }

    int removeLeast() {
        int least = item[1];
        double lastKey = key[size];
        int last = item[size--];
        if (size > 0) {
            sink(lastKey, last);
        }
        return least;
    }

    private void rise(int from, double k, int id) {
        int p = from;
        while (p > 1 && before(k, id, p >> 1)) {
            put(p, key[p >> 1], item[p >> 1]);
            p >>= 1;
        }
        put(p, k, id);
    }

    private void sink(double k, int id) {
        int p = 1;
        while (2 * p <= size) {
            int child = 2 * p;
            if (child < size && before(key[child + 1], item[child + 1], child)) {
                child++;
            }
            if (before(k, id, child)) {
                break;
            }
            put(p, key[child], item[child]);
            p = child;
        }
        put(p, k, id);
    }

    private boolean before(double k, int id, int place) {
        return k < key[place] || k == key[place] && ranked && id > item[place];
    }

    private void put(int p, double k, int id) {
        key[p] = k;
        item[p] = id;
        place[id] = p;
    }
}
