// Headline cards of the first group, then every figure by group.

import { KpiCards } from "../components/KpiCards";
import { KpiTable } from "../components/KpiTable";
import type { KpiMatrix } from "../lib/kpis";

export function KeyFigures({ matrix }: { matrix: KpiMatrix }) {
  return (
    <section id="figures">
      <h2>
        Key figures{matrix.groups[0] && <span class="of"> {matrix.groups[0]}</span>}
      </h2>
      <KpiCards rows={matrix.rows} group={0} />
      {matrix.groups.length > 1 && (
        <div class="card">
          <KpiTable matrix={matrix} />
        </div>
      )}
    </section>
  );
}
