import { useEffect } from "react";
import { Link } from "wouter";
import { routes, SETTINGS_SECTIONS, type SettingsSection } from "../app/routes.ts";
import { NotFoundView } from "../app/not-found-view.tsx";
import { AppearanceSection } from "./appearance-section.tsx";
import { PlanSection } from "./plan-section.tsx";
import { ProfileSection } from "./profile-section.tsx";
import { SecuritySection } from "./security-section.tsx";
import css from "./settings-view.module.css";

const SECTIONS: Record<SettingsSection, { title: string; Body: () => React.ReactNode }> = {
  profile: { title: "Profile", Body: ProfileSection },
  plan: { title: "Plan and usage", Body: PlanSection },
  security: { title: "Security", Body: SecuritySection },
  appearance: { title: "Appearance", Body: AppearanceSection },
};

/** What belongs to the account, a section at a time. */
export function SettingsView({ section }: { section: string }) {
  const name = SETTINGS_SECTIONS.find((each) => each === section);
  useEffect(() => {
    document.title = "Settings · Colloquy";
  }, []);
  if (!name) return <NotFoundView />;
  const { title, Body } = SECTIONS[name];
  return (
    <div className={css.scroller}>
      <div className={css.page}>
        <h1 className={css.title}>Settings</h1>
        <nav className={css.tabs} aria-label="Settings">
          {SETTINGS_SECTIONS.map((each) => (
            <Link
              key={each}
              href={routes.settings(each)}
              className={css.tab ?? ""}
              aria-current={each === name ? "page" : undefined}
            >
              {SECTIONS[each].title}
            </Link>
          ))}
        </nav>
        <section className={css.body} aria-label={title}>
          <Body />
        </section>
      </div>
    </div>
  );
}
