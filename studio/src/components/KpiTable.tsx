// Key figures by group: a row per figure, a column per group, the first group set off.

import { formatShared, readable, sharedDecimals } from "../lib/format";
import type { KpiMatrix } from "../lib/kpis";

export function KpiTable({ matrix }: { matrix: KpiMatrix }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Key figures by group">
      <table class="data kpis">
        <thead>
          <tr>
            <th scope="col">Key figure</th>
            {matrix.groups.map((group) => (
              <th scope="col" class="num" key={group}>
                {group}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.rows.map((row) => {
            const { values, unit } = readable(row.values, row.unit);
            const decimals = sharedDecimals(values);
            return (
              <tr key={row.key}>
                <th scope="row" title={row.note || undefined}>
                  {row.label}
                  {unit && <span class="unit"> {unit}</span>}
                </th>
                {values.map((value, g) => (
                  <td class="num" key={g}>
                    {formatShared(value, decimals)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
