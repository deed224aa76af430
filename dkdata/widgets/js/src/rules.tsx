import { useContext, useState } from "preact/hooks";
import { useAsk, useEditable } from "./asking";
import { RuleForm } from "./form";
import { plural } from "./format";
import { handled } from "./keys";
import { List } from "./list";
import { Connection, setTraits, useTrait } from "./model";
import { Button, Data, outcomeText, Problem, StateMark, stateOf } from "./parts";
import type { Rule } from "./protocol";
import { useUi } from "./ui";

const HEADS = ["State", "Expectation", "Found", "Severity", "Actions"] as const;
const NEW = "expect_column_values_to_not_be_null";

export const Rules = () => {
  const { model } = useContext(Connection);
  const { ui, show } = useUi();
  const rules = useTrait("rules");
  const results = useTrait("results");
  const history = useTrait("history");
  const { names } = useTrait("columns");
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
    setTraits(model, { showing: rule.key });
    show({ tab: "rows", told: `Failing rows of ${rule.text}` });
  };
  const add = () =>
    show({ editing: { type: NEW, kwargs: { column: names[Math.max(0, selected)] ?? "" } } });

  const onKey = (event: KeyboardEvent, row: number): boolean => {
    const rule = rules[row];
    if (!rule) return false;
    if ((event.ctrlKey || event.metaKey) && event.key === "z") return false;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
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
        />
        <StateMark state={state} />
      </>,
      <>
        <div class="dk-name" title={`${rule.place} ${rule.text}`.slice(0, 500)}>
          <Data text={rule.place} long={80} />
        </div>
        <div>
          <Data text={rule.text} />
          {typeof mostly === "number" && mostly < 1 && (
            <span class="dk-dim"> in {Number((100 * mostly).toFixed(4))} %</span>
          )}
        </div>
      </>,
      <span key="found" title={outcome?.examples.join("\n").slice(0, 1000)}>
        {rule.problem || (outcome && rule.enabled ? outcomeText(outcome) : "")}
      </span>,
      <span key="severity" class={`dk-severity dk-${rule.severity}`}>
        {rule.severity}
      </span>,
      <span key="actions" class="dk-actions">
        {(outcome?.failing ?? 0) > 0 && (
          <Button
            quiet
            stop={false}
            hint="Failing rows (f)"
            label={`Failing rows of ${rule.text}`}
            onClick={() => failingRows(rule)}
          >
            rows
          </Button>
        )}
        <Button
          quiet
          stop={false}
          hint="Edit (Enter)"
          label={`Edit ${rule.text}`}
          onClick={() => show({ editing: { rule } })}
        >
          ✎
        </Button>
        {editable && (
          <>
            <Button
              quiet
              stop={false}
              hint="Duplicate (d)"
              label={`Duplicate ${rule.text}`}
              onClick={() => edit("duplicate", rule)}
            >
              ×2
            </Button>
            <Button
              quiet
              stop={false}
              hint="Remove (Del)"
              label={`Remove ${rule.text}`}
              onClick={() => edit("remove", rule)}
            >
              ✕
            </Button>
          </>
        )}
      </span>,
    ];
  };

  return (
    <div
      class="dk-panel dk-rules"
      onKeyDown={(event) => {
        if (!editable || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z")
          return;
        if ((event.target as Element).matches("input:not([type=checkbox]), textarea, select"))
          return;
        edit(event.shiftKey ? "redo" : "undo");
        handled(event);
      }}
    >
      <div class="dk-tools">
        {editable && (
          <>
            <Button main onClick={add}>
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
        {removed && (
          <Button quiet onClick={() => edit("undo")}>
            Undo
          </Button>
        )}
      </div>
      <Problem text={problem} />
      {rules.length ? (
        <List
          label="Expectations"
          heads={HEADS}
          template="52px minmax(120px, 1.4fr) minmax(80px, 1fr) 62px 112px"
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
          No expectations yet. Add one, or choose a column: its bounds can be dragged, its values
          ticked, and what its data suggests accepted.
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
