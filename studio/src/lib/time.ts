// Points in simulated time as text: dates in UTC for calendar runs, durations from 0 otherwise.

import { formatDuration, formatDurationTick } from "./format";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = 86400;
const pad = (n: number): string => String(n).padStart(2, "0");

function at(seconds: number): Date {
  return new Date(Math.round(seconds * 1000));
}

export function formatDate(seconds: number): string {
  const date = at(seconds);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** "14 Mar 2027" when samples are a day or more apart, "14 Mar 2027 06:00 UTC" otherwise. */
export function formatInstant(seconds: number, step: number, calendar: boolean): string {
  if (!calendar) return formatDuration(seconds);
  if (step >= DAY) return formatDate(seconds);
  const date = at(seconds);
  const clock = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}` + (step < 60 ? `:${pad(date.getUTCSeconds())}` : "");
  return `${formatDate(seconds)} ${clock} UTC`;
}

/** Labels of a calendar axis; the second line names the year or day where it changes. */
export function calendarTicks(ticks: readonly number[], step: number): string[] {
  let previous = "";
  return ticks.map((tick) => {
    const date = at(tick);
    const year = String(date.getUTCFullYear());
    const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
    if (step >= 360 * DAY) return year;
    const [first, second] =
      step >= 27 * DAY
        ? [MONTHS[date.getUTCMonth()], year]
        : step >= DAY
          ? [day, year]
          : [`${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}` + (step < 60 ? `:${pad(date.getUTCSeconds())}` : ""), day];
    const label = second === previous ? first : `${first}\n${second}`;
    previous = second;
    return label;
  });
}

export function elapsedTicks(ticks: readonly number[]): string[] {
  return ticks.map(formatDurationTick);
}

/** A Date whose local fields read the UTC of `seconds`: uPlot places its ticks by local fields. */
export function asUtc(seconds: number): Date {
  const date = at(seconds);
  return new Date(date.getTime() + date.getTimezoneOffset() * 60_000);
}

/** Seconds of a run's `start` or `end`, which is an ISO date or a number of seconds. */
export function toSeconds(when: string | number | undefined): number | null {
  if (when === undefined) return null;
  const seconds = typeof when === "number" ? when : Date.parse(when) / 1000;
  return Number.isFinite(seconds) ? seconds : null;
}

/** "1 Jan 2026 – 1 Jan 2031 (5 years)", or "8 h" when the run has no calendar. */
export function formatSpan(start: string | number | undefined, end: string | number | undefined, calendar: boolean): string {
  const from = toSeconds(start);
  const to = toSeconds(end);
  if (from === null || to === null) return "";
  if (!calendar) return formatDuration(to - from);
  const days = (to - from) / DAY;
  const count = (n: number, word: string): string => `${Number(n.toFixed(1))} ${word}${Number(n.toFixed(1)) === 1 ? "" : "s"}`;
  const length =
    days >= 700 ? count(days / 365.25, "year") : days >= 2 ? count(days, "day") : formatDuration(to - from);
  return `${formatDate(from)} – ${formatDate(to)} (${length})`;
}
