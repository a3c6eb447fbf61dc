// Which series a legend has switched off.

import { useMemo, useState } from "preact/hooks";

export interface Hidden {
  has(index: number): boolean;
  /** Switches one series; with `only`, shows nothing but it. Hiding the last one shows all. */
  toggle(index: number, only: boolean): void;
}

export function useHidden(count: number): Hidden {
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  return useMemo(
    () => ({
      has: (index) => hidden.has(index),
      toggle(index, only) {
        const all = Array.from({ length: count }, (_, i) => i);
        const next = new Set(hidden);
        if (only) {
          const alone = !hidden.has(index) && hidden.size === count - 1;
          all.forEach((i) => (alone || i === index ? next.delete(i) : next.add(i)));
        } else if (!next.delete(index)) {
          next.add(index);
        }
        setHidden(next.size >= count ? new Set() : next);
      },
    }),
    [hidden, count],
  );
}
