// Starts the real binary and waits for things without sleeping past them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const PATIENCE_MS = 60_000;

/** Starts the emulator on a free port, with these options; resolves with its connection data and a way to stop it. */
export async function startEmulator(...options) {
  const binary = process.env.DOORBELL_EMULATOR;
  if (!binary) {
    throw new Error("set DOORBELL_EMULATOR to the path of the doorbell-emulator binary");
  }
  const child = spawn(binary, ["--port", "0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, "line", { signal: AbortSignal.timeout(PATIENCE_MS) });
  const exited = once(child, "exit");
  return {
    ...JSON.parse(line),
    /** Sends SIGTERM and resolves with the exit code. */
    async stop() {
      child.kill("SIGTERM");
      const [code] = await exited;
      return code;
    },
  };
}

/** Resolves as the promise does, unless that takes too long. */
export async function within(what, promise, patience = PATIENCE_MS) {
  const bell = new AbortController();
  const late = pause(patience, undefined, { signal: bell.signal }).then(() => {
    throw new Error(`waited in vain until ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    bell.abort();
    late.catch(() => {}); // it was called off
  }
}

/** Resolves with the first truthy answer of `condition`, asked every few milliseconds. */
export async function until(what, condition) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await pause(5);
  }
}
