// XY charts: the extent of both axes, the point nearest to the cursor.

import type { XySeries } from "../schema";
import { niceTicks, valueRange } from "./scale";

export interface XyPoint {
  series: number;
  index: number;
  x: number;
  y: number;
}

const real = (v: number | null | undefined): v is number => typeof v === "number" && Number.isFinite(v);

/** Points that can be drawn, series by series. */
export function xyPoints(series: readonly XySeries[], shown: readonly number[]): XyPoint[] {
  return shown.flatMap((s) =>
    series[s].x.flatMap((x, index) => {
      const y = series[s].y[index];
      return real(x) && real(y) ? [{ series: s, index, x, y }] : [];
    }),
  );
}

/** Ticks of both axes; the first and the last are the ends. x starts where its values do, y at zero unless far from it. */
export function xyTicks(series: readonly XySeries[], points: readonly XyPoint[], xUnit = "", yUnit = "", xCount = 6): { x: number[]; y: number[] } {
  const xs = points.map((p) => p.x);
  const ys = points.flatMap((p) => [p.y, series[p.series].lo?.[p.index], series[p.series].hi?.[p.index]]).filter(real);
  const least = (values: number[]): number | null => (values.length > 0 ? values.reduce((a, b) => Math.min(a, b)) : null);
  const most = (values: number[]): number | null => (values.length > 0 ? values.reduce((a, b) => Math.max(a, b)) : null);
  const [x0, x1] = [least(xs) ?? 0, most(xs) ?? 1];
  const [xLow, xHigh] = x0 < x1 ? [x0, x1] : valueRange(x0, x1, xUnit);
  return { x: niceTicks(xLow, xHigh, xUnit, xCount), y: niceTicks(...valueRange(least(ys), most(ys), yUnit), yUnit) };
}

/** The point nearest to a place on the screen, no further than `reach` pixels. */
export function nearestPoint(points: readonly XyPoint[], place: (p: XyPoint) => readonly [number, number], at: readonly [number, number], reach: number): XyPoint | null {
  let best: XyPoint | null = null;
  let least = reach * reach;
  for (const point of points) {
    const [x, y] = place(point);
    const distance = (x - at[0]) ** 2 + (y - at[1]) ** 2;
    if (distance <= least) [best, least] = [point, distance];
  }
  return best;
}
