import { render as draw } from "preact";
import { count } from "./format";

const render = ({ model, el }: { model: { get(name: string): unknown }; el: HTMLElement }) => {
  draw(<p>{count(model.get("rows") as number)} rows</p>, el);
  return () => draw(null, el);
};

export default { render };
