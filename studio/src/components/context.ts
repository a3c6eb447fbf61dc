// What charts of one page share: colours by label, the kind of time axis, the cursor and the zoom.

import { signal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import type { Slot } from "../lib/colors";

export interface PlotGroup {
  /** Charts with the same key move their time cursors together. */
  key: string;
  /** The zoomed stretch of time, null for all of it. */
  window: Signal<[number, number] | null>;
}

export interface ChartContext {
  calendar: boolean;
  slots: ReadonlyMap<string, Slot>;
  group: PlotGroup | null;
}

let groups = 0;

export function plotGroup(): PlotGroup {
  return { key: `group-${++groups}`, window: signal(null) };
}

export const Charts = createContext<ChartContext>({ calendar: true, slots: new Map(), group: null });
