// One group of a heat map: a canvas with a tooltip per cell.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { rampColor } from "../lib/colors";
import { fixed, formatValue } from "../lib/format";
import { heatRows, heatShare } from "../lib/heat";
import type { HeatGroup, HeatScale } from "../schema";
import { theme } from "../theme";
import { Tooltip } from "./Tooltip";

const SHADES = 128;

export function HeatGroupView({ group, scale, cell }: { group: HeatGroup; scale: HeatScale; cell: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [active, setActive] = useState<number | null>(null);
  const [keys, setKeys] = useState(false);
  const columns = Math.max(1, group.columns || 1);
  const rows = heatRows(group);
  const [width, height] = [columns * cell, rows * cell];
  const ramp = theme.value.ramp;

  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const ratio = Math.max(1, Math.round(devicePixelRatio));
    canvas.current!.width = width * ratio;
    canvas.current!.height = height * ratio;
    context.scale(ratio, ratio);
    const shades = Array.from({ length: SHADES }, (_, i) => rampColor(ramp, i / (SHADES - 1)));
    const side = cell >= 5 ? cell - 1 : cell;
    group.cells.forEach((value, i) => {
      if (value === null) return;
      context.fillStyle = shades[Math.round(heatShare(value, scale) * (SHADES - 1))];
      context.fillRect((i % columns) * cell, Math.floor(i / columns) * cell, side, side);
    });
  }, [group, scale, cell, ramp]);

  const filled = group.cells.filter((v): v is number => v !== null);
  const mean = filled.reduce((sum, v) => sum + v, 0) / filled.length;
  const what = group.cell_label ?? "cell";

  const onPointerMove = (event: PointerEvent): void => {
    const column = Math.floor(event.offsetX / cell);
    const index = Math.floor(event.offsetY / cell) * columns + column;
    setKeys(false);
    setActive(column >= 0 && column < columns && index >= 0 && index < group.cells.length ? index : null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (step !== undefined) {
      setKeys(true);
      setActive((now) => (now === null ? 0 : now + step >= 0 && now + step < group.cells.length ? now + step : now));
    } else if (event.key === "Escape") setActive(null);
    else return;
    event.preventDefault();
  };

  return (
    <div class="heat-group">
      <div class="heat-title">
        <strong>{group.label}</strong> {fixed(filled.length, 0)} {what}
        {filled.length === 1 ? "" : "s"}
        {filled.length > 0 && <>, mean {formatValue(mean, scale.unit)}</>}
      </div>
      <div
        class="heat-canvas"
        style={{ width: `${width}px` }}
        tabIndex={0}
        role="group"
        aria-roledescription="heat map"
        aria-label={`${group.label}: ${filled.length} ${what}s, ${scale.label}. Arrow keys read values.`}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setActive(null)}
        onKeyDown={onKeyDown}
        onBlur={() => setActive(null)}
      >
        <canvas ref={canvas} style={{ width: `${width}px`, aspectRatio: `${width} / ${height}` }} />
        {active !== null && (
          <>
            <span class="heat-cursor" style={{ left: `${(active % columns) * cell - 1}px`, top: `${Math.floor(active / columns) * cell - 1}px`, width: `${cell + 2}px`, height: `${cell + 2}px` }} />
            <Tooltip
              content={{
                title: `${group.label}, ${what} ${group.map ? `${active % columns}, ${Math.floor(active / columns)}` : fixed(active, 0)}`,
                rows: [
                  group.cells[active] === null
                    ? { label: scale.null_label ?? "not installed", value: "" }
                    : { label: scale.label, value: formatValue(group.cells[active], scale.unit) },
                ],
              }}
              left={(active % columns) * cell + cell}
              top={Math.floor(active / columns) * cell + cell + 4}
              width={width}
              live={keys}
            />
          </>
        )}
      </div>
    </div>
  );
}
