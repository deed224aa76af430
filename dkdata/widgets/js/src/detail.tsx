import { useContext } from "preact/hooks";
import { useAsk, useEditable } from "./asking";
import { Bounds } from "./bounds";
import { byColumn } from "./filtering";
import { share } from "./format";
import { Connection, setTraits, useTrait } from "./model";
import { Button, Data, KindIcon, outcomeText, Problem, StateMark, stateOf } from "./parts";
import type { Detail, Figures, Filter, Rule, Suggestion } from "./protocol";
import { Regex } from "./regex";
import { filtered } from "./sorting";
import { useUi } from "./ui";
import { Values } from "./values";

/** What the list knows of a column, where the kernel has not told more. */
const known = (figures: Figures | undefined): [string, string][] =>
  figures
    ? (
        [
          ["nulls", String(figures.nulls)],
          [
            "distinct",
            figures.distinct === undefined
              ? ""
              : `${figures.exact === false ? "~" : ""}${figures.distinct}`,
          ],
          ["min", figures.min ?? ""],
          ["max", figures.max ?? ""],
          ["mean", figures.mean ?? ""],
        ] as [string, string][]
      ).filter(([, text]) => text)
    : [];

const Suggestions = ({ suggestions }: { suggestions: Suggestion[] }) => {
  const [ask, problem] = useAsk();
  const editable = useEditable();
  if (!suggestions.length) return null;
  return (
    <section class="dk-block" aria-label="Suggestions">
      <h4>Suggestions</h4>
      <ul class="dk-suggestions">
        {suggestions.map(({ id, text, reason, confidence }) => (
          <li key={id}>
            <Button
              disabled={!editable}
              label={`Accept ${text}`}
              onClick={() => ask("edit", { action: "accept", suggestion: id })}
            >
              + Accept
            </Button>
            <div>
              <Data text={text} /> <span class="dk-dim">{share(confidence, 1)} sure</span>
              <div class="dk-dim">{reason}</div>
            </div>
          </li>
        ))}
      </ul>
      <Problem text={problem} />
    </section>
  );
};

const OwnRules = ({ rules, column }: { rules: Rule[]; column: string }) => {
  const { model } = useContext(Connection);
  const { show } = useUi();
  const results = useTrait("results");
  const editable = useEditable();
  return (
    <section class="dk-block" aria-label="Expectations of this column">
      <h4>
        Expectations
        {editable && (
          <Button
            quiet
            onClick={() =>
              show({
                tab: "rules",
                editing: { type: "expect_column_values_to_not_be_null", kwargs: { column } },
              })
            }
          >
            + Add
          </Button>
        )}
      </h4>
      <ul class="dk-own">
        {rules.map((rule) => {
          const outcome = results[rule.key];
          return (
            <li key={rule.key}>
              <StateMark state={stateOf(rule, outcome)} />
              <Button
                quiet
                label={`Edit ${rule.text}`}
                onClick={() => show({ tab: "rules", editing: { rule } })}
              >
                <Data text={rule.text} />
              </Button>
              <span class="dk-dim">{rule.problem || (outcome && outcomeText(outcome))}</span>
              {(outcome?.failing ?? 0) > 0 && (
                <Button
                  quiet
                  label={`Failing rows of ${rule.text}`}
                  onClick={() => {
                    setTraits(model, { showing: rule.key });
                    show({ tab: "rows" });
                  }}
                >
                  rows
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
};

export const ColumnDetail = () => {
  const { model, seen } = useContext(Connection);
  const selected = useTrait("selected");
  const told = useTrait("detail");
  const { names, type, types } = useTrait("columns");
  const filters = useTrait("filters");
  const rules = byColumn(useTrait("rules")).get(selected) ?? [];
  useTrait("figures");
  const name = names[selected];
  if (name === undefined) {
    return <p class="dk-empty">Choose a column in the list: Enter or a click shows it here.</p>;
  }
  const detail = "column" in told && told.column === selected ? (told as Detail) : undefined;
  const facts = detail?.facts ?? known(seen.get(selected));
  const [text, kind, nullable] = types[type[selected] ?? -1] ?? (["", "other", true] as const);
  const keep = (filter: Filter) => setTraits(model, { filters: filtered(filters, filter) });
  const shared = { name, rules };
  return (
    <div class="dk-panel dk-detail" key={selected}>
      <header>
        <h3>
          <Data text={name} />
        </h3>
        <span class="dk-dim">
          <KindIcon kind={kind} />
          {text}
          {nullable ? ", may be null" : ", never null"}
        </span>
      </header>
      <dl class="dk-facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <Data text={value} long={60} />
            </dd>
          </div>
        ))}
      </dl>
      <div class="dk-tools">
        <span class="dk-dim">Rows:</span>
        <Button quiet onClick={() => keep({ column: selected, op: "null" })}>
          only nulls
        </Button>
        <Button quiet onClick={() => keep({ column: selected, op: "not_null" })}>
          without nulls
        </Button>
        {kind === "text" && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              const text = String(new FormData(event.currentTarget).get("text") ?? "");
              if (text) keep({ column: selected, op: "contains", text });
            }}
          >
            <input name="text" aria-label="Rows that contain" placeholder="that contain …" />
          </form>
        )}
      </div>
      {detail ? null : <p class="dk-dim">reading …</p>}
      {detail?.bins?.counts.length ? <Bounds detail={detail} {...shared} /> : null}
      {detail && <Suggestions suggestions={detail.suggestions ?? []} />}
      <OwnRules rules={rules} column={name} />
      {detail?.top?.length ? <Values detail={detail} {...shared} /> : null}
      {detail?.lengths ? <Regex {...shared} /> : null}
    </div>
  );
};
