// A series' colour beside its name: a line (dashed like the series), or a block for areas and bars.

import { slotColor, slotDash, type Slot } from "../lib/colors";
import { theme } from "../theme";

export type SwatchShape = "line" | "block";

export function Swatch({ slot, shape }: { slot: Slot; shape: SwatchShape }) {
  const color = slotColor(slot, theme.value);
  return (
    <svg class="swatch" width="14" height="10" aria-hidden="true">
      {shape === "line" ? (
        <path d="M0 5H14" stroke={color} stroke-width="3" stroke-dasharray={slotDash(slot, theme.value)?.map((d) => d / 2).join(" ")} />
      ) : (
        <rect x="2" width="10" height="10" rx="2" fill={color} />
      )}
    </svg>
  );
}
