// Axis arithmetic: nice steps, linear maps, ticks of duration and logarithmic axes.

/** The smallest of 1, 2, 2.5, 5 × 10ⁿ that is at least `step`. */
export function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  for (const factor of [1, 2, 2.5, 5]) {
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

/** About `count` round ticks that cover [min, max]; round in minutes, hours and days if the unit is "s". */
export function niceTicks(min: number, max: number, unit = "", count = 5): number[] {
  if (!(max > min)) return [min];
  const atLeast = (max - min) / Math.max(1, count);
  const step = (unit === "s" && DURATION_STEPS.find((s) => s >= atLeast * (1 - 1e-9))) || niceStep(atLeast);
  const first = Math.floor(min / step + 1e-9);
  const last = Math.ceil(max / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** The extent of a value axis: from zero unless the data is far from it, ending on a tick. */
export function valueRange(min: number | null, max: number | null, unit = "", top?: number): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, top ?? 1];
  if (top !== undefined) return [Math.min(0, min), Math.max(top, max)];
  let low = min;
  let high = max;
  if (low >= 0 && low < 0.7 * high) low = 0;
  else if (high <= 0 && high > 0.7 * low) high = 0;
  if (low === high) return low === 0 ? [0, 1] : low > 0 ? [0, niceTicks(0, low * 1.2, unit).pop()!] : [niceTicks(low * 1.2, 0, unit)[0], 0];
  const ticks = niceTicks(low, high, unit);
  return [ticks[0], ticks[ticks.length - 1]];
}

export function linear(domain: readonly [number, number], range: readonly [number, number]): (value: number) => number {
  const slope = (range[1] - range[0]) / (domain[1] - domain[0] || 1);
  return (value) => range[0] + (value - domain[0]) * slope;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

/** Steps between ticks of a linear duration axis. */
export const DURATION_STEPS: readonly number[] = [
  ...[-9, -8, -7, -6, -5, -4, -3, -2, -1].flatMap((e) => [1, 2, 5].map((f) => Number(`${f}e${e}`))),
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((m) => m * MINUTE),
  ...[1, 2, 3, 6, 12].map((h) => h * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((d) => d * DAY),
];

const DURATION_MARKS: readonly number[] = [
  ...[-9, -8, -7, -6, -5, -4, -3, -2, -1].map((e) => Number(`1e${e}`)),
  1,
  10,
  MINUTE,
  10 * MINUTE,
  HOUR,
  6 * HOUR,
  DAY,
  7 * DAY,
  30 * DAY,
  365.25 * DAY,
  3652.5 * DAY,
];

/** Marks of a logarithmic duration axis within [min, max], at least `gap` decades apart: 1 s, 1 min, 1 h, 1 d before the rest. */
export function durationMarks(min: number, max: number, gap: number): number[] {
  const inside = DURATION_MARKS.filter((m) => m >= min * (1 - 1e-9) && m <= max * (1 + 1e-9));
  const major = new Set([1e-9, 1e-6, 1e-3, 1, MINUTE, HOUR, DAY, 30 * DAY, 365.25 * DAY]);
  const kept: number[] = [];
  const place = (mark: number): void => {
    if (kept.every((k) => Math.abs(Math.log10(k / mark)) >= gap)) kept.push(mark);
  };
  inside.filter((m) => major.has(m)).forEach(place);
  inside.filter((m) => !major.has(m)).forEach(place);
  return kept.sort((a, b) => a - b);
}

/** Powers of ten in [min, max], with 2 and 5 between them where there is room. */
export function decadeMarks(min: number, max: number, gap: number): number[] {
  const marks: number[] = [];
  const factors = gap < 0.3 ? [1, 2, 5] : [1];
  const skip = Math.max(1, Math.ceil(gap));
  for (let e = Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e++) {
    if (e % skip !== 0) continue;
    for (const factor of factors) {
      const mark = factor * 10 ** e;
      if (mark >= min * (1 - 1e-9) && mark <= max * (1 + 1e-9)) marks.push(mark);
    }
  }
  return marks;
}

/** The domain of a logarithmic axis: every positive value, but no more than `decades` below the largest. */
export function logDomain(values: readonly number[], decades = 8): [number, number] | null {
  let low = Infinity;
  let high = 0;
  for (const v of values) {
    if (v > 0 && v < low) low = v;
    if (v > high && Number.isFinite(v)) high = v;
  }
  if (high === 0) return null;
  low = Math.max(low, high / 10 ** decades);
  if (high / low < 10) {
    const middle = Math.sqrt(low * high);
    return [middle / 4, middle * 4];
  }
  return [low, high];
}
