// Values under the cursor.

import type { Slot } from "../lib/colors";
import { Swatch, type SwatchShape } from "./Swatch";

export interface TooltipContent {
  title: string;
  rows: { label: string; value: string; slot?: Slot }[];
}

interface TooltipProps {
  content: TooltipContent;
  /** Where it points, in the positioned parent's pixels, and the parent's width. */
  left: number;
  top: number;
  width: number;
  shape?: SwatchShape;
  /** Read out by screen readers as it changes. */
  live?: boolean;
}

export function Tooltip({ content, left, top, width, shape = "line", live }: TooltipProps) {
  const side = left > width / 2 ? { right: `${width - left + 12}px` } : { left: `${left + 12}px` };
  return (
    <div class="tooltip" style={{ ...side, top: `${top}px` }} role={live ? "status" : undefined}>
      <div class="tooltip-title">{content.title}</div>
      <table>
        <tbody>
          {content.rows.map((row, i) => (
            <tr key={i}>
              <th scope="row">
                {row.slot !== undefined && <Swatch slot={row.slot} shape={shape} />}
                {row.label}
              </th>
              <td>{row.value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
