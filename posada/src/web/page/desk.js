// Who is here, and what there is to reserve.

import { element, tone } from "./log.js";

const TYPING_MS = 4_000;

/** When something happened, as short as it is clear. */
function moment(time, language) {
  const when = new Date(time);
  const today = when.toDateString() === new Date().toDateString();
  const style = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(language, style).format(when);
}

export class People {
  #list;
  #words;
  #typing = new Map();

  constructor(list, words) {
    this.#list = list;
    this.#words = words;
  }

  show(names, me) {
    this.#list.replaceChildren(...names.map((name) => {
      const entry = element("li", "");
      entry.dataset.name = name;
      entry.append(element("b", tone(name), name));
      if (name === me) {
        entry.append(element("span", "you", this.#words.you));
      }
      return entry;
    }));
  }

  typing(name) {
    const entry = [...this.#list.children].find((entry) => entry.dataset.name === name);
    if (entry === undefined) {
      return;
    }
    clearTimeout(this.#typing.get(name));
    entry.querySelector(".typing") ?? entry.append(element("span", "typing", this.#words.typing));
    this.#typing.set(name, setTimeout(() => this.stopped(name), TYPING_MS));
  }

  stopped(name) {
    clearTimeout(this.#typing.get(name));
    this.#typing.delete(name);
    const entry = [...this.#list.children].find((entry) => entry.dataset.name === name);
    entry?.querySelector(".typing")?.remove();
  }
}

export class Resources {
  #list;
  #summary;
  #jump;
  #words;
  #language;
  #busy = new Set();
  #shown = [];
  #named = false;

  /** `act(verb, name)` is called when a button is pressed. */
  constructor({ list, summary, jump, words, language, act }) {
    this.#list = list;
    this.#summary = summary;
    this.#jump = jump;
    this.#words = words;
    this.#language = language;
    list.addEventListener("click", (event) => {
      const { verb, name } = event.target.closest("button")?.dataset ?? {};
      if (verb !== undefined && !this.#busy.has(name)) {
        act(verb, name);
      }
    });
  }

  show(resources, named) {
    this.#shown = resources;
    this.#named = named;
    const active = document.activeElement;
    const focused = this.#list.contains(active) && active.dataset.name;
    this.#list.replaceChildren(...resources.map((resource) => this.#card(resource)));
    if (focused) {
      const buttons = [...this.#list.querySelectorAll("button")];
      buttons.find((button) => button.dataset.name === focused)?.focus();
    }
    const free = resources.filter((resource) => resource.free).length;
    const empty = resources.length === 0;
    const summary = empty ? this.#words.nothing : this.#words.freeOf(free, resources.length);
    this.#summary.textContent = summary;
    this.#jump.textContent = summary;
  }

  /** One that we have, if there is one. */
  mine() {
    return this.#shown.find((resource) => resource.yours)?.name;
  }

  /** Something has been asked about a resource, and not been answered. */
  busy(name, busy) {
    busy ? this.#busy.add(name) : this.#busy.delete(name);
    this.show(this.#shown, this.#named);
  }

  #card(resource) {
    const { name, free, yours } = resource;
    const card = element("li", free ? "free" : yours ? "yours" : "taken");
    const about = element("div", "about");
    about.append(element("b", "", name), element("span", "state", this.#state(resource)));
    const label = free ? "reserve" : yours ? "giveBack" : "unavailable";
    const button = element("button", free ? "main" : "", this.#words[label]);
    button.type = "button";
    button.dataset.name = name;
    button.dataset.verb = yours ? "cancel" : "reserve";
    button.setAttribute("aria-label", `${this.#words[label]}: ${name}`);
    button.disabled = !this.#named || !(free || yours);
    // A button that is busy keeps its focus.
    if (this.#busy.has(name)) {
      button.setAttribute("aria-disabled", "true");
      button.setAttribute("aria-busy", "true");
    }
    if (!this.#named) {
      button.title = this.#words.nameFirst;
    }
    card.append(about, button);
    return card;
  }

  #state({ free, yours, holder, since }) {
    if (free) {
      return this.#words.free;
    }
    const when = moment(since, this.#language);
    if (yours) {
      return this.#words.yours(when);
    }
    return holder ? this.#words.takenBy(holder, when) : this.#words.taken(when);
  }
}
