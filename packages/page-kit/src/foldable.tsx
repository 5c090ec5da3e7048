// A card that folds, and stays as it was left. Knows nothing of what is in it.
import { useState, type ReactElement, type ReactNode } from "react";
import { keep, kept } from "./storage.ts";

/** Open at first where there is room for it; then as it was left. */
export function Foldable(props: { title: string; keptAs: string; children: ReactNode }): ReactElement {
  const { title, keptAs, children } = props;
  const [open, setOpen] = useState(() => {
    const last = kept("browser", keptAs);
    return last === undefined ? window.matchMedia("(min-width: 720px)").matches : last === "open";
  });
  return (
    <details
      className="card foldable"
      open={open}
      onToggle={(event) => {
        const isOpen = event.currentTarget.open;
        setOpen(isOpen);
        keep("browser", keptAs, isOpen ? "open" : "closed");
      }}
    >
      <summary>
        <h2>{title}</h2>
      </summary>
      {open && children}
    </details>
  );
}
