// The network view: methods train the same small network on points of the plane, and the pictures show what each has
// learnt. Loaded when it is opened.

import "../styles/network.css";
import { freeNumber } from "../state";
import { h, setText } from "../ui/dom";
import { messageOf, short } from "../ui/format";
import { segments } from "../ui/segments";
import { partOf, timeAt } from "../ui/timeplot";
import { createControls } from "./controls";
import { Lesson, layersOf, loadNetworkCore, networkMethods } from "./core";
import { createLossCurves } from "./curves";
import { createFactors } from "./factors";
import { type Scene, createGallery } from "./gallery";
import { learntSvg } from "./picture";
import { createTrainingPlayer } from "./player";
import { type Race, type Track, extent, positionOf, startRace, stepAt } from "./race";
import { type Axis, DATA, MOST_METHODS, type Setup, USUAL, decodeSetup, encodeSetup, taskKey } from "./setup";
import { createSpectrum } from "./spectrum";
import { createRaceTable } from "./table";
import { markOf, verdict } from "./verdict";

/** Milliseconds of computing in a frame. */
const BUDGET = 12;
/** Milliseconds of painting small pictures in a frame. */
const PAINTING = 7;
/** Seconds from the start to the end. */
const SECONDS = 9;
/** Numbers and curves are drawn anew at most this often while something moves, in milliseconds. */
const READABLE = 120;

/** What the page gives the view. */
export interface Host {
  readonly dark: () => boolean;
  readonly still: () => boolean;
  readonly tell: (words: string) => void;
  readonly say: (words: string) => void;
  /** The view's query has changed. */
  readonly changed: (query: string) => void;
  readonly wake: () => void;
}

export interface NetworkView {
  readonly element: HTMLElement;
  /** Takes the query of an address. */
  readonly take: (query: string) => void;
  /** Called each frame with the seconds since the last; whether it wants another. */
  readonly frame: (seconds: number) => boolean;
  readonly resized: () => void;
  readonly leave: () => void;
  readonly key: (key: string) => boolean;
  readonly csv: () => string;
  /** All that was learnt, as SVG. */
  readonly svg: () => string;
}

export async function createNetworkView(host: Host): Promise<NetworkView> {
  await loadNetworkCore();
  const methods = networkMethods();
  const names = methods.map((method) => method.name);
  let setup: Setup = USUAL;
  let lesson: Lesson | null = null;
  let race: Race | null = null;
  let done = false;
  let playing = false;
  /** Whether a race that has ended shall be played. */
  let eager = false;
  let problem = "";
  let drawnAt = 0;
  let fresh = true;
  let query = "";
  /** The colours that are drawn with. */
  let dark = host.dark();

  const tracks = (): readonly Track[] => race?.tracks ?? [];
  const titles = new Map(methods.map((method) => [method.name, method.title]));
  const nameOf = (track: Track): string => {
    const name = titles.get(track.racer.method) ?? track.racer.method;
    return name === "Natural gradient" ? "the natural gradient" : name;
  };
  const titleOf = (track: Track): string => titles.get(track.racer.method) ?? track.racer.method;

  const update = (patch: Partial<Setup>): void => {
    const before = setup;
    setup = { ...setup, ...patch };
    if (taskKey(before) !== taskKey(setup)) begin(true);
    else if (before.racers !== setup.racers) begin(false);
    fresh = true;
    write();
    host.wake();
  };
  const write = (): void => {
    query = encodeSetup(setup, playing);
    host.changed(query);
  };
  const begin = (newTask: boolean): void => {
    race?.free();
    race = null;
    if (newTask || !lesson) {
      try {
        const next = new Lesson(setup.data, setup.points, setup.noise, setup.seed, setup.layers, setup.units, setup.batch);
        lesson?.free();
        lesson = next;
        problem = "";
      } catch (error) {
        problem = messageOf(error);
        if (!lesson) return;
      }
      const layers = layersOf(lesson);
      factors.build(layers);
      if (setup.layer >= layers.length) setup = { ...setup, layer: layers.length - 1 };
    }
    race = startRace(lesson, setup, setup.racers);
    done = false;
    if (newTask) {
      playing = false;
      eager = !host.still();
      setup = { ...setup, time: eager ? 0 : null };
    }
    rebuild();
  };
  const scene = (of: Lesson): Scene =>
    ({ points: of.points(), classes: of.classes(), kinds: 1 + Math.max(...of.classes()), dark: host.dark() });
  const rebuild = (): void => {
    if (!lesson) return;
    dark = host.dark();
    gallery.build(tracks(), scene(lesson), titleOf);
    table.build(tracks(), titleOf, dark, setup.racers.length >= MOST_METHODS, setup.batch !== 0);
    fresh = true;
  };

  const controls = createControls((patch) => { update(patch); });
  const gallery = createGallery((shown) => { update({ shown }); });
  const curves = createLossCurves((time) => { scrub(time); });
  const spectrum = createSpectrum();
  const factors = createFactors((layer) => { update({ layer }); });
  const length = (): number => extent(tracks(), setup.axis, setup.steps);
  const scrub = (time: number | null): void => {
    playing = eager = false;
    update({ time: time !== null && time >= length() ? null : time });
  };
  const toggle = (): void => {
    eager = false;
    playing = !playing;
    if (playing && setup.time === null) setup = { ...setup, time: 0 };
    fresh = true;
    write();
    host.wake();
  };
  const step = (way: 1 | -1): void => {
    const now = setup.time ?? length();
    const places = tracks().flatMap((track) => {
      const k = stepAt(track, setup.axis, now);
      return [k - 1, k, k + 1].filter((j) => j >= 0 && j <= track.count).map((j) => positionOf(track, j, setup.axis));
    });
    const next = way === 1
      ? Math.min(length(), ...places.filter((place) => place > now + 1e-9))
      : Math.max(0, ...places.filter((place) => place < now - 1e-9));
    scrub(next);
  };
  const player = createTrainingPlayer({ toggle, step, scrub });
  const table = createRaceTable(methods, {
    setStep: (look, value) => { update({ racers: setup.racers.map((racer) => (racer.look === look ? { ...racer, step: value } : racer)) }); },
    remove: (look) => {
      const racers = setup.racers.filter((racer) => racer.look !== look);
      update({ racers, shown: racers.some((racer) => racer.look === setup.shown) ? setup.shown : (racers[0]?.look ?? 0) });
    },
    add: (method) => {
      const look = freeNumber(setup.racers.map((racer) => racer.look));
      update({ racers: [...setup.racers, { method, step: null, look }], shown: look });
    },
    choose: (shown) => { update({ shown }); },
  });
  const axis = segments<Axis>("Curves by", "curves-by", [["steps", "By steps"], ["work", "By work"]], (value) => { update({ axis: value, time: null }); });
  const sentence = h("p", { class: "verdict", "aria-live": "off" });
  const progress = h("p", { class: "progress" });
  const element = h("section", { id: "network", "aria-label": "Network" },
    controls.cards,
    h("div", { class: "intro" },
      h("h1", {}, "Who learns fastest?"),
      h("p", {}, "Every method trains its own copy of one small network on the same points, from the same start. Each picture shows the plane as that copy sees it: its colour is the class it would give, and pale means unsure.")),
    controls.element,
    h("div", { class: "stage-of-two" },
      h("div", { class: "left" }, gallery.element, player.element),
      h("div", { class: "right" },
        h("div", { class: "choices" }, axis.element, progress),
        curves.element, sentence, table.element)),
    h("h2", { class: "curvature-title" }, "Its curvature"),
    h("div", { class: "curvature-parts" }, spectrum.element, factors.element));

  const draw = (): boolean => {
    if (dark !== host.dark()) rebuild();
    const { time, shown, steps } = setup;
    const at = tracks().map((track) => stepAt(track, setup.axis, time));
    const now = performance.now();
    const due = fresh || now - drawnAt > READABLE;
    player.show(time, length(), setup.axis, playing);
    const left = gallery.show(at, shown, PAINTING);
    curves.at(time);
    if (due) {
      drawnAt = now;
      axis.set(setup.axis);
      controls.show(setup, lesson?.parameters() ?? 0, problem, dark);
      const mark = done ? markOf(tracks()) : null;
      curves.draw({ tracks: tracks(), axis: setup.axis, extent: length(), shown, mark, dark });
      table.show(at, shown);
      const { left: seeking, part } = race?.sought() ?? { left: 0, part: 1 };
      setText(progress, done ? "" : seeking > 0 ? `finding each method’s best step: ${Math.round(100 * part)} %` : "training…");
      const said = done ? verdict(tracks(), setup.axis, steps, nameOf) : "";
      setText(sentence, said === "" ? "The methods are in training." : said.charAt(0).toUpperCase() + said.slice(1));
      if (done && fresh) host.say(said);
    }
    const i = tracks().findIndex((track) => track.racer.look === shown);
    const track = tracks()[i];
    let more = false;
    if (track && lesson && (done || time === null)) {
      const still = !playing;
      more = spectrum.show(track, titleOf(track), at[i] ?? 0, steps, dark, still);
      if (still || due) factors.show(lesson, track, titleOf(track), at[i] ?? 0, setup.layer, dark);
    }
    setText(title, track ? `The curvature that ${titleOf(track)} meets` : "The curvature");
    fresh = false;
    return left || more;
  };
  const title = element.querySelector(".curvature-title") ?? element;

  return {
    element,
    take: (text) => {
      if (text === query && race) return;
      const { setup: wanted, complaints } = decodeSetup(text, names);
      if (complaints.length > 0) host.tell(`Part of the link was left out: ${complaints.join("; ")}.`);
      const first = !race;
      const other = taskKey(wanted) !== taskKey(setup) || first;
      setup = wanted;
      begin(other);
      // A link shows what its sender saw.
      if (text !== "") {
        eager = playing = false;
        setup = { ...setup, time: wanted.time };
      }
      fresh = true;
      write();
    },
    frame: (seconds) => {
      if (race && !done) {
        done = race.advance(BUDGET);
        if (done) {
          fresh = true;
          playing = eager;
          eager = false;
        }
      }
      if (playing) {
        const part = partOf(setup.time, length()) + seconds / SECONDS;
        if (part >= 1) {
          playing = false;
          fresh = true;
          setup = { ...setup, time: null };
          write();
        } else setup = { ...setup, time: timeAt(part, length()) };
      }
      const more = draw();
      return more || playing || !done;
    },
    resized: () => {
      curves.resize();
      spectrum.resized();
      gallery.resized();
      fresh = true;
    },
    leave: () => { playing = eager = false; },
    key: (key) => {
      if (key === " ") toggle();
      else if (key === ".") step(1);
      else if (key === ",") step(-1);
      else return false;
      return true;
    },
    svg: () => {
      if (!lesson) return "";
      const learnt = tracks().map((track) => {
        const k = stepAt(track, setup.axis, setup.time);
        return { track, name: titleOf(track), step: k, note: `step ${k}, loss ${short(track.losses[k] ?? NaN)}` };
      });
      const title = `${DATA[setup.data] ?? setup.data}: what each method has learnt`;
      return learntSvg(learnt, scene(lesson), title, done ? verdict(tracks(), setup.axis, setup.steps, titleOf) : "");
    },
    csv: () => {
      const rows = tracks().flatMap((track) =>
        Array.from(track.losses, (loss, k) => [track.racer.method, track.step?.value ?? "", k, track.work[k] ?? "", loss, track.right[k] ?? ""].join(",")));
      return `method,step size,step,work in gradients,loss,right\n${rows.join("\n")}\n`.replaceAll("NaN", "");
    },
  };
}
