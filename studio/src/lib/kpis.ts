// Key figures as a matrix: a row per key, a column per group, both in order of first appearance.

import type { Kpi } from "../schema";

export interface KpiRow {
  key: string;
  label: string;
  unit: string;
  note: string;
  values: (number | null)[]; // [groups]; null where the group lacks the figure
}

export interface KpiMatrix {
  groups: string[];
  rows: KpiRow[];
}

export function kpiMatrix(kpis: readonly Kpi[]): KpiMatrix {
  const groups = [...new Set(kpis.map((kpi) => kpi.group))];
  const column = new Map(groups.map((group, i) => [group, i]));
  const rows = new Map<string, KpiRow>();
  for (const kpi of kpis) {
    let row = rows.get(kpi.key);
    if (!row) {
      row = { key: kpi.key, label: kpi.label, unit: kpi.unit ?? "", note: kpi.note ?? "", values: groups.map(() => null) };
      rows.set(kpi.key, row);
    }
    row.note ||= kpi.note ?? "";
    row.values[column.get(kpi.group)!] = kpi.value;
  }
  return { groups, rows: [...rows.values()] };
}
