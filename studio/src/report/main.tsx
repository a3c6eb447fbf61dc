// The report page: reads the run's data out of the page, or asks for a file.

import { render } from "preact";
import { useMemo, useState } from "preact/hooks";
import { parseReport } from "../lib/parse";
import "../styles/index.css";
import { OpenFile } from "./OpenFile";
import { ReportView } from "./ReportView";

function Page() {
  const [source, setSource] = useState(document.getElementById("dure-data")?.textContent ?? "");
  const parsed = useMemo(() => parseReport(source), [source]);
  if (parsed.state === "report") return <ReportView report={parsed.report} />;
  return <OpenFile problem={parsed.state === "error" ? parsed.message : null} onText={setSource} />;
}

render(<Page />, document.getElementById("page")!);
