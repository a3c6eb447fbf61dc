// Thinning of long series to what a screen can show, without losing what a reader looks for.

/** Indices kept of a cumulative distribution: steps of at least 1/`levels` in p, and both ends. */
export function thinSteps(p: readonly number[], levels: number): number[] {
  if (p.length <= levels) return p.map((_, i) => i);
  const kept: number[] = [0];
  let last = p[0];
  for (let i = 1; i < p.length - 1; i++) {
    // Finer in the upper tail, where the 99th percentile is read.
    const step = Math.min(1 / levels, Math.max((1 - p[i]) / 20, 1e-5));
    if (p[i] - last >= step) {
      kept.push(i);
      last = p[i];
    }
  }
  kept.push(p.length - 1);
  return kept;
}

/**
 * Indices kept of several series over one time axis: in each of `buckets` equal runs of samples, the first and
 * the places of every series' minimum and maximum, so peaks survive and all series keep a common axis.
 */
export function thinExtremes(series: readonly (readonly (number | null)[])[], length: number, buckets: number): number[] {
  if (length <= buckets * 2) return Array.from({ length }, (_, i) => i);
  const kept = new Set<number>([0, length - 1]);
  for (let b = 0; b < buckets; b++) {
    const from = Math.floor((b * length) / buckets);
    const to = Math.floor(((b + 1) * length) / buckets);
    kept.add(from);
    for (const values of series) {
      let low = -1;
      let high = -1;
      for (let i = from; i < to; i++) {
        const v = values[i];
        if (v === null || v === undefined) {
          // The edges of a gap stay, or the line would bridge it.
          if (values[i - 1] != null || values[i + 1] != null) kept.add(i);
          continue;
        }
        if (low < 0 || v < values[low]!) low = i;
        if (high < 0 || v > values[high]!) high = i;
      }
      if (low >= 0) kept.add(low).add(high);
    }
  }
  return [...kept].sort((a, b) => a - b);
}
