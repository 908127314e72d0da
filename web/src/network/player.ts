// Play, pause, step and scrub through the training.

import { count } from "../ui/format";
import { type ScrubberActions, createScrubber } from "../ui/scrubber";
import type { Axis } from "./setup";

export interface TrainingPlayer {
  readonly element: HTMLElement;
  readonly show: (time: number | null, extent: number, axis: Axis, playing: boolean) => void;
}

export function createTrainingPlayer(actions: ScrubberActions): TrainingPlayer {
  const bar = createScrubber("Training", actions);
  return {
    element: bar.element,
    show: (time, most, axis, playing) => {
      const now = Math.floor((time ?? most) + 1e-9);
      const words = axis === "steps" ? `step ${count(now)} of ${count(most)}` : `${count(now)} of ${count(most)} gradients`;
      bar.show(time, most, playing, words);
    },
  };
}
