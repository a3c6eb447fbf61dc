// An item's data as CSV (RFC 4180), in the engine's own units.

import type { Cell, Item } from "../schema";
import { decodeFilm } from "./film";

export function toCsv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map(field).join(",") + "\r\n").join("");
}

function field(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

const head = (label: string, unit?: string): string => (unit ? `${label} (${unit})` : label);

export function itemRows(item: Item, calendar: boolean): Cell[][] {
  switch (item.kind) {
    case "time":
      return [
        [calendar ? "time (UTC)" : "time (s)", ...item.series.map((s) => head(s.label, item.unit))],
        ...item.time.map((t, i) => [calendar ? new Date(t * 1000).toISOString() : t, ...item.series.map((s) => s.values[i] ?? null)]),
      ];
    case "cdf":
      return [
        ["series", head(item.x_label ?? "x", item.x_unit), "p"],
        ...item.series.flatMap((s) => s.x.map((x, i): Cell[] => [s.label, x, s.p[i] ?? null])),
      ];
    case "bars":
      return [
        ["category", ...item.series.map((s) => head(s.label, item.unit))],
        ...item.categories.map((c, i) => [c, ...item.series.map((s) => s.values[i] ?? null)]),
      ];
    case "heatmap": {
      // Cells of a map lie where they are; others are only counted.
      const map = item.groups.some((g) => g.map);
      const place = (columns: number, i: number): Cell[] => (map ? [i % columns, Math.floor(i / columns)] : [i]);
      return [
        ["group", ...(map ? ["column", "row"] : ["index"]), head(item.scale.label, item.scale.unit)],
        ...item.groups.flatMap((g) => g.cells.map((v, i): Cell[] => [g.label, ...place(g.columns, i), v])),
      ];
    }
    case "xy":
      return [
        ["series", head(item.x_label ?? "x", item.x_unit), head(item.y_label ?? "y", item.y_unit), "low", "high"],
        ...item.series.flatMap((s) => s.x.map((x, i): Cell[] => [s.label, x, s.y[i] ?? null, s.lo?.[i] ?? null, s.hi?.[i] ?? null])),
      ];
    case "gantt": {
      const { spans } = item;
      const when = (t: number): Cell => (calendar ? new Date(t * 1000).toISOString() : t);
      return [
        ["row", "category", calendar ? "start (UTC)" : "start (s)", calendar ? "end (UTC)" : "end (s)", "label"],
        ...spans.start.map((t, i): Cell[] => [item.rows[spans.row[i]] ?? null, item.categories[spans.category[i]] ?? null, when(t), when(spans.end[i]), spans.label[i] ?? ""]),
      ];
    }
    case "film": {
      const film = decodeFilm(item);
      const frames = item.time.length;
      return [
        [item.thing || "thing", calendar ? "time (UTC)" : "time (s)", "x", "y", "heading (degrees)", "state"],
        ...Array.from({ length: film.things * frames }, (_, i): Cell[] => {
          const t = item.time[i % frames];
          return [Math.floor(i / frames), calendar ? new Date(t * 1000).toISOString() : t, film.x[i], film.y[i], film.heading[i] * 22.5, item.states[film.state[i]] ?? null];
        }),
      ];
    }
    case "table":
      return [item.columns.map((c) => head(c.label, c.unit)), ...item.rows];
  }
}
