import assert from "node:assert/strict";
import { test } from "node:test";
import { heatCellSize, heatShare } from "../src/lib/heat";
import { decadeMarks, durationMarks, linear, logDomain, niceStep, niceTicks, valueRange } from "../src/lib/scale";

test("steps and ticks are round", () => {
  assert.equal(niceStep(0.3), 0.5);
  assert.equal(niceStep(7), 10);
  assert.equal(niceStep(20), 20);
  assert.deepEqual(niceTicks(0, 100), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(niceTicks(-31.2, 9.4), [-40, -30, -20, -10, 0, 10]);
  assert.deepEqual(niceTicks(0, 9 * 3600, "s"), [0, 2, 4, 6, 8, 10].map((h) => h * 3600));
});

test("value axes start at zero unless the data is far from it", () => {
  assert.deepEqual(valueRange(3, 87), [0, 100]);
  assert.deepEqual(valueRange(980, 1020), [980, 1020]);
  assert.deepEqual(valueRange(3, 87, "%", 100), [0, 100]);
  assert.deepEqual(valueRange(3, 104, "%", 100), [0, 104]);
  assert.deepEqual(valueRange(0, 0), [0, 1]);
  assert.deepEqual(valueRange(null, null), [0, 1]);
  assert.equal(linear([0, 10], [100, 0])(2.5), 75);
});

test("logarithmic duration axes mark seconds, minutes, hours, days first", () => {
  assert.deepEqual(durationMarks(0.5, 2e5, 0.5), [1, 10, 60, 600, 3600, 21600, 86400]);
  assert.deepEqual(durationMarks(0.5, 2e5, 1.2), [1, 60, 3600, 86400]);
  assert.deepEqual(decadeMarks(1, 1000, 0.5), [1, 10, 100, 1000]);
});

test("logarithmic domains leave out zero and absurdly small values", () => {
  assert.deepEqual(logDomain([0, 1, 1000]), [1, 1000]);
  assert.deepEqual(logDomain([1e-12, 1e6], 8), [1e-2, 1e6]);
  assert.equal(logDomain([0, 0]), null);
  const [low, high] = logDomain([60, 60])!;
  assert.ok(low < 60 && high > 60);
});

test("heat map cells fit the page", () => {
  const groups = Array.from({ length: 5 }, () => ({ columns: 120, cells: { length: 6500 } }));
  const cell = heatCellSize(groups, 1240);
  assert.ok(cell >= 3 && cell * 120 <= 1240);
  assert.equal(heatCellSize([{ columns: 4, cells: { length: 16 } }], 1240), 18);
  assert.ok(heatCellSize(groups, 300) * 120 <= 300);
  assert.equal(heatShare(75, { min: 50, max: 100 }), 0.5);
  assert.equal(heatShare(5, { min: 5, max: 5 }), 0);
});
