/** Tries a regular expression on the texts of a column. */
import { useEffect, useState } from "preact/hooks";
import { handled } from "./keys";
import { Button, Data, outcomeText, Problem, StateMark } from "./parts";
import type { Rule } from "./protocol";
import { useCommit, useTrial } from "./trial";

const MATCHES = "expect_column_values_to_match_regex";
const PAUSE = 200; // milliseconds without typing, after which it is tried

const Examples = ({ title, texts }: { title: string; texts: readonly string[] }) => (
  <div>
    <h5>{title}</h5>
    {texts.length ? (
      <ul>
        {texts.slice(0, 8).map((text) => (
          <li key={text}>
            <Data text={text} />
          </li>
        ))}
      </ul>
    ) : (
      <p class="dk-dim">none</p>
    )}
  </div>
);

export const Regex = ({ name, rules }: { name: string; rules: Rule[] }) => {
  const rule = rules.find((one) => one.type === MATCHES && one.enabled);
  const given = String(rule?.kwargs.regex ?? "");
  const [text, setText] = useState(given);
  const [tried, setTried] = useState("");
  useEffect(() => setText(given), [name, given]);
  useEffect(() => {
    const timer = setTimeout(() => setTried(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const { found, problem } = useTrial(
    tried ? { type: MATCHES, kwargs: { column: name, regex: tried }, key: rule?.key } : null,
  );
  const { commit, problem: refused, editable } = useCommit();
  const done = () => {
    if (text && text !== given) commit(MATCHES, { column: name, regex: text }, rule);
  };
  return (
    <section class="dk-block" aria-label="Regular expression">
      <h4>Regular expression</h4>
      <div class="dk-tools">
        <input
          class="dk-mono dk-wide"
          aria-label="Regular expression to try"
          placeholder="^[A-Z]{2}\d+$"
          spellcheck={false}
          value={text}
          readOnly={!editable}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") done();
            else if (event.key === "Escape" && text !== given) setText(given);
            else return;
            handled(event);
          }}
        />
        {text && text !== given && (
          <Button main onClick={done}>
            {rule ? "Update" : "Add"}
          </Button>
        )}
        <span role="status" class="dk-found">
          {found && (
            <StateMark state={found.outcome.state}> {outcomeText(found.outcome)}</StateMark>
          )}
        </span>
      </div>
      <Problem text={problem || refused} />
      {found && found.outcome.state !== "error" && (
        <div class="dk-examples">
          <Examples title="match" texts={found.matching ?? []} />
          <Examples title="do not match" texts={found.outcome.examples} />
        </div>
      )}
    </section>
  );
};
