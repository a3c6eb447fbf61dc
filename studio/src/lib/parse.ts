// From text to a Report the components can trust, or one sentence that says what is wrong.

import { SCHEMA, type Item, type Report, type Section, type Spans } from "../schema";

export type Parsed = { state: "report"; report: Report } | { state: "placeholder" } | { state: "error"; message: string };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown, otherwise = ""): string =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : otherwise;
const numberOrNull = (value: unknown): number | null => (typeof value === "number" ? value : null);

export function parseReport(source: string): Parsed {
  let data: unknown;
  try {
    data = JSON.parse(source);
  } catch (error) {
    return { state: "error", message: `The data is not valid JSON: ${(error as Error).message}.` };
  }
  if (!isObject(data)) return { state: "error", message: "The data is not a JSON object." };
  if (data.dure === "data") return { state: "placeholder" };
  if (data.schema !== SCHEMA) {
    return { state: "error", message: `This page reads schema ${SCHEMA}; the data says ${JSON.stringify(data.schema) ?? "none"}.` };
  }
  if (!isObject(data.run)) return { state: "error", message: 'The data has no "run" object.' };
  const report = data as unknown as Report;
  return {
    state: "report",
    report: {
      schema: SCHEMA,
      run: { ...report.run, title: text(data.run.title) || text(data.run.id, "Untitled run") },
      assumptions: list(data.assumptions).map((a) => text(a)).filter((a) => a !== ""),
      kpis: list(data.kpis)
        .filter(isObject)
        .map((k) => ({
          group: text(k.group),
          key: text(k.key) || text(k.label),
          label: text(k.label) || text(k.key),
          value: numberOrNull(k.value),
          unit: text(k.unit),
          note: text(k.note),
        })),
      sections: list(data.sections).filter(isObject).map(section),
    },
  };
}

function section(data: Record<string, unknown>): Section {
  return { title: text(data.title), intro: text(data.intro), items: list(data.items).filter(isObject).map(item) };
}

/** Fills in the arrays that charts index, so a short or absent one shows as missing values. */
function item(data: Record<string, unknown>): Item {
  const filled: Record<string, unknown> = { ...data, title: text(data.title) };
  for (const key of ["time", "series", "categories", "groups", "columns", "rows"]) filled[key] = list(data[key]);
  if (data.kind === "cdf") {
    filled.series = list(data.series).filter(isObject).map((s) => ({ label: text(s.label), x: list(s.x), p: list(s.p) }));
  } else if (data.kind === "xy") {
    filled.series = list(data.series).filter(isObject).map((s) => ({
      label: text(s.label),
      x: list(s.x),
      y: list(s.y),
      ...(Array.isArray(s.lo) && Array.isArray(s.hi) && { lo: s.lo, hi: s.hi }),
    }));
  } else {
    filled.series = list(data.series).filter(isObject).map((s) => ({ label: text(s.label), values: list(s.values) }));
  }
  if (data.kind === "heatmap") {
    const scale = isObject(data.scale) ? data.scale : {};
    filled.scale = { ...scale, label: text(scale.label), min: numberOrNull(scale.min) ?? 0, max: numberOrNull(scale.max) ?? 1 };
    filled.groups = list(data.groups).filter(isObject).map((g) => ({ ...g, label: text(g.label), cells: list(g.cells) }));
  }
  if (data.kind === "gantt") filled.spans = spans(data);
  if (data.kind === "film") {
    for (const key of ["marks", "lines", "states"]) filled[key] = list(data[key]);
    for (const key of ["cells", "thing", "x", "y", "heading", "state"]) filled[key] = text(data[key]);
    for (const key of ["width", "height", "things", "size"]) filled[key] = Math.max(0, numberOrNull(data[key]) ?? 0);
    filled.per_unit = numberOrNull(data.per_unit) || 1;
  }
  return filled as unknown as Item;
}

/** Only spans that are whole: on a row, in a category, from a time to a later one. */
function spans(data: Record<string, unknown>): Spans {
  const from = isObject(data.spans) ? data.spans : {};
  const [row, category, start, end, labels] = ["row", "category", "start", "end", "label"].map((key) => list(from[key]));
  const [rows, categories] = [list(data.rows).length, list(data.categories).length];
  const index = (value: unknown, count: number): boolean => Number.isInteger(value) && (value as number) >= 0 && (value as number) < count;
  const out: Spans = { row: [], category: [], start: [], end: [], label: [] };
  start.forEach((at, i) => {
    const until = end[i];
    if (!index(row[i], rows) || !index(category[i], categories)) return;
    if (typeof at !== "number" || typeof until !== "number" || !(until >= at)) return;
    out.row.push(row[i] as number);
    out.category.push(category[i] as number);
    out.start.push(at);
    out.end.push(until);
    out.label.push(text(labels[i]));
  });
  return out;
}
