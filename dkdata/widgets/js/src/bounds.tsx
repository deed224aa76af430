/** Bounds of the values, or of the lengths, of a column: by dragging and by typing. */
import { useContext, useEffect, useState } from "preact/hooks";
import { plural } from "./format";
import { domain, Histogram, HistogramTable, stepOf } from "./histogram";
import { handled } from "./keys";
import { Connection, setTraits, useTrait } from "./model";
import { Button, outcomeText, Problem, StateMark } from "./parts";
import type { Detail, Rule } from "./protocol";
import { placed, typed, written } from "./scale";
import { filtered } from "./sorting";
import { useCommit, useTrial } from "./trial";
import { useUi } from "./ui";

export const BETWEEN = "expect_column_values_to_be_between";
export const LENGTHS = "expect_column_value_lengths_to_be_between";

const textOf = (bound: unknown): string =>
  bound === null || bound === undefined ? "" : String(bound);

export const Bounds = ({
  detail,
  name,
  rules,
}: {
  detail: Detail;
  name: string;
  rules: Rule[];
}) => {
  const { model } = useContext(Connection);
  const { show } = useUi();
  const filters = useTrait("filters");
  const view = useTrait("view");
  const bins = detail.bins as NonNullable<Detail["bins"]>;
  const lengths = bins.of === "length";
  const scale = lengths ? "integer" : (detail.scale ?? "number");
  const zone = detail.zone ?? false;
  const type = lengths ? LENGTHS : BETWEEN;
  const rule = rules.find((one) => one.type === type && one.enabled);
  const given = [textOf(rule?.kwargs.min_value), textOf(rule?.kwargs.max_value)] as const;
  const [draft, setDraft] = useState<readonly [low: string, high: string] | null>(null);
  useEffect(() => setDraft(null), [detail.column, ...given]);

  const [low, high] = draft ?? given;
  const kwargs = { column: name, min_value: typed(low, scale), max_value: typed(high, scale) };
  const { found, problem } = useTrial(draft && { type, kwargs, key: rule?.key });
  const { commit, problem: refused, editable } = useCommit();
  const within = domain(bins, [placed(given[0], scale), placed(given[1], scale)]);
  const tell = (value: number) => String(written(value, scale, zone));

  const cancel = () => setDraft(null);
  const done = async () => {
    if (draft && (low.trim() || high.trim() || rule)) await commit(type, kwargs, rule);
  };
  const at = [placed(low, scale), placed(high, scale)] as const;
  const handles = [
    {
      label: `Minimum of ${lengths ? "the lengths" : "the values"}`,
      value: at[0],
      text: low,
      move: (value: number) => setDraft([tell(Math.min(value, at[1] ?? value)), high]),
    },
    {
      label: `Maximum of ${lengths ? "the lengths" : "the values"}`,
      value: at[1],
      text: high,
      move: (value: number) => setDraft([low, tell(Math.max(value, at[0] ?? value))]),
    },
  ];

  const filter = filters.find(({ column, op }) => column === detail.column && op === "between");
  const range = filter?.op === "between" ? filter : undefined;
  const brushed: [number, number] | null = range
    ? [placed(range.low, scale) ?? within.low, placed(range.high, scale) ?? within.high]
    : null;
  const keep = (from: unknown, to: unknown) => {
    const added = { column: detail.column, op: "between", low: from, high: to } as const;
    setTraits(model, { filters: filtered(filters, added) });
  };
  const input = (label: string, text: string, set: (text: string) => void) => (
    <label>
      {label}
      <input
        class="dk-bound"
        value={text}
        placeholder="none"
        readOnly={!editable}
        onInput={(event) => set(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") done();
          else if (event.key === "Escape" && draft) cancel();
          else return;
          handled(event);
        }}
      />
    </label>
  );

  return (
    <section class="dk-block" aria-label={lengths ? "Lengths" : "Distribution"}>
      <Histogram
        bins={bins}
        within={within}
        step={stepOf(within, scale)}
        handles={editable ? handles : []}
        brushed={lengths ? null : brushed}
        onBrush={
          lengths
            ? undefined
            : (from, to) => keep(written(from, scale, zone), written(to, scale, zone))
        }
        onDone={done}
        onCancel={cancel}
      >
        <span class="dk-dim">
          {lengths ? "lengths of the texts" : "drag across the bars to filter rows"}
        </span>
      </Histogram>
      <div class="dk-tools">
        {input("Minimum", low, (text) => setDraft([text, high]))}
        {input("Maximum", high, (text) => setDraft([low, text]))}
        {draft && editable && (
          <>
            <Button main onClick={done}>
              {rule ? "Update" : "Add"}
            </Button>
            <Button onClick={cancel}>Cancel</Button>
          </>
        )}
        {!lengths && (low || high) && (
          <Button
            quiet
            onClick={() => keep(kwargs.min_value, kwargs.max_value)}
            hint="Show only rows within the bounds"
          >
            Filter rows
          </Button>
        )}
        <span role="status" class="dk-found">
          {found && (
            <StateMark state={found.outcome.state}> {outcomeText(found.outcome)}</StateMark>
          )}
        </span>
      </div>
      <Problem text={problem || refused} />
      {range && (
        <div class="dk-tools">
          <span>
            Rows from {textOf(range.low) || "the lowest"} to {textOf(range.high) || "the highest"}:{" "}
            {plural(view.rows, "row")}
          </span>
          <Button quiet onClick={() => show({ tab: "rows" })}>
            See them
          </Button>
          <Button
            quiet
            onClick={() => setTraits(model, { filters: filters.filter((one) => one !== filter) })}
          >
            Clear
          </Button>
        </div>
      )}
      <HistogramTable bins={bins} tell={tell} />
    </section>
  );
};
