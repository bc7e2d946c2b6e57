import { Logo } from "../ui/logo.tsx";

export const SignInPage = () => (
  <main>
    <Logo size={40} />
    <h1>Colloquy</h1>
  </main>
);
