// A table whose headers sort it.

import { useMemo, useState } from "preact/hooks";
import { formatShared, MISSING, readable, sharedDecimals } from "../lib/format";
import { nextSort, sortRows, type SortBy } from "../lib/sort";
import type { Cell, TableItem } from "../schema";
import { Card } from "./Card";
import { CsvButton } from "./CsvButton";
import { Empty } from "./Empty";

const FIRST_ROWS = 200;
const WIDE = 68; // characters a half-width card has room for

export function DataTable({ item }: { item: TableItem }) {
  const [sort, setSort] = useState<SortBy | null>(null);
  const [all, setAll] = useState(false);
  const columns = useMemo(
    () =>
      item.columns.map((column, c) => {
        const cells = item.rows.map((row) => row[c] ?? null);
        const numbers = cells.filter((v): v is number => typeof v === "number");
        const numeric = numbers.length > 0 && cells.every((v) => v === null || typeof v === "number");
        const { values, unit } = readable(numeric ? (cells as (number | null)[]) : [], column.unit);
        const decimals = sharedDecimals(numeric ? values : numbers);
        const text = cells.map((cell, r) => cellText(numeric ? values[r] : cell, decimals));
        const width = text.reduce((most, t) => Math.max(most, t.length), column.label.length + unit.length + 1);
        return { label: column.label, unit, numeric, right: column.align ? column.align === "right" : numeric, text, width };
      }),
    [item],
  );
  const rows = useMemo(() => sortRows(item.rows, sort), [item, sort]); // row numbers
  const shown = all ? rows : rows.slice(0, FIRST_ROWS);
  if (item.rows.length === 0) {
    return (
      <Card title={item.title} note={item.note}>
        <Empty reason={item.empty} />
      </Card>
    );
  }
  return (
    <Card title={item.title} note={item.note} wide={columns.reduce((sum, c) => sum + c.width + 3, 0) > WIDE} actions={<CsvButton item={item} />}>
      <div class="scroll tall" tabIndex={0} role="region" aria-label={item.title}>
        <table class="data">
          <thead>
            <tr>
              {columns.map((column, c) => {
                const order = sort?.column === c ? (sort.descending ? "descending" : "ascending") : undefined;
                return (
                  <th key={c} scope="col" class={column.right ? "num" : ""} aria-sort={order}>
                    <button type="button" onClick={() => setSort(nextSort(sort, c, column.numeric))}>
                      {column.label}
                      {column.unit && <span class="unit"> {column.unit}</span>}
                      <span class="order" aria-hidden="true">
                        {order === "descending" ? "▼" : order === "ascending" ? "▲" : ""}
                      </span>
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row}>
                {columns.map((column, c) => (
                  <td key={c} class={column.right ? "num" : ""}>
                    {column.text[row]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < rows.length && (
        <button type="button" class="quiet" onClick={() => setAll(true)}>
          Show all {rows.length.toLocaleString("en-US")} rows
        </button>
      )}
    </Card>
  );
}

function cellText(cell: Cell, decimals: number): string {
  return typeof cell === "number" ? formatShared(cell, decimals) : (cell ?? MISSING);
}
