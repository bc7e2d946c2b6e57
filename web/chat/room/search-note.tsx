import { Search } from "lucide-react";
import css from "./thought.module.css";

/** What the model looked for. */
export const SearchNote = ({ queries }: { queries: readonly string[] }) => (
  <p className={css.note}>
    <Search aria-hidden />
    {queries.length > 0 ? `Searched for ${queries.map((query) => `“${query}”`).join(", ")}` : "Searched the web"}
  </p>
);
