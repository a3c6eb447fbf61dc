import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, formatDurationTick, formatHeadline, formatNumber, formatShared, formatTicks, formatValue, readable, sharedDecimals } from "../src/lib/format";

test("numbers keep three significant digits, none they do not have, and all of an integer", () => {
  assert.equal(formatNumber(87.1234), "87.1");
  assert.equal(formatNumber(84.98), "85.0");
  assert.equal(formatNumber(9.4), "9.4");
  assert.equal(formatNumber(0.04231), "0.0423");
  assert.equal(formatNumber(1234.56), "1,235");
  assert.equal(formatNumber(12345678), "12,345,678");
  assert.equal(formatNumber(0), "0");
  assert.equal(formatNumber(-4.125), "−4.13");
  assert.equal(formatNumber(null), "–");
});

test("very large and very small numbers get a prefix or a power of ten", () => {
  assert.equal(formatNumber(6.468e9), "6.47 G");
  assert.equal(formatNumber(2e12), "2 T");
  assert.equal(formatNumber(1.25e-6), "1.25×10⁻⁶");
  assert.equal(formatHeadline(20_100_600), "20.1 M");
  assert.equal(formatHeadline(260_000), "260,000");
});

test("values carry their unit", () => {
  assert.equal(formatValue(87.1, "%"), "87.1%");
  assert.equal(formatValue(260000, "GPUs"), "260,000 GPUs");
  assert.equal(formatValue(5400, "s"), "1 h 30 min");
  assert.equal(formatValue(null, "%"), "–");
});

test("durations read in the units people use", () => {
  assert.equal(formatDuration(0), "0 s");
  assert.equal(formatDuration(3.5e-4), "350 µs");
  assert.equal(formatDuration(12.5), "12.5 s");
  assert.equal(formatDuration(59.9), "1 min");
  assert.equal(formatDuration(200), "3 min 20 s");
  assert.equal(formatDuration(3599.9), "1 h");
  assert.equal(formatDuration(5 * 3600 + 600), "5 h 10 min");
  assert.equal(formatDuration(86399), "1 d");
  assert.equal(formatDuration(2 * 86400 + 3 * 3600), "2 d 3 h");
  assert.equal(formatDuration(5 * 365.25 * 86400), "5 y");
  assert.equal(formatDuration(-90), "−1 min 30 s");
  assert.equal(formatDurationTick(5400), "1.5 h");
  assert.equal(formatDurationTick(1e-3), "1 ms");
});

test("numbers side by side share their decimals", () => {
  assert.equal(sharedDecimals([87.1, 9.35, 100]), 1);
  assert.equal(sharedDecimals([50000, 60000]), 0);
  assert.equal(sharedDecimals([0.34, 0.59]), 2);
  assert.equal(sharedDecimals([1310.25, 12.75]), 1);
  assert.equal(sharedDecimals([null, 0]), 0);
  assert.equal(formatShared(9.4, 2), "9.40");
  assert.equal(formatShared(0.0042, 1), "0.0042");
  assert.equal(formatShared(null, 1), "–");
});

test("a row of seconds moves to one readable unit", () => {
  assert.deepEqual(readable([3600, 7200, 14400], "s"), { values: [1, 2, 4], unit: "h" });
  assert.deepEqual(readable([0.002, null], "s"), { values: [2, null], unit: "ms" });
  assert.deepEqual(readable([3600], "GPU"), { values: [3600], unit: "GPU" });
});

test("ticks of one axis share prefix and decimals", () => {
  assert.deepEqual(formatTicks([0, 50000, 100000]), ["0", "50k", "100k"]);
  assert.deepEqual(formatTicks([0, 2500, 5000]), ["0", "2,500", "5,000"]);
  assert.deepEqual(formatTicks([0, 0.25, 0.5]), ["0", "0.25", "0.50"]);
  assert.deepEqual(formatTicks([-10, 0, 10]), ["−10", "0", "10"]);
});
