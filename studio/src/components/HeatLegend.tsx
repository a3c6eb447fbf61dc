// The colour scale of a heat map.

import { rampColor } from "../lib/colors";
import { formatValue } from "../lib/format";
import type { HeatScale } from "../schema";
import { theme } from "../theme";

export function HeatLegend({ scale, gaps }: { scale: HeatScale; gaps: boolean }) {
  const { ramp } = theme.value;
  const stops = ramp.map((_, i) => rampColor(ramp, i / (ramp.length - 1))).join(",");
  const marks = [scale.min, (scale.min + scale.max) / 2, scale.max];
  return (
    <div class="heat-legend">
      <span>{scale.label}</span>
      <span class="heat-scale">
        <span class="heat-ramp" style={{ background: `linear-gradient(90deg,${stops})` }} />
        <span class="heat-marks">
          {marks.map((mark) => (
            <span key={mark}>{formatValue(mark, scale.unit)}</span>
          ))}
        </span>
      </span>
      {gaps && (
        <span class="heat-null">
          <span /> {scale.null_label ?? "not installed"}
        </span>
      )}
    </div>
  );
}
