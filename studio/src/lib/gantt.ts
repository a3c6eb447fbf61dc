// Gantt charts: which lane of its row a span takes, ticks of the time axis, the span under the cursor.

import type { Spans } from "../schema";
import { DURATION_STEPS, niceTicks } from "./scale";

export interface GanttLayout {
  lane: number[]; // [spans] within its row
  lanes: number[]; // [rows] at least 1
  byRow: number[][]; // [rows] span numbers, by start
  domain: [number, number]; // first start, last end
}

/** Spans that overlap in a row lie in lanes side by side: as few lanes as will do. */
export function ganttLayout(spans: Spans, rows: number): GanttLayout {
  const byRow: number[][] = Array.from({ length: rows }, () => []);
  const domain: [number, number] = [Infinity, -Infinity];
  spans.start.forEach((start, i) => {
    byRow[spans.row[i]].push(i);
    domain[0] = Math.min(domain[0], start);
    domain[1] = Math.max(domain[1], spans.end[i]);
  });
  const lane = new Array<number>(spans.start.length).fill(0);
  const lanes = byRow.map((list) => {
    list.sort((a, b) => spans.start[a] - spans.start[b] || a - b);
    const free: number[] = []; // [lanes] when it is free again
    for (const i of list) {
      const found = free.findIndex((until) => until <= spans.start[i] + 1e-6);
      lane[i] = found >= 0 ? found : free.length;
      free[lane[i]] = spans.end[i];
    }
    return Math.max(1, free.length);
  });
  return { lane, lanes, byRow, domain };
}

/** The span of a row that is at `time`, or within `slack` of it; in the lane at `across` (0 to 1) if that one has any. */
export function spanAt(layout: GanttLayout, spans: Spans, shown: (category: number) => boolean, row: number, across: number, time: number, slack: number): number | null {
  const lane = Math.floor(across * layout.lanes[row]);
  let best: number | null = null;
  let least = Infinity;
  for (const i of layout.byRow[row]) {
    if (!shown(spans.category[i])) continue;
    const off = Math.max(0, spans.start[i] - time, time - spans.end[i]);
    if (off > slack) continue;
    const score = off + (layout.lane[i] === lane ? 0 : 2 * slack + 1e-9);
    if (score <= least) [best, least] = [i, score];
  }
  return best;
}

/** Round times in [from, to], about `count`, and the step between them. Days begin at 0:00 UTC. */
export function timeTicks(from: number, to: number, count: number): { ticks: number[]; step: number } {
  const ticks = niceTicks(from, to, "s", count).filter((t) => t >= from && t <= to);
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : (DURATION_STEPS.find((s) => s >= (to - from) / Math.max(1, count)) ?? 86400);
  return { ticks, step };
}

/** `window` zoomed by a drag, or moved, within `domain`; no shorter than a ten-thousandth of it. */
export function zoomed(a: number, b: number, domain: readonly [number, number]): [number, number] | null {
  const from = Math.max(domain[0], Math.min(a, b));
  const to = Math.min(domain[1], Math.max(a, b));
  return to - from < (domain[1] - domain[0]) * 1e-4 ? null : [from, to];
}
