import { useState } from "preact/hooks";
import { useAsk } from "./asking";
import { useTrait } from "./model";
import { Button, Copy, Data, Problem } from "./parts";
import type { Change, Comparison, Verdict } from "./protocol";

const VERDICTS: Record<Verdict, readonly [icon: string, text: string]> = {
  full: ["✓", "compatible both ways"],
  backward: ["✓", "old data can be read"],
  forward: ["⚠", "old readers can read new data"],
  none: ["✗", "not compatible"],
};

const BREAKS: Record<Change["breaks"], string> = {
  "": "",
  backward: "✗ old data cannot be read",
  forward: "✗ old readers cannot read it",
  both: "✗ breaks both ways",
};

const Changes = ({ changes }: { changes: Change[] }) => (
  <div class="dk-scroll" tabIndex={0} role="region" aria-label="Changes">
    <table>
      <thead>
        <tr>
          {["Change", "Column", "Before", "After", "Breaks"].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={JSON.stringify(change)}>
            <td>{change.kind}</td>
            <th scope="row">
              <Data text={change.column} long={60} />
            </th>
            <td>{change.before && <Data text={change.before} />}</td>
            <td>{change.after && <Data text={change.after} />}</td>
            <td>
              {BREAKS[change.breaks]}
              {change.why && <div class="dk-dim">{change.why}</div>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const Result = ({ comparison }: { comparison: Comparison }) => {
  const { left, right, verdict, told, changes, backends, preview } = comparison;
  const [icon, word] = VERDICTS[verdict];
  return (
    <>
      <h4>
        <Data text={left} /> → <Data text={right} />
      </h4>
      <p>
        <strong class={`dk-verdict dk-verdict-${verdict}`}>
          <span aria-hidden="true">{icon} </span>
          {word}
        </strong>{" "}
        {told}
      </p>
      {changes.length ? (
        <Changes changes={changes} />
      ) : (
        <p class="dk-dim">There is no difference.</p>
      )}
      {Object.keys(backends).length > 0 && (
        <section class="dk-block" aria-label="Backends">
          <h4>Where it can be written</h4>
          <dl class="dk-backends">
            {Object.entries(backends).map(([name, { verdict: can, why }]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  {can} <span class="dk-dim">{why}</span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {preview.length > 0 && (
        <section class="dk-block" aria-label="Migration">
          <h4>
            Migration <Copy text={preview.join("\n")} what="the migration" />
          </h4>
          <pre tabIndex={0}>{preview.join("\n")}</pre>
        </section>
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
  const there = "verdict" in comparison ? (comparison as Comparison) : null;
  return (
    <div class="dk-panel dk-diff">
      <form
        class="dk-tools"
        onSubmit={(event) => {
          event.preventDefault();
          if (target.trim()) compare(target.trim());
        }}
      >
        <label>
          Compare with{" "}
          <input
            class="dk-wide"
            list="dk-suites"
            placeholder="a saved version, a table, a path"
            value={target}
            onInput={(event) => setTarget(event.currentTarget.value)}
          />
        </label>
        <datalist id="dk-suites">
          {suites.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <button type="submit" class="dk-button dk-main-button" disabled={asking}>
          Compare
        </button>
        {there && <Button onClick={() => compare("")}>Close</Button>}
        <span role="status" class="dk-dim">
          {asking && "comparing …"}
        </span>
      </form>
      <Problem text={problem} />
      {there ? (
        <Result comparison={there} />
      ) : (
        <p class="dk-empty">
          What changed between two schemas or two versions of a suite, whether old data and old
          readers still fit, and what a migration would do.
        </p>
      )}
    </div>
  );
};
