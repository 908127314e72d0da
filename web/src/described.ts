// What the library says of the methods: loaded when a row is opened for the first time.

import address from "./generated/methods.json?url";

/** One of the values that a setting may have; `takes` says what it is given with, if anything. */
export interface ChoiceInfo {
  readonly name: string;
  readonly takes: string | null;
  readonly meaning: string;
}

/** A setting: what it means, takes and allows, and its default, null where a rule chooses it. */
export interface SettingInfo {
  readonly name: string;
  readonly takes: string;
  readonly range: string;
  readonly low: number | null;
  readonly high: number | null;
  readonly default: unknown;
  readonly meaning: string;
  readonly choices?: readonly ChoiceInfo[];
  readonly settings?: readonly SettingInfo[];
}

export interface MethodDescription {
  readonly cost: string;
  readonly memory: string;
  readonly letters: Readonly<Record<string, string>>;
  readonly source: string;
  readonly settings: readonly SettingInfo[];
}

export type Descriptions = Readonly<Record<string, MethodDescription>>;

let known: Descriptions | null = null;

/** The descriptions where they have been loaded. */
export const described = (): Descriptions | null => known;

/** Loads the descriptions, which a page in one file carries in itself. */
export async function loadDescriptions(): Promise<Descriptions> {
  const carried = document.getElementById("ravine-methods")?.textContent;
  known ??= (carried ? JSON.parse(carried) : await (await fetch(address)).json()) as Descriptions;
  return known;
}
