// A whole report: header, key figures, sections, assumptions, how to repeat it.

import { useEffect, useMemo } from "preact/hooks";
import { Charts, plotGroup, type ChartContext } from "../components/context";
import { ItemView } from "../components/ItemView";
import { ThemeToggle } from "../components/ThemeToggle";
import { kpiMatrix } from "../lib/kpis";
import { knownSlots } from "../lib/known";
import type { Report } from "../schema";
import { Header } from "./Header";
import { KeyFigures } from "./KeyFigures";
import { Reproduce } from "./Reproduce";

export function ReportView({ report }: { report: Report }) {
  const { run, kpis = [], sections = [], assumptions = [] } = report;
  const matrix = useMemo(() => kpiMatrix(kpis), [kpis]);
  const charts = useMemo<ChartContext>(
    () => ({ calendar: run.calendar !== false, slots: knownSlots(matrix.groups, sections), group: plotGroup() }),
    [report],
  );
  useEffect(() => {
    document.title = `${run.title} · Dure report`;
  }, [run.title]);

  const parts = [
    ...(matrix.rows.length > 0 ? [{ id: "figures", title: "Key figures" }] : []),
    ...sections.map((section, i) => ({ id: `section-${i + 1}`, title: section.title })),
    ...(assumptions.length > 0 ? [{ id: "assumptions", title: "Assumptions" }] : []),
    { id: "reproduce", title: "Reproduce" },
  ];
  return (
    <Charts.Provider value={charts}>
      <nav class="bar" aria-label="Sections">
        <div class="bar-links">
          {parts.map((part) => (
            <a key={part.id} href={`#${part.id}`}>
              {part.title}
            </a>
          ))}
        </div>
        <ThemeToggle />
      </nav>
      <Header run={run} />
      <main>
        {matrix.rows.length > 0 && <KeyFigures matrix={matrix} />}
        {sections.map((section, i) => (
          <section id={`section-${i + 1}`} key={i}>
            <h2>{section.title}</h2>
            {section.intro && <p class="intro">{section.intro}</p>}
            <div class="items">
              {(section.items ?? []).map((item, j) => (
                <ItemView key={j} item={item} />
              ))}
            </div>
          </section>
        ))}
        {assumptions.length > 0 && (
          <section id="assumptions">
            <h2>Assumptions</h2>
            <ul class="assumptions">
              {assumptions.map((assumption, i) => (
                <li key={i}>{assumption}</li>
              ))}
            </ul>
          </section>
        )}
      </main>
      <Reproduce run={run} />
    </Charts.Provider>
  );
}
