/** Where the page's own script is: `<base>/assets/<name>.js`, behind whichever path a proxy gives the API. */
const BASE = new URL(/* @vite-ignore */ "..", import.meta.url);

/** The path that the page's routes begin with, without a slash at its end. */
export const basePath = BASE.pathname.replace(/\/$/, "");

/** An address of the API, such as `graphql`. */
export const apiUrl = (path: string): string => new URL(path, BASE).href;

/** The same for a WebSocket. */
export const socketUrl = (path: string): string => apiUrl(path).replace(/^http/, "ws");
