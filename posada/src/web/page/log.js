// The talk as it is shown: entries in the order of the log, own messages on their way last.
//
// Whatever comes from the server is data: it is set as text, never as markup.

const SHOWN_MOST = 1_000;
const TONES = 6;

/** An element with a class and a text. */
export function element(tag, kind, text) {
  const made = document.createElement(tag);
  made.className = kind;
  if (text !== undefined) {
    made.textContent = text;
    made.dir = "auto";
  }
  return made;
}

/** A class for a name, the same for everybody who sees it. */
export function tone(name) {
  let sum = 0;
  for (const letter of name.toLowerCase()) {
    sum = (sum * 31 + letter.codePointAt(0)) % 65_521;
  }
  return `tone-${sum % TONES}`;
}

export class Log {
  #list;
  #newer;
  #quiet;
  #words;
  /** What has a place in the log: { seq, kind, node }, in its order. */
  #placed = [];
  #pending = new Map();

  constructor(list, newer, quiet, words) {
    this.#list = list;
    this.#newer = newer;
    this.#quiet = quiet;
    this.#words = words;
    newer.addEventListener("click", () => this.#toTheEnd());
    list.addEventListener("scroll", () => this.#isAtTheEnd() && (newer.hidden = true));
  }

  /** Shows what somebody said. `kind`: "", "own", "direct" or "operator". */
  message(seq, kind, from, text) {
    const entry = this.#spell(kind, from, text);
    entry.append(element("span", "seq", String(seq)));
    this.#place(seq, entry);
  }

  /** Shows a remark about the log itself. `kind`: "" or "gap". */
  remark(seq, text, kind = "") {
    this.#place(seq, element("li", `remark ${kind}`, text));
  }

  /** Shows an own message that is on its way. */
  sending(key, from, text) {
    const entry = this.#spell("own pending", from, text);
    entry.append(element("span", "seq", this.#words.sending));
    this.#pending.set(key, entry);
    this.#show(() => this.#list.append(entry));
    this.#toTheEnd();
  }

  /** An own message has got its place. */
  said(key, seq, from, text) {
    this.#pending.get(key)?.remove();
    this.#pending.delete(key);
    this.message(seq, "own", from, text);
  }

  /** An own message has come to nothing, or nobody knows. */
  failed(key, why) {
    const entry = this.#pending.get(key);
    this.#pending.delete(key);
    entry?.classList.replace("pending", "failed");
    entry?.querySelector(".seq").replaceChildren(why);
  }

  /** Nothing is shown any more. */
  clear() {
    this.#placed = [];
    this.#pending.clear();
    this.#list.replaceChildren();
    this.settled(this.#words.outside);
  }

  /** Nothing more is to come for now: why the log is empty, if it is. */
  settled(why) {
    this.#quiet.textContent = why;
    this.#quiet.hidden = this.#list.childElementCount > 0;
  }

  #spell(kind, from, text) {
    const entry = element("li", `message ${kind}`);
    entry.append(element("b", tone(from), from), element("span", "text", text));
    return entry;
  }

  #place(seq, node) {
    let at = this.#placed.length;
    while (at > 0 && this.#placed[at - 1].seq > seq) {
      at -= 1;
    }
    // A gap may end with the number of what happened elsewhere.
    const kind = node.className;
    for (let near = at - 1; this.#placed[near]?.seq === seq; near -= 1) {
      if (this.#placed[near].kind === kind) {
        return;
      }
    }
    const before = this.#placed[at]?.node ?? this.#pending.values().next().value ?? null;
    this.#placed.splice(at, 0, { seq, kind, node });
    this.#show(() => this.#list.insertBefore(node, before?.parentNode ? before : null));
    if (this.#placed.length > SHOWN_MOST) {
      this.#placed.shift().node.remove();
    }
  }

  // Who reads what was said before is not torn away from it.
  #show(change) {
    const follow = this.#isAtTheEnd();
    change();
    this.#quiet.hidden = true;
    follow ? this.#toTheEnd() : (this.#newer.hidden = false);
  }

  #isAtTheEnd() {
    return this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 48;
  }

  #toTheEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#newer.hidden = true;
  }
}
