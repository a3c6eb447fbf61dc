// A film of things that move about a floor seen from above, with the controls of a player.

import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { assignSlots } from "../lib/colors";
import { decodeFilm, filmScale, filmSpeeds, frameAt, poseAt } from "../lib/film";
import { formatDuration } from "../lib/format";
import { formatInstant } from "../lib/time";
import type { FilmItem } from "../schema";
import { theme } from "../theme";
import { Card } from "./Card";
import { Charts } from "./context";
import { CsvButton } from "./CsvButton";
import { Empty } from "./Empty";
import { FilmStage, markColor } from "./FilmStage";
import { Legend } from "./Legend";
import { useHidden } from "./useHidden";
import { useWidth } from "./useWidth";

const VIEW = 680; // pixels of height
const STEPS = 100; // of the page keys over the whole film

export function FilmView({ item }: { item: FilmItem }) {
  const { calendar } = useContext(Charts);
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const hidden = useHidden(item.states.length);
  const film = useMemo(() => decodeFilm(item), [item]);
  const slots = useMemo(() => assignSlots(item.states, new Map()), [item]);
  const [from, to] = [item.time[0] ?? 0, item.time[item.time.length - 1] ?? 0];
  const { speeds, usual } = useMemo(() => filmSpeeds(to - from), [item]);
  const [now, setNow] = useState(from);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(usual);

  // It never starts by itself. Who asked for less motion sees frame after frame, nothing between.
  const calm = useMemo(() => matchMedia("(prefers-reduced-motion: reduce)").matches, []);
  useEffect(() => {
    if (!playing) return;
    let last: number | null = null;
    let request = requestAnimationFrame(function step(clock) {
      const passed = last === null ? 0 : Math.min(0.25, (clock - last) / 1000);
      last = clock;
      setNow((t) => Math.min(to, t + passed * speed));
      request = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(request);
  }, [playing, speed, to]);
  useEffect(() => {
    if (now >= to) setPlaying(false);
  }, [now >= to]);

  const frame = frameAt(item.time, now);
  const gap = (item.time[frame + 1] ?? now) - item.time[frame];
  const share = calm || !(gap > 0) ? 0 : (now - item.time[frame]) / gap;
  const poses = useMemo(() => Array.from({ length: film.things }, (_, i) => poseAt(film, i, frame, share)), [film, frame, share]);

  if (film.things === 0 || film.frames === 0) {
    return (
      <Card title={item.title} note={item.note} wide>
        <Empty reason={item.empty} />
      </Card>
    );
  }

  const toggle = (): void => {
    if (!playing && now >= to) setNow(from);
    setPlaying(!playing);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if ((event.target as HTMLElement).closest("button, select")) return;
    if (event.key !== " " && event.key !== "k") return;
    event.preventDefault();
    toggle();
  };
  const instant = calendar ? formatInstant(now, 1, true) : formatDuration(Math.round(now));
  const scale = width > 0 ? filmScale(item.width, item.height, width, VIEW, Math.max(1, devicePixelRatio)) : 0;
  return (
    <Card title={item.title} note={item.note} wide actions={<CsvButton item={item} />}>
      <Legend labels={item.states} slots={slots} shape="block" hidden={hidden} />
      {item.marks.length > 0 && (
        <div class="film-marks">
          {item.marks.map((mark, i) => (
            <span key={mark}>
              <i style={{ background: markColor(i, theme.value) }} />
              {mark}
            </span>
          ))}
        </div>
      )}
      <div class="film" ref={host} onKeyDown={onKeyDown}>
        {scale > 0 && <FilmStage item={item} poses={poses} slots={slots} hidden={hidden} scale={scale} still={!playing} label={instant} />}
        <div class="film-controls">
          <button type="button" class="quiet play" onClick={toggle} aria-pressed={playing}>
            {playing ? "Pause" : "Play"}
          </button>
          <input
            type="range"
            min={from}
            max={to}
            step="any"
            value={now}
            aria-label={`${item.title}: time`}
            aria-valuetext={instant}
            onInput={(event) => {
              setPlaying(false);
              setNow(Number(event.currentTarget.value));
            }}
            onKeyDown={(event) => {
              const page = Math.max(1, Math.round(item.time.length / STEPS));
              const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: page, PageDown: -page }[event.key];
              if (step === undefined) return;
              event.preventDefault();
              setPlaying(false);
              setNow(item.time[Math.min(Math.max(frame + step * (event.shiftKey ? 10 : 1), 0), item.time.length - 1)]);
            }}
          />
          <span class="film-time">{instant}</span>
          <label class="axis-label">
            speed{" "}
            <select value={String(speed)} onChange={(event) => setSpeed(Number(event.currentTarget.value))}>
              {speeds.map((s) => (
                <option key={s} value={String(s)}>
                  {s} ×
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
    </Card>
  );
}
