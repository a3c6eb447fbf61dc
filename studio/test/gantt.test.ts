import assert from "node:assert/strict";
import { test } from "node:test";
import { itemRows } from "../src/lib/csv";
import { ganttLayout, spanAt, timeTicks, zoomed } from "../src/lib/gantt";
import { parseReport } from "../src/lib/parse";
import { isSequence } from "../src/lib/stack";
import { nearestPoint, xyPoints, xyTicks } from "../src/lib/xy";
import type { Spans } from "../src/schema";

const spans: Spans = {
  row: [0, 0, 0, 1, 0],
  category: [0, 1, 0, 0, 0],
  start: [10, 0, 5, 0, 12],
  end: [20, 6, 10, 30, 14],
  label: ["c", "a", "b", "d", "e"],
};
const all = (): boolean => true;

test("spans of a row that overlap take lanes of their own, as few as will do", () => {
  const layout = ganttLayout(spans, 3);
  assert.deepEqual(layout.lane, [0, 0, 1, 0, 1]);
  assert.deepEqual(layout.lanes, [2, 1, 1]);
  assert.deepEqual(layout.byRow, [[1, 2, 0, 4], [3], []]);
  assert.deepEqual(layout.domain, [0, 30]);
});

test("a hundred thousand spans are laid out at once", () => {
  const n = 100_000;
  const many: Spans = { row: [], category: [], start: [], end: [], label: [] };
  for (let i = 0; i < n; i++) {
    many.row.push(i % 100);
    many.category.push(0);
    many.start.push(i);
    many.end.push(i + 150);
    many.label.push("");
  }
  const began = performance.now();
  const layout = ganttLayout(many, 100);
  assert.ok(performance.now() - began < 2000);
  assert.ok(layout.lanes.every((lanes) => lanes === 2));
});

test("the cursor finds the span of its lane, and short spans from nearby", () => {
  const layout = ganttLayout(spans, 3);
  assert.equal(spanAt(layout, spans, all, 0, 0.2, 13, 0), 0);
  assert.equal(spanAt(layout, spans, all, 0, 0.8, 13, 0), 4);
  assert.equal(spanAt(layout, spans, all, 0, 0.2, 8, 0), 2);
  assert.equal(spanAt(layout, spans, all, 0, 0.2, 21, 0.5), null);
  assert.equal(spanAt(layout, spans, all, 0, 0.2, 21, 1), 0);
  assert.equal(spanAt(layout, spans, (c) => c === 1, 0, 0.2, 13, 0), null);
  assert.equal(spanAt(layout, spans, all, 2, 0.5, 13, 5), null);
});

test("time ticks are round and inside", () => {
  const day = 86400;
  assert.deepEqual(timeTicks(0.3 * day, 2.2 * day, 4), { ticks: [0.5 * day, day, 1.5 * day, 2 * day], step: day / 2 });
  assert.deepEqual(zoomed(5, -3, [0, 10]), [0, 5]);
  assert.equal(zoomed(5, 5, [0, 10]), null);
});

test("only whole spans are drawn, and saved as CSV", () => {
  const data = { row: [0, 5, 0, 0], category: [0, 0, 0, 0], start: [0, 0, 9, 60], end: [60, 9, 1, 90], label: ["x"] };
  const item = { kind: "gantt", title: "T", rows: ["tool"], categories: ["busy"], spans: data };
  const parsed = parseReport(JSON.stringify({ schema: 1, run: {}, sections: [{ title: "S", items: [item, { kind: "gantt" }, { kind: "xy", series: [{ label: "a", x: [1], y: [2] }] }] }] }));
  assert.ok(parsed.state === "report");
  const [gantt, none, xy] = parsed.report.sections![0].items!;
  assert.ok(gantt.kind === "gantt" && none.kind === "gantt" && xy.kind === "xy");
  assert.deepEqual(gantt.spans.start, [0, 60]);
  assert.deepEqual(none.spans.row, []);
  assert.deepEqual(itemRows(gantt, true)[1], ["tool", "busy", "1970-01-01T00:00:00.000Z", "1970-01-01T00:01:00.000Z", "x"]);
  assert.deepEqual(itemRows(gantt, false)[2], ["tool", "busy", 60, 90, ""]);
  assert.deepEqual(itemRows(xy, false), [["series", "x", "y", "low", "high"], ["a", 1, 2, null, null]]);
});

test("xy axes cover points and error bars", () => {
  const series = [
    { label: "a", x: [80, 90, null], y: [1.5, 2, 3], lo: [1.4, 1.8, 3], hi: [1.6, 4.1, 3] },
    { label: "b", x: [95], y: [null] },
  ];
  const points = xyPoints(series, [0, 1]);
  assert.deepEqual(points.map((p) => [p.series, p.index]), [[0, 0], [0, 1]]);
  const ticks = xyTicks(series, points);
  assert.ok(ticks.x[0] <= 80 && ticks.x[ticks.x.length - 1] >= 90 && ticks.x[0] > 50);
  assert.ok(ticks.y[0] === 0 && ticks.y[ticks.y.length - 1] >= 4.1);
  assert.equal(nearestPoint(points, (p) => [p.x, p.y], [89, 2], 5), points[1]);
  assert.equal(nearestPoint(points, (p) => [p.x, p.y], [60, 2], 5), null);
  assert.ok(xyTicks(series, []).x.length > 1);
});

test("numbered bars need not all be named, but tools do", () => {
  const ten = Array.from({ length: 10 }, (_, i) => i);
  assert.ok(isSequence([...ten.map((i) => `${i}–${i + 1} h`), "≥ 10 h"]));
  assert.ok(!isSequence(ten.map((i) => `Etch_FE_${i}`)));
});
