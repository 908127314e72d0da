// A browser on the built page, and what tests do with it again and again.

import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";

export const dist = join(import.meta.dirname, "../dist");
const TYPES = {
  ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm",
  ".json": "application/json",
};
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** Serves the built page; its address. */
export async function serve() {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    const file = join(dist, path === "/" ? "index.html" : path);
    if (!file.startsWith(dist) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

export function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: FLAGS });
}

/** A server and a browser for a file of tests, closed after them. */
export async function start() {
  const [server, browser] = await Promise.all([serve(), launch()]);
  after(async () => {
    await browser.close();
    server.close();
  });

  /** A page that is ready, in a context of its own; `page.complaints` collects errors of all kinds. */
  const open = async (hash = "", options = {}) => {
    const { width = 1440, height = 900, scheme = "light", touch = false, motion = "no-preference", first = false } = options;
    const context = await browser.newContext({
      viewport: { width, height }, colorScheme: scheme, hasTouch: touch, reducedMotion: motion,
      acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"],
    });
    // Who has been here before sees no tour.
    if (!first) await context.addInitScript(() => localStorage.setItem("ravine-tour", "seen"));
    const page = await context.newPage();
    page.complaints = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
    });
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    await page.goto(server.url + hash);
    await settled(page);
    return page;
  };
  return { url: server.url, browser, open };
}

/** Waits until every run has ended and every step has been found. */
export async function settled(page) {
  // What was just done reaches the page with the next frames: drawings and words take turns.
  await page.evaluate(async () => {
    for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
  });
  await page.waitForFunction(() => document.body.dataset.ready === "true", null, { timeout: 20_000 });
}

/** Waits until the address says what the page shows. */
export async function written(page) {
  await settled(page);
  await page.waitForFunction(() => document.body.dataset.address === "written", null, { timeout: 20_000 });
}

/** Clicks an item of the menu "Share" and gives back what it copies, once the page says that it did. */
export async function copied(page, item) {
  await page.click(".menu summary");
  await page.click(`.menu button:has-text("${item}")`);
  await page.waitForSelector("#toast:not([hidden])");
  return page.evaluate(() => navigator.clipboard.readText());
}

/** The table as objects. */
export function standings(page) {
  return page.$$eval(".arena .standings tbody tr:not(.detail)", (rows) =>
    rows.map((row) => {
      const cells = [...row.querySelectorAll("td")].map((cell) => cell.textContent);
      const number = (text) => Number(text.replaceAll("\u202f", "").replaceAll("\u2212", "-").replace("∞", "Infinity"));
      return {
        method: row.dataset.method, status: cells[0], iterations: number(cells[1]),
        evaluations: number(cells[2]), value: number(cells[3]), gradient: number(cells[4]),
      };
    }));
}

/** Clicks an item of the menu "Share" and gives back the file it hands out. */
export async function download(page, item) {
  await page.click(".menu summary");
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(`.menu button:has-text("${item}")`)]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** The rows of a CSV file whose cells may be quoted. */
export function rowsOf(text) {
  const [header, ...lines] = text.trim().split("\n").map((line) =>
    [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((m) => m[1].replace(/^"|"$/g, "").replaceAll('""', '"')));
  return lines.map((cells) => Object.fromEntries(header.slice(0).map((name, i) => [name, cells[i]])));
}

/** Where a handle is on the screen. */
export async function centre(page, selector) {
  const box = await page.locator(selector).boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
