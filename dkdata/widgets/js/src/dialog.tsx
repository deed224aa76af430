import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { focused } from "./focus";
import { Button } from "./parts";

/** A dialog over the page; Esc closes it, and the focus goes back to where it was. */
export const Dialog = (props: { title: string; close(): void; children: ComponentChildren }) => {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = focused(box.current) as HTMLElement | null;
    box.current?.showModal();
    return () => before?.focus({ preventScroll: true });
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
        <Button quiet label="Close" onClick={props.close}>
          ✕
        </Button>
      </header>
      {props.children}
    </dialog>
  );
};
