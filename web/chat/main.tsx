import { createRoot } from "react-dom/client";
import "./ui/tokens.css";
import "./ui/base.css";
import { App } from "./app/app.tsx";
import { applyTheme, readTheme } from "./app/theme.ts";
import { createServices } from "./app/services.tsx";

applyTheme(readTheme());
const root = document.getElementById("root");
if (root) createRoot(root).render(<App services={createServices()} />);
