import { FlaskConical } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useServices } from "../app/services.tsx";
import { IconButton } from "../ui/icon-button.tsx";

const DevelopmentDrawer = lazy(async () => ({
  default: (await import("./development-drawer.tsx")).DevelopmentDrawer,
}));

/** In development, the way to what goes on beneath the page; elsewhere nothing. */
export function DevelopmentTools() {
  const { events } = useServices();
  const [open, setOpen] = useState(false);
  if (!events) return null;
  return (
    <>
      <IconButton label="Events, and what can go wrong (development)" onClick={() => setOpen(!open)}>
        <FlaskConical />
      </IconButton>
      {open && (
        <Suspense>
          <DevelopmentDrawer log={events} open onOpenChange={setOpen} />
        </Suspense>
      )}
    </>
  );
}
