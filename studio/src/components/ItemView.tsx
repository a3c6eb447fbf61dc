// The component for an item's kind.

import type { Item } from "../schema";
import { BarChart } from "./BarChart";
import { CdfChart } from "./CdfChart";
import { DataTable } from "./DataTable";
import { Empty } from "./Empty";
import { ErrorBoundary } from "./ErrorBoundary";
import { FilmView } from "./FilmView";
import { GanttChart } from "./GanttChart";
import { HeatMap } from "./HeatMap";
import { TimeChart } from "./TimeChart";
import { XyChart } from "./XyChart";

export function ItemView({ item }: { item: Item }) {
  return <ErrorBoundary title={item.title}>{view(item)}</ErrorBoundary>;
}

function view(item: Item) {
  switch (item.kind) {
    case "time":
      return <TimeChart item={item} />;
    case "cdf":
      return <CdfChart item={item} />;
    case "bars":
      return <BarChart item={item} />;
    case "heatmap":
      return <HeatMap item={item} />;
    case "xy":
      return <XyChart item={item} />;
    case "gantt":
      return <GanttChart item={item} />;
    case "film":
      return <FilmView item={item} />;
    case "table":
      return <DataTable item={item} />;
    default:
      return <Empty reason={`This page does not know items of kind “${(item as { kind: string }).kind}”.`} />;
  }
}
