// The data contract between the engine and this page: everything the page knows about the engine.
// It speaks of runs, key figures, charts and tables, never of GPUs, wafers or robots.
// Additions that old pages may ignore keep `schema` at 1; anything else raises it.

export const SCHEMA = 1;

export interface Report {
  schema: number;
  run: Run;
  /** What the run takes for granted, one sentence each. */
  assumptions?: string[];
  kpis?: Kpi[];
  sections?: Section[];
}

export interface Run {
  id?: string;
  title: string;
  scenario?: string;
  world?: string;
  policy?: string;
  seed?: number | string;
  /** ISO 8601 in UTC. With `calendar: false`, seconds from 0 are welcome too. */
  start?: string | number;
  end?: string | number;
  events?: number;
  cpu_s?: number;
  wall_s?: number;
  digest?: string;
  version?: string;
  /** The shell command that repeats the run. */
  command?: string;
  /** false: times are seconds from the start of the run, not dates. Default true. */
  calendar?: boolean;
}

/** One key figure of one group (an owner, a line, a cell). The same `key` in several groups makes a row. */
export interface Kpi {
  group: string;
  key: string;
  label: string;
  /** A duration has the unit "s" and is shown in the unit that reads best. */
  value: number | null;
  unit?: string;
  note?: string;
}

export interface Section {
  title: string;
  intro?: string;
  items?: Item[];
}

export type Item = TimeItem | CdfItem | BarsItem | HeatMapItem | XyItem | GanttItem | FilmItem | TableItem;

interface ItemBase {
  title: string;
  note?: string;
  /** What to say instead of an empty chart, such as "no jobs finished". */
  empty?: string;
}

/** Lines, or stacked areas, over time. */
export interface TimeItem extends ItemBase {
  kind: "time";
  unit?: string;
  time: number[]; // [points] unix seconds, or seconds from 0 if not calendar; ascending
  series: Series[]; // each [points]
  stacked?: boolean;
  /** Top of the value axis, such as 100 for a percentage. */
  max?: number;
}

/** Cumulative distributions. */
export interface CdfItem extends ItemBase {
  kind: "cdf";
  x_label?: string;
  x_unit?: string;
  log_x?: boolean;
  series: CdfSeries[];
}

/** Bars per category, side by side or stacked. */
export interface BarsItem extends ItemBase {
  kind: "bars";
  unit?: string;
  categories: string[]; // [categories]
  series: Series[]; // each [categories]
  stacked?: boolean;
}

/** A coloured cell per thing (node, tool, cell site), group by group. */
export interface HeatMapItem extends ItemBase {
  kind: "heatmap";
  scale: HeatScale;
  groups: HeatGroup[];
}

/** Lines of y against x: an operating curve, a trade-off. */
export interface XyItem extends ItemBase {
  kind: "xy";
  x_label?: string;
  x_unit?: string;
  y_label?: string;
  y_unit?: string;
  series: XySeries[];
}

/** Spans of time on rows: what each tool did, where a lot was. */
export interface GanttItem extends ItemBase {
  kind: "gantt";
  rows: string[];
  categories: string[];
  spans: Spans;
}

/** Things that move about a floor seen from above. Lengths are in units: a cell where there are cells, else metres, say. */
export interface FilmItem extends ItemBase {
  kind: "film";
  width: number;
  height: number;
  /** The floor's cells row by row: "." floor, "#" wall, "a" to "z" marks[0] and so on, each after the length of its run if over 1: "12#3.a". May be empty. */
  cells: string;
  marks: string[];
  lines: number[]; // [4 lines] x and y of both ends
  states: string[]; // at most 16; a thing's state is its colour
  /** A thing's length. */
  size: number;
  /** What a thing is, such as "robot". */
  thing: string;
  things: number;
  per_unit: number;
  time: number[]; // [frames] seconds, as in TimeItem; ascending
  // [things][frames] each, one thing after another, as differences in text: see lib/film.ts and the engine's kernel/delta_text.h
  /** Of the centre, in 1 / per_unit; the left top corner is 0, 0. */
  x: string;
  y: string;
  /** In sixteenths of a turn, clockwise from east. */
  heading: string;
  /** Index into states. */
  state: string;
}

export interface TableItem extends ItemBase {
  kind: "table";
  columns: Column[];
  rows: Cell[][]; // [rows][columns]
}

export interface Series {
  label: string;
  values: (number | null)[];
}

export interface CdfSeries {
  label: string;
  x: number[]; // [points] ascending
  p: number[]; // [points] share at or below x, in [0, 1], ascending
}

export interface XySeries {
  label: string;
  x: (number | null)[]; // [points] joined in this order
  y: (number | null)[]; // [points]
  /** Ends of the error bars. */
  lo?: (number | null)[]; // [points]
  hi?: (number | null)[]; // [points]
}

/** Later spans are drawn over earlier ones in the same lane; spans of a row that overlap share its height. */
export interface Spans {
  row: number[]; // [spans] index into rows
  category: number[]; // [spans] index into categories
  start: number[]; // [spans] seconds, as in TimeItem
  end: number[]; // [spans]
  label: string[]; // [spans]
}

export interface HeatScale {
  label: string;
  unit?: string;
  min: number;
  max: number;
  /** What a null cell means. Default "not installed". */
  null_label?: string;
}

export interface HeatGroup {
  label: string;
  /** Cells per row. */
  columns: number;
  cells: (number | null)[]; // [cells] row by row
  /** What a cell is, such as "node". */
  cell_label?: string;
  /** Cells lie where they are, and are called by column and row. */
  map?: boolean;
}

export interface Column {
  label: string;
  unit?: string;
  align?: "left" | "right";
}

export type Cell = string | number | null;
