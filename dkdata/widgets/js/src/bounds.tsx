/** Bounds of the values, or of the lengths, of a column: by dragging and by typing. */
import { useEffect, useState } from "preact/hooks";
import { plural } from "./format";
import { domain, Histogram, HistogramTable } from "./histogram";
import { onKeys } from "./keys";
import { useSet, useTrait } from "./model";
import { Block, Button, Dim, entering, Found, Problem, Quiet } from "./parts";
import type { Bins, Detail, Rule } from "./protocol";
import { isTooLarge, placed, step, TOO_LARGE, typed, written } from "./scale";
import { filtered } from "./sorting";
import { ruleOf, useCommit, useTrial } from "./trial";
import { useUi } from "./ui";

const BETWEEN = "expect_column_values_to_be_between";
const LENGTHS = "expect_column_value_lengths_to_be_between";

const textOf = (bound: unknown): string => String(bound ?? "");

interface Props {
  detail: Detail;
  bins: Bins;
  name: string;
  rules: Rule[];
}

export const Bounds = ({ detail, bins, name, rules }: Props) => {
  const set = useSet();
  const { show } = useUi();
  const filters = useTrait("filters");
  const view = useTrait("view");
  const lengths = bins.of === "length";
  const what = lengths ? "the lengths" : "the values";
  const scale = lengths ? "integer" : (detail.scale ?? "number");
  const type = lengths ? LENGTHS : BETWEEN;
  const rule = ruleOf(rules, type);
  const given = [textOf(rule?.kwargs.min_value), textOf(rule?.kwargs.max_value)] as const;
  const [draft, setDraft] = useState<readonly [low: string, high: string] | null>(null);
  useEffect(() => setDraft(null), [detail.column, ...given]);

  const [low, high] = draft ?? given;
  const [from, to] = [typed(low, scale), typed(high, scale)];
  const kwargs = { column: name, min_value: from, max_value: to };
  const large = draft?.find(isTooLarge);
  const { found, problem } = useTrial(
    draft && !large ? { type, kwargs, key: rule?.key } : null,
    draft ? undefined : rule,
  );
  const { commit, problem: refused, editable } = useCommit();
  const within = domain(bins, [placed(given[0], scale), placed(given[1], scale)]);
  const write = (value: number) => written(value, scale, detail.zone ?? false);
  const tell = (value: number) => String(write(value));
  const done = () => {
    if (draft && !large && (low || high || rule)) commit(type, kwargs, rule);
  };
  const cancel = () => setDraft(null);

  const at = [placed(low, scale), placed(high, scale)] as const;
  const handles = [
    {
      label: `Minimum of ${what}`,
      value: at[0],
      text: low,
      move: (value: number) => setDraft([tell(Math.min(value, at[1] ?? value)), high]),
    },
    {
      label: `Maximum of ${what}`,
      value: at[1],
      text: high,
      move: (value: number) => setDraft([low, tell(Math.max(value, at[0] ?? value))]),
    },
  ];

  const filter = filters.find(({ column, op }) => column === detail.column && op === "between");
  const range = filter?.op === "between" ? filter : undefined;
  const keep = (least: unknown, most: unknown) => {
    const added = { column: detail.column, op: "between", low: least, high: most } as const;
    set({ filters: filtered(filters, added) });
  };
  const input = (label: string, text: string, change: (text: string) => void) => (
    <label>
      {label}
      <input
        class="dk-bound"
        value={text}
        placeholder="none"
        readOnly={!editable}
        onInput={entering(change)}
        onKeyDown={onKeys({ Enter: done, Escape: draft && cancel })}
      />
    </label>
  );

  // One bar tells nothing that its value does not tell.
  const varied = bins.counts.filter(Boolean).length > 1;
  return (
    <Block label={lengths ? "Lengths" : "Distribution"}>
      {varied ? (
        <Histogram
          bins={bins}
          within={within}
          step={(pixels) => step(within.high - within.low, pixels, scale)}
          handles={editable ? handles : []}
          brushed={
            range && [
              placed(range.low, scale) ?? within.low,
              placed(range.high, scale) ?? within.high,
            ]
          }
          onBrush={lengths ? undefined : (least, most) => keep(write(least), write(most))}
          onDone={done}
          onCancel={cancel}
        >
          <span class="dk-clip">{lengths ? "lengths of texts" : "drag to filter rows"}</span>
        </Histogram>
      ) : (
        <Dim>
          All {lengths ? "lengths" : "values"}:{" "}
          {[...new Set([bins.low_text, bins.high_text])].join(" – ")}
        </Dim>
      )}
      <div class="dk-tools">
        {input("Minimum", low, (text) => setDraft([text, high]))}
        {input("Maximum", high, (text) => setDraft([low, text]))}
        {draft && (
          <>
            <Button kind="dk-strong" onClick={done}>
              {rule ? "Update" : "Add"}
            </Button>
            <Button onClick={cancel}>Cancel</Button>
          </>
        )}
        {!lengths && !large && (low || high) && (
          <Quiet onClick={() => keep(from, to)}>Filter rows</Quiet>
        )}
        <Found outcome={found?.outcome} />
      </div>
      <Problem text={large ? `${large} ${TOO_LARGE}` : problem || refused} />
      {range && (
        <div class="dk-tools">
          Rows from {textOf(range.low) || "the lowest"} to {textOf(range.high) || "the highest"}:{" "}
          {plural(view.rows, "row")}
          <Quiet onClick={() => show({ tab: "rows" })}>See them</Quiet>
          <Quiet onClick={() => set({ filters: filters.filter((one) => one !== filter) })}>
            Clear
          </Quiet>
        </div>
      )}
      {varied && <HistogramTable bins={bins} tell={tell} />}
    </Block>
  );
};
