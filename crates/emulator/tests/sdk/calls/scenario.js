// What the scenarios of one call share.

import assert from "node:assert/strict";

/** Marks a call that the emulator answers with 501 and a sentence. */
export function absent(call) {
  return { absent: call };
}

/** All rows of a list, page after page. */
export async function all(pages) {
  const rows = [];
  for await (const row of pages) rows.push(row);
  return rows;
}

export const ids = async (pages) => (await all(pages)).map(({ id }) => id);

/** What a back end that is not under test does and sees: the other side of every scenario. */
export class World {
  #count = 0;

  constructor(emulator, backend) {
    this.emulator = emulator;
    this.backend = backend;
    this.feed = emulator.feed_id;
  }

  /** A name that nobody else has. */
  name(prefix = "user") {
    this.#count += 1;
    return `${prefix}-${this.#count}`;
  }

  /** Identifies somebody new; resolves with the id. */
  async user(properties = {}) {
    const id = this.name();
    await this.backend.users.update(id, { name: `Name of ${id}`, ...properties });
    return id;
  }

  /** Makes an object in a collection of its own; resolves with both names. */
  async object(properties = {}) {
    const collection = this.name("things");
    await this.backend.objects.set(collection, "one", { name: "One", ...properties });
    return [collection, "one"];
  }

  async tenant(properties = {}) {
    const id = this.name("tenant");
    await this.backend.tenants.set(id, { name: `Name of ${id}`, ...properties });
    return id;
  }

  /** Sends somebody an item, a second after whatever was before: what is of one instant has no order. */
  async item(user, data = {}, more = {}) {
    await this.advance(1);
    const run = await this.backend.workflows.trigger("new-comment", { recipients: [user], data, ...more });
    const [id] = await ids(this.backend.messages.list({ workflow_run_id: run.workflow_run_id }));
    return id;
  }

  async schedule(user, more = {}) {
    const [schedule] = await this.backend.schedules.create({
      workflow: "reminder-flow",
      recipients: [user],
      repeats: [{ frequency: "daily", hours: 9 }],
      ...more,
    });
    return schedule.id;
  }

  /** What the feed of somebody says. */
  async page(user, query = {}) {
    return this.backend.users.feeds.listItems(user, this.feed, query).asResponse().then((response) => response.json());
  }

  /** Which of the marks a message has. */
  async statuses(id) {
    return (await this.backend.messages.get(id)).engagement_statuses;
  }

  /** Turns everybody's clock forward: by less than the day that an idempotency key lives. */
  async advance(seconds) {
    const response = await fetch(`${this.emulator.url}/_emulator/clock`, {
      method: "POST",
      body: JSON.stringify({ advance_seconds: seconds }),
    });
    assert.ok(response.ok, "the clock moves");
  }

  /** That a bulk operation is done, and done with so many rows. */
  async done(operation, rows) {
    const { status, success_count, error_count } = await this.backend.bulkOperations.get(operation.id);
    assert.deepEqual({ status, success_count, error_count }, { status: "completed", success_count: rows, error_count: 0 });
  }
}
