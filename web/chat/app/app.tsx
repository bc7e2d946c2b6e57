import { ApolloProvider } from "@apollo/client/react";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Tooltip } from "@base-ui/react/tooltip";
import { Router } from "wouter";
import { useSession } from "../connection/use-session.ts";
import { SignInPage } from "../sign-in/sign-in-page.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { basePath } from "./addresses.ts";
import { ServicesProvider, type Services } from "./services.tsx";
import { Shell } from "./shell.tsx";
import { SplashScreen } from "./splash-screen.tsx";

export function App({ services }: { services: Services }) {
  return (
    // The page's policy allows no style elements: what the components need of them is in `ui/base.css`.
    <CSPProvider disableStyleElements>
      <ServicesProvider services={services}>
        <ApolloProvider client={services.apollo}>
          <Router base={basePath}>
            <Toasts>
              <Tooltip.Provider delay={500}>
                <Entrance />
              </Tooltip.Provider>
            </Toasts>
          </Router>
        </ApolloProvider>
      </ServicesProvider>
    </CSPProvider>
  );
}

function Entrance() {
  const { status } = useSession();
  if (status === "unknown") return <SplashScreen />;
  return status === "signed-in" ? <Shell /> : <SignInPage />;
}
