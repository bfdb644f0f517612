package org.equisphere.cuda;

import org.equisphere.tensor.Tensor;

/**
 * The Gaussian potential by panels of pair energies, see {@code potential.cu}: the panels on and above the diagonal, in order, each used
 * for its rows and, transposed, for its columns.
 */
final class CudaPotential {

    /** Below this sum of energies, which unit rows come to with t above 14 at the least, they are taken again relative to the closest pair's. */
    private static final double LEAST_SUM = 1e-25;
    private static final int LARGE = 128;
    private static final int SMALL = 64;

    private final KernelLauncher launcher;
    private final Launch launch;
    private final DeviceMemory memory;
    private final CudaGemm gemm;
    private final CudaSettings settings;

    /** The call at hand. */
    private Tensor w;
    private Tensor dw;
    private int n;
    private int d;
    /** Rows and columns of a panel. */
    private int side;
    private long total;
    private long sums;
    private long energies;
    /** The sums of each tile of a panel over its columns, and over its rows. */
    private long rowParts;
    private long columnParts;

    CudaPotential(KernelLauncher launcher, Launch launch, DeviceMemory memory, CudaGemm gemm, CudaSettings settings) {
        this.launcher = launcher;
        this.launch = launch;
        this.memory = memory;
        this.gemm = gemm;
        this.settings = settings;
    }

    double potential(Tensor points, float t, Tensor gradient) {
        w = points;
        dw = gradient;
        n = w.dimension(0);
        d = w.dimension(1);
        // Panels of about one size, and of whole tiles where there are several.
        int even = (int) Launch.blocks(n, Launch.blocks(n, settings.panel()));
        side = Math.min(Math.min(n, settings.panel()), (int) Launch.blocks(even, LARGE) * LARGE);
        // Scratch: the total, the sum of each row, the sums of the tiles, and one panel from the next multiple of 16 bytes on.
        long forParts = 8L * side * Launch.blocks(side, SMALL);
        long forSums = Launch.blocks(8L * (n + 1) + 2 * forParts, 16) * 16;
        total = memory.scratch(forSums + 4L * side * side);
        sums = total + 8;
        rowParts = sums + 8L * n;
        columnParts = rowParts + forParts;
        energies = total + forSums;
        float shift = 0;
        double sum = sweep(t, shift);
        if (!(sum >= LEAST_SUM)) {
            shift = nearest();
            sum = sweep(t, shift);
        }
        if (dw != null) {
            launch.of(Kernel.POTENTIAL_GRADIENT).elements(w.size()).memory(w).memory(sums).memory(total).real(t).integer(n).integer(d)
                    .memory(dw).run();
        }
        w = null;
        dw = null;
        return Math.log(sum / ((double) n * (n - 1))) - t * shift;
    }

    /** Leaves the rows' sums, their total and, in dw, the energy-weighted sums of the rows; returns the total. */
    private double sweep(float t, float shift) {
        launcher.clear(sums, 8L * n);
        if (dw != null) {
            launch.of(Kernel.FILL).elements(dw.size()).memory(dw).wide(dw.size()).real(0f).run();
        }
        for (int i = 0; i < n; i += side) {
            for (int j = i; j < n; j += side) {
                panel(i, Math.min(side, n - i), j, Math.min(side, n - j), t, shift);
            }
        }
        launch.of(Kernel.POTENTIAL_TOTAL).memory(sums).integer(n).memory(total).run();
        return launcher.downloadDouble(total);
    }

    private void panel(int i, int rows, int j, int columns, float t, float shift) {
        boolean large = tiles(rows, columns, i == j) >= settings.largeTileBlocks();
        int tile = large ? LARGE : SMALL;
        long down = Launch.blocks(rows, tile);
        long across = Launch.blocks(columns, tile);
        launch.of(large ? Kernel.POTENTIAL_ENERGIES_128 : Kernel.POTENTIAL_ENERGIES_64).grid(down, across, 1)
                .memory(w).integer(d).integer(i).integer(rows).integer(j).integer(columns).real(t).real(shift).memory(energies)
                .memory(rowParts).memory(i == j ? rowParts : columnParts).run();
        sum(rowParts, (int) across, i, rows);
        if (j > i) {
            sum(columnParts, (int) down, j, columns);
        }
        if (dw != null && d > 0) {
            gemm.multiply(false, false, rows, d, columns, 1, energies, row(w, j), 1, row(dw, i));
            if (j > i) {
                gemm.multiply(true, false, columns, d, rows, 1, energies, row(w, i), 1, row(dw, j));
            }
        }
    }

    /** How many large tiles of a panel are worked on: where it lies on the diagonal, its upper half. */
    private static long tiles(int rows, int columns, boolean diagonal) {
        long down = Launch.blocks(rows, LARGE);
        return diagonal ? down * (down + 1) / 2 : down * Launch.blocks(columns, LARGE);
    }

    private void sum(long parts, int tiles, int first, int count) {
        launch.of(Kernel.POTENTIAL_SUMS).grid(Launch.blocks(count, 256), 1, 1)
                .memory(parts).integer(tiles).integer(count).memory(sums + 8L * first).run();
    }

    private long row(Tensor x, int i) {
        return CudaStorage.address(x) + 4L * i * d;
    }

    /** The least squared distance of two rows, which is a float. */
    private float nearest() {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < n; i += side) {
            for (int j = i; j < n; j += side) {
                int rows = Math.min(side, n - i);
                int columns = Math.min(side, n - j);
                long down = Launch.blocks(rows, SMALL);
                long across = Launch.blocks(columns, SMALL);
                launch.of(Kernel.POTENTIAL_NEAREST).grid(down, across, 1)
                        .memory(w).integer(d).integer(i).integer(rows).integer(j).integer(columns).memory(energies).run();
                launch.of(Kernel.POTENTIAL_LEAST).memory(energies).wide(down * across).memory(total).run();
                least = Math.min(least, launcher.downloadDouble(total));
            }
        }
        return (float) least;
    }
}
