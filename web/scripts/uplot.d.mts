export function leanPlot(): import("vite").Plugin;
