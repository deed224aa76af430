/** The most frequent values of a column, and the set that a rule may want them to be of. */
import { useEffect, useState } from "preact/hooks";
import { count, plural, share } from "./format";
import { useSet, useTrait } from "./model";
import { Block, Button, Data, Found, Problem, Quiet } from "./parts";
import type { Detail, Rule } from "./protocol";
import { filtered } from "./sorting";
import { ruleOf, useCommit, useTrial } from "./trial";

const IN_SET = "expect_column_values_to_be_in_set";

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

interface Props {
  detail: Detail;
  name: string;
  rules: Rule[];
}

export const Values = ({ detail, name, rules }: Props) => {
  const set = useSet();
  const filters = useTrait("filters");
  const rows = useTrait("rows");
  const top = detail.top ?? [];
  const rule = ruleOf(rules, IN_SET);
  const given = (rule?.kwargs.value_set ?? []) as unknown[];
  const [draft, setDraft] = useState<unknown[] | null>(null);
  useEffect(() => setDraft(null), [detail.column, JSON.stringify(given)]);
  const chosen = draft ?? given;
  const kwargs = { column: name, value_set: chosen };
  const { found, problem } = useTrial(
    draft?.length ? { type: IN_SET, kwargs, key: rule?.key } : null,
    draft ? undefined : rule,
  );
  const { commit, problem: refused, editable } = useCommit();

  const toggle = (value: unknown) => {
    const without = chosen.filter((one) => !same(one, value));
    setDraft(without.length === chosen.length ? [...chosen, value] : without);
  };
  const keep = () =>
    set({ filters: filtered(filters, { column: detail.column, op: "in", values: chosen }) });

  return (
    <Block label="Top values">
      <h4>
        Values
        {editable && (
          <>
            <Quiet onClick={() => setDraft(top.flatMap(([, value]) => value ?? []))}>all</Quiet>
            <Quiet onClick={() => setDraft([])}>none</Quiet>
          </>
        )}
      </h4>
      <ul class="dk-values" tabIndex={0} aria-label="Values">
        {top.map(([text, value, n]) => (
          <li key={text}>
            <label class="dk-clip">
              <input
                type="checkbox"
                checked={chosen.some((one) => same(one, value))}
                disabled={!editable || value === null}
                onChange={() => toggle(value)}
              />
              <Data text={text} />
            </label>
            <i style={{ width: `${(100 * n) / (top[0]?.[2] || 1)}%` }} />
            <span class="dk-right">{count(n)}</span>
            <span class="dk-right dk-dim">{share(n, rows)}</span>
          </li>
        ))}
      </ul>
      {detail.others ? <p class="dk-dim">and {plural(detail.others, "more value")}</p> : null}
      <div class="dk-tools">
        {draft && (
          <>
            {draft.length > 0 && (
              <Button kind="dk-strong" onClick={() => commit(IN_SET, kwargs, rule)}>
                {rule ? "Update" : "Add"}: one of {draft.length}
              </Button>
            )}
            <Button onClick={() => setDraft(null)}>Cancel</Button>
          </>
        )}
        {chosen.length > 0 && <Quiet onClick={keep}>Filter rows</Quiet>}
        <Found outcome={found?.outcome} />
      </div>
      <Problem text={problem || refused} />
    </Block>
  );
};
