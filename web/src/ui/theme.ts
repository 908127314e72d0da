// Light and dark: as the system has it, or as chosen here.

import type { Theme } from "../state";
import { h, setAttributes } from "./dom";

export interface ThemeSwitch {
  readonly element: HTMLElement;
  readonly choice: () => Theme;
  readonly dark: () => boolean;
  readonly set: (theme: Theme) => void;
  /** Tells when the system changes its mind. */
  readonly changed: (listener: () => void) => void;
}

const KEY = "ravine-theme";

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    // A file opened from disk may have no storage.
    return "system";
  }
}

export function createTheme(chosen: (theme: Theme) => void): ThemeSwitch {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let choice = stored();
  const dark = (): boolean => (choice === "system" ? system.matches : choice === "dark");
  const button = h("button", { type: "button", class: "theme" });
  const apply = (): void => {
    document.documentElement.dataset.theme = dark() ? "dark" : "light";
    const label = dark() ? "Light colours" : "Dark colours";
    setAttributes(button, { "aria-label": label, title: label });
    button.textContent = dark() ? "☀" : "☾";
  };
  button.addEventListener("click", () => { chosen(dark() ? "light" : "dark"); });
  apply();
  return {
    element: button,
    choice: () => choice,
    dark,
    set: (theme) => {
      choice = theme;
      try {
        if (theme === "system") localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, theme);
      } catch {
        // Not remembered, then.
      }
      apply();
    },
    changed: (listener) => {
      system.addEventListener("change", () => {
        apply();
        listener();
      });
    },
  };
}
