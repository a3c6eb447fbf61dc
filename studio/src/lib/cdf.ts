// Cumulative distributions brought onto one x axis, and read off.

import type { CdfSeries } from "../schema";
import { thinSteps } from "./decimate";

const LEVELS = 500;

export interface CdfGrid {
  x: number[]; // [points]
  p: number[][]; // [series][points]
}

/** Every series as a step function on the union of their steps within [low, high]; what lies below `low` counts at `low`. */
export function cdfGrid(series: readonly CdfSeries[], low: number, high: number): CdfGrid {
  const thinned = series.map(({ x, p }) => thinSteps(p, LEVELS).map((i) => ({ x: x[i], p: p[i] })));
  const all = new Set<number>([low, high]);
  for (const points of thinned) for (const point of points) if (point.x > low && point.x < high) all.add(point.x);
  const x = [...all].sort((a, b) => a - b);
  const p = thinned.map((points) => {
    let next = 0;
    let value = 0;
    return x.map((at) => {
      while (next < points.length && points[next].x <= at) value = points[next++].p;
      return value;
    });
  });
  return { x, p };
}

/** The smallest x with at least the share `q` at or below it; null if the series never gets there. */
export function quantile(series: CdfSeries, q: number): number | null {
  const index = series.p.findIndex((p) => p >= q - 1e-12);
  return index < 0 ? null : series.x[index];
}
