// The race that is under way.

import type { Context } from "../context";
import type { Surface } from "../core";
import { type Entrant, type Limits, type Point, USUAL_LIMITS, samePoint } from "../state";
import { type Race, type Track, startRace } from "./race";
import { type Lowest, lowestOf } from "./standing";
import type { Steps } from "./steps";

/** Milliseconds of a frame that go into runs. */
const BUDGET = 2;
/** The same while the start is dragged, when there is more to draw. */
const DRAGGED = 1;

export interface Course {
  readonly race: () => Race | null;
  readonly tracks: () => readonly Track[];
  readonly finished: () => boolean;
  /** When it began, on the page's clock. */
  readonly began: () => number;
  /** Begins a new race from the start, with the steps that are known. */
  readonly begin: () => void;
  /** Goes on for a part of a frame. */
  readonly advance: () => void;
  /** The lowest minimum that is known or was found. */
  readonly lowest: () => Lowest;
  /** Why a method cannot run on this surface; empty if it can. */
  readonly refusal: (method: string) => string;
}

export function createCourse(context: Context, steps: Steps): Course {
  let race: Race | null = null;
  let finished = false;
  let began = 0;
  /** Where the race is. */
  let ground: readonly [Surface, Point, Limits] | null = null;
  const tracks = (): readonly Track[] => race?.tracks ?? [];
  const advance = (): void => {
    if (race) finished = race.advance(context.dragging() ? DRAGGED : BUDGET);
  };
  return {
    race: () => race,
    tracks,
    finished: () => finished,
    began: () => began,
    begin: () => {
      const { entrants, limits, start, surface } = context.store.get();
      began = performance.now();
      const before = race;
      const here = [context.surface(), start, limits] as const;
      const stays = ground !== null && ground[0] === here[0] && samePoint(ground[1], start) && ground[2] === limits;
      race = startRace(here[0], entrants, (entrant) => steps.complete(surface, start, entrant), start, limits, stays ? tracks() : []);
      before?.free(race);
      ground = here;
      advance();
    },
    advance,
    lowest: () => lowestOf(tracks(), context.info()),
    refusal: (method) => {
      const probe: Entrant = { method, settings: {}, id: 0 };
      const trial = startRace(context.surface(), [probe], () => ({ settings: {}, found: null, provisional: false }), context.info().start, USUAL_LIMITS);
      const reason = trial.tracks[0]?.failure ?? "";
      trial.free(null);
      return reason.replace(/^method:? `[\w-]+` /, "");
    },
  };
}
