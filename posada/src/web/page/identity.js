// Who this tab is, and what it has asked for and does not know the outcome of.
//
// sessionStorage belongs to the tab: a reload comes back by itself. localStorage belongs to the
// browser: another tab, or tomorrow's, is only offered to come back, since the server lets one
// connection be one person and coming back would end the other.

const MINE = "posada.mine";
const LAST = "posada.last";
const OWED = "posada.owed";

// A browser that keeps nothing still lets its person talk.
function read(storage, name) {
  try {
    return JSON.parse(window[storage].getItem(name));
  } catch {
    return null;
  }
}

function write(storage, name, value) {
  try {
    if (value === null) {
      window[storage].removeItem(name);
    } else {
      window[storage].setItem(name, JSON.stringify(value));
    }
  } catch {
    // Nothing is kept, then.
  }
}

let mine = read("sessionStorage", MINE);

export const identity = {
  /** Who this tab is: { name, secret, key }, or null. */
  get mine() {
    return mine;
  },

  /** Who was here last in this browser, or null. */
  get last() {
    return read("localStorage", LAST);
  },

  /** This tab is that person from now on. */
  become(person) {
    mine = person;
    write("sessionStorage", MINE, mine);
    write("localStorage", LAST, mine);
  },

  /** This tab is nobody any more; the person may come back. */
  leave() {
    mine = null;
    write("sessionStorage", MINE, null);
    write("sessionStorage", OWED, null);
  },

  /** A key for a request that changes something: greater than all before it. */
  nextKey() {
    const key = Math.max((mine?.key ?? 0) + 1, Date.now() * 1000);
    identity.become({ ...mine, key });
    return key;
  },

  /** Requests whose outcome was not known when the page was left. */
  get owed() {
    return read("sessionStorage", OWED) ?? [];
  },

  set owed(items) {
    write("sessionStorage", OWED, items);
  },
};
