package org.equisphere.assignment;

import java.util.Arrays;

/** Shortest augmenting paths, minimising, for a matrix with no more rows than columns. */
final class AugmentingPaths {

  private int n;
  private int m;
  private double[] cost;
  private double[] u = new double[0];
  private double[] v = new double[0];
  private int[] columnOfRow = new int[0];
  private int[] rowOfColumn = new int[0];
  private double[] distance = new double[0];
  private int[] cameFrom = new int[0];
  private int[] order = new int[0];
  private int[] scannedRows = new int[0];

  /** Duals of the columns; modified by a solve, and set by a caller that starts warm. */
  double[] columnDuals() {
    return v;
  }

  double[] rowDuals() {
    return u;
  }

  int[] columnOfRow() {
    return columnOfRow;
  }

  int[] rowOfColumn() {
    return rowOfColumn;
  }

  /** Makes room for {@code rows x columns}. */
  void shape(int rows, int columns) {
    if (rows == n && columns == m) {
      return;
    }
    n = rows;
    m = columns;
    u = new double[n];
    v = new double[m];
    columnOfRow = new int[n];
    rowOfColumn = new int[m];
    distance = new double[m];
    cameFrom = new int[m];
    order = new int[m];
    scannedRows = new int[n];
  }

  /** Solves from nothing. Returns null, or the rows of a violated Hall condition. */
  int[] solve(double[] matrix) {
    cost = matrix;
    Arrays.fill(v, 0);
    Arrays.fill(columnOfRow, -1);
    Arrays.fill(rowOfColumn, -1);
    return augmentAll();
  }

  /** Solves from the matching and the column duals held now. Returns null, or the rows of a violated Hall condition. */
  int[] resolve(double[] matrix) {
    cost = matrix;
    for (int i = 0; i < n; i++) {
      int kept = columnOfRow[i];
      if (kept >= 0 && !(cost[i * m + kept] - v[kept] <= least(i))) {
        columnOfRow[i] = -1;
        rowOfColumn[kept] = -1;
      }
    }
    if (n < m) {
      clearSparedDuals();
    }
    return augmentAll();
  }

  private void clearSparedDuals() {
    boolean raised = true;
    while (raised) {
      raised = false;
      for (int j = 0; j < m; j++) {
        if (rowOfColumn[j] < 0 && v[j] != 0) {
          v[j] = 0;
          raised = true;
        }
      }
      for (int i = 0; raised && i < n; i++) {
        int kept = columnOfRow[i];
        if (kept >= 0 && !(cost[i * m + kept] - v[kept] <= least(i))) {
          columnOfRow[i] = -1;
          rowOfColumn[kept] = -1;
        }
      }
    }
  }

  private double least(int i) {
    double least = Double.POSITIVE_INFINITY;
    for (int j = 0, at = i * m; j < m; j++, at++) {
      least = Math.min(least, cost[at] - v[j]);
    }
    return least;
  }

  private int[] augmentAll() {
    for (int i = 0; i < n; i++) {
      if (columnOfRow[i] < 0) {
        int[] stuck = augment(i);
        if (stuck != null) {
          return stuck;
        }
      }
    }
    for (int i = 0; i < n; i++) {
      u[i] = cost[i * m + columnOfRow[i]] - v[columnOfRow[i]];
    }
    return null;
  }

  /** Dijkstra over reduced costs from a free row to the nearest free column; ties go to free, then low columns. */
  private int[] augment(int start) {
    for (int j = 0; j < m; j++) {
      order[j] = j;
      distance[j] = Double.POSITIVE_INFINITY;
    }
    int i = start;
    double reached = 0;
    int settled = 0;
    int scanned = 0;
    int sink = -1;
    while (sink < 0) {
      scannedRows[scanned++] = i;
      double base = i == start ? 0 : reached - (cost[i * m + columnOfRow[i]] - v[columnOfRow[i]]);
      double nearest = Double.POSITIVE_INFINITY;
      int at = -1;
      for (int k = settled; k < m; k++) {
        int j = order[k];
        double d = base + (cost[i * m + j] - v[j]);
        if (d < distance[j]) {
          distance[j] = d;
          cameFrom[j] = i;
        }
        if (distance[j] < nearest || distance[j] == nearest && at >= 0 && prefer(j, order[at])) {
          nearest = distance[j];
          at = k;
        }
      }
      if (at < 0) {
        return Arrays.copyOf(scannedRows, scanned);
      }
      reached = nearest;
      int j = order[at];
      order[at] = order[settled];
      order[settled++] = j;
      if (rowOfColumn[j] < 0) {
        sink = j;
      } else {
        i = rowOfColumn[j];
      }
    }
    for (int k = 0; k < settled; k++) {
      v[order[k]] -= reached - distance[order[k]];
    }
    flip(start, sink);
    return null;
  }

  private boolean prefer(int j, int other) {
    boolean free = rowOfColumn[j] < 0;
    boolean otherFree = rowOfColumn[other] < 0;
    return free == otherFree ? j < other : free;
  }

  private void flip(int start, int sink) {
    int j = sink;
    int i;
    do {
      i = cameFrom[j];
      rowOfColumn[j] = i;
      int next = columnOfRow[i];
      columnOfRow[i] = j;
      j = next;
    } while (i != start);
  }
}
