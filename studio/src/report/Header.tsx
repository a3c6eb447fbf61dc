// What was run: title, simulated span, policy, seed, size and speed.

import { formatDuration, formatNumber } from "../lib/format";
import { formatSpan } from "../lib/time";
import type { Run } from "../schema";

export function Header({ run }: { run: Run }) {
  const calendar = run.calendar !== false;
  const speed = run.events && run.cpu_s ? ` (${formatNumber(run.events / run.cpu_s)} per CPU second)` : "";
  const facts: [string, string][] = [
    ["Simulated", formatSpan(run.start, run.end, calendar)],
    ["Scenario", run.scenario ?? ""],
    ["Policy", run.policy ?? ""],
    ["Seed", String(run.seed ?? "")],
    ["Events", run.events === undefined ? "" : formatNumber(run.events) + speed],
    ["Computed in", run.wall_s === undefined ? "" : formatDuration(run.wall_s)],
  ];
  return (
    <header class="run">
      <p class="overline">Dure report{run.world ? ` · ${run.world}` : ""}</p>
      <h1>{run.title}</h1>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </header>
  );
}
