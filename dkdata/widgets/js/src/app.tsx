import { useContext, useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { useAsk } from "./asking";
import { Columns } from "./columns";
import { ColumnDetail } from "./detail";
import { Diff } from "./diff";
import { focused } from "./focus";
import { Footer } from "./footer";
import { plural } from "./format";
import { Help } from "./help";
import { handled, typing } from "./keys";
import { type Connected, Connection, useTrait } from "./model";
import { Button, Data, stateOf } from "./parts";
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
  const { names } = useTrait("columns");
  const { told } = useTrait("source");
  const status = useTrait("status");
  const [ask, problem] = useAsk();
  return (
    <header class="dk-header">
      <h2>
        <Data text={title} long={80} />
      </h2>
      <span>
        {plural(rows, "row")} × {plural(names.length, "column")}
      </span>
      <span class="dk-dim dk-told" title={told}>
        {told}
      </span>
      <span class="dk-dim" role="status">
        {kernel.busy
          ? "kernel busy …"
          : status.state === "working"
            ? status.text || "working …"
            : ""}
      </span>
      <Button
        quiet
        label="Compute everything anew"
        hint={problem || "Compute everything anew"}
        onClick={() => ask("refresh")}
      >
        ↻
      </Button>
      <Button quiet label="Keys and help" onClick={() => show({ help: true })}>
        ?
      </Button>
    </header>
  );
};

/** What keeps the page from working as it should. */
const Banner = () => {
  const { kernel } = useContext(Connection);
  const status = useTrait("status");
  const text =
    kernel.connected === "lost"
      ? "The connection to the kernel is lost: it was restarted or stopped. Run the cell again to go on."
      : kernel.connected === "saved"
        ? "This is how the explorer was saved, without a kernel behind it. Run the cell to explore the data."
        : status.state === "error"
          ? status.text
          : "";
  return text ? (
    <p class="dk-banner" role="alert">
      <span aria-hidden="true">⚠ </span>
      {text}
    </p>
  ) : null;
};

const Tabs = ({ tabs, tab }: { tabs: Tab[]; tab: Tab }) => {
  const { show } = useUi();
  const { names } = useTrait("columns");
  const selected = useTrait("selected");
  const results = useTrait("results");
  const failed = useTrait("rules").filter(
    (rule) => stateOf(rule, results[rule.key]) === "failed",
  ).length;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What led here may be gone with the panel that it was in.
    if (box.current?.closest(".dk")?.contains(lastFocus.current) && !focused(box.current)) {
      box.current
        ?.querySelector<HTMLElement>("[aria-selected=true]")
        ?.focus({ preventScroll: true });
    }
  }, [tab]);
  const lastFocus = useRef<Node | null>(null);
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
            <span class="dk-dim">
              {" "}
              <Data text={names[selected]} long={24} />
            </span>
          )}
          {one === "rules" && failed > 0 && (
            <span class="dk-state dk-failed">
              {" "}
              ✗ {failed}
              <span class="dk-spoken"> failed</span>
            </span>
          )}
        </button>
      ))}
    </div>
  );
};

export const App = ({ connected }: { connected: Connected }) => {
  const box = useRef<HTMLDivElement>(null);
  const [ui, show] = useReducer((now: Ui, change: Partial<Ui>) => ({ ...now, ...change }), START);
  const [wide, setWide] = useState(true);
  useLayoutEffect(() => {
    const element = box.current as HTMLDivElement;
    const measure = () => setWide(element.clientWidth === 0 || element.clientWidth >= WIDE);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const tabs = (Object.keys(PANELS) as Tab[]).filter((tab) => !wide || tab !== "columns");
  const tab = tabs.includes(ui.tab) ? ui.tab : "rows";
  const Panel = PANELS[tab];

  const onKeyDown = (event: KeyboardEvent) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") show({ help: true });
    else if (event.key === "/") {
      show(wide ? {} : { tab: "columns" });
      setTimeout(() => box.current?.querySelector<HTMLElement>(".dk-search")?.focus());
    } else return;
    handled(event);
  };

  return (
    <Connection.Provider value={connected}>
      <Screen.Provider value={{ ui, show }}>
        {/* Keys of the notebook do nothing in here: typing "d d" must not delete a cell. */}
        <div
          ref={box}
          class={`dk ${wide ? "dk-broad" : "dk-narrow"}`}
          data-lm-suppress-shortcuts="true"
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
          <div class="dk-spoken" role="status" aria-live="polite">
            {ui.told}
          </div>
        </div>
      </Screen.Provider>
    </Connection.Provider>
  );
};
