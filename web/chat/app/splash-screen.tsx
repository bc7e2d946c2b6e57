import { Logo } from "../ui/logo.tsx";
import css from "./splash-screen.module.css";

/** While nobody knows yet whether somebody is signed in. It stays empty for a moment, so that a quick answer flashes nothing. */
export const SplashScreen = () => (
  <div className={css.splash} role="status" aria-label="Loading">
    <Logo size={40} />
  </div>
);
