import assert from "node:assert/strict";
import { test } from "node:test";
import { itemRows } from "../src/lib/csv";
import { cellLetters, decodeFilm, deltas, filmScale, filmSpeeds, frameAt, poseAt, thingAt } from "../src/lib/film";
import { parseReport } from "../src/lib/parse";
import type { FilmItem, HeatMapItem } from "../src/schema";

// What the engine's report.test.cc pins, letter by letter.
const written = {
  kind: "film", title: "Floor", width: 3, height: 2, cells: "#3.a#", marks: ["dock"], lines: [0, 0.5, 3, 0.5], states: ["driving", "waiting"], size: 1,
  thing: "robot", things: 2, per_unit: 16, time: [0, 0.5, 1], x: "MBAQPwAB", y: "EAABIAAAHw==", heading: "AAEIEAAB", state: "AAICAAAB",
};
function read(data: object): FilmItem {
  const parsed = parseReport(JSON.stringify({ schema: 1, run: {}, sections: [{ title: "S", items: [data] }] }));
  assert.ok(parsed.state === "report");
  const item = parsed.report.sections![0].items![0];
  assert.ok(item.kind === "film");
  return item;
}

test("a film as the engine writes it", () => {
  const film = decodeFilm(read(written));
  assert.deepEqual([...film.x], [1.5, 2, 2.5, 0.5, 0.5, 0.5]);
  assert.deepEqual([...film.y], [0.5, 0.5, 0.5, 1.5, 1.5, 0.5]);
  assert.deepEqual([...film.heading], [0, 0, 4, 12, 12, 12]);
  assert.deepEqual([...film.state], [0, 0, 0, 1, 1, 0]);
  assert.equal(cellLetters(written.cells, 6), "#...a#");
  assert.deepEqual([...deltas("/v///w/9////Hw==", 2)!], [2147483647, -2147483648]);
});

test("between frames things are on their way and turn the shorter way round", () => {
  const film = decodeFilm(read(written));
  const half = poseAt(film, 0, 1, 0.5);
  assert.deepEqual([half.x, half.y, half.angle], [2.25, 0.5, Math.PI / 4]);
  assert.equal(poseAt(film, 1, 1, 0.5).y, 1);
  assert.equal(poseAt(film, 1, 1, 0.5).state, 1);
  assert.equal(poseAt(film, 1, 2, 0.5).y, 0.5); // nothing after the last
  const back = poseAt({ ...film, heading: Uint8Array.from([1, 15, 0, 0, 0, 0]) }, 0, 0, 0.5);
  assert.ok(Math.abs(back.angle) < 1e-9);
  assert.deepEqual([-1, 0, 0.49, 0.5, 0.7, 9].map((t) => frameAt(written.time, t)), [0, 0, 0, 1, 1, 2]);
});

test("the thing under the cursor", () => {
  const film = decodeFilm(read(written));
  const poses = [0, 1].map((i) => poseAt(film, i, 0, 0));
  assert.equal(thingAt(poses, () => true, 1.4, 0.6, 1), 0);
  assert.equal(thingAt(poses, (s) => s === 1, 1.4, 0.6, 2), 1);
  assert.equal(thingAt(poses, () => true, 3, 2, 1), null);
});

test("data that is not whole shows as empty, not as nonsense", () => {
  for (const wrong of [{ x: "MBAQPwA=" }, { x: "MBAQPwAC" }, { y: "%" }, { state: "" }, { things: 3 }, { width: 0 }, { heading: "/w==" }, { x: "MBAQPwABAA==" }]) {
    assert.equal(decodeFilm(read({ ...written, ...wrong })).things, 0, JSON.stringify(wrong));
  }
  assert.equal(decodeFilm(read({ kind: "film" })).things, 0);
  assert.equal(cellLetters("9#", 4), "####");
});

test("cells are whole pixels that fit, and a film has a speed that lasts about a minute", () => {
  assert.equal(filmScale(100, 50, 1250, 680, 1), 12);
  assert.equal(filmScale(100, 50, 1250, 680, 2), 12.5);
  assert.equal(filmScale(500, 140, 1250, 680, 1), 2);
  assert.equal(filmScale(2000, 100, 1000, 680, 1), 0.5);
  assert.equal(filmSpeeds(3600).usual, 60);
  assert.ok(filmSpeeds(0).speeds.length > 0);
});

test("a film is saved as a row per thing and frame", () => {
  const rows = itemRows(read(written), false);
  assert.deepEqual(rows[0], ["robot", "time (s)", "x", "y", "heading (degrees)", "state"]);
  assert.deepEqual(rows[3], [0, 1, 2.5, 0.5, 90, "driving"]);
  assert.equal(rows.length, 7);
});

test("a heat map as CSV: cells of a map by column and row, others by number", () => {
  const heat = (map: boolean): HeatMapItem => ({
    kind: "heatmap", title: "Waiting", scale: { label: "waiting", unit: "s", min: 0, max: 3 }, groups: [{ label: "Floor", columns: 2, cells: [1, null, 3], map }],
  });
  assert.deepEqual(itemRows(heat(true), false), [["group", "column", "row", "waiting (s)"], ["Floor", 0, 0, 1], ["Floor", 1, 0, null], ["Floor", 0, 1, 3]]);
  assert.deepEqual(itemRows(heat(false), false), [["group", "index", "waiting (s)"], ["Floor", 0, 1], ["Floor", 1, null], ["Floor", 2, 3]]);
});
