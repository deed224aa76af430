import { useState } from "preact/hooks";
import { useAsk, useEditable } from "./asking";
import { RuleForm } from "./form";
import { plural } from "./format";
import { handled, typing } from "./keys";
import { List } from "./list";
import { useColumns, useSet, useTrait } from "./model";
import { Button, Data, Dim, outcomeText, Problem, Quiet, StateMark, stateOf } from "./parts";
import type { Rule } from "./protocol";
import { NEW, useUi } from "./ui";

const HEADS = ["State", "Expectation", "Found", "Severity", "Actions"] as const;

export const Rules = () => {
  const set = useSet();
  const { ui, show } = useUi();
  const rules = useTrait("rules");
  const results = useTrait("results");
  const history = useTrait("history");
  const { names } = useColumns();
  const selected = useTrait("selected");
  const [ask, problem] = useAsk();
  const editable = useEditable();
  const [removed, setRemoved] = useState("");

  const edit = (action: string, rule?: Rule) => {
    setRemoved(action === "remove" && rule ? `Removed ${rule.text} of ${rule.place}.` : "");
    return ask("edit", { action, ...(rule && { key: rule.key }) });
  };
  const toggle = (rule: Rule) => edit(rule.enabled ? "disable" : "enable", rule);
  const failingRows = (rule: Rule) => {
    set({ showing: rule.key });
    show({ tab: "rows" });
  };
  const add = () =>
    show({ editing: { type: NEW, kwargs: { column: names[Math.max(0, selected)] ?? "" } } });

  const onKey = (event: KeyboardEvent, row: number): boolean => {
    const rule = rules[row];
    if (!rule) return false;
    if (event.key === "f") failingRows(rule);
    else if (!editable) return false;
    else if (event.key === "Delete") edit("remove", rule);
    else if (event.key === "d") edit("duplicate", rule);
    else if (event.key === " ") toggle(rule);
    else return false;
    return true;
  };

  const states = rules.map((rule) => stateOf(rule, results[rule.key]));
  const total = (state: string) => states.filter((one) => one === state).length;
  const cells = (row: number) => {
    const rule = rules[row] as Rule;
    const outcome = results[rule.key];
    const state = states[row] as (typeof states)[number];
    const mostly = rule.kwargs.mostly;
    return [
      <>
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label="Enabled"
          checked={rule.enabled}
          disabled={!editable}
          onChange={() => toggle(rule)}
        />{" "}
        <StateMark state={state} />
      </>,
      <>
        <div class="dk-name dk-clip" title={`${rule.place} ${rule.text}`.slice(0, 500)}>
          <Data text={rule.place} long={80} />
        </div>
        <div class="dk-clip">
          <Data text={rule.text} />
          {typeof mostly === "number" && mostly < 1 && (
            <Dim> in {Number((100 * mostly).toFixed(4))} %</Dim>
          )}
        </div>
      </>,
      <div key="found" class="dk-two" title={outcome?.examples.join("\n").slice(0, 1000)}>
        {rule.problem || (outcome && rule.enabled && outcomeText(outcome))}
      </div>,
      rule.severity,
      <div key="actions" class="dk-actions">
        {!!outcome?.failing && (
          <Quiet
            tabIndex={-1}
            hint="Failing rows (f)"
            label={`Failing rows of ${rule.text}`}
            onClick={() => failingRows(rule)}
          >
            rows
          </Quiet>
        )}
        {editable && (
          <>
            <Quiet
              tabIndex={-1}
              hint="Duplicate (d)"
              label={`Duplicate ${rule.text}`}
              onClick={() => edit("duplicate", rule)}
            >
              ❐
            </Quiet>
            <Quiet
              tabIndex={-1}
              hint="Remove (Del)"
              label={`Remove ${rule.text}`}
              onClick={() => edit("remove", rule)}
            >
              ✕
            </Quiet>
          </>
        )}
      </div>,
    ];
  };

  return (
    <div
      class="dk-panel"
      onKeyDown={(event) => {
        if (!editable || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z")
          return;
        if (typing(event)) return;
        edit(event.shiftKey ? "redo" : "undo");
        handled(event);
      }}
    >
      <div class="dk-tools">
        {editable && (
          <>
            <Button kind="dk-strong" onClick={add}>
              + Add expectation
            </Button>
            <Button disabled={!history.undo} onClick={() => edit("undo")} hint="Undo (Ctrl+Z)">
              Undo
            </Button>
            <Button
              disabled={!history.redo}
              onClick={() => edit("redo")}
              hint="Redo (Ctrl+Shift+Z)"
            >
              Redo
            </Button>
          </>
        )}
        <span class="dk-dim" role="status">
          {removed ||
            `${plural(rules.length, "expectation")}: ${total("met")} met, ${total("failed")} failed${
              total("error") ? `, ${total("error")} not answered` : ""
            }${total("waiting") ? `, ${total("waiting")} waiting` : ""}`}
        </span>
        {removed && <Quiet onClick={() => edit("undo")}>Undo</Quiet>}
      </div>
      <Problem text={problem} />
      {rules.length ? (
        <List
          label="Expectations"
          heads={HEADS}
          template="44px minmax(70px, 1.4fr) minmax(80px, 1fr) 56px 92px"
          rows={rules.length}
          row={42}
          keyOf={(row) => (rules[row] as Rule).key}
          cells={cells}
          className={(row) => (rules[row]?.enabled ? "" : "dk-off")}
          onChoose={(row) => show({ editing: { rule: rules[row] as Rule } })}
          onKey={onKey}
        />
      ) : (
        <p class="dk-empty">
          None yet. Add one, or choose a column: drag bounds, tick values, accept suggestions.
        </p>
      )}
      {ui.editing && (
        <RuleForm
          key={"rule" in ui.editing ? ui.editing.rule.key : JSON.stringify(ui.editing)}
          editing={ui.editing}
          close={() => show({ editing: null })}
        />
      )}
    </div>
  );
};
