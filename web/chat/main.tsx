import { createRoot } from "react-dom/client";
import "./ui/tokens.css";
import "./ui/base.css";
import { App } from "./app/app.tsx";
import { applyTheme, readTheme } from "./app/theme.ts";
import { createServices } from "./app/services.tsx";

applyTheme(readTheme());
// Its address is relative to where the page was opened, and browsers look again when the page's own address changes.
const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
if (icon) icon.setAttribute("href", icon.href);
const root = document.getElementById("root");
if (root) createRoot(root).render(<App services={createServices()} />);
