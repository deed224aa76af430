import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { useAsk } from "./asking";
import { Cache } from "./cache";
import { CellDialog } from "./cell";
import { count, plural } from "./format";
import { Connection, setTraits, useTrait } from "./model";
import { Button, Data, Problem } from "./parts";
import type { Filter } from "./protocol";
import { RowGrid } from "./rowgrid";
import { filterText } from "./sorting";
import { arranged, useUi } from "./ui";

const Chip = ({ name, text, remove }: { name: string; text: string; remove(): void }) => (
  <span class="dk-chip">
    <Data text={name} long={40} /> <Data text={text} long={60} />
    <Button quiet label={`Remove the filter ${name} ${text}`} onClick={remove}>
      ✕
    </Button>
  </span>
);

const Chips = () => {
  const { model } = useContext(Connection);
  const filters = useTrait("filters");
  const showing = useTrait("showing");
  const sort = useTrait("sort");
  const { names } = useTrait("columns");
  const rule = useTrait("rules").find(({ key }) => key === showing);
  const without = (filter: Filter) =>
    setTraits(model, { filters: filters.filter((other) => other !== filter) });
  return (
    <>
      {showing && (
        <Chip
          name="✗ failing rows of"
          text={rule ? `${rule.place} ${rule.text}` : showing}
          remove={() => setTraits(model, { showing: "" })}
        />
      )}
      {filters.map((filter) => (
        <Chip
          key={JSON.stringify(filter)}
          name={names[filter.column] ?? ""}
          text={filterText(filter)}
          remove={() => without(filter)}
        />
      ))}
      {sort.length > 1 && (
        <Chip
          name="sorted by"
          text={sort.map(([c, down]) => `${names[c]} ${down ? "↓" : "↑"}`).join(", ")}
          remove={() => setTraits(model, { sort: [] })}
        />
      )}
    </>
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
  const taken = useRef<unknown>(null);
  if (taken.current !== head) {
    taken.current = head;
    cache.current.put(head);
  }
  const seen = (from: number, end: number, columns: readonly number[]) => {
    const missing = cache.current.missing(from, end, columns);
    if (!missing || kernel.connected !== "live" || JSON.stringify(missing) === asked.current)
      return;
    asked.current = JSON.stringify(missing);
    ask("rows", { ...missing, epoch: view.epoch }).then((page) => {
      if (!page) return;
      cache.current.put(page);
      redraw((n) => n + 1);
    });
  };
  const saved = kernel.connected !== "live";
  const held = head.epoch === view.epoch ? head.labels.length : 0;
  const rows = saved || view.rows < 0 ? held : view.rows;
  return { cache: cache.current, view, rows, saved, seen, problem };
};

export const Rows = () => {
  const { ui } = useUi();
  const { names } = useTrait("columns");
  const pages = usePages();
  const { view, rows, saved } = pages;
  const [target, setTarget] = useState<{ row: number } | null>(null);
  const [opened, setOpened] = useState<{ row: number; column: number } | null>(null);
  const [jump, setJump] = useState("");
  useEffect(() => setOpened(null), [view.epoch]);

  const go = (event: Event) => {
    event.preventDefault();
    const row = Number(jump.replaceAll(/[\s,_]/g, ""));
    if (jump && Number.isInteger(row)) setTarget({ row: Math.max(0, Math.min(rows - 1, row)) });
  };

  return (
    <div class="dk-panel dk-rows">
      <div class="dk-tools">
        <span role="status">
          {view.rows < 0 && !saved
            ? "counting rows …"
            : view.rows === view.total
              ? plural(view.rows, "row")
              : `${count(view.rows)} of ${plural(view.total, "row")}`}
          {saved && view.rows > rows && `, of which the first ${count(rows)} are saved here`}
        </span>
        <Chips />
        <form class="dk-jump" onSubmit={go}>
          <input
            aria-label="Jump to row, counted from 0"
            placeholder="row …"
            inputMode="numeric"
            value={jump}
            onInput={(event) => setJump(event.currentTarget.value)}
          />
          <button type="submit" class="dk-button">
            Jump
          </button>
        </form>
      </div>
      <Problem text={pages.problem} />
      <RowGrid
        key={names.length}
        cache={pages.cache}
        rows={rows}
        counted={view.rows >= 0}
        order={arranged(names.length, ui)}
        target={target}
        onSeen={pages.seen}
        onOpen={(row, column) => setOpened({ row, column })}
      />
      {opened && (
        <CellDialog
          {...opened}
          epoch={view.epoch}
          text={pages.cache.cell(opened.row, opened.column)}
          label={pages.cache.label(opened.row, [opened.column]) ?? String(opened.row)}
          close={() => setOpened(null)}
        />
      )}
    </div>
  );
};
