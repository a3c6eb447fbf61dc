// Ordering of table rows by one column.

import type { Cell } from "../schema";

export interface SortBy {
  column: number;
  descending: boolean;
}

/** Row numbers in order: numbers before text, blanks last either way, equal rows in their original order. */
export function sortRows(rows: readonly Cell[][], by: SortBy | null): number[] {
  const order = rows.map((_, i) => i);
  if (!by) return order;
  const sign = by.descending ? -1 : 1;
  return order.sort((a, b) => compare(rows[a][by.column] ?? null, rows[b][by.column] ?? null, sign));
}

function compare(a: Cell, b: Cell, sign: number): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return sign * String(a).localeCompare(String(b), "en", { numeric: true });
}

/** A click on a header: largest first for numbers, A to Z for text, then the other way, then as given. */
export function nextSort(current: SortBy | null, column: number, numeric: boolean): SortBy | null {
  if (current?.column !== column) return { column, descending: numeric };
  return current.descending === numeric ? { column, descending: !numeric } : null;
}
