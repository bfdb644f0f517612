package org.equisphere.cuda;

import org.equisphere.tensor.Tensor;

/**
 * The Gaussian potential by panels of pair energies, see {@code potential.cu}: the panels on and above the diagonal, in order, each used
 * for its rows and, transposed, for its columns.
 */
final class CudaPotential {

    /** Below this sum of energies, which unit rows come to with t above 14 at the least, they are taken again relative to the closest pair's. */
    private static final double LEAST_SUM = 1e-25;
    private static final int TILE = 64;

    private final KernelLauncher launcher;
    private final Launch launch;
    private final DeviceMemory memory;
    private final CudaGemm gemm;
    private final int panel;

    /** The call at hand. */
    private Tensor w;
    private Tensor dw;
    private int n;
    private int d;
    private long total;
    private long sums;
    private long energies;

    CudaPotential(KernelLauncher launcher, Launch launch, DeviceMemory memory, CudaGemm gemm, CudaSettings settings) {
        this.launcher = launcher;
        this.launch = launch;
        this.memory = memory;
        this.gemm = gemm;
        this.panel = settings.panel();
    }

    double potential(Tensor points, float t, Tensor gradient) {
        w = points;
        dw = gradient;
        n = w.dimension(0);
        d = w.dimension(1);
        int side = Math.min(n, panel);
        // Scratch: the total, the sum of each row, and one panel from the next multiple of 16 bytes on.
        long forSums = Launch.blocks(8L * (n + 1), 16) * 16;
        total = memory.scratch(forSums + 4L * side * side);
        sums = total + 8;
        energies = total + forSums;
        double shift = 0;
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
    private double sweep(float t, double shift) {
        launcher.clear(sums, 8L * n);
        if (dw != null) {
            launch.of(Kernel.FILL).elements(dw.size()).memory(dw).wide(dw.size()).real(0f).run();
        }
        for (int i = 0; i < n; i += panel) {
            for (int j = i; j < n; j += panel) {
                panel(i, Math.min(panel, n - i), j, Math.min(panel, n - j), t, shift);
            }
        }
        launch.of(Kernel.POTENTIAL_TOTAL).memory(sums).integer(n).memory(total).run();
        return launcher.downloadDouble(total);
    }

    private void panel(int i, int rows, int j, int columns, float t, double shift) {
        launch.of(Kernel.POTENTIAL_ENERGIES).grid(Launch.blocks(rows, TILE), Launch.blocks(columns, TILE), 1)
                .memory(w).integer(d).integer(i).integer(rows).integer(j).integer(columns).real(t).real(shift).memory(energies).run();
        launch.of(Kernel.POTENTIAL_ROWS).grid(Launch.blocks(rows, 4), 1, 1).block(128, 1)
                .memory(energies).integer(rows).integer(columns).memory(sums + 8L * i).run();
        if (j > i) {
            launch.of(Kernel.POTENTIAL_COLUMNS).grid(Launch.blocks(columns, 32), 1, 1).block(32, 8)
                    .memory(energies).integer(rows).integer(columns).memory(sums + 8L * j).run();
        }
        if (dw != null && d > 0) {
            gemm.multiply(false, false, rows, d, columns, 1, energies, row(w, j), 1, row(dw, i));
            if (j > i) {
                gemm.multiply(true, false, columns, d, rows, 1, energies, row(w, i), 1, row(dw, j));
            }
        }
    }

    private long row(Tensor x, int i) {
        return CudaStorage.address(x) + 4L * i * d;
    }

    /** The least squared distance of two rows. */
    private double nearest() {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < n; i += panel) {
            for (int j = i; j < n; j += panel) {
                int rows = Math.min(panel, n - i);
                int columns = Math.min(panel, n - j);
                long down = Launch.blocks(rows, TILE);
                long across = Launch.blocks(columns, TILE);
                launch.of(Kernel.POTENTIAL_NEAREST).grid(down, across, 1)
                        .memory(w).integer(d).integer(i).integer(rows).integer(j).integer(columns).memory(energies).run();
                launch.of(Kernel.POTENTIAL_LEAST).memory(energies).wide(down * across).memory(total).run();
                least = Math.min(least, launcher.downloadDouble(total));
            }
        }
        return least;
    }
}
