// Lines or stacked areas over simulated time.

import { useContext, useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { assignSlots, slotColor, slotDash } from "../lib/colors";
import { thinExtremes } from "../lib/decimate";
import { formatDurationTick, formatTicks, formatValue } from "../lib/format";
import { DURATION_STEPS, valueRange } from "../lib/scale";
import { stack } from "../lib/stack";
import { asUtc, calendarTicks, elapsedTicks, formatInstant } from "../lib/time";
import type { TimeItem } from "../schema";
import { theme } from "../theme";
import { Card } from "./Card";
import { Charts } from "./context";
import { CsvButton } from "./CsvButton";
import { Empty } from "./Empty";
import { Legend } from "./Legend";
import { Plot } from "./Plot";
import { baseAxis, loneSamples, valueAxis } from "./plotStyle";
import type { TooltipContent } from "./Tooltip";
import { useHidden } from "./useHidden";

const HEIGHT = 230;
const MAX_BUCKETS = 4000; // more than a screen has columns

export function TimeChart({ item }: { item: TimeItem }) {
  const { calendar, slots: known, group } = useContext(Charts);
  const hidden = useHidden(item.series.length);
  const labels = item.series.map((s) => s.label);
  const slots = useMemo(() => assignSlots(labels, known), [item, known]);
  const kept = useMemo(() => thinExtremes(item.series.map((s) => s.values), item.time.length, MAX_BUCKETS), [item]);
  const shown = useMemo(() => item.series.map((_, i) => i).filter((i) => !hidden.has(i)), [item, hidden]);

  const data = useMemo<uPlot.AlignedData>(() => {
    const values = shown.map((s) => kept.map((i) => item.series[s].values[i] ?? null));
    return [kept.map((i) => item.time[i]), ...(item.stacked ? stack(values, kept.length) : values)];
  }, [item, kept, shown]);

  const options = useMemo<Omit<uPlot.Options, "width" | "height">>(() => {
    const duration = item.unit === "s";
    return {
      tzDate: asUtc,
      padding: [8, 18, 0, 0],
      scales: {
        x: { time: calendar, range: (_u, min, max) => (min === max ? [min - 1, max + 1] : [min, max]) },
        y: { range: (_u, min, max) => valueRange(min, max, item.unit, item.max) },
      },
      axes: [
        calendar
          ? baseAxis(calendarTicks)
          : baseAxis(elapsedTicks, { incrs: [...DURATION_STEPS], label: "Time since start" }),
        { ...valueAxis((ticks) => (duration ? ticks.map(formatDurationTick) : formatTicks(ticks))), ...(duration && { incrs: [...DURATION_STEPS] }) },
      ],
      series: [
        {},
        ...shown.map((s) => ({
          label: labels[s],
          stroke: () => slotColor(slots[s], theme.value),
          dash: slotDash(slots[s], theme.value),
          width: item.stacked ? 1 : 1.75,
          fill: item.stacked ? () => slotColor(slots[s], theme.value) + "cc" : undefined,
          points: loneSamples,
        })),
      ],
      bands: item.stacked ? shown.slice(1).map((_, i): uPlot.Band => ({ series: [i + 2, i + 1] })) : [],
    };
  }, [item, shown, slots, calendar]);

  const empty = item.time.length === 0 || item.series.every((s) => s.values.every((v) => v == null));
  const step = item.time.length > 1 ? item.time[1] - item.time[0] : 1;
  const tooltip = (index: number): TooltipContent | null => {
    const i = kept[index];
    if (i === undefined) return null;
    const rows = shown.map((s) => ({
      label: labels[s],
      value: formatValue(item.series[s].values[i], item.unit),
      slot: slots[s],
    }));
    if (item.stacked && shown.length > 1) {
      const total = shown.reduce((sum, s) => sum + (item.series[s].values[i] ?? 0), 0);
      rows.reverse();
      return { title: formatInstant(item.time[i], step, calendar), rows: [...rows, { label: "Total", value: formatValue(total, item.unit) }] };
    }
    return { title: formatInstant(item.time[i], step, calendar), rows };
  };

  return (
    <Card title={item.title} note={item.note} actions={!empty && <CsvButton item={item} />}>
      {empty ? (
        <Empty reason={item.empty} />
      ) : (
        <>
          {labels.length > 1 && <Legend labels={labels} slots={slots} shape={item.stacked ? "block" : "line"} hidden={hidden} />}
          <Plot
            data={data}
            options={options}
            domain={[item.time[0], item.time[item.time.length - 1]]}
            height={calendar ? HEIGHT : HEIGHT + 14}
            label={`${item.title}${item.unit ? ` in ${item.unit}` : ""} over time`}
            axisLabel={item.unit === "s" ? (labels.length > 1 ? "duration" : labels[0]) : (item.unit ?? (labels.length > 1 ? "" : labels[0]))}
            tooltip={tooltip}
            shape={item.stacked ? "block" : "line"}
            group={group}
          />
        </>
      )}
    </Card>
  );
}
