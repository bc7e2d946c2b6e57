import { Link } from "wouter";
import { EmptyState } from "../ui/empty-state.tsx";
import { routes } from "./routes.ts";

export const NotFoundView = () => (
  <EmptyState title="There is nothing here" text="The chat was deleted, or the address is wrong.">
    <Link href={routes.newChat}>Start a new chat</Link>
  </EmptyState>
);
