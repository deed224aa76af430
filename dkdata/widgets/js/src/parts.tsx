/** Small things that every panel is made of. */
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { count } from "./format";
import type { Kind, Outcome, Rule } from "./protocol";

/** A text of the data, in its own direction, cut to what can be read. */
export const Data = ({ text, long = 200 }: { text: string; long?: number }) => (
  <bdi>{text === "" ? "␣" : text.length > long ? `${text.slice(0, long)}…` : text}</bdi>
);

export const Dim = ({ children }: { children: ComponentChildren }) => (
  <span class="dk-dim">{children}</span>
);

/** What went wrong, where it was asked for. */
export const Problem = ({ text }: { text: string | undefined }) =>
  text ? (
    <p class="dk-problem" role="alert">
      ⚠ {text}
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
  <span class="dk-kind dk-dim" aria-hidden="true">
    {KINDS[kind]}
  </span>
);

export type State = Outcome["state"] | "disabled";

const STATES: Record<State, string> = {
  met: "✓",
  failed: "✗",
  waiting: "…",
  error: "⚠",
  disabled: "–",
};

export const stateOf = (rule: Rule, outcome: Outcome | undefined): State =>
  rule.enabled ? (rule.problem ? "error" : (outcome?.state ?? "waiting")) : "disabled";

/** Met or failed, by icon and by word. */
export const StateMark = ({ state, children }: { state: State; children?: ComponentChildren }) => (
  <span data-state={state}>
    <i aria-hidden="true">{STATES[state]} </i>
    <span class="dk-spoken">{state} </span>
    {children}
  </span>
);

/** What an outcome comes to: `12 of 1,000 fail`. */
export const outcomeText = ({ state, failing, of, observed, error }: Outcome): string => {
  if (state === "waiting") return "waiting …";
  if (state === "error") return error;
  if (failing === null) return observed || state;
  return `${count(failing)}${of === null ? "" : ` of ${count(of)}`} fail`;
};

/** What is told whenever it changes. */
export const Status = ({ children }: { children: ComponentChildren }) => (
  <span role="status">{children}</span>
);

/** What an expectation finds, or would find. */
export const Found = ({ outcome }: { outcome: Outcome | undefined }) => (
  <Status>{outcome && <StateMark state={outcome.state}>{outcomeText(outcome)}</StateMark>}</Status>
);

/** A part of a panel. */
export const Block = (props: { label: string; children: ComponentChildren }) => (
  <section class="dk-block" aria-label={props.label}>
    {props.children}
  </section>
);

/** Gives the text of a field to what takes it. */
export const entering =
  (take: (text: string) => void) =>
  (event: { currentTarget: { value: string } }): void =>
    take(event.currentTarget.value);

interface ButtonProps extends Omit<ButtonHTMLAttributes, "label"> {
  kind?: "dk-strong" | "dk-quiet";
  label?: string;
  hint?: string | undefined;
}

export const Button = ({ kind, label, hint, ...rest }: ButtonProps) => (
  <button
    type="button"
    class={`dk-button ${kind ?? ""}`}
    aria-label={label}
    title={hint ?? label}
    {...rest}
  />
);

export const Quiet = (props: ButtonProps) => <Button kind="dk-quiet" {...props} />;

/** Copies a text; where the browser forbids that, it says so. */
export const Copy = ({ text, what }: { text: string; what: string }) => {
  const [told, setTold] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setTold("Copied");
    } catch {
      setTold("The browser forbids it");
    }
  };
  return (
    <>
      <Button onClick={copy} label={`Copy ${what}`}>
        Copy
      </Button>
      <Status>{told}</Status>
    </>
  );
};
