// The page as one file, `dist/standalone.html`, that needs no server: scripts, styles, the module and the
// descriptions of the methods are in it; the network view is not. `ravine race --html` writes it with the state of a run.

import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const dist = join(import.meta.dirname, "../dist");
/** Built with all scripts in one. */
const whole = join(dist, "standalone");
const text = (path) => readFileSync(join(whole, path), "utf8");

/** What matches, replaced by what is made of its first group: literally, whatever `$` is in it. */
const replaced = (page, pattern, make) => page.replace(pattern, (_, path) => make(path));

/** The only asset with such a name. */
const only = (pattern) => {
  const names = readdirSync(join(dist, "assets")).filter((name) => pattern.test(name));
  if (names.length !== 1) throw new Error(`one ${pattern} expected, not ${names.length}`);
  return readFileSync(join(dist, "assets", names[0]));
};
const bytes = only(/^ravine_wasm_bg.*\.wasm$/).toString("base64");
const methods = only(/\.json$/).toString().replaceAll("<", "\\u003c");

let page = text("index.html");
page = replaced(page, /<link rel="stylesheet"[^>]* href="([^"]+)"[^>]*>/g, (path) =>
  `<style>${text(path)}</style>`);
page = replaced(page, /<script type="module"[^>]* src="([^"]+)"[^>]*><\/script>/g, (path) =>
  // An ending tag within a script would end it.
  `<script type="module">${text(path).replaceAll("</script", "<\\/script")}</script>`);
page = page.replace("</head>", () =>
  `<!-- state -->\n<script type="application/octet-stream" id="ravine-module">${bytes}</script>\n` +
  `<script type="application/json" id="ravine-methods">${methods}</script>\n</head>`);
const left = page.match(/(src|href)="\.\/[^"]*"/);
if (left) throw new Error(`${left[0]} is still outside the file`);
writeFileSync(join(dist, "standalone.html"), page);
rmSync(whole, { recursive: true });
