import { useEffect, useState } from "preact/hooks";
import { useAsk } from "./asking";
import { Dialog } from "./dialog";
import type { At } from "./keys";
import { useColumns } from "./model";
import { Copy, Problem } from "./parts";

interface Props {
  at: At;
  epoch: number;
  label: string;
  text: string | null | undefined; // as the grid has it: perhaps cut
  close(): void;
}

/** One cell with its whole text. */
export const CellDialog = ({ at: [row, column], epoch, label, text, close }: Props) => {
  const { names } = useColumns();
  const [ask, problem] = useAsk();
  const [whole, setWhole] = useState(text);
  useEffect(() => {
    if (text === null) return;
    ask("cell", { epoch, row, column }).then((found) => found && setWhole(found.text));
  }, []);
  return (
    <Dialog title={`${(names[column] ?? "").slice(0, 80)} of row ${label}`} close={close}>
      <Problem text={problem} />
      <pre tabIndex={0} dir="auto">
        {whole === null ? "null" : whole}
      </pre>
      <Copy text={whole ?? ""} what="the text" />
    </Dialog>
  );
};
