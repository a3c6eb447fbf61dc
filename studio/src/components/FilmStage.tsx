// The picture of a film at one moment: the floor, drawn once, and on it the things, each an arrow in its state's colour.

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { parseHex, slotColor, type Slot, type Theme } from "../lib/colors";
import { cellLetters, thingAt, type Pose } from "../lib/film";
import type { FilmItem } from "../schema";
import { theme } from "../theme";
import { Tooltip } from "./Tooltip";
import type { Hidden } from "./useHidden";

interface FilmStageProps {
  item: FilmItem;
  poses: readonly Pose[];
  slots: readonly Slot[];
  hidden: Hidden;
  /** CSS pixels per unit. */
  scale: number;
  /** Not playing: things can be pointed at. */
  still: boolean;
  label: string;
}

const LEAST = 3; // pixels of a thing's length

function mixed(a: string, b: string, share: number): string {
  const [from, to] = [parseHex(a), parseHex(b)];
  return `rgb(${from.map((c, i) => Math.round(c + (to[i] - c) * share)).join(",")})`;
}

/** Marks are pale: the strong colours are the things'. */
export function markColor(mark: number, theme: Theme): string {
  const { palette, surface } = theme;
  return mixed(surface, palette[(2 * palette.length - 2 - (mark % palette.length)) % palette.length], 0.4);
}

function drawFloor(context: CanvasRenderingContext2D, item: FilmItem, scale: number, colors: Theme): void {
  const letters = cellLetters(item.cells, item.width * item.height);
  const wall = mixed(colors.surface, colors.muted, 0.45);
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i];
    if (letter === ".") continue;
    context.fillStyle = letter === "#" ? wall : markColor(letter.charCodeAt(0) - 97, colors);
    context.fillRect((i % item.width) * scale, Math.floor(i / item.width) * scale, scale, scale);
  }
  if (letters.length > 0 && scale >= 7) {
    context.fillStyle = colors.grid;
    for (let column = 0; column <= item.width; column++) context.fillRect(Math.round(column * scale), 0, 0.5, item.height * scale);
    for (let row = 0; row <= item.height; row++) context.fillRect(0, Math.round(row * scale), item.width * scale, 0.5);
  }
  context.strokeStyle = mixed(colors.surface, colors.muted, 0.5);
  context.lineWidth = Math.max(0.75, Math.min(2, scale * 0.08));
  context.beginPath();
  for (let i = 0; i + 3 < item.lines.length; i += 4) {
    context.moveTo(item.lines[i] * scale, item.lines[i + 1] * scale);
    context.lineTo(item.lines[i + 2] * scale, item.lines[i + 3] * scale);
  }
  context.stroke();
}

/** A block with a pointed front, its centre at the origin, towards positive x. */
function addThing(context: CanvasRenderingContext2D, pose: Pose, scale: number, length: number): void {
  const [cos, sin] = [Math.cos(pose.angle) * length, Math.sin(pose.angle) * length];
  const [x, y] = [pose.x * scale, pose.y * scale];
  const point = (along: number, across: number): [number, number] => [x + along * cos - across * sin, y + along * sin + across * cos];
  context.moveTo(...point(0.5, 0));
  context.lineTo(...point(0.12, 0.38));
  context.lineTo(...point(-0.45, 0.38));
  context.lineTo(...point(-0.45, -0.38));
  context.lineTo(...point(0.12, -0.38));
  context.closePath();
}

export function FilmStage({ item, poses, slots, hidden, scale, still, label }: FilmStageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cursor, setCursor] = useState<[number, number] | null>(null); // units
  const [width, height] = [item.width * scale, item.height * scale];
  const ratio = Math.max(1, devicePixelRatio);
  const colors = theme.value;
  const length = Math.max(LEAST, item.size * scale);

  const floor = useMemo(() => {
    const image = document.createElement("canvas");
    [image.width, image.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = image.getContext("2d");
    if (!context) return null;
    context.scale(ratio, ratio);
    drawFloor(context, item, scale, colors);
    return image;
  }, [item, scale, ratio, colors]);

  useLayoutEffect(() => {
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (!target || !context || !floor) return;
    if (target.width !== floor.width || target.height !== floor.height) [target.width, target.height] = [floor.width, floor.height];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, target.width, target.height);
    context.drawImage(floor, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    slots.forEach((slot, state) => {
      if (hidden.has(state)) return;
      context.fillStyle = slotColor(slot, colors);
      context.beginPath();
      for (const pose of poses) {
        if (pose.state === state) addThing(context, pose, scale, length);
      }
      context.fill();
    });
  }, [floor, poses, slots, hidden, scale, colors]);

  const found = still && cursor ? thingAt(poses, (s) => !hidden.has(s), cursor[0], cursor[1], Math.max(item.size, 6 / scale)) : null;
  const at = found === null ? null : poses[found];
  const thing = item.thing || "thing";
  return (
    <div
      class="film-stage"
      style={{ width: `${width}px` }}
      onPointerMove={(event) => {
        const bounds = canvas.current!.getBoundingClientRect();
        setCursor([(event.clientX - bounds.left) / scale, (event.clientY - bounds.top) / scale]);
      }}
      onPointerLeave={() => setCursor(null)}
    >
      <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} role="img" aria-label={`${item.title}: ${poses.length} ${thing}s at ${label}`} />
      {at && found !== null && (
        <Tooltip
          content={{ title: `${thing} ${found}`, rows: [{ label: item.states[at.state] ?? "", value: "", slot: slots[at.state] }] }}
          left={at.x * scale}
          top={Math.min(at.y * scale + 10, Math.max(0, height - 50))}
          width={width}
          shape="block"
        />
      )}
    </div>
  );
}
