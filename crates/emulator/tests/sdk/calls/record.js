// What goes over HTTP and WebSocket while a scenario runs, seen from outside the SDKs.

import { AsyncLocalStorage } from "node:async_hooks";

import "../browser.js";

const scenario = new AsyncLocalStorage();

/**
 * From now on every exchange of this process is handed to `seen`, and written down for the scenario it belongs to.
 *
 * The SDKs take `fetch` and `WebSocket` from the environment, as they do in a browser.
 */
export function record(seen) {
  const fetch = globalThis.fetch;
  globalThis.fetch = async (target, init = {}) => {
    const response = await fetch(target, init);
    const url = new URL(target);
    const text = await response.clone().text();
    const exchange = {
      method: (init.method ?? "GET").toUpperCase(),
      path: url.pathname,
      query: url.search,
      request: init.body ? parsed(init.body) : undefined,
      status: response.status,
      response: text === "" ? undefined : parsed(text),
    };
    written().push(exchange);
    seen.exchange(exchange);
    return response;
  };
  globalThis.WebSocket = class extends globalThis.WebSocket {
    constructor(...options) {
      super(...options);
      this.addEventListener("message", ({ data }) => seen.frame("received", String(data)));
    }

    send(data, ...options) {
      seen.frame("sent", String(data));
      return super.send(data, ...options);
    }
  };
}

/** Where the exchanges of the scenario that runs now are written down, for those that go another way: through a browser. */
export function written() {
  return scenario.getStore() ?? [];
}

/** Runs a scenario; resolves with every exchange that it caused. */
export async function during(run) {
  const exchanges = [];
  await scenario.run(exchanges, run);
  return exchanges;
}

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return String(text);
  }
}
