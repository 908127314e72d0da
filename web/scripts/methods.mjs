// What the page says of its methods, from what the command says of all: `ravine methods --json` on
// standard input, `src/generated/methods.json` for the page.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const described = {};
for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const { name, special, cost, memory, letters, source, settings } = JSON.parse(line);
  if (!special) described[name] = { cost, memory, letters, source, settings };
}
writeFileSync(join(import.meta.dirname, "../src/generated/methods.json"), JSON.stringify(described));
