import assert from "node:assert/strict";
import { test } from "node:test";
import { asUtc, calendarTicks, formatInstant, formatSpan } from "../src/lib/time";

const at = (text: string): number => Date.parse(text) / 1000;
const DAY = 86400;

test("an instant says as much as its step warrants", () => {
  assert.equal(formatInstant(at("2027-03-14T06:00:00Z"), DAY, true), "14 Mar 2027");
  assert.equal(formatInstant(at("2027-03-14T06:00:00Z"), 3600, true), "14 Mar 2027 06:00 UTC");
  assert.equal(formatInstant(5400, 60, false), "1 h 30 min");
});

test("calendar ticks name the year only where it changes", () => {
  const months = ["2026-11-01", "2026-12-01", "2027-01-01", "2027-02-01"].map((d) => at(d + "T00:00:00Z"));
  assert.deepEqual(calendarTicks(months, 28 * DAY), ["Nov\n2026", "Dec", "Jan\n2027", "Feb"]);
  assert.deepEqual(calendarTicks(months.slice(2), 365 * DAY), ["2027", "2027"]);
});

test("ticks fall on UTC wherever the reader is", () => {
  const date = asUtc(at("2026-01-01T00:00:00Z"));
  assert.deepEqual([date.getFullYear(), date.getMonth(), date.getDate(), date.getHours()], [2026, 0, 1, 0]);
});

test("spans", () => {
  assert.equal(formatSpan("2026-01-01T00:00:00Z", "2031-01-01T00:00:00Z", true), "1 Jan 2026 – 1 Jan 2031 (5 years)");
  assert.equal(formatSpan("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", true), "1 Jan 2026 – 1 Feb 2026 (31 days)");
  assert.equal(formatSpan(0, 28800, false), "8 h");
  assert.equal(formatSpan(undefined, 28800, false), "");
});
