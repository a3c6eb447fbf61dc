// Writes a synthetic report: five owners' GPU fleets, 2026 to 2031. Same output every time; nothing here is measured.
//   node sample.mjs sample.json

import { writeFileSync } from "node:fs";

let state = 20260101;
const random = () => {
  // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const round = (value, digits = 1) => Number(value.toFixed(digits));
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

const OWNERS = [
  { name: "Government", gpus: 50_000, load: 0.82 },
  { name: "Samsung", gpus: 50_000, load: 0.88 },
  { name: "SK", gpus: 50_000, load: 0.91 },
  { name: "Hyundai", gpus: 50_000, load: 0.74 },
  { name: "Naver", gpus: 60_000, load: 0.94 },
];
const START = Date.UTC(2026, 0, 1) / 1000;
const END = Date.UTC(2031, 0, 1) / 1000;
const STEP = 2 * 86400;
const time = Array.from({ length: Math.floor((END - START) / STEP) }, (_, i) => START + i * STEP);

// A tenth of the fleet every half-year.
const halfYears = Array.from({ length: 10 }, (_, i) => `${2026 + Math.floor(i / 2)} H${1 + (i % 2)}`);
const halfYear = (t) => Math.floor(((t - START) / (END - START)) * 10);
const installed = (owner, t) => (owner.gpus / 10) * (halfYear(t) + 1);

const utilisation = OWNERS.map((owner) => {
  let drift = 0;
  return time.map((t, i) => {
    drift = 0.9 * drift + 1.2 * normal();
    const sinceDelivery = ((((t - START) / (END - START)) * 10) % 1) * 182;
    const ramp = 1 - 0.25 * Math.exp(-sinceDelivery / 20);
    return owner.name === "Hyundai" && i > 400 && i < 420 ? null : round(clamp(owner.load * 100 * ramp + drift + 4 * Math.sin(i / 29), 0, 100));
  });
});
const inUse = OWNERS.map((owner, o) => time.map((t, i) => (utilisation[o][i] === null ? null : Math.round((utilisation[o][i] / 100) * installed(owner, t)))));
const queue = OWNERS.map((owner) => {
  let depth = 20;
  return time.map(() => Math.round((depth = clamp(depth + 14 * normal() + (60 * owner.load - depth) * 0.05, 0, 400))));
});

const waits = OWNERS.map((owner) => {
  const x = Array.from({ length: 4000 }, () => (random() < 0.5 - 0.3 * owner.load ? 0 : Math.exp(6.2 + 2.5 * owner.load + 1.9 * normal()))).sort((a, b) => a - b);
  return { label: owner.name, x: x.map((v) => round(v, 3)), p: x.map((_, i) => (i + 1) / x.length) };
});

const NODE = 8; // GPUs
const heat = OWNERS.map((owner) => {
  const nodes = owner.gpus / NODE;
  const cells = [];
  for (let i = 0; i < nodes; i++) {
    const rack = Math.floor(i / 18);
    cells.push(i > nodes * 0.96 ? null : random() < 0.012 ? 0 : Math.round(8 * clamp(owner.load + 0.15 * Math.sin(rack * 1.7) + 0.12 * normal(), 0, 1)) * 12.5);
  }
  return { label: owner.name, columns: 120, cells, cell_label: "node" };
});

const kpis = [];
const figures = (group, load, gpus, o) => {
  const add = (key, label, value, unit, note) => kpis.push({ group, key, label, value, unit, ...(note && { note }) });
  add("gpus", "GPUs installed", gpus, "GPUs", "at the end of the run");
  add("allocation", "GPU allocation", round(load * 98.7, 2), "%", "time-weighted over installed GPUs");
  add("goodput", "Goodput", round(load * 91.3, 2), "%", "useful GPU time over installed GPU time");
  add("wait_mean", "Mean queue wait", round(5400 * load * load + 120 * o, 1), "s", "submission to start");
  add("wait_p99", "99th percentile wait", round(190_000 * load, 1), "s");
  add("jobs", "Jobs finished", Math.round(gpus * 77.31), "jobs");
  add("failures", "Node failures", Math.round(gpus * 0.0531), "");
  if (group !== "Hyundai") add("lost", "Work lost to failures", round(0.34 + 0.05 * o, 3), "%", "of GPU time, from the last checkpoint");
  add("energy", "Energy", Math.round(gpus * 1.1 * 8760 * 3 * load), "kWh");
};
figures("All owners", 0.861, 260_000, 0);
OWNERS.forEach((owner, o) => figures(owner.name, owner.load, owner.gpus, o + 1));

const byOwner = (values) => OWNERS.map((owner, o) => ({ label: owner.name, values: values[o] }));
const rows = OWNERS.flatMap((owner) =>
  halfYears.map((half, h) => [owner.name, half, (owner.gpus / 10) * (h + 1), round(owner.load * 100 + normal(), 2), round(900 + 8000 * random(), 0), h === 9 ? null : Math.round(20 + 200 * random())]),
);

// 40 nodes' week before the end: jobs, checks and repairs; a spare node runs two jobs at a time.
const CATEGORIES = ["Training", "Inference", "Check", "Repair"];
const spans = { row: [], category: [], start: [], end: [], label: [] };
for (let row = 0; row < 40; row++) {
  for (let lane = 0; lane < (row === 39 ? 2 : 1); lane++) {
    for (let t = END - 7 * 86400; t < END; ) {
      const category = random() < 0.6 ? 0 : random() < 0.7 ? 1 : random() < 0.6 ? 2 : 3;
      const end = Math.min(END, t + Math.round(3600 * [14, 5, 0.5, 7][category] * (0.3 + 1.4 * random())));
      spans.row.push(row);
      spans.category.push(category);
      spans.start.push(t);
      spans.end.push(end);
      spans.label.push(category < 2 ? `job ${10_000 + spans.row.length}` : "");
      t = end + Math.round(3600 * random());
    }
  }
}
const loads = [60, 70, 80, 85, 90, 95];
const curve = (label, k) => {
  const y = loads.map((load) => round(1 + (k * load) / (100 - load), 3));
  return { label, x: loads, y, lo: y.map((v, i) => round(v * (1 - 0.004 * i * i), 3)), hi: y.map((v, i) => round(v * (1 + 0.004 * i * i), 3)) };
};

// A floor of 60 x 24 cells: 40 carts go round its racks for five minutes and wait now and then.
const FLOOR = { width: 60, height: 24 };
const floorCell = (c, r) => (c % 12 === 0 && r % 6 === 3 ? "a" : c % 12 > 2 && c % 12 < 10 && r % 6 > 1 && r % 6 < 5 ? "#" : ".");
const cells = Array.from({ length: FLOOR.width * FLOOR.height }, (_, i) => floorCell(i % FLOOR.width, Math.floor(i / FLOOR.width))).join("");
const runs = cells.replace(/(.)\1*/g, (run) => (run.length > 1 ? run.length : "") + run[0]);
const FRAMES = 601;
const carts = { x: [], y: [], heading: [], state: [] };
for (let cart = 0; cart < 40; cart++) {
  // Clockwise round one rack: 10 cells across and 6 down; a cell a frame unless it waits.
  const [left, top] = [12 * (cart % 5) + 1, 6 * (Math.floor(cart / 5) % 4)];
  let at = cart < 20 ? 0 : 14;
  let wait = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    const side = at < 10 ? [left + at, top + 1, 0] : at < 14 ? [left + 10, top + at - 9, 4] : at < 24 ? [left + 24 - at, top + 5, 8] : [left, top + 29 - at, 12];
    carts.x.push(Math.round(16 * (side[0] + 0.5)));
    carts.y.push(Math.round(16 * (side[1] + 0.5)));
    carts.heading.push(side[2]);
    carts.state.push(wait > 0 ? 2 : at < 14 ? 0 : 1);
    if (wait > 0) wait--;
    else if (random() < 0.02) wait = 20;
    else at = (at + 1) % 28;
  }
}
const deltaText = (values) => {
  const bytes = [];
  const put = (v) => {
    for (; v >= 128; v = Math.floor(v / 128)) bytes.push(128 | v % 128);
    bytes.push(v);
  };
  for (let i = 0, last = 0; i < values.length; i++) {
    const delta = values[i] - last;
    last = values[i];
    put(delta < 0 ? -2 * delta - 1 : 2 * delta);
    if (delta !== 0) continue;
    let more = 0;
    while (values[i + 1] === last) [i, more] = [i + 1, more + 1];
    put(more);
  }
  return Buffer.from(bytes).toString("base64");
};
const film = {
  kind: "film", title: "Forty carts", ...FLOOR, cells: runs, marks: ["station"], lines: [], states: ["empty", "loaded", "waiting"], size: 0.85, thing: "cart", things: 40, per_unit: 16,
  time: Array.from({ length: FRAMES }, (_, i) => END - 300 + i / 2), ...Object.fromEntries(Object.entries(carts).map(([key, values]) => [key, deltaText(values)])),
};
const wide = { width: 500, height: 140 };
const visits = Array.from({ length: wide.width * wide.height }, (_, i) => {
  const [c, r] = [i % wide.width, Math.floor(i / wide.width)];
  return c % 12 > 1 && r % 4 > 0 && c > 20 && c < 480 ? null : Math.round(100 * clamp(0.9 - Math.hypot((c - 250) / 300, (r - 70) / 90) + 0.1 * normal(), 0, 1));
});

const report = {
  schema: 1,
  run: {
    id: "nation-backfill-1",
    title: "260,000 GPUs for Korea, 2026–2030",
    scenario: "scenarios/nation.toml",
    world: "fleet",
    policy: "backfill + gang",
    seed: 1,
    start: "2026-01-01T00:00:00Z",
    end: "2031-01-01T00:00:00Z",
    events: 241_873_402,
    cpu_s: 38.2,
    wall_s: 39.6,
    digest: "0x9f3c2ab41d77e605",
    version: "0.1.0",
    command: "dure run nation --policy backfill --seed 1 --out runs/nation-backfill-1",
    calendar: true,
  },
  assumptions: [
    "This is sample data made by studio/sample.mjs: no simulation ran.",
    "The delivery calendar is an assumption: a tenth of each owner's GPUs arrives every half-year.",
    "Jobs do not move between owners.",
  ],
  kpis,
  sections: [
    {
      title: "Utilisation",
      intro: "How much of what is installed does useful work, and when deliveries outrun demand.",
      items: [
        { kind: "time", title: "GPU allocation", unit: "%", time, series: byOwner(utilisation), max: 100, note: "Each dip follows a delivery. Hyundai's records for April 2028 are missing." },
        { kind: "time", title: "GPUs in use", unit: "GPUs", time, series: byOwner(inUse), stacked: true },
        { kind: "time", title: "Jobs waiting", unit: "jobs", time, series: byOwner(queue) },
        { kind: "bars", title: "GPUs installed", unit: "GPUs", categories: halfYears, stacked: true, series: byOwner(OWNERS.map((owner) => halfYears.map((_, h) => (owner.gpus / 10) * (h + 1)))) },
        { kind: "heatmap", title: "Nodes on 31 December 2030", scale: { label: "GPUs in use", unit: "%", min: 0, max: 100 }, groups: heat, note: "A node has 8 GPUs." },
      ],
    },
    {
      title: "Waiting",
      intro: "How long jobs queue before they start.",
      items: [
        { kind: "cdf", title: "Queue wait", x_label: "wait from submission to start", x_unit: "s", log_x: true, series: waits, note: "Jobs that start at once count at the left edge." },
        { kind: "bars", title: "Mean wait by job size", unit: "s", categories: ["1 GPU", "2–8", "9–64", "65–512", "513–4,096", "> 4,096"], series: byOwner(OWNERS.map((o) => [300, 420, 1500, 4300, 9800, 31000].map((v) => Math.round(v * o.load * (0.8 + 0.4 * random())))))},
        { kind: "time", title: "Mean wait of jobs started", unit: "s", time, series: [{ label: "All owners", values: time.map((_, i) => Math.round(4000 + 1500 * Math.sin(i / 40) + 300 * normal())) }] },
        { kind: "cdf", title: "Node down time", x_label: "time down", x_unit: "s", series: [] , empty: "No node failed in this run." },
      ],
    },
    {
      title: "Floor",
      items: [
        film,
        { kind: "heatmap", title: "Where carts wait", scale: { label: "waiting", unit: "s", min: 0, max: 100, null_label: "blocked" }, groups: [{ label: "Floor", columns: wide.width, map: true, cells: visits, cell_label: "cell" }] },
        { ...film, title: "Nothing filmed", things: 0, empty: "No film was asked for." },
      ],
    },
    {
      title: "Failures",
      items: [
        { kind: "bars", title: "GPU time lost by cause", unit: "GPU h", categories: ["GPU fell off the bus", "HBM uncorrectable error", "NVLink fabric error", "Host memory", "Network link flap", "Power feed", "Planned maintenance"], series: [{ label: "lost", values: [182_400, 141_230, 96_020, 30_110, 25_800, 8_400, 61_000] }] },
        { kind: "bars", title: "Change against first-come first-served", unit: "%", categories: ["Allocation", "Goodput", "Mean wait", "Makespan"], series: [{ label: "backfill", values: [9.4, 8.8, -31.2, -4.1] }] },
        { kind: "xy", title: "Slowdown against load", x_label: "load", x_unit: "%", y_label: "slowdown", series: [curve("fifo", 0.32), curve("backfill", 0.2)], note: "Error bars are 95 % confidence intervals." },
        { kind: "gantt", title: "Forty nodes in the last week", rows: Array.from({ length: 40 }, (_, i) => `node-${i + 1}`), categories: CATEGORIES, spans },
        { kind: "table", title: "By owner and half-year", columns: [{ label: "Owner" }, { label: "Half-year" }, { label: "Installed", unit: "GPUs", align: "right" }, { label: "Allocation", unit: "%" }, { label: "Mean wait", unit: "s" }, { label: "Failures" }], rows, note: "Click a header to sort." },
        { kind: "table", title: "Largest jobs", columns: [{ label: "Job" }, { label: "Owner" }, { label: "GPUs" }, { label: "Run time", unit: "h" }, { label: "Restarts" }], rows: [["pretrain-ko-1t", "Naver", 16384, 1310.25, 41], ["hyperclova-next", "Naver", 8192, 702.5, 12], ["vla-foundation", "Hyundai", 4096, 88.125, 1], ["litho-surrogate", "Samsung", 2048, 12.75, 0]] },
      ],
    },
  ],
};

writeFileSync(process.argv[2] ?? "sample.json", JSON.stringify(report) + "\n");
