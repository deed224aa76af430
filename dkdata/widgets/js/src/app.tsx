import { useContext, useEffect, useReducer, useRef } from "preact/hooks";
import { useAsk } from "./asking";
import { Columns } from "./columns";
import { ColumnDetail } from "./detail";
import { Diff } from "./diff";
import { focused, useSize } from "./focus";
import { Footer } from "./footer";
import { plural } from "./format";
import { Help } from "./help";
import { handled, typing } from "./keys";
import { type Connected, Connection, useColumns, useTrait } from "./model";
import { Data, Dim, Quiet, StateMark, Status, stateOf } from "./parts";
import { Rows } from "./rows";
import { Rules } from "./rules";
import { Screen, START, type Tab, type Ui, useUi } from "./ui";

const WIDE = 720; // pixels from which the list of columns stands beside the other panels

const PANELS = { columns: Columns, column: ColumnDetail, rules: Rules, rows: Rows, compare: Diff };
const LABELS: Record<Tab, string> = {
  columns: "Columns",
  column: "Column",
  rules: "Expectations",
  rows: "Rows",
  compare: "Compare",
};

const Header = () => {
  const { kernel } = useContext(Connection);
  const { show } = useUi();
  const title = useTrait("title");
  const rows = useTrait("rows");
  const { names } = useColumns();
  const { told } = useTrait("source");
  const [ask, problem] = useAsk();
  return (
    <header class="dk-header">
      <h2>
        <Data text={title} long={80} />
      </h2>
      <span>
        {plural(rows, "row")} × {plural(names.length, "column")}
      </span>
      <span class="dk-dim dk-told dk-clip" title={told}>
        {told}
      </span>
      <Status>{kernel.busy && "kernel busy …"}</Status>
      <Quiet
        label="Compute everything anew"
        hint={problem || undefined}
        onClick={() => ask("refresh")}
      >
        ↻
      </Quiet>
      <Quiet label="Keys and help" onClick={() => show({ help: true })}>
        ?
      </Quiet>
    </header>
  );
};

/** What keeps the page from working as it should. */
const Banner = () => {
  const { kernel } = useContext(Connection);
  const { state, text } = useTrait("status");
  const told = {
    lost: "The connection to the kernel is lost. Run the cell again.",
    saved: "This is how it was saved. Run the cell to explore.",
    live: state === "error" ? text : "",
  }[kernel.connected];
  return told ? (
    <p class="dk-banner" role="alert">
      ⚠ {told}
    </p>
  ) : null;
};

const Tabs = ({ tabs, tab }: { tabs: Tab[]; tab: Tab }) => {
  const { show } = useUi();
  const { names } = useColumns();
  const selected = useTrait("selected");
  const results = useTrait("results");
  const failed = useTrait("rules").filter(
    (rule) => stateOf(rule, results[rule.key]) === "failed",
  ).length;
  const box = useRef<HTMLDivElement>(null);
  const before = useRef(tab);
  useEffect(() => {
    // What led to another panel, and had the focus, is gone with its own panel.
    if (before.current !== tab && !focused(box.current)) {
      const side = box.current?.parentElement;
      const next =
        side?.querySelector<HTMLElement>('.dk-grid [tabindex="0"]') ??
        side?.querySelector<HTMLElement>("[aria-selected=true]");
      next?.focus({ preventScroll: true });
    }
    before.current = tab;
  }, [tab]);
  const go = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const to = { Home: 0, End: tabs.length - 1 }[event.key];
    if (by === undefined && to === undefined) return;
    const next = tabs[
      to ?? (tabs.indexOf(tab) + (by as number) + tabs.length) % tabs.length
    ] as Tab;
    show({ tab: next });
    box.current?.querySelector<HTMLElement>(`[data-tab=${next}]`)?.focus();
    handled(event);
  };
  return (
    <div ref={box} class="dk-tabs" role="tablist" aria-label="Panels" onKeyDown={go}>
      {tabs.map((one) => (
        <button
          key={one}
          type="button"
          role="tab"
          data-tab={one}
          class="dk-tab"
          aria-selected={one === tab}
          tabIndex={one === tab ? 0 : -1}
          onClick={() => show({ tab: one })}
        >
          {LABELS[one]}
          {one === "column" && names[selected] !== undefined && (
            <Dim>
              {" "}
              <Data text={names[selected]} long={24} />
            </Dim>
          )}
          {one === "rules" && failed > 0 && (
            <>
              {" "}
              <StateMark state="failed">{failed}</StateMark>
            </>
          )}
        </button>
      ))}
    </div>
  );
};

/**
 * Keys of the notebook do nothing in here: "d d" must not delete a cell. The notebook looks at what
 * has the focus before it looks at what is around that, so that the root alone would not do.
 */
const suppress = ({ target }: Event) => {
  (target as HTMLElement).dataset.lmSuppressShortcuts = "true";
};

export const App = ({ connected }: { connected: Connected }) => {
  const box = useRef<HTMLDivElement>(null);
  const [ui, show] = useReducer((now: Ui, change: Partial<Ui>) => ({ ...now, ...change }), START);
  const wide = useSize(box)[0] >= WIDE;
  const tabs = (Object.keys(PANELS) as Tab[]).filter((tab) => !wide || tab !== "columns");
  const tab = tabs.includes(ui.tab) ? ui.tab : "rows";
  const Panel = PANELS[tab];

  const onKeyDown = (event: KeyboardEvent) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") show({ help: true });
    else if (event.key === "/") {
      show(wide ? {} : { tab: "columns" });
      // Once the field is drawn, and before the next key: that is typed into it.
      queueMicrotask(() => box.current?.querySelector<HTMLElement>(".dk-search")?.focus());
    } else return;
    handled(event);
  };

  return (
    <Connection.Provider value={connected}>
      <Screen.Provider value={{ ui, show }}>
        <div
          ref={box}
          class="dk"
          data-lm-suppress-shortcuts="true"
          onFocusIn={suppress}
          onKeyDown={onKeyDown}
        >
          <Header />
          <Banner />
          <div class="dk-main">
            {wide && <Columns />}
            <section class="dk-side" aria-label={LABELS[tab]}>
              <Tabs tabs={tabs} tab={tab} />
              <div class="dk-tabpanel" role="tabpanel" aria-label={LABELS[tab]}>
                <Panel />
              </div>
            </section>
          </div>
          <Footer />
          {ui.help && <Help close={() => show({ help: false })} />}
        </div>
      </Screen.Provider>
    </Connection.Provider>
  );
};
