import { useEffect, useRef, useState } from "preact/hooks";
import { useAsk, useEditable } from "./asking";
import type { Answers, Kwargs, Rule } from "./protocol";

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

/** What an expectation would find, asked anew whenever it changes; null asks for nothing. */
export const useTrial = (
  wanted: Tried | null,
): { found: Answers["try"] | undefined; problem: string } => {
  const [ask, problem] = useAsk();
  const [found, setFound] = useState<Answers["try"]>();
  const text = wanted ? JSON.stringify(wanted) : "";
  const now = useRef("");
  now.current = text;
  useEffect(() => {
    if (!text) return setFound(undefined);
    // While one drags, an answer to what was wanted a moment ago is better than none.
    ask("try", JSON.parse(text)).then((answer) => now.current && setFound(answer));
  }, [text]);
  return { found: text ? found : undefined, problem: text ? problem : "" };
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
