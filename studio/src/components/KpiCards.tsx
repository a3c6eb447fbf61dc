// Headline figures: one group's key figures, large.

import { formatHeadline, MISSING, readable } from "../lib/format";
import type { KpiRow } from "../lib/kpis";

export function KpiCards({ rows, group }: { rows: readonly KpiRow[]; group: number }) {
  return (
    <dl class="kpi-cards">
      {rows
        .filter((row) => row.values[group] !== null || row.values.every((value) => value === null))
        .map((row) => {
          const { values, unit } = readable([row.values[group]], row.unit);
          const value = values[0] === null ? MISSING : formatHeadline(values[0]);
          return (
            <div class="kpi-card" key={row.key}>
              <dt>{row.label}</dt>
              <dd>
                <span class="kpi-value">{value}</span>
                <span class="kpi-unit">{unit === "%" ? "%" : ` ${unit}`}</span>
                {row.note && <span class="kpi-note">{row.note}</span>}
              </dd>
            </div>
          );
        })}
    </dl>
  );
}
