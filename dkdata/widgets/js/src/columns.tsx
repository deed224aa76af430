import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { byColumn, EVERYTHING, shown, type Wanted } from "./filtering";
import { count, plural, share } from "./format";
import { List } from "./list";
import { Connection, setTraits, useTrait } from "./model";
import { Button, Data, KindIcon, StateMark, stateOf } from "./parts";
import type { Kind, Outcome, Rule } from "./protocol";
import { Distinct, Spark } from "./spark";
import { arranged, useUi } from "./ui";

const HEADS = ["Column", "Distribution", "Nulls", "Distinct", "Rules"] as const;
const KINDS: Kind[] = ["integer", "number", "time", "text", "boolean", "other"];
const MOST_LOOKED = 60;
const PAUSE = 120; // milliseconds without scrolling, after which figures are asked for

const failing = (rule: Rule, results: Record<string, Outcome>): boolean =>
  ["failed", "error"].includes(stateOf(rule, results[rule.key]));

const Chips = ({ rules, results }: { rules: Rule[]; results: Record<string, Outcome> }) => {
  const states = rules.map((rule) => stateOf(rule, results[rule.key]));
  const rows = rules.reduce((sum, rule) => sum + (results[rule.key]?.failing ?? 0), 0);
  const told = rules.map((rule) => rule.text).join("\n");
  const several = (state: "met" | "failed" | "waiting" | "error" | "disabled") => {
    const n = states.filter((one) => one === state).length;
    if (!n) return null;
    return (
      <StateMark state={state} key={state}>
        {n}
        {state === "failed" && rows > 0 && (
          <small title={plural(rows, "failing row")}>{count(rows)}</small>
        )}
      </StateMark>
    );
  };
  return (
    <span class="dk-chips" title={told}>
      {(["failed", "error", "waiting", "met", "disabled"] as const).map(several)}
    </span>
  );
};

export const Columns = () => {
  const { model, seen } = useContext(Connection);
  const { ui, show } = useUi();
  const { names, type, types } = useTrait("columns");
  const rules = useTrait("rules");
  const results = useTrait("results");
  const selected = useTrait("selected");
  const rows = useTrait("rows");
  useTrait("figures");
  const [wanted, setWanted] = useState<Wanted>(EVERYTHING);
  const want = (change: Partial<Wanted>) => setWanted((before) => ({ ...before, ...change }));

  const ruled = useMemo(() => byColumn(rules), [rules]);
  const failed = new Set(rules.filter((rule) => failing(rule, results)).flatMap((r) => r.columns));
  const typeOf = (column: number) => types[type[column] ?? -1] ?? (["", "other", true] as const);
  const known = {
    name: (column: number) => names[column] ?? "",
    kind: (column: number) => typeOf(column)[1],
    figures: (column: number) => seen.get(column),
    ruled: new Set(ruled.keys()),
    failing: failed,
  };
  const order = useMemo(() => arranged(names.length, ui), [names, ui.pinned, ui.isolated]);
  const listed = order.filter((column) => shown(column, wanted, known));

  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const looked = useRef("");
  const look = (first: number, end: number) => {
    const columns = listed.slice(first, Math.min(end, first + MOST_LOOKED));
    if (`${columns}` === looked.current) return;
    const asked = looked.current !== "";
    looked.current = `${columns}`;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setTraits(model, { looked: columns }), asked ? PAUSE : 0);
  };
  useEffect(() => () => clearTimeout(timer.current), []);

  const open = (row: number) => {
    const column = listed[row];
    if (column === undefined) return;
    setTraits(model, { selected: column });
    show({ tab: "column", told: `Column ${names[column]}` });
  };
  const pin = (column: number) => {
    const pinned = ui.pinned.includes(column)
      ? ui.pinned.filter((other) => other !== column)
      : [...ui.pinned, column];
    show({ pinned, isolated: ui.isolated && pinned.length > 0 });
  };
  const onKey = (event: KeyboardEvent, row: number): boolean => {
    const column = listed[row];
    if (column === undefined || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "p") pin(column);
    else if (event.key === "i") isolate();
    else return false;
    return true;
  };
  const isolate = () => show({ isolated: !ui.isolated && ui.pinned.length > 0 });

  const cells = (row: number) => {
    const column = listed[row] as number;
    const [text, kind, nullable] = typeOf(column);
    const figures = seen.get(column);
    const mine = ruled.get(column);
    const pinned = ui.pinned.includes(column);
    return [
      <>
        <div class="dk-name" title={names[column]?.slice(0, 1000)}>
          <Data text={names[column] ?? ""} />
        </div>
        <div class="dk-dim">
          <KindIcon kind={kind} />
          {text}
          {nullable && <span title="May have nulls">?</span>}
        </div>
        <Button
          quiet
          stop={false}
          pressed={pinned}
          label={pinned ? "Unpin" : "Pin"}
          onClick={() => pin(column)}
        >
          pin
        </Button>
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

  return (
    <section class="dk-columns" aria-label="Columns">
      <div class="dk-tools">
        <input
          type="search"
          class="dk-search"
          aria-label="Search columns"
          placeholder="Search columns  /"
          value={wanted.text}
          onInput={(event) => want({ text: event.currentTarget.value })}
        />
        <select
          aria-label="Type of columns"
          value={wanted.kind}
          onChange={(event) => want({ kind: event.currentTarget.value as Kind | "" })}
        >
          <option value="">all types</option>
          {KINDS.map((kind) => (
            <option key={kind}>{kind}</option>
          ))}
        </select>
        <Button quiet pressed={wanted.failing} onClick={() => want({ failing: !wanted.failing })}>
          failing
        </Button>
        <Button quiet pressed={wanted.ruled} onClick={() => want({ ruled: !wanted.ruled })}>
          has rules
        </Button>
        <Button quiet pressed={wanted.nulls} onClick={() => want({ nulls: !wanted.nulls })}>
          nulls
        </Button>
        {ui.pinned.length > 0 && (
          <Button quiet pressed={ui.isolated} onClick={isolate} hint="Show only the pinned columns">
            pinned only
          </Button>
        )}
        <span class="dk-dim dk-count" role="status">
          {listed.length === names.length
            ? plural(names.length, "column")
            : `${count(listed.length)} of ${plural(names.length, "column")}`}
        </span>
      </div>
      <List
        label="Columns of the data"
        heads={HEADS}
        template="minmax(96px, 1fr) 96px 52px 62px 72px"
        rows={listed.length}
        row={42}
        keyOf={(row) => String(listed[row])}
        cells={cells}
        className={(row) => (listed[row] === selected ? "dk-chosen" : "")}
        chosen={listed.indexOf(selected)}
        onChoose={open}
        onKey={onKey}
        onSeen={look}
      />
    </section>
  );
};
