// Spans of time on rows: what each tool did, where a lot was. The rows are a canvas (GanttRows); drag to zoom.

import { useContext, useMemo, useRef, useState } from "preact/hooks";
import { assignSlots } from "../lib/colors";
import { formatDuration } from "../lib/format";
import { ganttLayout, timeTicks, zoomed } from "../lib/gantt";
import { linear } from "../lib/scale";
import { calendarTicks, elapsedTicks, formatInstant } from "../lib/time";
import type { GanttItem } from "../schema";
import { theme } from "../theme";
import { Card } from "./Card";
import { Charts } from "./context";
import { CsvButton } from "./CsvButton";
import { Empty } from "./Empty";
import { GanttRows } from "./GanttRows";
import { Legend } from "./Legend";
import type { TooltipContent } from "./Tooltip";
import { useHidden } from "./useHidden";
import { useWidth } from "./useWidth";

const CHARACTER = 7; // pixels, wide at 12 px
const AXIS = 36; // pixels
const MINUTES = 60;
const TALL = 40; // rows

export function GanttChart({ item }: { item: GanttItem }) {
  const { calendar, slots: known } = useContext(Charts);
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const hidden = useHidden(item.categories.length);
  const [zoom, setZoom] = useState<[number, number] | null>(null);
  const slots = useMemo(() => assignSlots(item.categories, known), [item, known]);
  const layout = useMemo(() => ganttLayout(item.spans, item.rows.length), [item]);
  const empty = item.spans.start.length === 0;
  const { domain } = layout;
  const whole: [number, number] = domain[1] > domain[0] ? domain : [domain[0], domain[0] + 1];
  const view = zoom ?? whole;

  const tall = item.rows.length > TALL; // scrolls

  const longest = Math.max(0, ...item.rows.map((r) => r.length)) * CHARACTER;
  const left = Math.min(longest + 12, width * 0.3);
  const right = Math.max(left + 10, width - 22);
  const x = linear(view, [left, right]);
  const { ticks, step } = timeTicks(view[0], view[1], Math.max(2, Math.floor((right - left) / 80)));
  const labels = calendar ? calendarTicks(ticks, step) : elapsedTicks(ticks);
  const { grid, muted } = theme.value;

  const tooltip = (i: number): TooltipContent => {
    const { row, category, start, end, label } = item.spans;
    const instant = (t: number): string => formatInstant(t, MINUTES, calendar);
    return {
      title: label[i] ? `${item.rows[row[i]]}: ${label[i]}` : item.rows[row[i]],
      rows: [
        { label: item.categories[category[i]], value: formatDuration(end[i] - start[i]), slot: slots[category[i]] },
        { label: "from", value: instant(start[i]) },
        { label: "to", value: instant(end[i]) },
      ],
    };
  };

  return (
    <Card title={item.title} note={item.note} wide actions={!empty && <CsvButton item={item} />}>
      {empty ? (
        <Empty reason={item.empty} />
      ) : (
        <>
          <Legend labels={item.categories} slots={slots} shape="block" hidden={hidden} />
          <div class="plot-head">
            <span class="axis-label" />
            {zoom && (
              <button type="button" class="quiet" onClick={() => setZoom(null)}>
                Reset zoom
              </button>
            )}
          </div>
          <div class={tall ? "gantt-scroll tall" : "gantt-scroll"}>
            <div ref={host}>
              {width > 0 && (
                <>
                  <svg class="bars gantt-axis" viewBox={`0 0 ${width} ${AXIS}`} width={width} height={AXIS} font-size="12" fill={muted} aria-hidden="true">
                    {ticks.map((tick, i) => {
                      const lines = labels[i].split("\n");
                      return (
                        <g key={i}>
                          <path d={`M${Math.round(x(tick)) + 0.5} ${AXIS - 5}V${AXIS}`} stroke={grid} />
                          {lines.map((text, n) => (
                            <text key={n} x={x(tick)} y={AXIS - 9 - 14 * n} text-anchor="middle">
                              {text}
                            </text>
                          ))}
                        </g>
                      );
                    })}
                  </svg>
                  <GanttRows
                    item={item}
                    layout={layout}
                    slots={slots}
                    hidden={hidden}
                    view={view}
                    ticks={ticks}
                    left={left}
                    right={right}
                    width={width}
                    tooltip={tooltip}
                    tall={tall}
                    onZoom={(to) => {
                      const next = to && zoomed(to[0], to[1], whole);
                      if (next || !to) setZoom(next);
                    }}
                  />
                </>
              )}
            </div>
          </div>
        </>
      )}
    </Card>
  );
}
