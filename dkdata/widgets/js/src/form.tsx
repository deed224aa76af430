import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { useAsk } from "./asking";
import { focused } from "./focus";
import { type Draft, draftOf, fieldsOf, filled, formOf, isLong } from "./forms";
import { onKeys } from "./keys";
import { Connection, useColumns } from "./model";
import { Button, entering, Found, Problem } from "./parts";
import type { Catalogue, Kind, Schema, Severity } from "./protocol";
import { useCommit, usePaused, useTrial } from "./trial";
import type { Editing } from "./ui";

const SEVERITIES: Severity[] = ["critical", "warning", "info"];
const MOST_OFFERED = 50; // columns that a field offers to complete to

interface FieldProps {
  id: string;
  schema: Schema;
  value: string | boolean;
  problem: string | undefined;
  set(value: string | boolean): void;
}

const Field = ({ id, schema, value, problem, set }: FieldProps) => {
  const { names } = useColumns();
  const shared = {
    id,
    "aria-invalid": problem ? true : undefined,
    "aria-describedby": problem ? `${id}-problem` : undefined,
  };
  if (typeof value === "boolean") {
    return (
      <label class="dk-check">
        <input type="checkbox" {...shared} checked={value} onChange={() => set(!value)} />
        {schema.title}
      </label>
    );
  }
  const typing = { ...shared, value };
  const completed = schema.format === "column";
  return (
    <div class="dk-field">
      <label for={id}>{schema.title}</label>
      {schema.enum ? (
        <select {...shared} value={value} onChange={entering(set)}>
          {schema.enum.map((choice) => (
            <option key={choice} value={choice}>
              {choice.replaceAll("_", " ")}
            </option>
          ))}
        </select>
      ) : isLong(schema) ? (
        <textarea {...typing} rows={4} onInput={entering(set)} />
      ) : (
        <input
          {...typing}
          list={completed ? `${id}-list` : undefined}
          placeholder={"default" in schema ? "none" : ""}
          onInput={entering(set)}
        />
      )}
      {completed && (
        <datalist id={`${id}-list`}>
          {names
            .filter((name) => name.toLowerCase().includes(value.toLowerCase()))
            .slice(0, MOST_OFFERED)
            .map((name) => (
              <option key={name} value={name} />
            ))}
        </datalist>
      )}
      {problem && (
        <span class="dk-problem" id={`${id}-problem`}>
          {problem}
        </span>
      )}
    </div>
  );
};

interface ChoiceProps {
  catalogue: Catalogue;
  type: string;
  kind: Kind | undefined;
  set(type: string): void;
}

const TypeChoice = (props: ChoiceProps) => (
  <div class="dk-field">
    <label for="dk-type">Expectation</label>
    <select id="dk-type" value={props.type} onChange={entering(props.set)}>
      {props.catalogue.groups.map(({ label, expectations }) => (
        <optgroup key={label} label={label}>
          {expectations.map((form) => (
            <option key={form.type} value={form.type}>
              {form.label}
              {props.kind && form.kinds && !form.kinds.includes(props.kind)
                ? ` (for ${form.kinds.join(", ")})`
                : ""}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  </div>
);

interface FormProps {
  editing: Editing;
  close(): void;
}

/** The form of one expectation: a new one, or one that is there. */
export const RuleForm = (props: FormProps) => {
  const [ask, problem] = useAsk();
  const { kernel } = useContext(Connection);
  const [catalogue, setCatalogue] = useState(kernel.forms);
  useEffect(() => {
    if (catalogue) return;
    ask("forms").then((answer) => {
      kernel.forms = answer?.forms;
      setCatalogue(answer?.forms);
    });
  }, []);
  return catalogue ? <Fields {...props} catalogue={catalogue} /> : <Problem text={problem} />;
};

const Fields = ({ editing, close, catalogue }: FormProps & { catalogue: Catalogue }) => {
  const rule = "rule" in editing ? editing.rule : undefined;
  const start = rule ?? (editing as Exclude<Editing, { rule: unknown }>);
  const { names, typeOf } = useColumns();
  const [type, setType] = useState(start.type);
  const [severity, setSeverity] = useState<Severity>(rule?.severity ?? "critical");
  const form = formOf(catalogue, type);
  const fields = fieldsOf(catalogue, form);
  const [draft, setDraft] = useState<Draft>(() => draftOf(fields, start.kwargs));
  const { commit, problem, editable } = useCommit();
  const box = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const before = focused(box.current) as HTMLElement | null;
    box.current?.querySelector<HTMLElement>("select, input")?.focus();
    return () => before?.focus();
  }, []);
  const shown = form && (!rule || rule.editable);

  const column = String(draft.column ?? draft.column_A ?? "");
  const position = names.indexOf(column);
  const kind = position < 0 ? undefined : typeOf(position)[1];
  const { kwargs, problems } = shown
    ? filled(fields, draft, kind, rule?.kwargs ?? {})
    : { kwargs: {}, problems: {} };
  const whole = !Object.keys(problems).length;
  const tried = usePaused(whole && shown ? JSON.stringify(kwargs) : "");
  const given = tried ? JSON.parse(tried) : null;
  const { found, problem: untried } = useTrial(given && { type, kwargs: given, key: rule?.key });
  const [touched, setTouched] = useState(false);

  const choose = (next: string) => {
    setType(next);
    const nextFields = fieldsOf(catalogue, formOf(catalogue, next));
    setDraft(draftOf(nextFields, { ...start.kwargs, ...kwargs }));
  };
  const done = async (event: Event) => {
    event.preventDefault();
    setTouched(true);
    if (!whole || !editable) return;
    const key = await commit(type, kwargs, rule, { severity });
    if (key !== undefined) close();
  };
  const title = rule ? `${rule.place}: ${rule.text}` : "New expectation";

  return (
    <form
      ref={box}
      class="dk-form"
      aria-label={rule ? "Edit the expectation" : "New expectation"}
      onSubmit={done}
      onKeyDown={onKeys({ Escape: close })}
    >
      <h4>
        <bdi>{title.slice(0, 200)}</bdi>
      </h4>
      <div class="dk-fields">
        {rule ? null : <TypeChoice catalogue={catalogue} type={type} kind={kind} set={choose} />}
        {shown &&
          fields.map(([name, schema]) => (
            <Field
              key={`${type} ${name}`}
              id={`dk-field-${name}`}
              schema={schema}
              value={draft[name] ?? ""}
              problem={touched ? problems[name] : undefined}
              set={(value) => setDraft({ ...draft, [name]: value })}
            />
          ))}
        <div class="dk-field">
          <label for="dk-severity">Severity</label>
          <select
            id="dk-severity"
            value={severity}
            onChange={entering((one) => setSeverity(one as Severity))}
          >
            {SEVERITIES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </div>
      </div>
      {!shown && rule && (
        <>
          <p class="dk-dim">It has no form and is kept as it is:</p>
          <pre tabIndex={0}>{rule.json}</pre>
        </>
      )}
      <Problem text={rule?.problem ?? ""} />
      <div class="dk-tools">
        <Button type="submit" kind="dk-strong" disabled={!editable}>
          {rule ? "Update" : "Add"}
        </Button>
        <Button onClick={close}>Cancel</Button>
        <Found outcome={found?.outcome} />
      </div>
      <Problem text={problem || untried} />
    </form>
  );
};
