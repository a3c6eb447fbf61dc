// Switches between the light and the dark theme.

import { themeName, toggleTheme } from "../theme";

export function ThemeToggle() {
  const other = themeName.value === "dark" ? "light" : "dark";
  return (
    <button type="button" class="quiet theme-toggle" onClick={toggleTheme} aria-label={`Switch to the ${other} theme`} title={`Switch to the ${other} theme`}>
      {themeName.value === "dark" ? "☀" : "☾"} {other === "dark" ? "Dark" : "Light"}
    </button>
  );
}
