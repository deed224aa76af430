/** What the bundler makes of JSX. */
export { createElement, Fragment } from "preact";
