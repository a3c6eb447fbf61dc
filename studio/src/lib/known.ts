// Colours that hold across the whole page: a group keeps its colour in every chart.

import type { Section } from "../schema";
import { INK, type Slot } from "./colors";

/** The groups of the key figures, then those of heat maps, in order; the first group, the whole beside its parts, is INK. */
export function knownSlots(kpiGroups: readonly string[], sections: readonly Section[]): Map<string, Slot> {
  const slots = new Map<string, Slot>();
  if (kpiGroups.length > 1) slots.set(kpiGroups[0], INK);
  const heat = sections.flatMap((s) => s.items ?? []).flatMap((item) => (item.kind === "heatmap" ? item.groups.map((g) => g.label) : []));
  let next = 0;
  for (const label of [...kpiGroups.slice(1), ...heat]) {
    if (!slots.has(label)) slots.set(label, next++);
  }
  return slots;
}
