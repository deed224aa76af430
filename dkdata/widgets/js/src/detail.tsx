import { useContext } from "preact/hooks";
import { useAsk, useEditable } from "./asking";
import { Bounds } from "./bounds";
import { byColumn } from "./filtering";
import { share } from "./format";
import { Connection, useColumns, useSet, useTrait } from "./model";
import {
  Block,
  Button,
  Data,
  Dim,
  KindIcon,
  outcomeText,
  Problem,
  Quiet,
  StateMark,
  stateOf,
} from "./parts";
import type { Detail, Filter, Rule, Suggestion } from "./protocol";
import { Regex } from "./regex";
import { filtered } from "./sorting";
import { NEW, useUi } from "./ui";
import { Values } from "./values";

const Suggestions = ({ suggestions }: { suggestions: Suggestion[] }) => {
  const [ask, problem] = useAsk();
  const editable = useEditable();
  return (
    <Block label="Suggestions">
      <h4>Suggestions</h4>
      <ul>
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
              <Data text={text} /> <Dim>{share(confidence, 1)} sure</Dim>
              <div class="dk-dim">{reason}</div>
            </div>
          </li>
        ))}
      </ul>
      <Problem text={problem} />
    </Block>
  );
};

const OwnRules = ({ rules, column }: { rules: Rule[]; column: string }) => {
  const set = useSet();
  const { show } = useUi();
  const results = useTrait("results");
  return (
    <Block label="Expectations of this column">
      <h4>
        Expectations
        {useEditable() && (
          <Quiet onClick={() => show({ tab: "rules", editing: { type: NEW, kwargs: { column } } })}>
            + Add
          </Quiet>
        )}
      </h4>
      <ul>
        {rules.map((rule) => {
          const outcome = results[rule.key];
          return (
            <li key={rule.key}>
              <StateMark state={stateOf(rule, outcome)} />
              <Quiet
                label={`Edit ${rule.text}`}
                onClick={() => show({ tab: "rules", editing: { rule } })}
              >
                <Data text={rule.text} />
              </Quiet>
              <Dim>{rule.problem || (outcome && outcomeText(outcome))}</Dim>
              {!!outcome?.failing && (
                <Quiet
                  label={`Failing rows of ${rule.text}`}
                  onClick={() => {
                    set({ showing: rule.key });
                    show({ tab: "rows" });
                  }}
                >
                  rows
                </Quiet>
              )}
            </li>
          );
        })}
      </ul>
    </Block>
  );
};

export const ColumnDetail = () => {
  const { kernel } = useContext(Connection);
  const set = useSet();
  const selected = useTrait("selected");
  const told = useTrait("detail");
  const { names, typeOf } = useColumns();
  const filters = useTrait("filters");
  const rules = byColumn(useTrait("rules")).get(selected) ?? [];
  const name = names[selected];
  if (name === undefined) {
    return <p class="dk-empty">Choose a column in the list.</p>;
  }
  const detail = told.column === selected ? (told as Detail) : null;
  const [text, kind, nullable] = typeOf(selected);
  const fresh = detail?.suggestions?.filter((one) => rules.every(({ text }) => text !== one.text));
  const keep = (filter: Filter) => set({ filters: filtered(filters, filter) });
  const values = detail?.top?.length ? <Values detail={detail} name={name} rules={rules} /> : null;
  return (
    <div class="dk-panel dk-page" key={selected}>
      <h3>
        <Data text={name} />{" "}
        <Dim>
          <KindIcon kind={kind} />
          {text}
          {nullable ? ", may be null" : ", never null"}
        </Dim>
      </h3>
      {detail ? (
        <dl class="dk-facts">
          {detail.facts.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd title={value.slice(0, 1000)}>
                <Data text={value} long={60} />
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <Dim>{kernel.connected === "live" ? "reading …" : "Its figures were not saved."}</Dim>
      )}
      <div class="dk-tools">
        <Dim>Rows:</Dim>
        <Quiet onClick={() => keep({ column: selected, op: "null" })}>only nulls</Quiet>
        <Quiet onClick={() => keep({ column: selected, op: "not_null" })}>without nulls</Quiet>
        {kind === "text" && (
          <input
            aria-label="Rows that contain"
            placeholder="that contain …"
            onChange={({ currentTarget: { value } }) =>
              value && keep({ column: selected, op: "contains", text: value })
            }
          />
        )}
      </div>
      {detail?.lengths && values}
      {detail?.bins?.counts.length ? (
        <Bounds detail={detail} bins={detail.bins} name={name} rules={rules} />
      ) : null}
      {fresh?.length ? <Suggestions suggestions={fresh} /> : null}
      <OwnRules rules={rules} column={name} />
      {detail?.lengths ? <Regex name={name} rules={rules} /> : values}
    </div>
  );
};
