/** Tries a regular expression on the texts of a column. */
import { useEffect, useState } from "preact/hooks";
import { onKeys } from "./keys";
import { Block, Button, Data, entering, Found, Problem } from "./parts";
import type { Rule } from "./protocol";
import { ruleOf, useCommit, usePaused, useTrial } from "./trial";

const MATCHES = "expect_column_values_to_match_regex";

const Examples = ({ title, texts }: { title: string; texts: readonly string[] }) => (
  <div>
    <h5>{title}</h5>
    {texts.slice(0, 8).map((text) => (
      <div key={text}>
        <Data text={text} />
      </div>
    ))}
    {!texts.length && "–"}
  </div>
);

export const Regex = ({ name, rules }: { name: string; rules: Rule[] }) => {
  const rule = ruleOf(rules, MATCHES);
  const given = String(rule?.kwargs.regex ?? "");
  const [regex, setRegex] = useState(given);
  useEffect(() => setRegex(given), [name, given]);
  const tried = usePaused(regex);
  const { found, problem } = useTrial(
    tried ? { type: MATCHES, kwargs: { column: name, regex: tried }, key: rule?.key } : null,
  );
  const { commit, problem: refused, editable } = useCommit();
  const changed = regex !== "" && regex !== given;
  const done = () => {
    if (changed) commit(MATCHES, { column: name, regex }, rule);
  };
  return (
    <Block label="Regular expression">
      <h4>Regular expression</h4>
      <div class="dk-tools">
        <input
          class="dk-mono dk-wide"
          aria-label="Regular expression to try"
          placeholder="^[A-Z]{2}\d+$"
          value={regex}
          readOnly={!editable}
          onInput={entering(setRegex)}
          onKeyDown={onKeys({ Enter: done, Escape: changed && (() => setRegex(given)) })}
        />
        {changed && (
          <Button kind="dk-strong" onClick={done}>
            {rule ? "Update" : "Add"}
          </Button>
        )}
        <Found outcome={found?.outcome} />
      </div>
      <Problem text={problem || refused} />
      {found && (
        <div class="dk-examples dk-mono">
          <Examples title="match" texts={found.matching ?? []} />
          <Examples title="do not match" texts={found.outcome?.examples ?? []} />
        </div>
      )}
    </Block>
  );
};
