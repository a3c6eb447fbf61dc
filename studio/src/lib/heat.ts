// Layout and scaling of heat maps.

import type { HeatGroup, HeatScale } from "../schema";

export const HEAT_GAP = 20; // pixels between groups
const HEAD = 26; // pixels of a group's title
const MAX_CELL = 18;
const VIEW = 600; // pixels of height to stay within, if cells of MIN_CELL allow
const MIN_CELL = 3;

type Shape = Pick<HeatGroup, "columns"> & { cells: { length: number } };

export function heatRows(group: Shape): number {
  return Math.max(1, Math.ceil(group.cells.length / Math.max(1, group.columns || 1)));
}

/** Height of the groups laid out left to right and wrapped, like the page does it. */
function wrappedHeight(groups: readonly Shape[], cell: number, width: number): number {
  let [height, line, x] = [0, 0, 0];
  for (const group of groups) {
    const w = group.columns * cell;
    if (x > 0 && x + w > width) {
      height += line;
      [line, x] = [0, 0];
    }
    line = Math.max(line, heatRows(group) * cell + HEAD + HEAT_GAP);
    x += w + HEAT_GAP;
  }
  return height + line;
}

/** Pixels per cell: the largest at which every group fits the width and the whole map the view. */
export function heatCellSize(groups: readonly Shape[], width: number): number {
  const widest = Math.max(1, ...groups.map((g) => g.columns || 1));
  const fit = Math.floor(width / widest);
  for (let cell = Math.min(MAX_CELL, fit); cell > MIN_CELL; cell--) {
    if (wrappedHeight(groups, cell, width) <= VIEW) return cell;
  }
  return Math.max(1, Math.min(MIN_CELL, fit));
}

/** A value's place on the scale, in [0, 1]. */
export function heatShare(value: number, scale: Pick<HeatScale, "min" | "max">): number {
  return Math.min(Math.max((value - scale.min) / (scale.max - scale.min || 1), 0), 1);
}
