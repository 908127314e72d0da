// What one does to an entrant of the race: other settings, a second one, none.

import { type Entrant, type SettingValue, type Store, freeNumber } from "../state";

export interface EntrantActions {
  /** Gives a setting another value, or its default. */
  readonly changed: (entrant: Entrant, name: string, value: SettingValue | null) => void;
  readonly twice: (entrant: Entrant) => void;
  readonly remove: (entrant: Entrant) => void;
}

export function entrantActions(store: Store): EntrantActions {
  const patch = (entrant: Entrant, change: (old: Entrant) => Entrant | null): void => {
    const entrants = store.get().entrants.flatMap((old) => {
      const next = old.id === entrant.id ? change(old) : old;
      return next ? [next] : [];
    });
    store.set({ entrants });
  };
  return {
    changed: (entrant, name, value) => {
      patch(entrant, (old) => {
        const { [name]: _, ...rest } = old.settings;
        return { ...old, settings: value === null ? rest : { ...rest, [name]: value } };
      });
    },
    twice: (entrant) => {
      const { entrants } = store.get();
      const now = entrants.find((old) => old.id === entrant.id) ?? entrant;
      const copy = { ...now, id: freeNumber(entrants.map(({ id }) => id)) };
      store.set({ entrants: [...entrants, copy], opened: copy.id });
    },
    remove: (entrant) => {
      patch(entrant, () => null);
      store.set({ opened: null });
    },
  };
}
