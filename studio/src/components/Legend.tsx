// The names of a chart's series; each is a button that shows or hides its series.

import type { Slot } from "../lib/colors";
import { Swatch, type SwatchShape } from "./Swatch";
import type { Hidden } from "./useHidden";

interface LegendProps {
  labels: readonly string[];
  slots: readonly Slot[];
  shape: SwatchShape;
  hidden: Hidden;
}

export function Legend({ labels, slots, shape, hidden }: LegendProps) {
  return (
    <div class="legend" role="group" aria-label="Series">
      {labels.map((label, i) => (
        <button
          type="button"
          key={i}
          aria-pressed={!hidden.has(i)}
          title="Click to show or hide, Shift-click to show only this"
          onClick={(event) => hidden.toggle(i, event.shiftKey)}
        >
          <Swatch slot={slots[i]} shape={shape} />
          {label}
        </button>
      ))}
    </div>
  );
}
