import { lazy, Suspense, useEffect, useState } from "react";
import { Route, Switch, useLocation } from "wouter";
import { followAccount } from "../connection/account-feed.ts";
import { NewRoomView } from "../room/new-room-view.tsx";
import { RoomView } from "../room/room-view.tsx";
import { Sidebar } from "../sidebar/sidebar.tsx";
import { SidebarDrawer } from "../sidebar/sidebar-drawer.tsx";
import { useNarrow } from "../ui/use-narrow.ts";
import { NotFoundView } from "./not-found-view.tsx";
import { useServices } from "./services.tsx";
import css from "./shell.module.css";
import { TopBar } from "./top-bar.tsx";
import { useNewChatKey } from "./use-new-chat-key.ts";

/** Seldom looked at. */
const SettingsView = lazy(async () => ({ default: (await import("../account/settings-view.tsx")).SettingsView }));

/** The page of somebody who is signed in: the rooms beside the one that is open. */
export function Shell() {
  const services = useServices();
  useEffect(() => followAccount(services), [services]);
  useNewChatKey();
  const narrow = useNarrow();
  const [location] = useLocation();
  // The drawer is open for one address: it closes by going to another.
  const [drawerAt, setDrawerAt] = useState<string | null>(null);
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#main">
        Skip to the conversation
      </a>
      {narrow ? (
        <SidebarDrawer open={drawerAt === location} onOpenChange={(open) => setDrawerAt(open ? location : null)} />
      ) : (
        <Sidebar className={css.sidebar ?? ""} />
      )}
      <div className={css.column}>
        {narrow && <TopBar onMenu={() => setDrawerAt(location)} />}
        <main id="main" className={css.main} tabIndex={-1}>
          <Switch>
            <Route path="/">
              <NewRoomView />
            </Route>
            <Route path="/c/:id">{({ id }) => <RoomView key={id} roomId={id} />}</Route>
            <Route path="/settings/:section?">
              {({ section }) => (
                <Suspense>
                  <SettingsView section={section ?? "profile"} />
                </Suspense>
              )}
            </Route>
            <Route>
              <NotFoundView />
            </Route>
          </Switch>
        </main>
      </div>
    </div>
  );
}
