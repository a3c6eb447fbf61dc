// Bars per category as SVG, side by side or stacked; they lie down when the category names need the room.

import { useContext, useMemo, useRef, useState } from "preact/hooks";
import { assignSlots, slotColor } from "../lib/colors";
import { formatDurationTick, formatNumber, formatTicks, formatValue } from "../lib/format";
import { linear, niceTicks, valueRange } from "../lib/scale";
import { barExtents, isSequence } from "../lib/stack";
import type { BarsItem } from "../schema";
import { theme } from "../theme";
import { Card } from "./Card";
import { Charts } from "./context";
import { CsvButton } from "./CsvButton";
import { Empty } from "./Empty";
import { Legend } from "./Legend";
import { Tooltip } from "./Tooltip";
import { useHidden } from "./useHidden";
import { useWidth } from "./useWidth";

const CHARACTER = 6.4; // pixels, typical at 12 px
const HEIGHT = 250;
const MAX_LYING = 30; // categories
const MAX_BAR = 44; // pixels

export function BarChart({ item }: { item: BarsItem }) {
  const { slots: known } = useContext(Charts);
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const hidden = useHidden(item.series.length);
  const [active, setActive] = useState<number | null>(null);
  const [keys, setKeys] = useState(false);
  const labels = item.series.map((s) => s.label);
  const slots = useMemo(() => assignSlots(labels, known), [item, known]);
  const shown = useMemo(() => item.series.map((_, i) => i).filter((i) => !hidden.has(i)), [item, hidden]);
  const count = item.categories.length;
  const empty = count === 0 || item.series.every((s) => s.values.every((v) => v == null));
  const single = labels.length === 1;

  // One axis runs along the categories, the other along the values; `lying` only decides which is horizontal.
  const extents = barExtents(shown.map((s) => item.series[s].values), count, item.stacked ?? false);
  const ends = extents.flat().filter((e) => e !== null).flatMap((e) => [e.from, e.to]);
  const range = valueRange(Math.min(0, ...ends), Math.max(0, ...ends), item.unit);
  const longest = Math.max(0, ...item.categories.map((c) => String(c).length)) * CHARACTER;
  const fits = longest + 6 <= (width - 60) / Math.max(1, count);
  const lying = !fits && count <= MAX_LYING && !isSequence(item.categories);
  const ticks = niceTicks(range[0], range[1], item.unit, lying ? Math.max(2, Math.floor(width / 130)) : 5);
  const tickLabels = item.unit === "s" ? ticks.map(formatDurationTick) : formatTicks(ticks);
  const valueTexts = single ? item.series[0].values.map((v) => barLabel(v, item.unit)) : [];
  const lanes = item.stacked ? 1 : Math.max(1, shown.length);
  const height = lying ? count * Math.max(24, lanes * 11 + 10) + 34 : HEIGHT;
  const margin = lying
    ? { left: Math.min(longest + 12, width * 0.4), right: single ? Math.max(20, ...valueTexts.map((t) => t.length * CHARACTER + 10)) : 20, top: 4, bottom: 26 }
    : { left: Math.max(40, Math.max(...tickLabels.map((t) => t.length)) * CHARACTER + 14), right: 12, top: single ? 18 : 8, bottom: 26 };
  const inner = { width: Math.max(10, width - margin.left - margin.right), height: height - margin.top - margin.bottom };
  const value = lying
    ? linear([ticks[0], ticks[ticks.length - 1]], [margin.left, margin.left + inner.width])
    : linear([ticks[0], ticks[ticks.length - 1]], [margin.top + inner.height, margin.top]);
  const slot = (lying ? inner.height : inner.width) / Math.max(1, count);
  const start = (category: number): number => (lying ? margin.top : margin.left) + category * slot;
  const lane = Math.min(MAX_BAR, (slot * (slot < 6 ? 1 : 0.76)) / lanes);
  const labelEvery = lying ? 1 : Math.max(1, Math.ceil((longest + 10) / slot));
  const valueLabels = single && (lying || slot > 44);
  const { grid, muted, ink } = theme.value;

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      setKeys(true);
      setActive((now) => Math.min(Math.max((now ?? (step > 0 ? -1 : count)) + step, 0), count - 1));
    } else if (event.key === "Escape") setActive(null);
    else return;
    event.preventDefault();
  };

  const bar = (category: number, index: number) => {
    const extent = extents[index][category];
    if (!extent) return null;
    const across = start(category) + slot / 2 - (lane * lanes) / 2 + (item.stacked ? 0 : index * lane);
    const [low, high] = [value(extent.from), value(extent.to)].sort((a, b) => a - b);
    const thick = Math.max(0.5, lane - (lane > 4 ? 1.5 : 0));
    const box = lying ? { x: low, y: across, width: high - low, height: thick } : { x: across, y: low, width: thick, height: high - low };
    return <rect key={`${category}.${index}`} {...box} rx={thick > 6 ? 1.5 : 0} fill={slotColor(slots[shown[index]], theme.value)} />;
  };

  return (
    <Card title={item.title} note={item.note} actions={!empty && <CsvButton item={item} />}>
      {!empty && labels.length > 1 && <Legend labels={labels} slots={slots} shape="block" hidden={hidden} />}
      {!empty && (
        <div class="plot-head">
          <span class="axis-label">{item.unit === "s" ? "duration" : (item.unit ?? (single ? labels[0] : ""))}</span>
        </div>
      )}
      <div
        class="plot-body"
        ref={host}
        tabIndex={empty ? undefined : 0}
        role="group"
        aria-roledescription="chart"
        aria-label={`${item.title}${item.unit ? ` in ${item.unit}` : ""}, ${count} categories. Arrow keys read values.`}
        onKeyDown={onKeyDown}
        onBlur={() => setActive(null)}
        onPointerLeave={() => setActive(null)}
      >
        {empty && <Empty reason={item.empty} />}
        {!empty && width > 0 && (
          <svg class="bars" viewBox={`0 0 ${width} ${height}`} width={width} height={height} font-size="12" fill={muted} aria-hidden="true">
            {active !== null && (
              <rect fill={grid} opacity="0.6" {...(lying ? { x: 0, y: start(active), width, height: slot } : { x: start(active), y: margin.top, width: slot, height: inner.height })} />
            )}
            {ticks.map((tick, i) => {
              const at = Math.round(value(tick)) + 0.5;
              return lying ? (
                <g key={i}>
                  <path d={`M${at} ${margin.top}V${margin.top + inner.height}`} stroke={tick === 0 ? muted : grid} />
                  <text x={at} y={height - 8} text-anchor="middle">
                    {tickLabels[i]}
                  </text>
                </g>
              ) : (
                <g key={i}>
                  <path d={`M${margin.left} ${at}H${margin.left + inner.width}`} stroke={tick === 0 ? muted : grid} />
                  <text x={margin.left - 8} y={at + 4} text-anchor="end">
                    {tickLabels[i]}
                  </text>
                </g>
              );
            })}
            {item.categories.map((category, c) => (
              <g key={c}>
                {shown.map((_, s) => bar(c, s))}
                {lying ? (
                  <text x={margin.left - 8} y={start(c) + slot / 2 + 4} text-anchor="end" fill={ink}>
                    {clip(category, margin.left - 12)}
                  </text>
                ) : (
                  c % labelEvery === 0 && (
                    <text x={start(c) + slot / 2} y={height - 8} text-anchor="middle" fill={ink}>
                      {category}
                    </text>
                  )
                )}
                {valueLabels && extents[0]?.[c] && <ValueLabel at={value(extents[0][c]!.to)} below={extents[0][c]!.to < 0} across={start(c) + slot / 2} lying={lying} text={valueTexts[c]} />}
                <rect
                  fill="transparent"
                  onPointerEnter={() => {
                    setKeys(false);
                    setActive(c);
                  }}
                  {...(lying ? { x: 0, y: start(c), width, height: slot } : { x: start(c), y: 0, width: slot, height })}
                />
              </g>
            ))}
          </svg>
        )}
        {active !== null && (
          <Tooltip
            content={{
              title: String(item.categories[active]),
              rows: shown.map((s) => ({ label: labels[s], value: formatValue(item.series[s].values[active], item.unit), slot: slots[s] })),
            }}
            left={lying ? width * 0.6 : start(active) + slot / 2}
            top={lying ? start(active) + slot : 4}
            width={width}
            shape="block"
            live={keys}
          />
        )}
      </div>
    </Card>
  );
}

interface ValueLabelProps {
  at: number;
  across: number;
  below: boolean;
  lying: boolean;
  text: string;
}

/** A value beyond the end of its bar. */
function ValueLabel({ at, across, below, lying, text }: ValueLabelProps) {
  return lying ? (
    <text x={below ? at - 6 : at + 6} y={across + 4} text-anchor={below ? "end" : "start"}>
      {text}
    </text>
  ) : (
    <text x={across} y={below ? at + 14 : at - 5} text-anchor="middle">
      {text}
    </text>
  );
}


/** The unit stands at the axis; only those that are part of the number are repeated at each bar. */
function barLabel(value: number | null, unit?: string): string {
  return unit === "%" || unit === "s" ? formatValue(value, unit) : formatNumber(value);
}

function clip(text: string, pixels: number): string {
  const room = Math.max(3, Math.floor(pixels / CHARACTER));
  return text.length <= room ? text : text.slice(0, room - 1) + "…";
}
