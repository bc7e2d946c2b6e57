/** The addresses of the page, below its base path. */
export const routes = {
  newChat: "/",
  room: (id: string) => `/c/${id}`,
  settings: (section: SettingsSection = "profile") => `/settings/${section}`,
} as const;

export const SETTINGS_SECTIONS = ["profile", "plan", "security", "appearance"] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];
