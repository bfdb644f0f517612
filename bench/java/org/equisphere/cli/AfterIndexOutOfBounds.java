package org.equisphere.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The command line in a JVM whose compiled code has met an index out of bounds so many times before: HotSpot then compiles vector code without the
 * intrinsic for checks of indices. Arguments: how many times, then the command line's, as in {@code 1 bench --network resnet8 --threads 1}.
 */
public final class AfterIndexOutOfBounds {

    /** Calls after which {@link #sum} is compiled by C2, with room to spare. */
    private static final int CALLS = 20_000;

    private AfterIndexOutOfBounds() {
    }

    public static void main(String[] args) {
        List<Integer> list = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            list.add(i);
        }
        long total = 0;
        for (int call = 0; call < CALLS; call++) {
            total += sum(list, list.size());
        }
        int met = 0;
        for (int i = 0; i < Integer.parseInt(args[0]); i++) {
            try {
                total += sum(list, list.size() + 1);
            } catch (IndexOutOfBoundsException e) {
                met++;
            }
        }
        System.err.println(met + " indices out of bounds met (" + total + ")");
        Main.main(Arrays.copyOfRange(args, 1, args.length));
    }

    private static int sum(List<Integer> list, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += list.get(i);
        }
        return sum;
    }
}
