import type { RootContent } from "hast";
import { common, createLowlight } from "lowlight";

const lowlight = createLowlight(common);

/** @returns undefined for a language that it does not know */
export const highlight = (code: string, language: string): RootContent[] | undefined =>
  lowlight.registered(language) ? lowlight.highlight(language, code).children : undefined;
