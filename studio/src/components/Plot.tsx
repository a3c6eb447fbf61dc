// A uPlot canvas in the page: sized to its place, redrawn with the theme, with a tooltip, drag to zoom and arrow keys.

import { effect, signal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { theme } from "../theme";
import type { PlotGroup } from "./context";
import type { SwatchShape } from "./Swatch";
import { Tooltip, type TooltipContent } from "./Tooltip";

interface PlotProps {
  data: uPlot.AlignedData;
  /** A new object builds the chart anew; new `data` alone only redraws it. */
  options: Omit<uPlot.Options, "width" | "height">;
  /** The x axis when not zoomed. */
  domain: [number, number];
  height: number;
  /** Said by screen readers. */
  label: string;
  /** Above the value axis. */
  axisLabel: string;
  tooltip: (index: number) => TooltipContent | null;
  shape: SwatchShape;
  group?: PlotGroup | null;
}

interface Cursor {
  index: number;
  left: number;
}

const MIN_DRAG = 5; // pixels

export function Plot({ data, options, domain, height, label, axisLabel, tooltip, shape, group }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const drawn = useRef<uPlot.AlignedData | null>(null);
  const whole = useRef(domain);
  whole.current = domain;
  const own = useMemo(() => signal<[number, number] | null>(null), []);
  const zoom = group?.window ?? own;
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [keys, setKeys] = useState(false);

  useLayoutEffect(() => {
    const element = host.current!;
    const u = new uPlot(
      {
        ...options,
        width: Math.max(200, element.clientWidth),
        height,
        legend: { show: false },
        cursor: {
          y: false,
          points: { size: 7 },
          drag: { x: true, y: false, setScale: false, dist: MIN_DRAG },
          bind: {
            dblclick: () => () => {
              zoom.value = null;
              return null;
            },
          },
          ...(group && {
            sync: { key: group.key, scales: ["x", null], filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
          }),
        },
        hooks: {
          setCursor: [
            (u) => {
              const { left, idx } = u.cursor;
              setCursor(left == null || left < 0 || idx == null ? null : { index: idx, left: left + u.bbox.left / uPlot.pxRatio });
            },
          ],
          setSelect: [
            (u) => {
              const { left, width } = u.select;
              if (width < MIN_DRAG) return;
              zoom.value = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      data,
      element,
    );
    plot.current = u;
    drawn.current = data;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== u.width) u.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    const stopZoom = effect(() => {
      const [min, max] = zoom.value ?? whole.current;
      if (u.scales.x.min !== min || u.scales.x.max !== max) u.setScale("x", { min, max });
    });
    let drawnWith = theme.peek();
    const stopTheme = effect(() => {
      if (theme.value === drawnWith) return;
      drawnWith = theme.value;
      u.redraw(false, true);
    });
    return () => {
      stopZoom();
      stopTheme();
      observer.disconnect();
      u.destroy();
      plot.current = null;
      setCursor(null);
    };
  }, [options, height, zoom]);

  useLayoutEffect(() => {
    const u = plot.current;
    if (!u || drawn.current === data) return;
    drawn.current = data;
    u.setData(data, zoom.value === null);
  }, [data]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const u = plot.current;
    if (!u) return;
    const x = u.data[0];
    const step = event.shiftKey ? 10 : 1;
    const current = u.cursor.idx ?? null;
    const [first, last] = [x.findIndex((v: number) => v >= u.scales.x.min!), x.length - 1];
    const target: number | undefined = {
      ArrowRight: current === null ? first : current + step,
      ArrowLeft: current === null ? last : current - step,
      Home: first,
      End: last,
    }[event.key];
    if (target !== undefined) {
      const at = Math.min(Math.max(target, 0), last);
      setKeys(true);
      moveCursor(u, u.valToPos(x[at], "x"), 0);
    } else if (event.key === "Escape") {
      moveCursor(u, -10, -10);
      zoom.value = null;
    } else {
      return;
    }
    event.preventDefault();
  };

  const content = cursor && tooltip(cursor.index);
  return (
    <div class="plot">
      <div class="plot-head">
        <span class="axis-label">{axisLabel}</span>
        {zoom.value && (
          <button type="button" class="quiet" onClick={() => (zoom.value = null)}>
            Reset zoom
          </button>
        )}
      </div>
      <div
        class="plot-body"
        tabIndex={0}
        role="group"
        aria-roledescription="chart"
        aria-label={`${label}. Arrow keys read values.`}
        onKeyDown={onKeyDown}
        onPointerMove={() => keys && setKeys(false)}
        onBlur={() => plot.current && moveCursor(plot.current, -10, -10)}
      >
        <div class="plot-canvas" ref={host} style={{ height: `${height}px` }} />
        {content && <Tooltip content={content} left={cursor.left} top={6} width={plot.current?.width ?? 0} shape={shape} live={keys} />}
      </div>
    </div>
  );
}

/** Moves the cursor of this chart and of those synced with it. */
function moveCursor(u: uPlot, left: number, top: number): void {
  // The third argument publishes to synced charts; uPlot 1.6.32's types leave it out.
  (u.setCursor as (at: { left: number; top: number }, fire: boolean, publish: boolean) => void)({ left, top }, true, true);
}
