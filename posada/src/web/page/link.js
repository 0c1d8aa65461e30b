// The link to the server: one WebSocket at a time, each request with an id, each change with a key.
//
// A change whose answer was lost is sent again with the same key, which does it at most once; but
// only to a server that says that we are still the same person. What events mean is not known here.

import { identity } from "./identity.js";

const OWED_MOST = 32;
const PING_EVERY_MS = 30_000;
const ANSWER_WITHIN_MS = 15_000;
const WAIT_MS = [500, 30_000];
// After these refusals the same is asked again a little later.
const SOON = ["too_fast", "busy"];
const AGAIN_MS = 1_000;
// After these goodbyes the person decides whether to come back.
const FINAL = ["replaced", "kicked", "banned"];

export class Link {
  #hears;
  #socket = null;
  #asked = new Map();
  #owed = [];
  #number = 0;
  #tries = 0;
  #bye = null;
  #timer = null;
  #named = false;
  #horizon = 0;
  #caughtUp = false;
  #pinged = Date.now();

  /** `hears` has a function for each thing that can happen: see page.js. */
  constructor(hears) {
    this.#hears = hears;
    this.#owed = identity.owed.map((body) => ({ body, sent: true }));
    setInterval(() => this.#watch(), 5_000);
    const soon = () => !document.hidden && this.#timer && this.open();
    addEventListener("online", soon);
    // A page that a browser keeps for the way back is not here meanwhile.
    addEventListener("pagehide", () => this.#hang());
    addEventListener("pageshow", (event) => event.persisted && this.open());
    document.addEventListener("visibilitychange", soon);
  }

  /** What was asked before the page was loaded anew. */
  get owed() {
    return this.#owed.map((item) => item.body);
  }

  /** Connects, now. */
  open() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#bye = null;
    this.#forget();
    this.#hears.state(this.#tries === 0 ? "connecting" : "reconnecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws`);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = (message) => socket === this.#socket && this.#heard(message.data);
    socket.onclose = () => socket === this.#socket && this.#closed();
  }

  /** Asks something that changes nothing: resolves to what is `ok`, rejects with the error. */
  ask(body) {
    return new Promise((ok, error) => {
      if (this.#socket?.readyState === WebSocket.OPEN) {
        this.#send({ ...body }, { ok, error });
      } else {
        error({ code: "broken" });
      }
    });
  }

  /** Changes something, now or when the connection is back. Says whether there was room for it. */
  change(body) {
    if (this.#owed.length >= OWED_MOST) {
      return null;
    }
    const item = { body: { ...body, key: identity.nextKey() }, sent: false };
    this.#owed.push(item);
    this.#keepOwed();
    if (this.#named) {
      this.#sendOwed(item);
    }
    return item.body;
  }

  /** Takes a name, or comes back to it. */
  async name(name, secret, key = 0) {
    const ok = await this.ask(secret ? { do: "name", name, secret } : { do: "name", name });
    identity.become({ name: ok.name, secret: ok.secret ?? secret, key });
    this.#named = true;
    if (ok.seq < this.#horizon) {
      // Nothing of what is shown is in the log of this server.
      this.#horizon = 0;
      this.#hears.anew();
    }
    this.#hears.named(ok);
    for (const item of [...this.#owed]) {
      if (item.sent && !ok.resumed) {
        this.#settle(item);
        this.#hears.unknown(item.body);
      } else {
        this.#sendOwed(item);
      }
    }
    await this.#catchUp();
  }

  /** Goes, and is nobody then. */
  leave() {
    identity.leave();
    this.#owed = [];
    this.#horizon = 0;
    this.#socket?.close();
  }

  async #opened() {
    this.#tries = 0;
    this.#hears.state("connected");
    if (identity.mine === null) {
      return this.#hears.nameless(null);
    }
    const { name, secret, key } = identity.mine;
    try {
      await this.name(name, secret, key);
    } catch (error) {
      if (error.code !== "broken") {
        this.#giveUpIdentity(error);
      }
    }
  }

  #giveUpIdentity(error) {
    const sent = this.#owed.filter((item) => item.sent);
    identity.leave();
    this.#owed = [];
    sent.forEach((item) => this.#hears.unknown(item.body));
    this.#hears.nameless(error);
  }

  // Everything after the horizon: what the history has now, and from then on what arrives.
  async #catchUp() {
    const socket = this.#socket;
    while (!this.#caughtUp && socket === this.#socket) {
      try {
        const ok = await this.ask({ do: "resume", after: this.#horizon });
        ok.events.forEach((event) => this.#hears.event(event));
        // A connection that breaks between two pages goes on from here.
        this.#horizon = Math.max(this.#horizon, ok.until);
        this.#caughtUp = !ok.more;
      } catch (error) {
        if (!SOON.includes(error.code)) {
          // A server of rules 1 keeps no history; everything else is for the next connection.
          this.#caughtUp = error.code === "unknown_verb";
          break;
        }
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
    if (socket === this.#socket) {
      this.#hears.caughtUp();
    }
  }

  #heard(line) {
    const heard = JSON.parse(line);
    if (heard.event === "bye") {
      this.#bye = heard;
    } else if (heard.event !== undefined) {
      this.#pass(heard.seq);
      this.#hears.event(heard);
    } else if (this.#asked.has(heard.id)) {
      const { ok, error } = this.#asked.get(heard.id);
      this.#asked.delete(heard.id);
      heard.error ? error(heard.error) : ok(heard.ok);
    }
  }

  // Before the history has come, what arrives live says nothing about what came before it.
  #pass(seq) {
    if (this.#caughtUp && seq > this.#horizon) {
      this.#horizon = seq;
    }
  }

  #send(body, { ok, error }) {
    const id = ++this.#number;
    this.#asked.set(id, { ok, error, since: Date.now() });
    this.#socket.send(JSON.stringify({ id, ...body }));
  }

  #sendOwed(item) {
    item.sent = true;
    this.#keepOwed();
    const done = (tell) => (answer) => {
      // Without an answer it stays owed.
      if (answer?.code !== "broken") {
        this.#settle(item);
        tell(item.body, answer);
      }
    };
    const ok = done((body, answer) => {
      this.#pass(answer.seq);
      this.#hears.done(body, answer);
    });
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#send(item.body, { ok, error: done(this.#hears.failed) });
    }
  }

  #settle(item) {
    this.#owed = this.#owed.filter((other) => other !== item);
    this.#keepOwed();
  }

  #keepOwed() {
    identity.owed = this.#owed.filter((item) => item.sent).map((item) => item.body);
  }

  #closed() {
    this.#forget();
    if (this.#bye && FINAL.includes(this.#bye.code)) {
      this.#hears.state("stopped");
      return this.#hears.stopped(this.#bye);
    }
    this.#hears.state("reconnecting");
    // Everybody comes back after a restart, but not everybody at once.
    const wait = Math.min(WAIT_MS[1], WAIT_MS[0] * 2 ** this.#tries++) * (0.5 + Math.random());
    this.#timer = setTimeout(() => this.open(), wait);
  }

  // What was asked on the last connection is not answered on the next one.
  #forget() {
    this.#named = false;
    this.#caughtUp = false;
    const unanswered = [...this.#asked.values()];
    this.#asked.clear();
    unanswered.forEach(({ error }) => error({ code: "broken" }));
  }

  // Ends the connection without waiting for the other side.
  #hang() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  // A network that swallows everything is no connection.
  #watch() {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      return;
    }
    const oldest = this.#asked.values().next().value?.since ?? Date.now();
    if (Date.now() - oldest > ANSWER_WITHIN_MS) {
      this.#hang();
      this.#closed();
    } else if (!document.hidden && Date.now() - this.#pinged > PING_EVERY_MS) {
      this.#pinged = Date.now();
      this.ask({ do: "ping" }).catch(() => {});
    }
  }
}
