/** Small things that every panel is made of. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { count } from "./format";
import type { Kind, Outcome, Rule } from "./protocol";

/** A text of the data, in its own direction, cut to what can be read. */
export const Data = ({ text, long = 200 }: { text: string; long?: number }) => (
  <bdi>{text === "" ? "␣" : text.length > long ? `${text.slice(0, long)}…` : text}</bdi>
);

/** What went wrong, where it was asked for. */
export const Problem = ({ text }: { text: string }) =>
  text ? (
    <p class="dk-problem" role="alert">
      <span aria-hidden="true">⚠ </span>
      {text}
    </p>
  ) : null;

const KINDS: Record<Kind, string> = {
  integer: "123",
  number: "1.5",
  time: "◷",
  text: "Aa",
  boolean: "◐",
  other: "{ }",
};

export const KindIcon = ({ kind }: { kind: Kind }) => (
  <span class="dk-kind" aria-hidden="true">
    {KINDS[kind]}
  </span>
);

export type State = Outcome["state"] | "disabled";

const STATES: Record<State, readonly [icon: string, word: string]> = {
  met: ["✓", "met"],
  failed: ["✗", "failed"],
  waiting: ["…", "waiting"],
  error: ["⚠", "error"],
  disabled: ["–", "disabled"],
};

export const stateOf = (rule: Rule, outcome: Outcome | undefined): State =>
  rule.enabled ? (rule.problem ? "error" : (outcome?.state ?? "waiting")) : "disabled";

/** Met or failed, by icon and by word. */
export const StateMark = ({ state, children }: { state: State; children?: ComponentChildren }) => (
  <span class={`dk-state dk-${state}`}>
    <span aria-hidden="true">{STATES[state][0]}</span>
    <span class="dk-spoken">{STATES[state][1]}</span>
    {children}
  </span>
);

/** What an outcome comes to: `12 of 1,000 fail`. */
export const outcomeText = ({ state, failing, of, observed, error }: Outcome): string => {
  if (state === "waiting") return "waiting …";
  if (state === "error") return error;
  if (failing === null) return observed || (state === "met" ? "met" : "failed");
  return of === null ? `${count(failing)} fail` : `${count(failing)} of ${count(of)} fail`;
};

interface ButtonProps {
  children: ComponentChildren;
  onClick(): void;
  disabled?: boolean;
  label?: string;
  main?: boolean;
  quiet?: boolean;
  pressed?: boolean;
  expanded?: boolean;
  stop?: boolean; // within a grid: reached by the cell's own key
  hint?: string;
}

export const Button = (props: ButtonProps) => (
  <button
    type="button"
    class={`dk-button${props.main ? " dk-main-button" : ""}${props.quiet ? " dk-quiet" : ""}`}
    disabled={props.disabled}
    aria-label={props.label}
    title={props.hint ?? props.label}
    aria-pressed={props.pressed}
    aria-expanded={props.expanded}
    tabIndex={props.stop === false ? -1 : undefined}
    onClick={(event) => {
      event.stopPropagation();
      props.onClick();
    }}
  >
    {props.children}
  </button>
);

/** Copies a text; where the browser forbids that, it says so. */
export const Copy = ({ text, what }: { text: string; what: string }) => {
  const [told, setTold] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setTold("Copied");
    } catch {
      setTold("The browser does not allow it: select the text");
    }
    setTimeout(() => setTold(""), 2500);
  };
  return (
    <>
      <Button onClick={copy} label={`Copy ${what}`}>
        Copy
      </Button>
      <span class="dk-dim" role="status">
        {told}
      </span>
    </>
  );
};
