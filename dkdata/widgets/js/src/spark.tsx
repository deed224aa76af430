/** The distribution of a column, small enough for a list. */
import { count, share } from "./format";
import { Data } from "./parts";
import type { Bins, Figures } from "./protocol";
import { summary } from "./scale";

/** The bars of a histogram as one path in a box of 1 by 1, scaled by where it is drawn. */
export const bars = (counts: readonly number[], gap = 0.1): string => {
  const most = Math.max(...counts, 1);
  const wide = 1 / Math.max(1, counts.length);
  return counts
    .map((value, i) => {
      if (!value) return "";
      const high = Math.max(0.03, value / most); // one value among millions is still seen
      const x = (i * wide + (wide * gap) / 2).toFixed(4);
      return `M${x} 1v${(-high).toFixed(4)}h${(wide * (1 - gap)).toFixed(4)}v${high.toFixed(4)}z`;
    })
    .join("");
};

const Histogram = ({ bins }: { bins: Bins }) => (
  <svg viewBox="0 0 1 1" preserveAspectRatio="none" role="img" aria-label={summary(bins)}>
    <title>{summary(bins)}</title>
    <path d={bars(bins.counts)} />
  </svg>
);

const TopBar = ({ top, rows }: { top: [string, number][]; rows: number }) => {
  const told = top.map(([text, n]) => `${text.slice(0, 40)}: ${share(n, rows)}`).join(", ");
  return (
    <div role="img" aria-label={`Most frequent: ${told}`} title={told}>
      <div class="dk-topbar">
        {top.map(([text, n]) => (
          <i key={text} style={{ flexGrow: n / rows }} />
        ))}
        <i style={{ flexGrow: Math.max(0, 1 - top.reduce((sum, [, n]) => sum + n, 0) / rows) }} />
      </div>
      <div class="dk-dim dk-small dk-clip">
        <Data text={top[0]?.[0] ?? ""} long={40} />
      </div>
    </div>
  );
};

/** A histogram, or a bar of the most frequent values, or nothing yet. */
export const Spark = ({ figures, rows }: { figures: Figures | undefined; rows: number }) => {
  if (figures?.top?.length && figures.bins?.of !== "value") {
    return <TopBar top={figures.top} rows={Math.max(1, rows)} />;
  }
  return figures?.bins?.counts.length ? <Histogram bins={figures.bins} /> : null;
};

/** How many different values there are; `~` where that is an estimate. */
export const Distinct = ({ figures }: { figures: Figures | undefined }) => {
  if (figures?.distinct === undefined) return null;
  return figures.exact === false ? (
    <span title="Estimated, within some 2 %">~{count(figures.distinct)}</span>
  ) : (
    <span>{count(figures.distinct)}</span>
  );
};
