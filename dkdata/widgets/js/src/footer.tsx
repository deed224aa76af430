import { useEffect, useState } from "preact/hooks";
import { useAsk } from "./asking";
import { download } from "./download";
import { handled } from "./keys";
import { useTrait } from "./model";
import { Button, Copy, Problem } from "./parts";

type Sheet = "sql" | "code" | "save" | "export";

const Code = ({ text, what }: { text: string; what: string }) => (
  <div class="dk-code">
    <Copy text={text} what={what} />
    <pre tabIndex={0} role="region" aria-label={what}>
      {text}
    </pre>
  </div>
);

const ViewSql = () => {
  const { sql } = useTrait("view");
  return <Code text={sql} what="SQL of the view" />;
};

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
          <h4>Python</h4>
          <Code text={code.python} what="Python of the suite" />
          <h4>SQL</h4>
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
  const [target, setTarget] = useState(saved.path ?? saved.name ?? title);
  const [told, setTold] = useState("");
  const save = async (event: Event) => {
    event.preventDefault();
    setTold("");
    const answer = await ask("save", { target: target.trim() });
    if (answer) setTold(answer.text);
  };
  return (
    <>
      <form class="dk-tools" onSubmit={save}>
        <label>
          Name, or path ending in .json{" "}
          <input
            class="dk-wide"
            value={target}
            onInput={(event) => setTarget(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="dk-button dk-main-button">
          Save the suite
        </button>
        <span role="status">{told}</span>
      </form>
      <Problem text={problem} />
    </>
  );
};

const Export = () => {
  const showing = useTrait("showing");
  const rules = useTrait("rules");
  const [ask, problem] = useAsk();
  const [key, setKey] = useState(showing);
  const [told, setTold] = useState("");
  const fetchFile = async (what: "html" | "csv" | "json") => {
    setTold("…");
    const answer = await ask("export", { what, ...(what !== "html" && key && { key }) });
    setTold(answer ? `${answer.name} is ready` : "");
    if (answer) download(answer.name, answer.type, answer.buffer);
  };
  return (
    <>
      <div class="dk-tools">
        <label>
          Rows{" "}
          <select value={key} onChange={(event) => setKey(event.currentTarget.value)}>
            <option value="">of the present view</option>
            {rules.map((rule) => (
              <option key={rule.key} value={rule.key}>
                failing {rule.place.slice(0, 40)} {rule.text.slice(0, 40)}
              </option>
            ))}
          </select>
        </label>
        <Button onClick={() => fetchFile("csv")}>CSV</Button>
        <Button onClick={() => fetchFile("json")}>JSON</Button>
        <Button onClick={() => fetchFile("html")}>Report (HTML)</Button>
        <span role="status">{told}</span>
      </div>
      <Problem text={problem} />
    </>
  );
};

const SHEETS = { sql: ViewSql, code: SuiteCode, save: Save, export: Export } as const;
const LABELS: Record<Sheet, string> = {
  sql: "SQL of the view",
  code: "Suite as code",
  save: "Save",
  export: "Export",
};

/** What can be taken away from here: code, the suite, rows. */
export const Footer = () => {
  const [open, setOpen] = useState<Sheet | null>(null);
  const { name, version, path } = useTrait("saved");
  const { changed } = useTrait("history");
  const Sheet = open && SHEETS[open];
  return (
    <footer
      class="dk-footer"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        handled(event);
        setOpen(null);
      }}
    >
      {Sheet && (
        <section class="dk-sheet" aria-label={LABELS[open]}>
          <Sheet />
        </section>
      )}
      <div class="dk-tools">
        {(Object.keys(SHEETS) as Sheet[]).map((sheet) => (
          <Button
            key={sheet}
            quiet
            expanded={open === sheet}
            onClick={() => setOpen(open === sheet ? null : sheet)}
          >
            {LABELS[sheet]}
          </Button>
        ))}
        <span class="dk-dim dk-count">
          {path ??
            (name ? `${name}${version === undefined ? "" : `@${version}`}` : "suite not saved")}
          {changed && " · changed"}
        </span>
      </div>
    </footer>
  );
};
