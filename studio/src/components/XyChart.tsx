// Lines of y against x as SVG, with error bars where there are any.

import { useContext, useMemo, useRef, useState } from "preact/hooks";
import { assignSlots, slotColor, slotDash } from "../lib/colors";
import { formatDurationTick, formatTicks, formatValue } from "../lib/format";
import { linear } from "../lib/scale";
import { nearestPoint, xyPoints, xyTicks, type XyPoint } from "../lib/xy";
import type { XyItem } from "../schema";
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
const HEIGHT = 300;
const CAP = 4; // pixels, half an error bar's cap
const REACH = 40; // pixels from the cursor to a point

const axisName = (label: string, unit: string | undefined): string => (unit && unit !== "s" ? `${label} (${unit})` : label);

export function XyChart({ item }: { item: XyItem }) {
  const { slots: known } = useContext(Charts);
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const hidden = useHidden(item.series.length);
  const [active, setActive] = useState<XyPoint | null>(null);
  const [keys, setKeys] = useState(false);
  const labels = item.series.map((s) => s.label);
  const slots = useMemo(() => assignSlots(labels, known), [item, known]);
  const shown = useMemo(() => item.series.map((_, i) => i).filter((i) => !hidden.has(i)), [item, hidden]);
  const points = useMemo(() => xyPoints(item.series, shown), [item, shown]);
  const empty = item.series.every((_, i) => xyPoints(item.series, [i]).length === 0);

  const ticks = xyTicks(item.series, points, item.x_unit, item.y_unit, Math.max(2, Math.floor(width / 90)));
  const tickLabels = (values: number[], unit?: string): string[] => (unit === "s" ? values.map(formatDurationTick) : formatTicks(values));
  const [xLabels, yLabels] = [tickLabels(ticks.x, item.x_unit), tickLabels(ticks.y, item.y_unit)];
  const margin = { left: Math.max(40, Math.max(...yLabels.map((t) => t.length)) * CHARACTER + 14), right: 18, top: 8, bottom: 44 };
  const [right, bottom] = [Math.max(margin.left + 10, width - margin.right), HEIGHT - margin.bottom];
  const x = linear([ticks.x[0], ticks.x[ticks.x.length - 1]], [margin.left, right]);
  const y = linear([ticks.y[0], ticks.y[ticks.y.length - 1]], [bottom, margin.top]);
  const place = (p: XyPoint): [number, number] => [x(p.x), y(p.y)];
  const [xName, yName] = [item.x_label ?? "x", item.y_label ?? "y"];
  const { grid, muted, surface } = theme.value;

  const onPointerMove = (event: PointerEvent): void => {
    const box = host.current!.getBoundingClientRect();
    setKeys(false);
    setActive(nearestPoint(points, place, [event.clientX - box.left, event.clientY - box.top], REACH));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      const now = points.findIndex((p) => p.series === active?.series && p.index === active.index);
      setKeys(true);
      setActive(points[Math.min(Math.max(now < 0 && step < 0 ? points.length - 1 : now + step, 0), points.length - 1)] ?? null);
    } else if (event.key === "Escape") setActive(null);
    else return;
    event.preventDefault();
  };

  const errorBar = (p: XyPoint, color: string) => {
    const [low, high] = [item.series[p.series].lo?.[p.index], item.series[p.series].hi?.[p.index]];
    if (low == null || high == null) return null;
    const at = x(p.x);
    const cap = (value: number): string => `M${at - CAP} ${y(value)}H${at + CAP}`;
    return <path d={`M${at} ${y(low)}V${y(high)}${cap(low)}${cap(high)}`} stroke={color} stroke-width="1.25" fill="none" />;
  };
  const line = (s: number) => {
    const color = slotColor(slots[s], theme.value);
    const own = points.filter((p) => p.series === s);
    return (
      <g key={s}>
        <path d={own.map((p, i) => `${i === 0 ? "M" : "L"}${x(p.x)} ${y(p.y)}`).join("")} stroke={color} stroke-width="1.75" stroke-dasharray={slotDash(slots[s], theme.value)?.join(" ")} fill="none" />
        {own.map((p) => (
          <g key={p.index}>
            {errorBar(p, color)}
            <circle cx={x(p.x)} cy={y(p.y)} r={active?.series === s && active.index === p.index ? 5 : 3.5} fill={color} stroke={surface} />
          </g>
        ))}
      </g>
    );
  };

  const tooltip = (p: XyPoint) => {
    const [low, high] = [item.series[p.series].lo?.[p.index], item.series[p.series].hi?.[p.index]];
    const rows = [{ label: labels[p.series], value: formatValue(p.y, item.y_unit), slot: slots[p.series] }];
    const range = low == null || high == null ? [] : [{ label: "from", value: formatValue(low, item.y_unit) }, { label: "to", value: formatValue(high, item.y_unit) }];
    return { title: `${xName}: ${formatValue(p.x, item.x_unit)}`, rows: [...rows, ...range] };
  };

  return (
    <Card title={item.title} note={item.note} actions={!empty && <CsvButton item={item} />}>
      {!empty && labels.length > 1 && <Legend labels={labels} slots={slots} shape="line" hidden={hidden} />}
      {!empty && (
        <div class="plot-head">
          <span class="axis-label">{axisName(yName, item.y_unit)}</span>
        </div>
      )}
      <div
        class="plot-body"
        ref={host}
        tabIndex={empty ? undefined : 0}
        role="group"
        aria-roledescription="chart"
        aria-label={`${item.title}: ${yName} against ${xName}. Arrow keys read values.`}
        onKeyDown={onKeyDown}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setActive(null)}
        onBlur={() => setActive(null)}
      >
        {empty && <Empty reason={item.empty} />}
        {!empty && width > 0 && (
          <svg class="bars" viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} font-size="12" fill={muted} aria-hidden="true">
            {ticks.y.map((tick, i) => (
              <g key={i}>
                <path d={`M${margin.left} ${Math.round(y(tick)) + 0.5}H${right}`} stroke={i === 0 ? muted : grid} />
                <text x={margin.left - 8} y={y(tick) + 4} text-anchor="end">
                  {yLabels[i]}
                </text>
              </g>
            ))}
            {ticks.x.map((tick, i) => (
              <g key={i}>
                <path d={`M${Math.round(x(tick)) + 0.5} ${margin.top}V${bottom}`} stroke={grid} />
                <text x={x(tick)} y={bottom + 17} text-anchor="middle">
                  {xLabels[i]}
                </text>
              </g>
            ))}
            <text x={(margin.left + right) / 2} y={HEIGHT - 8} text-anchor="middle">
              {axisName(xName, item.x_unit)}
            </text>
            {shown.map(line)}
          </svg>
        )}
        {active !== null && <Tooltip content={tooltip(active)} left={x(active.x)} top={y(active.y) + 8} width={width} live={keys} />}
      </div>
    </Card>
  );
}
