import { defineConfig } from "vite";
import { leanPlot } from "./scripts/uplot.mjs";

// Where the page will be, with a slash at its end: links to pictures of it must be whole addresses. VITE_GUIDE
// and VITE_PROJECT are those of the guide and the project, which the page links to where they are given.
process.env.VITE_SITE ??= "./";

export default defineConfig(({ mode }) => ({
  // Any folder of any host can serve the page.
  base: "./",
  plugins: [leanPlot()],
  build: {
    // The page in one file has all scripts in one.
    ...(mode === "standalone" ? { outDir: "dist/standalone", rolldownOptions: { output: { codeSplitting: false } } } : {}),
    target: "es2022",
    // Smaller than the default.
    minify: "terser",
    terserOptions: {
      module: true, toplevel: true, ecma: 2020, format: { comments: false },
      compress: { passes: 3, pure_getters: true, unsafe_arrows: true, unsafe_methods: true, keep_fargs: false },
    },
    // The module is loaded by its address, never as text within a script.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
}));
