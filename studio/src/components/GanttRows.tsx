// The rows of a Gantt chart on a canvas, with a tooltip, drag to zoom and arrow keys.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { slotColor, type Slot } from "../lib/colors";
import { spanAt, type GanttLayout } from "../lib/gantt";
import { linear } from "../lib/scale";
import type { GanttItem } from "../schema";
import { theme } from "../theme";
import { Tooltip, type TooltipContent } from "./Tooltip";
import type { Hidden } from "./useHidden";

interface GanttRowsProps {
  item: GanttItem;
  layout: GanttLayout;
  slots: readonly Slot[];
  hidden: Hidden;
  view: [number, number];
  ticks: readonly number[];
  /** Pixels between which spans are drawn; names stand before `left`. */
  left: number;
  right: number;
  width: number;
  /** In a box that scrolls, so that the tooltip must stay inside. */
  tall: boolean;
  tooltip: (span: number) => TooltipContent;
  /** null: all of it. */
  onZoom: (view: [number, number] | null) => void;
}

const CHARACTER = 7; // pixels, wide at 12 px
const MAX_HEIGHT = 8000; // pixels of canvas
const MIN_LANE = 6;
const MIN_DRAG = 5;
const TOOLTIP = 96; // pixels of height
const REACH = 3; // pixels from the cursor to a short span

const baseHeight = (rows: number): number => (rows <= 12 ? 26 : rows <= 40 ? 19 : 14);

export function GanttRows({ item, layout, slots, hidden, view, ticks, left, right, width, tall, tooltip, onZoom }: GanttRowsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [active, setActive] = useState<number | null>(null);
  const [keys, setKeys] = useState(false);
  const [drag, setDrag] = useState<[number, number] | null>(null); // pixels
  const { spans } = item;
  const rows = item.rows.length;
  const rowHeight = Math.min(Math.max(baseHeight(rows), Math.max(...layout.lanes) * MIN_LANE + 2), Math.max(3, MAX_HEIGHT / rows));
  const height = Math.ceil(rows * rowHeight);
  const x = linear(view, [left, right]);
  const time = linear([left, right], view);
  const box = (i: number) => {
    const lane = (rowHeight - 2) / layout.lanes[spans.row[i]];
    const [from, to] = [Math.max(left, x(spans.start[i])), Math.min(right, x(spans.end[i]))];
    return { from, to, top: spans.row[i] * rowHeight + 1 + layout.lane[i] * lane, height: lane > 4 ? lane - 0.5 : lane };
  };

  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const { ink, grid, surface } = theme.value;
    const ratio = Math.max(1, devicePixelRatio);
    canvas.current!.width = Math.round(width * ratio);
    canvas.current!.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    context.textBaseline = "middle";
    context.fillStyle = grid;
    for (const tick of ticks) context.fillRect(Math.round(x(tick)), 0, 1, height);
    for (let row = 0; row <= rows; row++) context.fillRect(left, Math.round(row * rowHeight), right - left, 0.5);

    const colors = slots.map((slot) => slotColor(slot, theme.value));
    context.font = "11px system-ui, sans-serif";
    spans.start.forEach((start, i) => {
      if (hidden.has(spans.category[i]) || spans.end[i] < view[0] || start > view[1]) return;
      const at = box(i);
      const wide = Math.max(0.75, at.to - at.from);
      context.fillStyle = colors[spans.category[i]];
      context.fillRect(at.from, at.top, wide > 3 ? wide - 0.5 : wide, at.height);
      const text = spans.label[i];
      if (text && at.height >= 12 && text.length * CHARACTER + 6 <= wide) {
        context.fillStyle = surface;
        context.fillText(text, at.from + 4, at.top + at.height / 2 + 0.5);
      }
    });

    context.font = "12px system-ui, sans-serif";
    context.fillStyle = ink;
    context.textAlign = "right";
    const every = Math.max(1, Math.ceil(12 / rowHeight));
    const room = Math.floor((left - 8) / CHARACTER);
    item.rows.forEach((name, row) => {
      if (row % every !== 0) return;
      context.fillText(name.length <= room ? name : name.slice(0, Math.max(1, room - 1)) + "…", left - 8, (row + 0.5) * rowHeight);
    });
  }, [item, layout, slots, hidden, view[0], view[1], left, right, width, height, theme.value]);

  const at = (event: PointerEvent): [number, number] => {
    const bounds = canvas.current!.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  };
  const within = (px: number): number => Math.min(Math.max(px, left), right);
  const onPointerMove = (event: PointerEvent): void => {
    const [px, py] = at(event);
    setKeys(false);
    if (drag) {
      setDrag([drag[0], within(px)]);
      return;
    }
    const row = Math.floor(py / rowHeight);
    const inside = px >= left - REACH && px <= right + REACH && row >= 0 && row < rows;
    const slack = ((view[1] - view[0]) / (right - left)) * REACH;
    setActive(inside ? spanAt(layout, spans, (c) => !hidden.has(c), row, py / rowHeight - row, time(px), slack) : null);
  };
  const onPointerDown = (event: PointerEvent): void => {
    const [px] = at(event);
    if (event.button !== 0 || event.pointerType === "touch" || px < left) return;
    canvas.current!.setPointerCapture(event.pointerId);
    setActive(null);
    setDrag([within(px), within(px)]);
  };
  const onPointerUp = (): void => {
    if (drag && Math.abs(drag[1] - drag[0]) >= MIN_DRAG) onZoom([time(drag[0]), time(drag[1])]);
    setDrag(null);
  };

  /** The visible span after or before in its row, or the nearest in time of the next row that has one. */
  const neighbour = (key: string): number | null => {
    const visible = (row: number): number[] => (layout.byRow[row] ?? []).filter((i) => !hidden.has(spans.category[i]));
    const start = active === null ? 0 : spans.row[active];
    if (active === null || key === "ArrowRight" || key === "ArrowLeft") {
      const list = visible(start);
      const now = active === null ? -1 : list.indexOf(active);
      return list[Math.min(Math.max(now + (key === "ArrowLeft" ? -1 : 1), 0), list.length - 1)] ?? null;
    }
    const step = key === "ArrowDown" ? 1 : -1;
    for (let row = start + step; row >= 0 && row < rows; row += step) {
      const list = visible(row);
      if (list.length > 0) return list.reduce((a, b) => (Math.abs(spans.start[b] - spans.start[active]) < Math.abs(spans.start[a] - spans.start[active]) ? b : a));
    }
    return active;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"].includes(event.key)) {
      const next = neighbour(event.key);
      setKeys(true);
      setActive(next);
      if (next !== null && (spans.end[next] < view[0] || spans.start[next] > view[1])) {
        const half = (view[1] - view[0]) / 2;
        onZoom([spans.start[next] - half, spans.start[next] + half]);
      }
    } else if (event.key === "Escape") {
      setActive(null);
      onZoom(null);
    } else return;
    event.preventDefault();
  };

  const marked = active === null ? null : box(active);
  return (
    <div
      class="gantt"
      tabIndex={0}
      role="group"
      aria-roledescription="Gantt chart"
      aria-label={`${item.title}: ${spans.start.length} spans on ${rows} rows. Arrow keys read them.`}
      onKeyDown={onKeyDown}
      onPointerMove={onPointerMove}
      onPointerDown={onPointerDown}
      onPointerUp={onPointerUp}
      onPointerCancel={() => setDrag(null)}
      onPointerLeave={() => setActive(null)}
      onDblClick={() => onZoom(null)}
      onBlur={() => setActive(null)}
    >
      <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
      {drag && <span class="gantt-select" style={{ left: `${Math.min(...drag)}px`, width: `${Math.abs(drag[1] - drag[0])}px` }} />}
      {marked && active !== null && marked.to >= left && marked.from <= right && (
        <>
          <span class="heat-cursor" style={{ left: `${marked.from}px`, top: `${marked.top}px`, width: `${Math.max(1, marked.to - marked.from)}px`, height: `${marked.height}px` }} />
          <Tooltip content={tooltip(active)} left={(marked.from + marked.to) / 2} top={Math.min(marked.top + marked.height + 6, tall ? height - TOOLTIP : Infinity)} width={width} shape="block" live={keys} />
        </>
      )}
    </div>
  );
}
