import { useContext, useRef, useState } from "preact/hooks";
import { Connection } from "./model";
import type { Answers, RequestKind } from "./protocol";

type Ask = <K extends RequestKind>(kind: K, body?: object) => Promise<Answers[K] | undefined>;

/** Asks the kernel, and gives what went wrong; that stays until the next try. */
export const useAsk = (): [ask: Ask, problem: string] => {
  const { kernel } = useContext(Connection);
  const [problem, setProblem] = useState("");
  const ask = useRef<Ask | undefined>(undefined);
  ask.current ??= async (kind, body) => {
    try {
      const answer = await kernel.ask(kind, body);
      setProblem("");
      return answer;
    } catch (error) {
      setProblem((error as Error).message);
      return undefined;
    }
  };
  return [ask.current, problem];
};

/** Whether the suite can be changed here: there is a kernel, and it allows that. */
export const useEditable = (): boolean => {
  const { kernel, model } = useContext(Connection);
  return kernel.connected === "live" && !model.get("readonly");
};
