export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "colloquy:theme";

/** @returns the theme that the person chose on this device */
export function readTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === stored) ?? "system";
}

export function storeTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  applyTheme(theme);
}

/** `tokens.css` has the colours of both; `color-scheme` chooses among them. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
}
