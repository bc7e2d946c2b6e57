import { Window } from "happy-dom";
import { createElement, StrictMode, useEffect, type ReactNode } from "react";
import { vi } from "vitest";
import { createWatch, type Watch } from "./watch.ts";

/** What a hook returns each time that React shows its component, in the strict mode, in which all effects run twice. */
export type RenderedHook<Value> = Readonly<{
  watch: Watch<Value>;
  /** Shows it again, with what the hook's arguments are now. */
  render(): void;
  /** What it returned last. */
  current(): Value;
  close(): Promise<void>;
}>;

/** @param wrap puts the component into others, such as providers */
export async function renderHook<Value>(
  useHook: () => Value,
  wrap: (children: ReactNode, value: Value) => ReactNode = (children) => children,
): Promise<RenderedHook<Value>> {
  const window = new Window();
  vi.stubGlobal("window", window);
  vi.stubGlobal("document", window.document);
  vi.stubGlobal("navigator", window.navigator);
  const [{ createRoot }, { flushSync }] = await Promise.all([import("react-dom/client"), import("react-dom")]);
  let tell = (_value: Value): void => {};
  const watch = createWatch<Value>((sink) => {
    tell = sink.next;
    return () => {};
  });

  function Probe(): ReactNode {
    const value = useHook();
    useEffect(() => tell(value));
    return wrap(null, value);
  }
  const container: unknown = window.document.createElement("div");
  const root = createRoot(container as Element);
  const render = () => root.render(createElement(StrictMode, null, createElement(Probe)));
  render();
  return {
    watch,
    render,
    current() {
      const value = watch.events.at(-1);
      if (value === undefined) throw new Error("The hook was not rendered yet");
      return value;
    },
    async close() {
      flushSync(() => root.unmount());
      // React's scheduler has a task left, which wants the window.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      await window.happyDOM.close();
      vi.unstubAllGlobals();
    },
  };
}
