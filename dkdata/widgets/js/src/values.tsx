/** The most frequent values of a column, and the set that a rule may want them to be of. */
import { useContext, useEffect, useState } from "preact/hooks";
import { count, plural, share } from "./format";
import { Connection, setTraits, useTrait } from "./model";
import { Button, Data, outcomeText, Problem, StateMark } from "./parts";
import type { Detail, Rule } from "./protocol";
import { filtered } from "./sorting";
import { useCommit, useTrial } from "./trial";

const IN_SET = "expect_column_values_to_be_in_set";

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

export const Values = ({
  detail,
  name,
  rules,
}: {
  detail: Detail;
  name: string;
  rules: Rule[];
}) => {
  const { model } = useContext(Connection);
  const filters = useTrait("filters");
  const rows = useTrait("rows");
  const top = detail.top ?? [];
  const rule = rules.find((one) => one.type === IN_SET && one.enabled);
  const given = (rule?.kwargs.value_set ?? []) as unknown[];
  const [draft, setDraft] = useState<unknown[] | null>(null);
  useEffect(() => setDraft(null), [detail.column, JSON.stringify(given)]);
  const chosen = draft ?? given;
  const kwargs = { column: name, value_set: chosen };
  const { found, problem } = useTrial(
    draft?.length ? { type: IN_SET, kwargs, key: rule?.key } : null,
  );
  const { commit, problem: refused, editable } = useCommit();
  const most = Math.max(1, ...top.map(([, , n]) => n));

  const toggle = (value: unknown) => {
    const without = chosen.filter((one) => !same(one, value));
    setDraft(without.length === chosen.length ? [...chosen, value] : without);
  };
  const keep = () => {
    const added = { column: detail.column, op: "in", values: chosen } as const;
    setTraits(model, { filters: filtered(filters, added) });
  };

  return (
    <section class="dk-block" aria-label="Most frequent values">
      <h4>
        Values
        {editable && (
          <>
            <Button quiet onClick={() => setDraft(top.map(([, value]) => value))}>
              all
            </Button>
            <Button quiet onClick={() => setDraft([])}>
              none
            </Button>
          </>
        )}
      </h4>
      <ul class="dk-values">
        {top.map(([text, value, n]) => (
          <li key={text}>
            <label>
              <input
                type="checkbox"
                checked={chosen.some((one) => same(one, value))}
                disabled={!editable}
                onChange={() => toggle(value)}
              />
              <Data text={text} />
            </label>
            <span class="dk-meter" aria-hidden="true">
              <i style={{ width: `${(100 * n) / most}%` }} />
            </span>
            <span class="dk-right">{count(n)}</span>
            <span class="dk-right dk-dim">{share(n, rows)}</span>
          </li>
        ))}
      </ul>
      {detail.others ? <p class="dk-dim">and {plural(detail.others, "more value")}</p> : null}
      <div class="dk-tools">
        {draft && draft.length > 0 && (
          <Button main onClick={() => commit(IN_SET, kwargs, rule)}>
            {rule ? `Update: one of ${draft.length}` : `Add: one of ${draft.length}`}
          </Button>
        )}
        {draft && <Button onClick={() => setDraft(null)}>Cancel</Button>}
        {chosen.length > 0 && (
          <Button quiet onClick={keep}>
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
    </section>
  );
};
