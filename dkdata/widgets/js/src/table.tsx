import type { ComponentChildren } from "preact";

interface Props {
  label: string;
  heads: readonly string[];
  rows: readonly ComponentChildren[][];
}

/** A table; a wide one scrolls in its place. */
export const Table = ({ label, heads, rows }: Props) => (
  <div class="dk-scroll" tabIndex={0} role="region" aria-label={label}>
    <table>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells, i) => (
          <tr key={i}>
            {cells.map((cell, c) => (
              <td key={heads[c]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
