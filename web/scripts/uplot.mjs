// uPlot without what no plot here has: dates on an axis, a legend, a cursor of its own. It is a third of
// its code, which a compressor cannot leave out as settings of each plot choose it.

/** What each plot would choose, and once for all what they do here; how often it is written there. */
const CHOICES = [
  [/const FEAT_TIME\s*= true;/g, "const FEAT_TIME = false;", 1],
  [/let isTime = [^;]*;/g, "const isTime = false;", 3],
  [/const \[ timeIncrs\w*, .* \] = genTimeStuffs\(.*\);/g, "", 2],
  [/const (_timeAxisSplits|_timeAxisVals|_timeSeriesVal)\s*= .*;/g, "const $1 = null;", 3],
  [/const showLegend = legend\.show;/g, "const showLegend = false;", 1],
  [/const showCursor =\s*cursor\.show;/g, "const showCursor = false;", 1],
  [/events\.(mousedown|mousemove|mouseup|dblclick) = \w+;/g, "", 4],
  [/\tself\.(addSeries|delSeries|setSeries|addBand|setBand|delBand|setLegend|pub|batch|posToVal) = \w+;/g, "", 10],
  [/\tself\.setCursor = [^]*?\n\t\};/g, "", 1],
  [/\n\t*uPlot\.(?!paths)\w+\s*= .*;/g, "", 13],
  [/\n\t*\(paths\.(stepped|bars|spline)\s*= \w+\);/g, "", 3],
  // Axes that are not linear, and those that choose their own ranges and ticks.
  [/function (rangeLog|rangeAsinh|_rangeNum|logAxisSplits|asinhAxisSplits|numAxisSplits|numAxisVals|log10AxisValsFilt|log2AxisValsFilt|snapLogY|snapAsinhY|clipBandLine|seriesFillTo)\(([^)]*)\) \{[^]*?\n\}/g, "function $1($2) {}", 13],
  // Bands, and a selection.
  [/function bandFillClipDirs\([^)]*\) \{[^]*?\n\}/g, "function bandFillClipDirs() { return [0, 0]; }", 1],
  [/function setSelect\([^)]*\) \{[^]*?\n\t\}/g, "function setSelect() {}", 1],
];

export function leanPlot() {
  return {
    name: "lean-plot",
    transform(code, id) {
      if (!id.endsWith("uPlot.esm.js")) return null;
      return CHOICES.reduce((text, [pattern, choice, count]) => {
        const found = text.match(pattern)?.length ?? 0;
        if (found !== count) throw new Error(`uPlot has ${pattern} ${found} times, not ${count}`);
        return text.replace(pattern, choice);
      }, code);
    },
  };
}
