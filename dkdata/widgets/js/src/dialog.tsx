import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Quiet } from "./parts";

/** A dialog over the page; Esc closes it, and the focus goes back to where it was. */
export const Dialog = (props: { title: string; close(): void; children: ComponentChildren }) => {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={box}
      class="dk-dialog"
      aria-label={props.title}
      onKeyDown={(event) => event.stopPropagation()}
      onCancel={(event) => {
        event.preventDefault();
        props.close();
      }}
    >
      <header>
        <h3>{props.title}</h3>
        <Quiet label="Close" onClick={props.close}>
          ✕
        </Quiet>
      </header>
      {props.children}
    </dialog>
  );
};
