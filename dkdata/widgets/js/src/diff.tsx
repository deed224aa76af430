import { useState } from "preact/hooks";
import { useAsk } from "./asking";
import { useTrait } from "./model";
import { Block, Button, Copy, Data, Dim, entering, Problem, Status } from "./parts";
import type { Change, Comparison, Verdict } from "./protocol";
import { Table } from "./table";

const VERDICTS: Record<Verdict, string> = {
  full: "✓ compatible both ways",
  backward: "✓ old data can be read",
  forward: "✗ only old readers can go on",
  none: "✗ not compatible",
};

const BREAKS: Record<Change["breaks"], string> = {
  "": "",
  backward: "✗ old data cannot be read",
  forward: "✗ old readers cannot read it",
  both: "✗ breaks both ways",
};

const Result = ({ comparison }: { comparison: Comparison }) => {
  const { left, right, verdict, told, changes, backends, preview } = comparison;
  return (
    <>
      <h4>
        <Data text={left} /> → <Data text={right} />
      </h4>
      <p>
        <strong data-state={/full|backward/.test(verdict) ? "met" : "failed"}>
          {VERDICTS[verdict]}
        </strong>{" "}
        {told}
      </p>
      {changes.length ? (
        <Table
          label="Changes"
          heads={["Change", "Column", "Before", "After", "Breaks"]}
          rows={changes.map(({ kind, column, before, after, breaks, why }) => [
            kind,
            <Data key="column" text={column} long={60} />,
            before && <Data text={before} />,
            after && <Data text={after} />,
            <>
              <b data-state={breaks && "failed"}>{BREAKS[breaks]}</b> <Dim>{why}</Dim>
            </>,
          ])}
        />
      ) : (
        <Dim>There is no difference.</Dim>
      )}
      {Object.keys(backends).length > 0 && (
        <Block label="Backends">
          <h4>Where it can be written</h4>
          <dl class="dk-pairs">
            {Object.entries(backends).map(([name, { verdict: can, why }]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  {can} <Dim>{why}</Dim>
                </dd>
              </div>
            ))}
          </dl>
        </Block>
      )}
      {preview.length > 0 && (
        <Block label="Migration">
          <h4>
            Migration <Copy text={preview.join("\n")} what="the migration" />
          </h4>
          <pre tabIndex={0}>{preview.join("\n")}</pre>
        </Block>
      )}
    </>
  );
};

/** Another schema or version beside this one: what differs, and what that breaks. */
export const Diff = () => {
  const comparison = useTrait("comparison");
  const suites = useTrait("suites");
  const [ask, problem] = useAsk();
  const [target, setTarget] = useState("");
  const [asking, setAsking] = useState(false);
  const compare = async (what: string) => {
    setAsking(true);
    await ask("compare", { target: what });
    setAsking(false);
  };
  const there = comparison.verdict ? (comparison as Comparison) : null;
  return (
    <div class="dk-panel dk-page">
      <form
        class="dk-tools"
        onSubmit={(event) => {
          event.preventDefault();
          if (target.trim()) compare(target.trim());
        }}
      >
        <label>
          Compare with
          <input
            class="dk-wide"
            list="dk-suites"
            placeholder="a saved version, a table, a path"
            value={target}
            onInput={entering(setTarget)}
          />
        </label>
        <datalist id="dk-suites">
          {suites.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Button type="submit" kind="dk-strong" disabled={asking}>
          Compare
        </Button>
        {there && <Button onClick={() => compare("")}>Close</Button>}
        <Status>{asking && "comparing …"}</Status>
      </form>
      <Problem text={problem} />
      {there ? (
        <Result comparison={there} />
      ) : (
        <p class="dk-empty">What changed, whether old data and readers fit.</p>
      )}
    </div>
  );
};
