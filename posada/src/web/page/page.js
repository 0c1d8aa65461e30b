// The page: what a person sees and presses, and what comes of it.
//
// link.js speaks with the server, log.js shows the talk, desk.js the people and the resources.

import { People, Resources } from "./desk.js";
import { identity } from "./identity.js";
import { Link } from "./link.js";
import { Log } from "./log.js";
import { words as all } from "./words.js";

const ROOM = "lobby";
const TYPING_EVERY_MS = 2_000;

const language = document.documentElement.lang;
const words = all[language] ?? all.en;
const at = (id) => document.getElementById(id);

for (const place of document.querySelectorAll("[data-word]")) {
  place.textContent = words[place.dataset.word];
}
at("notice").querySelector(".close").setAttribute("aria-label", words.close);

const log = new Log(at("log"), at("newer"), at("quiet"), words);
const people = new People(at("who"), words);
const resources = new Resources({
  list: at("list"),
  summary: at("free"),
  jump: at("jump"),
  words,
  language,
  act: change,
});

let me = null;
let topicSeq = 0;

// Something is asked again when it has changed, once for however many changes.
function coalesced(ask) {
  let asking = false;
  let again = false;
  return async () => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    do {
      again = false;
      // A connection that is gone asks again when it is back.
      await ask().catch(() => {});
    } while (again);
    asking = false;
  };
}

const refreshPeople = coalesced(async () => {
  people.show((await link.ask({ do: "who" })).here, me);
});

const refreshResources = coalesced(async () => {
  resources.show((await link.ask({ do: "list" })).resources, me !== null);
});

const link = new Link({
  state: (state) => {
    at("state").textContent = words[state];
    at("state").className = state;
  },

  nameless: (error) => {
    me = null;
    log.settled(words.outside);
    enterOrTalk();
    refresh();
    if (error) {
      notify(error.message, error.help);
    }
  },

  named: (ok) => {
    me = ok.name;
    hush();
    enterOrTalk();
    refresh();
    link.ask({ do: "watch", room: ROOM }).catch(() => {});
  },

  anew: () => {
    log.clear();
    topicSeq = 0;
  },
  caughtUp: () => log.settled(words.quiet),
  event: show,
  done,

  failed: (body, error) => {
    settle(body, words.refused);
    notify(error.message, error.help);
    if (body.do === "say" && at("text").value === "") {
      at("text").value = body.text;
    }
  },

  unknown: (body) => {
    settle(body, words.unknown);
    notify(words.unknown, words.unknownHelp);
  },

  stopped: (bye) => {
    const replaced = bye.code === "replaced";
    const again = replaced ? words.takeOver : words.tryAgain;
    notify(replaced ? words.replaced : bye.message, undefined, again, () => link.open());
  },
});

function refresh() {
  link.ask({ do: "watch" }).catch(() => {});
  refreshPeople();
  refreshResources();
}

function show(event) {
  switch (event.event) {
    case "message":
      if (event.room === ROOM) {
        log.message(event.seq, event.from === me ? "own" : "", event.from, event.text);
        people.stopped(event.from);
      }
      break;
    case "direct":
      log.message(event.seq, "direct", `${event.from} (${words.toYou})`, event.text);
      break;
    case "announcement":
    case "told":
      log.message(event.seq, "operator", words.operator, event.text);
      break;
    case "topic":
      if (event.room === ROOM) {
        const spell = event.text === "" ? words.noTopic : words.topic;
        log.remark(event.seq, spell(event.from, event.text));
        // What was missed may be told behind what is newer.
        if (event.seq > topicSeq) {
          topicSeq = event.seq;
          showTopic(event.text);
        }
      }
      break;
    case "gap":
      log.remark(event.until, words.gap, "gap");
      break;
    case "reserved":
    case "cancelled":
      refreshResources();
      break;
    case "here":
    case "gone":
      refreshPeople();
      break;
    case "typing":
      people.typing(event.name);
      break;
    default:
    // A server may tell of more one day.
  }
}

function showTopic(text) {
  at("topic").textContent = text;
  at("topic").hidden = text === "";
}

function change(verb, resource) {
  if (ask({ do: verb, resource })) {
    resources.busy(resource, true);
  }
}

function ask(body) {
  const asked = link.change(body);
  if (asked === null) {
    notify(words.tooMuch, words.tooMuchHelp);
  }
  return asked;
}

function done(body, answer) {
  if (body.do === "say") {
    log.said(body.key, answer.seq, me, body.text);
  } else {
    resources.busy(body.resource, false);
    refreshResources();
  }
}

function settle(body, why) {
  if (body.do === "say") {
    log.failed(body.key, why);
  } else {
    resources.busy(body.resource, false);
    refreshResources();
  }
}

function enterOrTalk() {
  at("enter").hidden = me !== null;
  at("say").hidden = me === null;
  at("leave").hidden = me === null;
  const last = identity.last;
  at("again").hidden = last === null;
  at("again").textContent = last === null ? "" : words.again(last.name);
  at(me === null ? "name" : "text").focus({ preventScroll: true });
}

function notify(message, help, act, deed) {
  const notice = at("notice");
  notice.querySelector("p").textContent = help ? `${message} (${help})` : message;
  const button = notice.querySelector(".act");
  button.hidden = act === undefined;
  button.textContent = act ?? "";
  button.onclick = () => {
    hush();
    deed();
  };
  notice.hidden = false;
}

function hush() {
  at("notice").hidden = true;
}

async function enter(name, secret, key) {
  try {
    await link.name(name, secret, key);
  } catch (error) {
    if (error.code !== "broken") {
      notify(error.message, error.help);
      at("name").focus();
    }
  }
}

at("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(at("name").value);
});

at("again").addEventListener("click", () => {
  const { name, secret, key } = identity.last;
  enter(name, secret, key);
});

at("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("text").value;
  const asked = text.trim() === "" ? null : ask({ do: "say", text });
  if (asked) {
    at("text").value = "";
    log.sending(asked.key, me, text);
  }
});

at("leave").addEventListener("click", () => {
  const mine = resources.mine();
  if (mine !== undefined) {
    return notify(words.giveBackFirst(mine), words.giveBackFirstHelp);
  }
  log.clear();
  hush();
  link.leave();
});

at("notice").querySelector(".close").addEventListener("click", hush);

let typed = 0;
at("text").addEventListener("input", () => {
  if (at("text").value !== "" && Date.now() - typed > TYPING_EVERY_MS) {
    typed = Date.now();
    link.ask({ do: "typing" }).catch(() => {});
  }
});

// What the page owed when it was left is shown as what it is: on its way.
me = identity.mine?.name ?? null;
for (const body of link.owed.filter((body) => body.do === "say")) {
  log.sending(body.key, me, body.text);
}
link.open();
