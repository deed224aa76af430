import { useEffect, useState } from "preact/hooks";
import { useAsk } from "./asking";
import { Dialog } from "./dialog";
import { useTrait } from "./model";
import { Copy, Problem } from "./parts";

interface Props {
  row: number;
  column: number;
  epoch: number;
  label: string;
  text: string | null | undefined; // as the grid has it: perhaps cut
  close(): void;
}

/** One cell with its whole text. */
export const CellDialog = ({ row, column, epoch, label, text, close }: Props) => {
  const { names } = useTrait("columns");
  const [ask, problem] = useAsk();
  const [whole, setWhole] = useState(text);
  useEffect(() => {
    if (text !== null)
      ask("cell", { epoch, row, column }).then((found) => found && setWhole(found.text));
  }, [row, column, epoch]);
  return (
    <Dialog title={`${(names[column] ?? "").slice(0, 80)} of row ${label}`} close={close}>
      <Problem text={problem} />
      {whole === null ? (
        <p class="dk-null">null</p>
      ) : (
        <pre tabIndex={0} dir="auto">
          {whole}
        </pre>
      )}
      {whole ? <Copy text={whole} what="the text" /> : null}
    </Dialog>
  );
};
