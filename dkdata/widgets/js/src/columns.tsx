import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { byColumn, EVERYTHING, shown, type Wanted } from "./filtering";
import { count, plural, share } from "./format";
import { List } from "./list";
import { Connection, useColumns, useSet, useTrait } from "./model";
import { Data, entering, KindIcon, Quiet, type State, StateMark, Status, stateOf } from "./parts";
import type { Kind, Outcome, Rule } from "./protocol";
import { Distinct, Spark } from "./spark";
import { arranged, useUi } from "./ui";

const HEADS = ["Column", "Distribution", "Nulls", "Distinct", "Rules"] as const;
const KINDS: Kind[] = ["integer", "number", "time", "text", "boolean", "other"];
const MOST_LOOKED = 60;
const PAUSE = 120; // milliseconds without scrolling, after which figures are asked for

const WORST: State[] = ["failed", "error", "waiting", "met", "disabled"];

/** How the rules of a column stand: the worst of it, and how many have come to that. */
const Chips = ({ rules, results }: { rules: Rule[]; results: Record<string, Outcome> }) => {
  const states = rules.map((rule) => stateOf(rule, results[rule.key]));
  const state = WORST.find((one) => states.includes(one)) as State;
  const those = rules.filter((_, i) => states[i] === state);
  const does = state !== "failed" ? state : those.length === 1 ? "fails" : "fail";
  const rows = those.map((rule) => results[rule.key]?.failing);
  const told = [
    `${those.length} of ${plural(rules.length, "expectation")} ${does}`,
    ...rows.flatMap((failing) => (failing ? plural(failing, "row") : [])),
  ].join(", ");
  return (
    <div role="img" aria-label={told} title={[told, ...rules.map((rule) => rule.text)].join("\n")}>
      <StateMark state={state}>{/failed|error/.test(state) && those.length}</StateMark>
    </div>
  );
};

/** Tells the kernel which columns are on screen, once scrolling rests. */
const useLook = (listed: readonly number[]) => {
  const set = useSet();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const looked = useRef("");
  useEffect(() => () => clearTimeout(timer.current), []);
  return (first: number, end: number) => {
    const columns = listed.slice(first, Math.min(end, first + MOST_LOOKED));
    if (`${columns}` === looked.current) return;
    const pause = looked.current ? PAUSE : 0;
    looked.current = `${columns}`;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => set({ looked: columns }), pause);
  };
};

export const Columns = () => {
  const { seen } = useContext(Connection);
  const { ui, show } = useUi();
  const { names, typeOf } = useColumns();
  const rules = useTrait("rules");
  const results = useTrait("results");
  const selected = useTrait("selected");
  const rows = useTrait("rows");
  useTrait("figures");
  const set = useSet();
  const [wanted, setWanted] = useState<Wanted>(EVERYTHING);
  const want = (change: Partial<Wanted>) => setWanted((before) => ({ ...before, ...change }));

  const ruled = useMemo(() => byColumn(rules), [rules]);
  const failing = rules.filter((rule) => /failed|error/.test(stateOf(rule, results[rule.key])));
  const known = {
    name: (column: number) => names[column] ?? "",
    kind: (column: number) => typeOf(column)[1],
    figures: (column: number) => seen.get(column),
    ruled,
    failing: byColumn(failing),
  };
  const order = useMemo(() => arranged(names.length, ui), [names, ui.pinned, ui.isolated]);
  const listed = order.filter((column) => shown(column, wanted, known));
  const look = useLook(listed);

  const open = (row: number) => {
    set({ selected: listed[row] as number });
    show({ tab: "column" });
  };
  const pin = (column: number) => {
    const others = ui.pinned.filter((other) => other !== column);
    const pinned = others.length < ui.pinned.length ? others : [...others, column];
    show({ pinned, isolated: ui.isolated && pinned.length > 0 });
  };
  const isolate = () => show({ isolated: !ui.isolated && ui.pinned.length > 0 });
  const onKey = (event: KeyboardEvent, row: number): boolean => {
    if (event.key === "p") pin(listed[row] as number);
    else if (event.key === "i") isolate();
    else return false;
    return true;
  };

  const cells = (row: number) => {
    const column = listed[row] as number;
    const [text, kind, nullable] = typeOf(column);
    const figures = seen.get(column);
    const mine = ruled.get(column);
    const pinned = ui.pinned.includes(column);
    return [
      <>
        <div class="dk-name dk-clip" title={names[column]?.slice(0, 1000)}>
          <Data text={names[column] ?? ""} />
        </div>
        <div class="dk-dim dk-clip">
          <KindIcon kind={kind} />
          {text}
          {nullable && <span title="May have nulls">?</span>}
        </div>
        <Quiet tabIndex={-1} aria-pressed={pinned} hint="Pin (p)" onClick={() => pin(column)}>
          pin
        </Quiet>
      </>,
      <Spark key="spark" figures={figures} rows={rows} />,
      figures && (
        <span class={figures.nulls ? "" : "dk-dim"} title={plural(figures.nulls, "null")}>
          {share(figures.nulls, rows)}
        </span>
      ),
      <Distinct key="distinct" figures={figures} />,
      mine && <Chips rules={mine} results={results} />,
    ];
  };
  const toggle = (name: "failing" | "ruled" | "nulls", label: string) => (
    <Quiet aria-pressed={wanted[name]} onClick={() => want({ [name]: !wanted[name] })}>
      {label}
    </Quiet>
  );

  return (
    <section class="dk-columns" aria-label="Columns">
      <div class="dk-tools">
        <input
          type="search"
          class="dk-search"
          aria-label="Search columns"
          placeholder="Search  /"
          value={wanted.text}
          onInput={entering((text) => want({ text }))}
        />
        <select
          aria-label="Type of columns"
          value={wanted.kind}
          onChange={entering((kind) => want({ kind: kind as Kind | "" }))}
        >
          <option value="">all types</option>
          {KINDS.map((kind) => (
            <option key={kind}>{kind}</option>
          ))}
        </select>
        {toggle("failing", "failing")}
        {toggle("ruled", "has rules")}
        {toggle("nulls", "nulls")}
        {ui.pinned.length > 0 && (
          <Quiet aria-pressed={ui.isolated} onClick={isolate} hint="Show only the pinned ones (i)">
            pinned
          </Quiet>
        )}
        <span class="dk-dim dk-end">
          <Status>
            {listed.length < names.length && `${count(listed.length)} of `}
            {plural(names.length, "column")}
          </Status>
        </span>
      </div>
      <List
        label="Columns of the data"
        heads={HEADS}
        template="minmax(84px, 1fr) 78px 46px 66px 62px"
        rows={listed.length}
        row={42}
        keyOf={(row) => String(listed[row])}
        cells={cells}
        chosen={listed.indexOf(selected)}
        onChoose={open}
        onKey={onKey}
        onSeen={look}
      />
    </section>
  );
};
