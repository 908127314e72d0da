import { defineConfig } from "vite";

export default defineConfig({
  // Any folder of any host can serve the page.
  base: "./",
  build: {
    target: "es2022",
    // The module is loaded by its address, never as text within a script.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
});
