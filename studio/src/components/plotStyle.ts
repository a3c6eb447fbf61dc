// The look of uPlot charts: axes and cursors that follow the theme.

import type uPlot from "uplot";
import { theme } from "../theme";

const FONT = "12px system-ui, sans-serif";
const INK = (): string => theme.value.muted;
const GRID = (): string => theme.value.grid;

type Labels = (ticks: number[], step: number) => (string | null)[];

export function valueAxis(labels: Labels): uPlot.Axis {
  return {
    font: FONT,
    stroke: INK,
    grid: { stroke: GRID, width: 1 },
    ticks: { show: false },
    gap: 6,
    space: 30,
    size: (u, values) => {
      u.ctx.font = FONT;
      return Math.max(40, ...(values ?? []).map((v) => Math.ceil(u.ctx.measureText(v).width) + 14));
    },
    values: (_u, ticks, _axis, _space, step) => labels(ticks, step),
  };
}

export function baseAxis(labels: Labels, more: Partial<uPlot.Axis> = {}): uPlot.Axis {
  return {
    font: FONT,
    labelFont: FONT,
    labelSize: 20,
    stroke: INK,
    grid: { show: false },
    ticks: { stroke: GRID, width: 1, size: 5 },
    gap: 4,
    space: 64,
    size: (_u, values) => ((values ?? []).some((v) => String(v).includes("\n")) ? 42 : 26),
    values: (_u, ticks, _axis, _space, step) => labels(ticks, step),
    ...more,
  };
}

/** Points only where a line cannot show a value: few samples, or one alone between gaps. */
export const loneSamples: uPlot.Series.Points = {
  size: 5,
  show: (_u, _series, from, to) => to - from < 24,
  filter: (u, series, show) => {
    if (show) return null;
    const values = u.data[series];
    const lone: number[] = [];
    for (let i = 0; i < values.length; i++) {
      if (values[i] != null && values[i - 1] == null && values[i + 1] == null) lone.push(i);
    }
    return lone.length > 0 ? lone : null;
  },
};
