// Running sums for stacked areas and bars.

type Values = readonly (number | null)[];

/** Each series plus all before it. A missing value counts as 0, unless every series misses it. */
export function stack(series: readonly Values[], length: number): (number | null)[][] {
  const sum = new Array<number>(length).fill(0);
  const missing = Array.from({ length }, (_, i) => series.every((values) => values[i] == null));
  return series.map((values) =>
    Array.from({ length }, (_, i) => {
      sum[i] += values[i] ?? 0;
      return missing[i] ? null : sum[i];
    }),
  );
}

export interface Extent {
  from: number;
  to: number;
}

/** The ends of each bar in each category; positive and negative values pile up on either side of zero. */
export function barExtents(series: readonly Values[], categories: number, stacked: boolean): (Extent | null)[][] {
  const above = new Array<number>(categories).fill(0);
  const below = new Array<number>(categories).fill(0);
  return series.map((values) =>
    Array.from({ length: categories }, (_, i) => {
      const value = values[i];
      if (value === null || value === undefined) return null;
      if (!stacked) return { from: 0, to: value };
      const pile = value >= 0 ? above : below;
      const from = pile[i];
      pile[i] += value;
      return { from, to: pile[i] };
    }),
  );
}

/** Numbered categories ("2026 H1", "3–4 h", "≥ 4 h") need not all be named; names that only hold a number ("Etch_2") do. */
export function isSequence(categories: readonly string[]): boolean {
  return categories.length > 8 && categories.every((c) => /^[<>≤≥\s-]*\d/.test(c));
}
