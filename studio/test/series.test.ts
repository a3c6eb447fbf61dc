import assert from "node:assert/strict";
import { test } from "node:test";
import { cdfGrid, quantile } from "../src/lib/cdf";
import { thinExtremes, thinSteps } from "../src/lib/decimate";
import { barExtents, stack } from "../src/lib/stack";

test("thinning keeps peaks, gaps and ends", () => {
  const values: (number | null)[] = Array.from({ length: 10_000 }, (_, i) => Math.sin(i / 500));
  values[4321] = 99;
  values[7000] = values[7001] = null;
  const kept = thinExtremes([values], values.length, 200);
  assert.ok(kept.length < 1000);
  for (const i of [0, 4321, 7000, 7001, 9999]) assert.ok(kept.includes(i), String(i));
  assert.deepEqual(kept, [...kept].sort((a, b) => a - b));
  assert.deepEqual(thinExtremes([[1, 2, 3]], 3, 200), [0, 1, 2]);
});

test("thinning a distribution keeps its quantiles", () => {
  const n = 100_000;
  const p = Array.from({ length: n }, (_, i) => (i + 1) / n);
  const kept = thinSteps(p, 500);
  assert.ok(kept.length < 2500);
  assert.equal(kept[kept.length - 1], n - 1);
  for (const q of [0.5, 0.9, 0.99]) {
    const nearest = Math.min(...kept.map((i) => Math.abs(p[i] - q)));
    assert.ok(nearest < 0.002, `${q}: ${nearest}`);
  }
});

test("distributions meet on one grid", () => {
  const a = { label: "a", x: [0, 10, 100], p: [0.25, 0.5, 1] };
  const b = { label: "b", x: [50], p: [1] };
  assert.deepEqual(cdfGrid([a, b], 1, 200), {
    x: [1, 10, 50, 100, 200],
    p: [
      [0.25, 0.5, 0.5, 1, 1],
      [0, 0, 1, 1, 1],
    ],
  });
  assert.equal(quantile(a, 0.5), 10);
  assert.equal(quantile(a, 0.9), 100);
  assert.equal(quantile({ label: "censored", x: [1], p: [0.4] }, 0.5), null);
});

test("stacks skip what is missing", () => {
  assert.deepEqual(stack([[1, null, null], [2, 3, null]], 3), [
    [1, 0, null],
    [3, 3, null],
  ]);
  assert.deepEqual(barExtents([[2, -1], [3, -2]], 2, true), [
    [{ from: 0, to: 2 }, { from: 0, to: -1 }],
    [{ from: 2, to: 5 }, { from: -1, to: -3 }],
  ]);
});
