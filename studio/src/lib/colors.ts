// Colours. The categorical palettes were searched for the largest smallest difference under protanopia, deuteranopia
// and tritanopia (Machado et al. 2009, OKLab distance at least 0.1) with contrast of at least 3:1 on the card's surface.

export type ThemeName = "light" | "dark";

/** A series' colour: an index into the palette, or INK for the total that stands beside its parts. */
export type Slot = number;
export const INK: Slot = -1;

export interface Theme {
  surface: string;
  ink: string;
  muted: string;
  grid: string;
  palette: readonly string[];
  /** From the low to the high end of a scale; the low end is near the surface. */
  ramp: readonly string[];
}

export const THEMES: Record<ThemeName, Theme> = {
  light: {
    surface: "#ffffff",
    ink: "#1c2330",
    muted: "#5b6573",
    grid: "#e6e9ee",
    palette: ["#3535d5", "#d67723", "#328574", "#9e1392", "#775d10", "#6196d0", "#7f001c", "#8367e6"],
    ramp: ["#fdf0c9", "#c9dfb8", "#7fc3b8", "#3f95b5", "#2b62a3", "#21307a"],
  },
  dark: {
    surface: "#171a21",
    ink: "#e8eaef",
    muted: "#9aa4b2",
    grid: "#282d37",
    palette: ["#5761d4", "#ce7600", "#50cb9d", "#d384fd", "#fef691", "#b0d8fe", "#c32d47", "#878da0"],
    ramp: ["#27306a", "#2a5a96", "#3a8bab", "#6fbcae", "#bfdcae", "#fdf3c8"],
  },
};

export function slotColor(slot: Slot, theme: Theme): string {
  return slot === INK ? theme.ink : theme.palette[slot % theme.palette.length];
}

/** Beyond the palette, lines repeat its colours dashed. */
export function slotDash(slot: Slot, theme: Theme): number[] | undefined {
  const turn = slot === INK ? 0 : Math.floor(slot / theme.palette.length);
  return turn === 0 ? undefined : turn === 1 ? [7, 4] : [2, 3];
}

/** Slots of a chart's series: labels the page knows keep theirs everywhere, the rest take what is free. */
export function assignSlots(labels: readonly string[], known: ReadonlyMap<string, Slot>): Slot[] {
  const used = new Set<Slot>(labels.map((label) => known.get(label)).filter((slot): slot is Slot => slot !== undefined));
  let next = 0;
  return labels.map((label) => {
    const slot = known.get(label);
    if (slot !== undefined) return slot;
    while (used.has(next)) next++;
    used.add(next);
    return next;
  });
}

type Rgb = readonly [number, number, number];

export function parseHex(hex: string): Rgb {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;
}

/** The ramp's colour at `t` in [0, 1]. */
export function rampColor(ramp: readonly string[], t: number): string {
  const place = Math.min(Math.max(t, 0), 1) * (ramp.length - 1);
  const index = Math.min(Math.floor(place), ramp.length - 2);
  const a = parseHex(ramp[index]);
  const b = parseHex(ramp[index + 1]);
  return `rgb(${a.map((c, i) => Math.round(c + (b[i] - c) * (place - index))).join(",")})`;
}

function luminance(hex: string): number {
  const [r, g, b] = parseHex(hex).map((c) => {
    const v = c / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG contrast ratio. */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}
