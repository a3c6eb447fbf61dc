// Saves an item's data as a CSV file.

import { useContext } from "preact/hooks";
import { itemRows, toCsv } from "../lib/csv";
import type { Item } from "../schema";
import { Charts } from "./context";

export function CsvButton({ item }: { item: Item }) {
  const { calendar } = useContext(Charts);
  const save = (): void => {
    const url = URL.createObjectURL(new Blob([toCsv(itemRows(item, calendar))], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = (item.title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "data") + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <button type="button" class="quiet" onClick={save} aria-label={`Save “${item.title}” as CSV`} title="Save the data as CSV">
      CSV
    </button>
  );
}
