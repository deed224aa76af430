import { useEffect, useRef, useState } from "preact/hooks";
import { useAsk, useEditable } from "./asking";
import { useTrait } from "./model";
import type { Answers, Kwargs, Outcome, Rule } from "./protocol";

const PAUSE = 150; // milliseconds without typing, after which it is tried

/** What was typed, once that rests. */
export const usePaused = (text: string): string => {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return text && paused;
};

interface Tried {
  type: string;
  kwargs: Kwargs;
  key?: string | undefined;
}

/** The rule of a type that a panel changes, if there is one that it may change. */
export const ruleOf = (rules: readonly Rule[], type: string): Rule | undefined =>
  rules.find((rule) => rule.type === type && rule.enabled && rule.editable);

/**
 * What an expectation would find, asked anew whenever it changes; null asks for nothing, and what
 * the rule that is there has found is told.
 */
export const useTrial = (
  wanted: Tried | null,
  there?: Rule,
): {
  found: { outcome?: Outcome | undefined; matching?: string[] } | undefined;
  problem: string;
} => {
  const [ask, problem] = useAsk();
  const results = useTrait("results");
  const [found, setFound] = useState<Answers["try"]>();
  const text = wanted ? JSON.stringify(wanted) : "";
  const now = useRef("");
  now.current = text;
  useEffect(() => {
    if (!text) return setFound(undefined);
    // While one drags, an answer to what was wanted a moment ago is better than none.
    ask("try", JSON.parse(text)).then((answer) => now.current && setFound(answer));
  }, [text]);
  return {
    found: text ? found : there && { outcome: results[there.key] },
    problem: text ? problem : "",
  };
};

/** Adds an expectation, or changes the one that is there; gives its key. */
export const useCommit = () => {
  const [ask, problem] = useAsk();
  const editable = useEditable();
  const commit = async (type: string, kwargs: Kwargs, rule?: Rule, more: object = {}) => {
    const edit = rule ? { action: "change", key: rule.key } : { action: "add", type };
    return (await ask("edit", { ...edit, kwargs, ...more }))?.key;
  };
  return { commit, problem, editable };
};
