// Where the project and its guide are: addresses that who publishes the page gives to its build.

import { h } from "../ui/dom";

const PLACES: readonly (readonly [words: string, address: string | undefined])[] = [
  ["Guide", import.meta.env.VITE_GUIDE as string | undefined],
  ["Project", import.meta.env.VITE_PROJECT as string | undefined],
];

/** Links to those that have an address. */
export function projectLinks(): HTMLElement[] {
  return PLACES.flatMap(([words, address]) => (address ? [h("a", { href: address }, words)] : []));
}
