// A coloured cell per thing, group by group, side by side; the largest cells that keep the whole map in view.

import { useRef } from "preact/hooks";
import { heatCellSize } from "../lib/heat";
import type { HeatMapItem } from "../schema";
import { Card } from "./Card";
import { CsvButton } from "./CsvButton";
import { Empty } from "./Empty";
import { HeatGroupView } from "./HeatGroup";
import { HeatLegend } from "./HeatLegend";
import { useWidth } from "./useWidth";

export function HeatMap({ item }: { item: HeatMapItem }) {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const empty = item.groups.every((g) => g.cells.length === 0);
  const cell = heatCellSize(item.groups, width);
  const gaps = item.groups.some((g) => g.cells.includes(null));
  return (
    <Card title={item.title} note={item.note} wide actions={!empty && <CsvButton item={item} />}>
      {!empty && <HeatLegend scale={item.scale} gaps={gaps} />}
      <div class="heat-groups" ref={host}>
        {empty ? <Empty reason={item.empty} /> : width > 0 && item.groups.map((group) => <HeatGroupView key={group.label} group={group} scale={item.scale} cell={cell} />)}
      </div>
    </Card>
  );
}
