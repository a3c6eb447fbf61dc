import assert from "node:assert/strict";
import { test } from "node:test";
import { assignSlots, contrast, INK, rampColor, THEMES } from "../src/lib/colors";
import { toCsv } from "../src/lib/csv";
import { knownSlots } from "../src/lib/known";
import { kpiMatrix } from "../src/lib/kpis";
import { parseReport } from "../src/lib/parse";
import { nextSort, sortRows } from "../src/lib/sort";

test("series and text stand out from the surface in both themes", () => {
  for (const theme of Object.values(THEMES)) {
    for (const color of theme.palette) assert.ok(contrast(color, theme.surface) >= 3, color);
    assert.ok(contrast(theme.muted, theme.surface) >= 4.5);
    assert.equal(rampColor(theme.ramp, 2), rampColor(theme.ramp, 1));
  }
});

test("a group keeps its colour in every chart", () => {
  const known = knownSlots(["All", "A", "B"], []);
  assert.deepEqual(assignSlots(["B", "other", "All", "more"], known), [1, 0, INK, 2]);
});

test("key figures become a matrix in order of appearance", () => {
  const matrix = kpiMatrix([
    { group: "All", key: "a", label: "A", value: 1, unit: "%" },
    { group: "All", key: "b", label: "B", value: 2 },
    { group: "X", key: "b", label: "B", value: 3, note: "late note" },
  ]);
  assert.deepEqual(matrix.groups, ["All", "X"]);
  assert.deepEqual(matrix.rows.map((r) => [r.key, r.unit, r.note, r.values]), [
    ["a", "%", "", [1, null]],
    ["b", "", "late note", [2, 3]],
  ]);
});

test("tables sort numbers, text and blanks, and come back to the given order", () => {
  const rows = [["b", 2], ["a10", null], ["a9", 10]];
  assert.deepEqual(sortRows(rows, { column: 1, descending: true }), [2, 0, 1]);
  assert.deepEqual(sortRows(rows, { column: 1, descending: false }), [0, 2, 1]);
  assert.deepEqual(sortRows(rows, { column: 0, descending: false }), [2, 1, 0]);
  let sort = nextSort(null, 1, true);
  assert.deepEqual(sort, { column: 1, descending: true });
  sort = nextSort(sort, 1, true);
  assert.deepEqual(sort, { column: 1, descending: false });
  assert.equal(nextSort(sort, 1, true), null);
});

test("CSV quotes what needs quoting", () => {
  assert.equal(toCsv([["a,b", 1, null], ['say "x"', 2.5, "c"]]), '"a,b",1,\r\n"say ""x""",2.5,c\r\n');
});

test("the page tells data from the placeholder and from mistakes", () => {
  assert.equal(parseReport('{"dure":"data"}').state, "placeholder");
  const wrong = ["{", "[]", '{"schema":2,"run":{}}', '{"schema":1}'].map(parseReport);
  assert.ok(wrong.every((p) => p.state === "error"));
  const parsed = parseReport('{"schema":1,"run":{"id":"r1"},"sections":[{"title":"S","items":[{"kind":"time","title":"T"}]}]}');
  assert.ok(parsed.state === "report");
  assert.equal(parsed.report.run.title, "r1");
  assert.deepEqual(parsed.report.kpis, []);
  const item = parsed.report.sections![0].items![0];
  assert.ok(item.kind === "time" && item.time.length === 0 && item.series.length === 0);
});
