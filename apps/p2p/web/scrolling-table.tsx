// A table that is wider than a narrow screen, and can be scrolled by keyboard. Knows nothing of what is in it.
import type { ReactElement, ReactNode } from "react";

export interface ScrollingTableProps {
  readonly label: string;
  readonly columns: readonly string[];
  readonly children: ReactNode;
}

export function ScrollingTable({ label, columns, children }: ScrollingTableProps): ReactElement {
  return (
    <div className="table-box" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
