// The console: asks the emulator every second what there is and what happened, and shows it.

const { secretKey, feedId, userId } = document.body.dataset;
const at = (id) => document.getElementById(id);
const shown = { user: userId, last: 0, items: "", kinds: new Set(["request", "frame", "note"]), known: new Set() };

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: { Authorization: `Bearer ${secretKey}`, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const json = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(json?.errors?.[0] ? `${json.errors[0].field}: ${json.errors[0].message}` : (json?.message ?? answer.statusText));
  return json;
}

// Only what items are made of; the rest of their markup is shown as text.
const ELEMENTS = new Set(["P", "STRONG", "EM", "DEL", "UL", "OL", "LI", "BLOCKQUOTE", "CODE", "PRE", "BR", "HR", "H1", "H2", "H3", "H4", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD"]);

function plain(node) {
  const parts = [...node.childNodes].map((child) => {
    if (child.nodeType === Node.TEXT_NODE) return child.textContent;
    if (child.nodeType !== Node.ELEMENT_NODE) return "";
    if (!ELEMENTS.has(child.tagName)) return element("span", {}, ...plain(child));
    return element(child.tagName.toLowerCase(), {}, ...plain(child));
  });
  return parts;
}

function markup(html) {
  return plain(new DOMParser().parseFromString(html, "text/html").body);
}

function showItems(page) {
  const unread = page.meta.unread_count;
  at("badge").hidden = unread === 0;
  at("badge").textContent = String(unread);
  at("badge").setAttribute("aria-label", `${unread} unread`);
  // What a person is about to press stays where it is.
  const now = JSON.stringify(page.entries.map((item) => [item.id, item.updated_at]));
  if (now === shown.items) return;
  shown.items = now;
  const first = shown.known.size === 0;
  const rows = page.entries.map((item) => {
    const mark = (status) => ask("POST", `/v1/messages/batch/${status}`, { message_ids: [item.id] }).then(look, say);
    const body = item.blocks.filter((block) => block.type === "markdown").flatMap((block) => markup(block.rendered));
    const link = item.blocks.find((block) => block.name === "action_url")?.rendered;
    const buttons = item.blocks.flatMap((block) => block.buttons ?? []);
    const states = ["seen", "read", "interacted", "archived"].filter((state) => item[`${state}_at`]);
    const row = element(
      "li",
      { class: `${item.read_at ? "" : "unread"} ${first || shown.known.has(item.id) ? "" : "fresh"}` },
      ...body,
      buttons.length ? element("div", { class: "buttons" }, ...buttons.map((button) => element("span", { title: button.action }, button.label))) : "",
      element(
        "div",
        { class: "foot" },
        element("time", { datetime: item.inserted_at }, item.inserted_at.slice(5, 19).replace("T", " ")),
        element("span", { class: "tag" }, item.source.key),
        ...(item.tenant ? [element("span", { class: "tag" }, item.tenant)] : []),
        ...states.map((state) => element("span", { class: "tag" }, state)),
        element("button", { onclick: () => mark(item.read_at ? "unread" : "read") }, item.read_at ? "Unread" : "Read"),
        element("button", { onclick: () => mark("archived") }, "Archive"),
        link ? element("span", { title: link }, `→ ${link}`) : "",
      ),
    );
    return row;
  });
  page.entries.forEach((item) => shown.known.add(item.id));
  at("items").replaceChildren(...(rows.length ? rows : [element("li", { class: "empty" }, "Nothing here yet. Trigger a workflow.")]));
}

function showUsers(users) {
  const ids = users.map((user) => user.id);
  if (!ids.includes(shown.user)) shown.user = ids[0] ?? userId;
  const labels = users.map((user) => (user.name ? `${user.name} (${user.id})` : user.id));
  if (at("user").dataset.shown !== JSON.stringify(labels)) {
    at("user").dataset.shown = JSON.stringify(labels);
    at("user").replaceChildren(...ids.map((id, index) => element("option", { value: id }, labels[index])));
    at("users").replaceChildren(...ids.map((id) => element("option", { value: id })));
  }
  at("user").value = shown.user;
}

let workflows = [];

function showWorkflows(all) {
  if (JSON.stringify(all) === JSON.stringify(workflows)) return;
  workflows = all;
  const before = at("workflow").value;
  at("workflow").replaceChildren(...all.map(({ key }) => element("option", {}, key)));
  if (all.some(({ key }) => key === before)) at("workflow").value = before;
  showData();
}

function showData() {
  const workflow = workflows.find(({ key }) => key === at("workflow").value);
  at("steps").textContent = workflow ? workflow.steps.join(" → ") : "";
  const fields = (workflow?.data ?? []).map((name) => element("label", {}, name, element("input", { "data-name": name, autocomplete: "off" })));
  const rest = element("label", {}, "more, as JSON", element("input", { id: "more", placeholder: '{"key": "value"}', autocomplete: "off" }));
  at("data").replaceChildren(element("legend", {}, "Data"), ...fields, rest);
}

function showWorld({ clock, waiting, schedules, sockets, socket_count: count }, faults) {
  at("now").textContent = clock.now.slice(0, 19).replace("T", " ");
  at("now").setAttribute("datetime", clock.now);
  at("mode").textContent = clock.mode === "manual" ? "held" : "running";
  at("waiting").textContent = `${waiting} waiting in delays and batches, ${schedules} schedules`;
  at("socket-count").textContent = String(count);
  const rows = sockets.map(({ id, users, lost }) => element("li", {}, `${id}: ${users.join(", ") || "nothing joined"}${lost ? " (half-open)" : ""}`));
  at("sockets").replaceChildren(...rows);
  for (const button of document.querySelectorAll("[data-fault]")) {
    const part = faults[button.dataset.fault];
    const stands = part !== null && typeof part === "object" ? Object.values(part).some((value) => value) : Boolean(part);
    button.setAttribute("aria-pressed", String(stands));
  }
}

function row(entry) {
  const time = element("time", { datetime: entry.at }, entry.at.slice(11, 19));
  const cells = {
    request: () => [element("span", { class: entry.status < 400 ? "good" : "bad" }, `${entry.method} ${entry.status}`), element("span", {}, entry.target)],
    frame: () => [element("span", {}, `${entry.from === "client" ? "→" : "←"} ${entry.socket}`), element("span", {}, entry.text)],
    note: () => [element("span", { class: "note" }, "note"), element("span", { class: "note" }, entry.text)],
  };
  return element("li", { "data-kind": entry.kind, ...(shown.kinds.has(entry.kind) ? {} : { hidden: "" }) }, time, ...cells[entry.kind]());
}

function showLog({ entries, last }) {
  shown.last = last;
  if (entries.length) at("entries").prepend(...entries.reverse().map(row));
  while (at("entries").childElementCount > 400) at("entries").lastElementChild.remove();
}

function say(error) {
  at("status").textContent = error.message;
  at("status").className = "away";
}

async function look() {
  try {
    const overview = await ask("GET", "/_emulator/overview");
    showUsers(overview.users);
    const feed = `/_emulator/feeds/${encodeURIComponent(shown.user)}?page_size=30`;
    const [faults, log, page] = await Promise.all([ask("GET", "/_emulator/faults"), ask("GET", `/_emulator/log?after=${shown.last}`), ask("GET", feed)]);
    showWorkflows(overview.workflows);
    showWorld(overview, faults);
    showLog(log);
    showItems(page);
    at("status").textContent = "connected";
    at("status").className = "";
  } catch {
    say(new Error("the emulator does not answer"));
  }
}

const act = (method, path, body) => ask(method, path, body).then(look, say);

at("user").addEventListener("change", () => {
  shown.user = at("user").value;
  shown.items = "";
  shown.known.clear();
  look();
});
at("workflow").addEventListener("change", showData);
at("read-all").addEventListener("click", () => act("POST", `/v1/channels/${feedId}/messages/bulk/read`, { user_ids: [shown.user] }));
at("release").addEventListener("click", () => act("DELETE", "/_emulator/clock"));
at("reset").addEventListener("click", () => act("POST", "/_emulator/reset"));
at("clear").addEventListener("click", () => at("entries").replaceChildren());

at("trigger-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    const data = {};
    for (const field of document.querySelectorAll("[data-name]")) {
      if (field.value !== "") data[field.dataset.name] = value(field.value);
    }
    if (at("more").value.trim()) Object.assign(data, JSON.parse(at("more").value));
    const body = { recipients: [form.get("recipient")], data };
    if (form.get("actor")) body.actor = form.get("actor");
    if (form.get("tenant")) body.tenant = form.get("tenant");
    const run = await ask("POST", `/v1/workflows/${encodeURIComponent(form.get("workflow"))}/trigger`, body);
    at("triggered").textContent = `run ${run.workflow_run_id}`;
    at("triggered").className = "";
  } catch (error) {
    at("triggered").textContent = error.message;
    at("triggered").className = "failed";
  }
  look();
});

// Numbers, lists and objects as such; everything else is text.
function value(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { advance, fault, value, once, close, halfOpen, kind } = button.dataset;
  const pressed = button.getAttribute("aria-pressed") === "true";
  if (advance) act("POST", "/_emulator/clock", { advance_seconds: Number(advance) });
  if (fault) act("POST", "/_emulator/faults", { [fault]: pressed ? null : JSON.parse(value) });
  if (once) act("POST", "/_emulator/faults", JSON.parse(once));
  if (close) act("POST", "/_emulator/sockets/close", { code: Number(close) });
  if (halfOpen) act("POST", "/_emulator/sockets/half-open", { lost: halfOpen });
  if (kind) {
    button.setAttribute("aria-pressed", String(!pressed));
    pressed ? shown.kinds.delete(kind) : shown.kinds.add(kind);
    for (const entry of at("entries").children) entry.hidden = !shown.kinds.has(entry.dataset.kind);
  }
  if (button.className === "copy") {
    navigator.clipboard?.writeText(button.textContent);
    at("status").textContent = "copied";
  }
});

look();
setInterval(() => document.hidden || look(), 1000);
