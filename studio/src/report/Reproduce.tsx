// How to run it again and check that the result is the same.

import { useState } from "preact/hooks";
import type { Run } from "../schema";

export function Reproduce({ run }: { run: Run }) {
  const facts: [string, string | undefined][] = [
    ["Seed", run.seed === undefined ? undefined : String(run.seed)],
    ["Digest", run.digest],
    ["Dure version", run.version],
    ["Run", run.id],
  ];
  return (
    <footer id="reproduce">
      <h2>Reproduce</h2>
      {run.command && <Command text={run.command} />}
      <p class="intro">The same scenario, policy, seed and version give the same digest on any machine.</p>
      <dl class="facts">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
      </dl>
    </footer>
  );
}

function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      // Some browsers keep the clipboard from file:// pages; the command can still be selected.
    }
  };
  return (
    <div class="command">
      <pre>
        <code>{text}</code>
      </pre>
      <button type="button" class="quiet" onClick={() => void copy()} aria-live="polite">
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}
