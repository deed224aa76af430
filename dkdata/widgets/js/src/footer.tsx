import { useEffect, useState } from "preact/hooks";
import { useAsk, useEditable } from "./asking";
import { download } from "./download";
import { onKeys } from "./keys";
import { useTrait } from "./model";
import { Button, Copy, entering, Problem, Quiet, Status } from "./parts";

const Code = ({ text, what }: { text: string; what: string }) => (
  <>
    <h4>
      {what} <Copy text={text} what={what} />
    </h4>
    <pre tabIndex={0} role="region" aria-label={what}>
      {text}
    </pre>
  </>
);

const ViewSql = () => <Code text={useTrait("view").sql} what="SQL of the view" />;

const SuiteCode = () => {
  const rules = useTrait("rules");
  const [ask, problem] = useAsk();
  const [code, setCode] = useState<{ python: string; sql: string }>();
  useEffect(() => {
    ask("code").then((answer) => answer && setCode(answer));
  }, [rules]);
  return (
    <>
      <Problem text={problem} />
      {code && (
        <>
          <Code text={code.python} what="Python of the suite" />
          <Code text={code.sql} what="SQL of the suite" />
        </>
      )}
    </>
  );
};

const Save = () => {
  const saved = useTrait("saved");
  const title = useTrait("title");
  const [ask, problem] = useAsk();
  const [target, setTarget] = useState(saved.name ?? saved.path ?? title);
  const [told, setTold] = useState("");
  const save = async (event: Event) => {
    event.preventDefault();
    setTold((await ask("save", { target: target.trim() }))?.text ?? "");
  };
  return (
    <>
      <form class="dk-tools" onSubmit={save}>
        <label>
          Name, or path ending in .json
          <input class="dk-wide" value={target} onInput={entering(setTarget)} />
        </label>
        <Button type="submit" kind="dk-strong">
          Save the suite
        </Button>
        <Status>{told}</Status>
      </form>
      <Problem text={problem} />
    </>
  );
};

const FILES = { csv: "CSV", json: "JSON", html: "Report (HTML)" };

const Export = () => {
  const showing = useTrait("showing");
  const rules = useTrait("rules");
  const [ask, problem] = useAsk();
  const [key, setKey] = useState(showing);
  const [told, setTold] = useState("");
  const take = async (what: string) => {
    setTold("…");
    const answer = await ask("export", { what, ...(what !== "html" && key && { key }) });
    setTold(answer ? `${answer.name} is ready` : "");
    if (answer) download(answer.name, answer.type, answer.buffer);
  };
  return (
    <>
      <div class="dk-tools">
        <label>
          Rows
          <select value={key} onChange={entering(setKey)}>
            <option value="">of the present view</option>
            {rules.map((rule) => (
              <option key={rule.key} value={rule.key}>
                failing {rule.place.slice(0, 40)} {rule.text.slice(0, 40)}
              </option>
            ))}
          </select>
        </label>
        {Object.entries(FILES).map(([what, label]) => (
          <Button key={what} onClick={() => take(what)}>
            {label}
          </Button>
        ))}
        <Status>{told}</Status>
      </div>
      <Problem text={problem} />
    </>
  );
};

const SHEETS = {
  "SQL of the view": ViewSql,
  "Suite as code": SuiteCode,
  Save,
  Export,
} as const;

/** What can be taken away from here: code, the suite, rows. */
export const Footer = () => {
  const [open, setOpen] = useState<keyof typeof SHEETS | null>(null);
  const { name, version, path } = useTrait("saved");
  const { changed } = useTrait("history");
  const editable = useEditable();
  const sheets = (Object.keys(SHEETS) as (keyof typeof SHEETS)[]).filter(
    (sheet) => editable || sheet !== "Save",
  );
  const Sheet = open && sheets.includes(open) && SHEETS[open];
  return (
    <footer class="dk-footer" onKeyDown={onKeys({ Escape: open && (() => setOpen(null)) })}>
      {Sheet && (
        <section class="dk-sheet" aria-label={open}>
          <Sheet />
        </section>
      )}
      <div class="dk-tools">
        {sheets.map((sheet) => (
          <Quiet
            key={sheet}
            aria-expanded={open === sheet}
            onClick={() => setOpen(open === sheet ? null : sheet)}
          >
            {sheet}
          </Quiet>
        ))}
        <span class="dk-dim dk-end">
          {name ? `${name}@${version}` : (path ?? "suite not saved")}
          {path && changed && ", changed"}
        </span>
      </div>
    </footer>
  );
};
