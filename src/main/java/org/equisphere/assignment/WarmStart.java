package org.equisphere.assignment;

import java.util.Arrays;

/**
 * Goes on from the matching and the column duals of the last solve on new costs. One pass finds each row's least
 * {@code c - v}; a matched pair that attains it is still tight and stays, every other row is freed and augmented anew.
 */
final class WarmStart {

  private final AugmentingPaths paths;
  private final double[] laneLeast = new double[LANES];

  private static final int LANES = 128;

  WarmStart(AugmentingPaths paths) {
    this.paths = paths;
  }

  /** Solves the attached matrix. Returns null, or the rows of a violated Hall condition. */
  int[] resolve() {
    for (int i = 0; i < paths.n; i++) {
      keepIfTight(i);
    }
    if (paths.n < paths.m) {
      clearSparedDuals();
    }
    return paths.augmentAll(Long.MAX_VALUE / 2);
  }

  private boolean keepIfTight(int i) {
    double least = least(i);
    paths.lists.forget(i, least);
    int j = paths.columnOfRow[i];
    if (j < 0) {
      return true;
    }
    double c = paths.cost[i * paths.m + j];
    if (c - paths.v[j] <= least && c < Double.POSITIVE_INFINITY) {
      paths.matchedCost[i] = c;
      return true;
    }
    paths.columnOfRow[i] = -1;
    paths.rowOfColumn[j] = -1;
    return false;
  }

  /** Of a wide matrix an unmatched column must have v = 0; raising it may free more pairs, so until nothing changes. */
  private void clearSparedDuals() {
    boolean freed = true;
    while (freed) {
      boolean raised = false;
      for (int j = 0; j < paths.m; j++) {
        if (paths.rowOfColumn[j] < 0 && paths.v[j] != 0) {
          paths.v[j] = 0;
          raised = true;
        }
      }
      freed = false;
      for (int i = 0; raised && i < paths.n; i++) {
        freed |= !keepIfTight(i);
      }
    }
  }

  private double least(int i) {
    int m = paths.m;
    int j = 0;
    double least = Double.POSITIVE_INFINITY;
    if (m >= LANES) {
      Arrays.fill(laneLeast, Double.POSITIVE_INFINITY);
      for (; j + LANES <= m; j += LANES) {
        lower(laneLeast, paths.cost, i * m + j, paths.v, j);
      }
      for (int l = 0; l < LANES; l++) {
        least = Math.min(least, laneLeast[l]);
      }
    }
    for (; j < m; j++) {
      least = Math.min(least, paths.cost[i * m + j] - paths.v[j]);
    }
    return least;
  }

  private static void lower(double[] least, double[] c, int o, double[] v, int j) {
    for (int l = 0; l < LANES; l++) {
      least[l] = Math.min(least[l], c[o + l] - v[j + l]);
    }
  }
}
