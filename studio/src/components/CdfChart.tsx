// Cumulative distributions, with the quantiles engineers ask for underneath.

import { useContext, useMemo } from "preact/hooks";
import uPlot from "uplot";
import { cdfGrid, quantile } from "../lib/cdf";
import { assignSlots, slotColor, slotDash } from "../lib/colors";
import { formatDurationTick, formatNumber, formatTicks, formatValue } from "../lib/format";
import { decadeMarks, DURATION_STEPS, durationMarks, logDomain } from "../lib/scale";
import type { CdfItem } from "../schema";
import { theme } from "../theme";
import { Card } from "./Card";
import { Charts } from "./context";
import { CsvButton } from "./CsvButton";
import { Empty } from "./Empty";
import { Legend } from "./Legend";
import { Plot } from "./Plot";
import { baseAxis, valueAxis } from "./plotStyle";
import { Swatch } from "./Swatch";
import { useHidden } from "./useHidden";

const HEIGHT = 250;
const QUANTILES = [0.5, 0.9, 0.99];
const LABEL_WIDTH = 52; // pixels a tick label needs

export function CdfChart({ item }: { item: CdfItem }) {
  const { slots: known } = useContext(Charts);
  const hidden = useHidden(item.series.length);
  const labels = item.series.map((s) => s.label);
  const slots = useMemo(() => assignSlots(labels, known), [item, known]);
  const shown = useMemo(() => item.series.map((_, i) => i).filter((i) => !hidden.has(i)), [item, hidden]);
  const duration = item.x_unit === "s";

  const domain = useMemo<[number, number] | null>(() => {
    const xs = item.series.flatMap((s) => s.x);
    if (xs.length === 0) return null;
    const positive = item.log_x ? logDomain(xs) : null;
    if (positive) return positive;
    let [min, max] = [0, 0];
    for (const x of xs) {
      min = Math.min(min, x);
      max = Math.max(max, x);
    }
    return [min, max > min ? max : min + 1];
  }, [item]);
  const empty = domain === null;
  const log = item.log_x === true && domain !== null && domain[0] > 0; // not if every x is 0

  const data = useMemo<uPlot.AlignedData>(() => {
    if (!domain) return [[]];
    const grid = cdfGrid(shown.map((s) => item.series[s]), domain[0], domain[1]);
    return [grid.x, ...grid.p.map((p) => p.map((share) => share * 100))];
  }, [item, shown, domain]);

  const options = useMemo<Omit<uPlot.Options, "width" | "height">>(() => {
    const label = item.x_label ?? "x";
    const marks = (u: uPlot, min: number, max: number): number[] => {
      const gap = (Math.log10(max / min) * LABEL_WIDTH) / Math.max(LABEL_WIDTH, u.bbox.width / uPlot.pxRatio || u.width);
      return (duration ? durationMarks : decadeMarks)(min, max, gap);
    };
    return {
      padding: [8, 18, 0, 0],
      scales: {
        x: { time: false, distr: log ? 3 : 1, range: (_u, min, max) => [min, max] },
        y: { range: [0, 100] },
      },
      axes: [
        baseAxis((ticks) => (duration ? ticks.map(formatDurationTick) : log ? ticks.map((t) => formatNumber(t)) : formatTicks(ticks)), {
          label: item.x_unit && !duration ? `${label} (${item.x_unit})` : label,
          grid: { show: true, stroke: () => theme.value.grid, width: 1 },
          ...(log
            ? { splits: (u: uPlot, _axis: number, min: number, max: number) => marks(u, min, max), filter: (_u: uPlot, splits: number[]) => splits }
            : duration && { incrs: [...DURATION_STEPS] }),
        }),
        valueAxis((ticks) => ticks.map((t) => `${t}%`)),
      ],
      series: [
        {},
        ...shown.map((s) => ({
          label: labels[s],
          stroke: () => slotColor(slots[s], theme.value),
          dash: slotDash(slots[s], theme.value),
          width: 1.75,
          paths: uPlot.paths.stepped!({ align: 1 }),
          points: { show: false },
        })),
      ],
    };
  }, [item, shown, slots, log]);

  return (
    <Card title={item.title} note={item.note} actions={!empty && <CsvButton item={item} />}>
      {empty ? (
        <Empty reason={item.empty} />
      ) : (
        <>
          {labels.length > 1 && <Legend labels={labels} slots={slots} shape="line" hidden={hidden} />}
          <Plot
            data={data}
            options={options}
            domain={domain}
            height={HEIGHT}
            label={`${item.title}: cumulative distribution of ${item.x_label ?? "x"}`}
            axisLabel="share at or below"
            shape="line"
            tooltip={(index) => ({
              title: `≤ ${formatValue(data[0][index], item.x_unit)}`,
              rows: shown.map((s, i) => ({ label: labels[s], value: `${(data[i + 1][index] ?? 0).toFixed(1)}%`, slot: slots[s] })),
            })}
          />
          <div class="scroll">
            <table class="quantiles">
              <thead>
                <tr>
                  <th scope="col">{item.x_label ?? "x"}</th>
                  {QUANTILES.map((q) => (
                    <th scope="col" class="num" key={q}>
                      {q === 0.5 ? "median" : `${q * 100}th pct.`}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {shown.map((s) => (
                  <tr key={s}>
                    <th scope="row">
                      <Swatch slot={slots[s]} shape="line" />
                      {labels[s]}
                    </th>
                    {QUANTILES.map((q) => (
                      <td class="num" key={q}>
                        {formatValue(quantile(item.series[s], q), item.x_unit)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Card>
  );
}
