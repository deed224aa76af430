/** Tells those who do not see the page that work has ended: the card itself is gone by then. */

const HEARD = 5_000;

export const announce = (line: string, page: Document = document): void => {
  const told = page.createElement("div");
  told.setAttribute("role", "status");
  told.setAttribute("aria-live", "polite");
  told.style.cssText =
    "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";
  page.body.append(told);
  // A region is listened to once it is there: what it holds from the start is not told.
  setTimeout(() => {
    told.textContent = line;
  }, 100);
  setTimeout(() => told.remove(), HEARD);
};
