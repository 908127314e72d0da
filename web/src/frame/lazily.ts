// What is fetched when it is opened for the first time.

import { messageOf } from "../ui/format";

export interface Lazily<T> {
  /** Null until it is there. */
  readonly get: () => T | null;
  readonly loading: () => boolean;
  /** Fetches it, if that has not been done. */
  readonly open: () => void;
}

/** Fetches by `load`; `failed` gets the reason where that cannot be. */
export function lazily<T>(load: () => Promise<T>, opened: (it: T) => void, failed: (why: string) => void, wake: () => void): Lazily<T> {
  let it: T | null = null;
  let loading = false;
  const fetch = async (): Promise<void> => {
    loading = true;
    try {
      it = await load();
      opened(it);
    } catch (error) {
      failed(messageOf(error));
    }
    loading = false;
    wake();
  };
  return {
    get: () => it,
    loading: () => loading,
    open: () => {
      if (!it && !loading) void fetch();
    },
  };
}
