// Words that come and go: for everyone, and for screen readers.

import { byId, setText, show } from "../ui/dom";

/** Milliseconds that a notice stays. */
const STAYS = 5000;
/** Screen readers hear what has stayed for so long, in milliseconds. */
const HOLDS = 700;

export interface Notices {
  /** Shows words for a while. */
  readonly tell: (words: string) => void;
  /** Says words to screen readers once nothing else was said for a moment. */
  readonly say: (words: string) => void;
}

export function createNotices(): Notices {
  const toast = byId("toast");
  const live = byId("live");
  let toastTimer = 0;
  let liveTimer = 0;
  return {
    tell: (words) => {
      toast.textContent = words;
      show(toast, true);
      clearTimeout(toastTimer);
      toastTimer = window.setTimeout(() => { show(toast, false); }, STAYS);
    },
    say: (words) => {
      clearTimeout(liveTimer);
      liveTimer = window.setTimeout(() => { setText(live, words); }, HOLDS);
    },
  };
}
