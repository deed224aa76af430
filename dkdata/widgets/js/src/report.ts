/**
 * Hides the static report that stands beside a widget, for as long as the widget is shown. A rule of
 * style does it: it holds for a report that is published later, too.
 */
export const hideReport = (id: string): (() => void) => {
  if (!id) return () => {};
  const report = `[data-dk-report="${CSS.escape(id)}"]`;
  const style = document.createElement("style");
  style.textContent = `${report}, .jp-OutputArea-child:has(${report}) { display: none !important; }`;
  document.head.append(style);
  return () => style.remove();
};
