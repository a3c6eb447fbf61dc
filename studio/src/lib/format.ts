// Numbers, units and durations as text. Three significant digits unless the integer part needs more.

export const MISSING = "–";

const formatters = new Map<number, Intl.NumberFormat>();

/** Fixed decimals with thousands separators. */
export function fixed(value: number, decimals: number): string {
  let formatter = formatters.get(decimals);
  if (!formatter) {
    formatter = new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formatters.set(decimals, formatter);
  }
  const text = formatter.format(value);
  return text.startsWith("-") ? (/[1-9]/.test(text) ? "−" + text.slice(1) : text.slice(1)) : text;
}

/** Decimals that leave `significant` digits, none for an integer. */
export function decimalsFor(value: number, significant = 3): number {
  const size = Math.abs(value);
  if (size === 0 || Number.isInteger(value)) return 0;
  const exponent = Math.floor(Math.log10(size) + 1e-12);
  return Math.min(Math.max(significant - 1 - exponent, 0), 12);
}

const PREFIXES: readonly [number, string][] = [
  [1e18, "E"],
  [1e15, "P"],
  [1e12, "T"],
  [1e9, "G"],
];

/** 87.1, 0.0423, 1,234, 12.3 G; 1.2×10⁻⁶ below a ten-thousandth. */
export function formatNumber(value: number | null | undefined, significant = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  for (const [scale, prefix] of PREFIXES) {
    if (size >= scale) return trimmed(value / scale, significant) + " " + prefix;
  }
  if (size > 0 && size < 1e-4) {
    const exponent = Math.floor(Math.log10(size) + 1e-12);
    return trimmed(value / 10 ** exponent, significant) + "×10" + superscript(exponent);
  }
  return trimmed(value, significant);
}

/** No digits beyond those the value has: 9.4 stays 9.4, 84.98 becomes 85.0. */
function trimmed(value: number, significant: number): string {
  return fixed(value, Math.min(decimalsFor(value, significant), ownDecimals(value)));
}

/** Decimals of the shortest text that reads back as `value`. */
function ownDecimals(value: number): number {
  const [digits, exponent = "0"] = String(Math.abs(value)).split("e");
  return Math.max(0, (digits.split(".")[1] ?? "").length - Number(exponent));
}

/** `formatNumber` for headlines: 20.1 M from ten million up. */
export function formatHeadline(value: number | null): string {
  if (value !== null && Math.abs(value) >= 1e7 && Math.abs(value) < 1e9) return formatNumber(value / 1e6) + " M";
  return formatNumber(value);
}

function superscript(exponent: number): string {
  return String(exponent)
    .split("")
    .map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)]))
    .join("");
}

/** One number of decimals for values that are read side by side: digits enough for the typical one. */
export function sharedDecimals(values: readonly (number | null)[], significant = 3): number {
  const sizes = values.filter((v): v is number => v !== null && Number.isFinite(v) && v !== 0).map(Math.abs);
  if (sizes.length === 0 || sizes.every(Number.isInteger)) return 0;
  const wanted = decimalsFor(Math.max(...sizes) * (1 + 1e-9), significant);
  const least = Math.min(...sizes) < 100 ? 1 : 0; // 12.75 next to 1,310.25 keeps a decimal
  return Math.min(Math.max(wanted, least), Math.max(...sizes.map(ownDecimals)));
}

/** `formatNumber` with the decimals of its neighbours; a value that would lose all its digits keeps its own. */
export function formatShared(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return formatNumber(value);
  if (Math.abs(value) >= 1e9) return formatNumber(value);
  if (value !== 0 && Math.abs(value) < 0.95 * 10 ** -decimals) return formatNumber(value, 2);
  return fixed(value, decimals);
}

/** "87.1 %" is written "87.1%"; every other unit stands off by a space. A duration picks its own unit. */
export function formatValue(value: number | null | undefined, unit = ""): string {
  if (value === null || value === undefined) return MISSING;
  if (unit === "s") return formatDuration(value);
  return withUnit(formatNumber(value), unit);
}

export function withUnit(text: string, unit = ""): string {
  if (unit === "") return text;
  return unit === "%" ? text + "%" : text + " " + unit;
}

interface DurationUnit {
  name: string;
  seconds: number;
}

const DURATION_UNITS: readonly DurationUnit[] = [
  { name: "y", seconds: 365.25 * 86400 },
  { name: "d", seconds: 86400 },
  { name: "h", seconds: 3600 },
  { name: "min", seconds: 60 },
  { name: "s", seconds: 1 },
  { name: "ms", seconds: 1e-3 },
  { name: "µs", seconds: 1e-6 },
  { name: "ns", seconds: 1e-9 },
];

/** 350 µs, 12.5 s, 3 min 20 s, 5 h 10 min, 2 d 3 h, 4.50 y */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatNumber(seconds);
  if (seconds === 0) return "0 s";
  if (seconds < 0) return "−" + formatDuration(-seconds);
  const [year, day, hour, minute] = DURATION_UNITS;
  if (seconds >= 2 * year.seconds) return formatNumber(seconds / year.seconds) + " y";
  for (const [unit, part] of [[day, hour], [hour, minute], [minute, DURATION_UNITS[4]]] as const) {
    if (seconds < unit.seconds - part.seconds / 2) continue;
    const parts = Math.round(seconds / part.seconds);
    const perUnit = Math.round(unit.seconds / part.seconds);
    const whole = Math.floor(parts / perUnit);
    const rest = parts % perUnit;
    return `${fixed(whole, 0)} ${unit.name}` + (rest > 0 && whole < 100 ? ` ${rest} ${part.name}` : "");
  }
  const unit = DURATION_UNITS.slice(4).find((u) => seconds >= u.seconds * 0.9995) ?? DURATION_UNITS[7];
  return `${formatNumber(seconds / unit.seconds)} ${unit.name}`;
}

/** A tick label: one unit only, 90 s as "90 s", 5,400 s as "1.5 h". */
export function formatDurationTick(seconds: number): string {
  if (seconds === 0) return "0";
  if (seconds < 0) return "−" + formatDurationTick(-seconds);
  const unit = DURATION_UNITS.find((u) => seconds >= u.seconds * 0.9995) ?? DURATION_UNITS[7];
  return `${formatNumber(seconds / unit.seconds)} ${unit.name}`;
}

/** The unit in which durations that stand side by side read best, with its size in seconds. */
export function durationUnit(seconds: readonly (number | null)[]): DurationUnit {
  const sizes = seconds.filter((v): v is number => v !== null && v !== 0).map(Math.abs).sort((a, b) => a - b);
  const typical = sizes.length > 0 ? sizes[Math.floor(sizes.length / 2)] : 1;
  const candidates = DURATION_UNITS.slice(1);
  return candidates.find((u) => typical >= u.seconds * (u.seconds > 1 ? 2 : 1)) ?? candidates[candidates.length - 1];
}

/** Values brought to one readable unit: durations move off seconds, everything else stays. */
export function readable(values: readonly (number | null)[], unit = ""): { values: (number | null)[]; unit: string } {
  if (unit !== "s") return { values: [...values], unit };
  const chosen = durationUnit(values);
  return { values: values.map((v) => (v === null ? null : v / chosen.seconds)), unit: chosen.name };
}

/** Axis ticks: one prefix for the whole axis (40k, 50k), decimals from the step between ticks. */
export function formatTicks(ticks: readonly number[]): string[] {
  const largest = Math.max(0, ...ticks.map(Math.abs));
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : largest;
  const [scale, prefix] =
    largest >= 1e12 ? [1e12, "T"] : largest >= 1e9 ? [1e9, "G"] : largest >= 1e6 ? [1e6, "M"] : largest >= 1e4 ? [1e3, "k"] : [1, ""];
  let decimals = 0;
  while (decimals < 9 && Math.abs((step / scale) * 10 ** decimals - Math.round((step / scale) * 10 ** decimals)) > 1e-6) decimals++;
  return ticks.map((tick) => (tick === 0 ? "0" : fixed(tick / scale, decimals) + prefix));
}
