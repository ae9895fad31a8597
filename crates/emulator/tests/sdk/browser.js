// What the client SDK takes from a browser. Import this before the SDK.

import { WebSocket } from "ws";

globalThis.window ??= globalThis;
globalThis.WebSocket ??= WebSocket;
