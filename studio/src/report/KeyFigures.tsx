// The first figures of the first group as headline cards, then every figure by group. A world names
// its most important figures first.

import { KpiCards } from "../components/KpiCards";
import { KpiTable } from "../components/KpiTable";
import type { KpiMatrix } from "../lib/kpis";

const HEADLINES = 6;

export function KeyFigures({ matrix }: { matrix: KpiMatrix }) {
  return (
    <section id="figures">
      <h2>
        Key figures{matrix.groups[0] && <span class="of"> {matrix.groups[0]}</span>}
      </h2>
      <KpiCards rows={matrix.rows.slice(0, HEADLINES)} group={0} />
      {(matrix.groups.length > 1 || matrix.rows.length > HEADLINES) && (
        <div class="card">
          <KpiTable matrix={matrix} />
        </div>
      )}
    </section>
  );
}
