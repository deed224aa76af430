import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useAsk } from "./asking";
import { Cache } from "./cache";
import { CellDialog } from "./cell";
import { count, plural } from "./format";
import type { At } from "./keys";
import { Connection, useColumns, useSet, useTrait } from "./model";
import { clamped } from "./numbers";
import { Button, Data, entering, Problem, Quiet, Status } from "./parts";
import { RowGrid } from "./rowgrid";
import { filterText } from "./sorting";
import { arranged, useUi } from "./ui";

const Chip = ({ name, text, remove }: { name: string; text: string; remove(): void }) => (
  <span class="dk-chip">
    <Data text={name} long={40} /> <Data text={text} long={60} />
    <Quiet label={`Remove: ${name} ${text}`.slice(0, 200)} onClick={remove}>
      ✕
    </Quiet>
  </span>
);

/** What makes the present view, each removable. */
const Chips = () => {
  const set = useSet();
  const filters = useTrait("filters");
  const showing = useTrait("showing");
  const sort = useTrait("sort");
  const { names } = useColumns();
  const rule = useTrait("rules").find(({ key }) => key === showing);
  return (
    <>
      {showing && (
        <Chip
          name="✗ rows failing"
          text={rule ? `${rule.place} ${rule.text}` : ""}
          remove={() => set({ showing: "" })}
        />
      )}
      {filters.map((filter) => (
        <Chip
          key={JSON.stringify(filter)}
          name={names[filter.column] ?? ""}
          text={filterText(filter)}
          remove={() => set({ filters: filters.filter((other) => other !== filter) })}
        />
      ))}
      {sort.length > 1 && (
        <Chip
          name="sorted by"
          text={sort.map(([c, down]) => `${names[c]} ${down ? "↓" : "↑"}`).join(", ")}
          remove={() => set({ sort: [] })}
        />
      )}
    </>
  );
};

/** What stands in for rows where there are none, and how to come to some. */
const NoRows = () => {
  const set = useSet();
  const filters = useTrait("filters");
  const showing = useTrait("showing");
  return (
    <p class="dk-empty">
      No rows
      {(showing || filters.length > 0) && (
        <>
          : <Button onClick={() => set({ filters: [], showing: "" })}>Remove all filters</Button>
        </>
      )}
    </p>
  );
};

/** The pages of the present view, and what asks for more of them. */
const usePages = () => {
  const { kernel } = useContext(Connection);
  const view = useTrait("view");
  const head = useTrait("head");
  const [ask, problem] = useAsk();
  const [, redraw] = useState(0);
  const cache = useRef(new Cache(view.epoch));
  const asked = useRef("");
  if (cache.current.epoch !== view.epoch) {
    cache.current = new Cache(view.epoch);
    kernel.forget("rows");
    asked.current = "";
  }
  cache.current.put(head);
  const live = kernel.connected === "live";
  const onSeen = (from: number, end: number, columns: readonly number[]) => {
    const missing = cache.current.missing(from, end, columns);
    if (!missing || !live || JSON.stringify(missing) === asked.current) return;
    asked.current = JSON.stringify(missing);
    ask("rows", { ...missing, epoch: view.epoch }).then((page) => {
      if (!page) return;
      cache.current.put(page);
      redraw((n) => n + 1);
    });
  };
  const held = head.epoch === view.epoch ? head.labels.length : 0;
  // While the rows of a view are counted there may be all of them: a jump is not cut short.
  const rows = live ? (view.rows >= 0 ? view.rows : Math.max(held, view.total)) : held;
  return { cache: cache.current, view, rows, live, onSeen, problem };
};

export const Rows = () => {
  const { ui } = useUi();
  const { names } = useColumns();
  const { cache, view, rows, live, onSeen, problem } = usePages();
  const showing = useTrait("showing");
  const rules = useTrait("rules");
  const [target, setTarget] = useState<At | null>(null);
  const [opened, setOpened] = useState<At | null>(null);
  const [jump, setJump] = useState("");
  const [wrong, setWrong] = useState("");
  const order = useMemo(() => arranged(names.length, ui), [names, ui.pinned, ui.isolated]);
  useEffect(() => setOpened(null), [view.epoch]);
  useEffect(() => {
    const broken = rules.find(({ key }) => key === showing)?.columns[0];
    if (broken !== undefined) setTarget([0, broken]);
  }, [showing]);

  const go = (event: Event) => {
    event.preventDefault();
    const row = Number(jump.replaceAll(/[\s,_]/g, "") || Number.NaN);
    if (Number.isInteger(row)) setTarget([clamped(0, row, rows - 1), -1]);
    else setWrong("Not a whole number");
  };

  return (
    <div class="dk-panel">
      <div class="dk-tools">
        <Status>
          {view.rows < 0 && live
            ? "counting …"
            : `${view.rows === view.total ? "" : `${count(view.rows)} of `}${plural(view.total, "row")}`}
          {!live && view.rows > rows && `, the first ${count(rows)} of them saved`}
        </Status>
        <Chips />
        <form class="dk-inline dk-end" onSubmit={go}>
          <input
            class="dk-jump"
            aria-label="Jump to row, counted from 0"
            placeholder="row …"
            inputMode="numeric"
            aria-invalid={!!wrong}
            value={jump}
            onInput={entering((text) => {
              setJump(text);
              setWrong("");
            })}
          />
          <Button onClick={go}>Jump</Button>
          <Problem text={wrong} />
        </form>
      </div>
      <Problem text={problem} />
      {view.rows === 0 && <NoRows />}
      <RowGrid
        cache={cache}
        rows={rows}
        counted={view.rows >= 0}
        order={order}
        target={target}
        onSeen={onSeen}
        onOpen={(row, column) => setOpened([row, column])}
      />
      {opened && (
        <CellDialog
          at={opened}
          epoch={view.epoch}
          text={cache.cell(...opened)}
          label={cache.label(opened[0], [opened[1]]) ?? ""}
          close={() => setOpened(null)}
        />
      )}
    </div>
  );
};
