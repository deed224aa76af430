import { Dialog } from "./dialog";

const KEYS: [where: string, keys: [key: string, what: string][]][] = [
  [
    "Everywhere",
    [
      ["/", "search columns"],
      ["?", "this help"],
      ["Tab", "next part"],
      ["Esc", "cancel, close"],
    ],
  ],
  [
    "Lists and rows",
    [
      ["↑ ↓ ← →", "next cell"],
      ["Home End", "ends of the row; with Ctrl, of all rows"],
      ["PgUp PgDn", "one page"],
      ["Enter", "open: column, expectation, whole cell"],
    ],
  ],
  [
    "Columns",
    [
      ["p", "pin or unpin"],
      ["i", "show only the pinned ones"],
    ],
  ],
  [
    "Expectations",
    [
      ["Enter", "edit"],
      ["Space", "enable or disable"],
      ["d", "duplicate"],
      ["Del", "remove"],
      ["f", "show failing rows"],
      ["Ctrl+Z", "undo; with Shift, redo"],
    ],
  ],
  [
    "Heads of rows",
    [
      ["Enter", "sort: up, down, not"],
      ["Shift+Enter", "sort by one more column"],
    ],
  ],
  [
    "Bounds in a histogram",
    [
      ["← →", "move by a step"],
      ["PgUp PgDn", "move by ten"],
      ["Enter", "add or update"],
      ["Esc", "cancel"],
    ],
  ],
];

export const Help = ({ close }: { close(): void }) => (
  <Dialog title="Keys" close={close}>
    <div class="dk-keys">
      {KEYS.map(([where, keys]) => (
        <section key={where}>
          <h4>{where}</h4>
          <dl>
            {keys.map(([key, what]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  </Dialog>
);
