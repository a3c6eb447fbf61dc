// The frame of every chart and table: title, unit, actions, content, note.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface CardProps {
  title: string;
  unit?: string;
  note?: string;
  wide?: boolean;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Card({ title, unit, note, wide, actions, children }: CardProps) {
  const id = useId();
  return (
    <figure class={wide ? "card wide" : "card"} aria-labelledby={id}>
      <div class="card-head">
        <h3 id={id}>
          {title}
          {unit && <span class="unit"> {unit}</span>}
        </h3>
        <div class="card-actions">{actions}</div>
      </div>
      {children}
      {note && <figcaption>{note}</figcaption>}
    </figure>
  );
}
