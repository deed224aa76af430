import { Dialog } from "./dialog";

const KEYS: Record<string, Record<string, string>> = {
  Everywhere: { "/": "search columns", "?": "this help", Esc: "cancel, close" },
  "Lists and rows": {
    "↑ ↓ ← →": "next cell",
    "Home End": "ends of the row; with Ctrl, of all rows",
    "PgUp PgDn": "one page",
    Enter: "open what is there; sort by a head",
    "Shift+Enter": "sort by one more column",
  },
  Columns: { p: "pin or unpin", i: "show only the pinned ones" },
  Expectations: {
    Enter: "edit",
    Space: "enable or disable",
    d: "duplicate",
    Del: "remove",
    f: "show failing rows",
    "Ctrl+Z": "undo; with Shift, redo",
  },
  "Bounds in a histogram": {
    "← →": "move by a step",
    "PgUp PgDn": "move by ten",
    Enter: "add or update",
  },
};

export const Help = ({ close }: { close(): void }) => (
  <Dialog title="Keys" close={close}>
    <div class="dk-keys">
      {Object.entries(KEYS).map(([where, keys]) => (
        <section key={where}>
          <h4>{where}</h4>
          <dl class="dk-pairs">
            {Object.entries(keys).map(([key, what]) => (
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
