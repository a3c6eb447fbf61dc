// The page's theme: the reader's choice (`?theme=`, then the toggle), else the system's. Charts draw with `theme.value`.

import { computed, signal } from "@preact/signals";
import { THEMES, type Theme, type ThemeName } from "./lib/colors";

const KEY = "dure-theme";
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

const chosen = signal<ThemeName | null>(asTheme(new URLSearchParams(location.search).get("theme")) ?? stored());
const system = signal<ThemeName>(darkSystem.matches ? "dark" : "light");
const printing = signal(false);

export const themeName = computed<ThemeName>(() => (printing.value ? "light" : (chosen.value ?? system.value)));
export const theme = computed<Theme>(() => THEMES[themeName.value]);

darkSystem.addEventListener("change", (event) => (system.value = event.matches ? "dark" : "light"));
addEventListener("beforeprint", () => (printing.value = true));
addEventListener("afterprint", () => (printing.value = false));

themeName.subscribe((name) => (document.documentElement.dataset.theme = name));

export function toggleTheme(): void {
  chosen.value = themeName.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, chosen.value);
  } catch {
    // Storage is closed to some file:// pages; the choice then lasts as long as the page.
  }
}

function stored(): ThemeName | null {
  try {
    return asTheme(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function asTheme(name: string | null): ThemeName | null {
  return name === "light" || name === "dark" ? name : null;
}
