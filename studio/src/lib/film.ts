// Films: from an item's texts to positions, and where everything is at a moment between two frames.

import type { FilmItem } from "../schema";

export interface Film {
  things: number; // 0 if the data is not whole
  frames: number;
  x: Float32Array; // [things][frames] units
  y: Float32Array; // [things][frames]
  heading: Uint8Array; // [things][frames] sixteenths of a turn, clockwise from east
  state: Uint8Array; // [things][frames]
}

export interface Pose {
  x: number;
  y: number;
  /** Radians, clockwise from east. */
  angle: number;
  state: number;
}

/** Numbers from their differences: zigzag in groups of seven bits, a 0 before how many more zeros follow, all in base64. */
export function deltas(source: string, count: number): Int32Array | null {
  let bytes: string;
  try {
    bytes = atob(source);
  } catch {
    return null;
  }
  let at = 0;
  const next = (): number => {
    let [value, scale] = [0, 1];
    for (; at < bytes.length; scale *= 128) {
      const byte = bytes.charCodeAt(at++);
      value += (byte & 127) * scale; // no shifts: differences may have 33 bits
      if (byte < 128) return value;
    }
    return NaN;
  };
  const out = new Int32Array(count);
  let [last, done] = [0, 0];
  while (done < count && at < bytes.length) {
    const code = next();
    last += code % 2 === 0 ? code / 2 : -(code + 1) / 2;
    const run = code === 0 ? 1 + next() : 1;
    if (Number.isNaN(last) || !(done + run <= count)) return null;
    out.fill(last, done, done + run);
    done += run;
  }
  return done === count && at === bytes.length ? out : null;
}

export function decodeFilm(item: FilmItem): Film {
  const frames = item.time.length;
  const count = item.things * frames;
  const [x, y, heading, state] = [item.x, item.y, item.heading, item.state].map((text) => deltas(text, count));
  if (!x || !y || !heading || !state || !(item.width > 0) || !(item.height > 0)) {
    return { things: 0, frames, x: new Float32Array(), y: new Float32Array(), heading: new Uint8Array(), state: new Uint8Array() };
  }
  const units = (values: Int32Array): Float32Array => Float32Array.from(values, (v) => v / item.per_unit);
  return { things: item.things, frames, x: units(x), y: units(y), heading: Uint8Array.from(heading), state: Uint8Array.from(state) };
}

/** The letters of a floor's cells, row by row: "3#." is "###.". */
export function cellLetters(runs: string, count: number): string {
  let out = "";
  for (const [, length, letter] of runs.matchAll(/(\d*)(\D)/g)) {
    out += letter.repeat(Math.min(Number(length || 1), count - out.length));
  }
  return out;
}

/** The last frame that is not after `time`, at least the first. */
export function frameAt(time: readonly number[], when: number): number {
  let [low, high] = [0, time.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (time[middle] <= when) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where a thing is `share` of the way from a frame to the next; it turns the shorter way round. */
export function poseAt(film: Film, thing: number, frame: number, share: number): Pose {
  const i = thing * film.frames + frame;
  const j = frame + 1 < film.frames ? i + 1 : i;
  const between = (values: Float32Array): number => values[i] + (values[j] - values[i]) * share;
  const turn = ((((film.heading[j] - film.heading[i]) % 16) + 24) % 16) - 8;
  return { x: between(film.x), y: between(film.y), angle: ((film.heading[i] + turn * share) * Math.PI) / 8, state: film.state[i] };
}

/** The thing nearest to a point, no further than `reach`. */
export function thingAt(poses: readonly Pose[], shown: (state: number) => boolean, x: number, y: number, reach: number): number | null {
  let [best, least] = [null as number | null, reach];
  poses.forEach((pose, i) => {
    const distance = Math.hypot(pose.x - x, pose.y - y);
    if (shown(pose.state) && distance <= least) [best, least] = [i, distance];
  });
  return best;
}

/** Pixels per unit: the floor as wide as the page but no higher than the view; whole device pixels if there is room for two. */
export function filmScale(width: number, height: number, room: number, view: number, ratio: number): number {
  const fit = Math.min(room / width, view / height, 32);
  const whole = Math.floor(fit * ratio);
  return whole >= 2 ? whole / ratio : fit;
}

/** Speeds to choose from, in simulated seconds a second: round, and about right for a film of this length. */
export function filmSpeeds(length: number): { speeds: number[]; usual: number } {
  const speeds = [0.25, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 3600].filter((s) => length / s >= 4 && length / s <= 3600);
  if (speeds.length === 0) speeds.push(1);
  const usual = speeds.reduce((a, b) => (Math.abs(Math.log(length / b / 60)) < Math.abs(Math.log(length / a / 60)) ? b : a));
  return { speeds, usual };
}
