// Shown when the page carries no data: opens a report's JSON from disk.

import { useState } from "preact/hooks";
import { ThemeToggle } from "../components/ThemeToggle";

export function OpenFile({ problem, onText }: { problem: string | null; onText: (text: string) => void }) {
  const [over, setOver] = useState(false);
  const open = async (file: File | undefined): Promise<void> => {
    if (file) onText(await file.text());
  };
  return (
    <main
      class="drop-area"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void open(event.dataTransfer?.files[0]);
      }}
    >
      <div class={over ? "open-file over" : "open-file"}>
        <ThemeToggle />
        <h1>{problem ? "This report cannot be shown" : "No data"}</h1>
        {problem ? (
          <p role="alert">{problem}</p>
        ) : (
          <p>
            This is Dure’s empty report page. <code>dure run</code> writes a run’s data into it.
          </p>
        )}
        <p>Drop a report’s JSON file here, or open one:</p>
        <input type="file" accept=".json,application/json" aria-label="Report JSON file" onChange={(event) => void open(event.currentTarget.files?.[0])} />
      </div>
    </main>
  );
}
