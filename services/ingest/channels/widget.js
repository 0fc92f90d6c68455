/* The hub's web chat for any page: <script src="https://hub.example/v1/chat/widget.js" data-title="Chat with us" defer></script>
 *
 * Works without a build step and without other scripts. Its styles stay inside a shadow root. The visitor's token is kept
 * in localStorage, so that a reloaded page goes on with the same chat; messages that were not acknowledged are sent again.
 * For pages with their own look: window.InteractionHubChat.open() and .identify(email, name).
 */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.InteractionHubChat) return;

  const title = script.dataset.title || "Chat with us";
  const server = new URL(script.src);
  const address = `${server.protocol === "https:" ? "wss:" : "ws:"}//${server.host}/v1/chat`;
  const tokenKey = `interaction-hub-chat:${server.host}`;
  const longestPause = 30000;

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML = `
    <style>
      :host { all: initial; }
      * { box-sizing: border-box; font: 16px/1.4 system-ui, sans-serif; }
      .open { position: fixed; right: 1rem; bottom: 1rem; z-index: 2147483000; }
      button { border: 0; border-radius: .5rem; padding: .6rem 1rem; background: #1b4d89; color: #fff; cursor: pointer; }
      button:focus-visible, textarea:focus-visible { outline: 3px solid #f5a623; outline-offset: 2px; }
      .panel { position: fixed; right: 1rem; bottom: 1rem; z-index: 2147483000; display: flex; flex-direction: column;
        width: min(22rem, calc(100vw - 2rem)); height: min(30rem, calc(100vh - 2rem)); background: #fff; color: #1a1a1a;
        border: 1px solid #767676; border-radius: .75rem; overflow: hidden; }
      .panel[hidden], .open[hidden] { display: none; }
      header { display: flex; gap: .5rem; align-items: center; padding: .5rem .75rem; }
      h2 { flex: 1; margin: 0; font-weight: 600; }
      ol { flex: 1; margin: 0; padding: .75rem; overflow-y: auto; list-style: none; background: #f4f4f4; }
      li { margin: 0 0 .5rem; padding: .4rem .6rem; border-radius: .5rem; background: #fff; white-space: pre-wrap;
        overflow-wrap: anywhere; }
      li.mine { margin-left: 2rem; background: #dce9f8; }
      li.theirs { margin-right: 2rem; }
      li.note { background: none; color: #4a4a4a; }
      li.waiting::after { content: " …"; }
      form { display: flex; gap: .5rem; padding: .5rem; }
      textarea { flex: 1; resize: none; padding: .4rem; border: 1px solid #767676; border-radius: .5rem; }
    </style>
    <button class="open" type="button" aria-haspopup="dialog"></button>
    <section class="panel" role="dialog" aria-labelledby="title" hidden>
      <header><h2 id="title"></h2><button class="leave" type="button">End chat</button>
        <button class="close" type="button" aria-label="Hide chat">×</button></header>
      <ol role="log" aria-live="polite" aria-label="Messages" tabindex="0"></ol>
      <form><textarea rows="2" aria-label="Your message" required></textarea><button type="submit">Send</button></form>
    </section>`;

  const find = (selector) => root.querySelector(selector);
  const panel = find(".panel"), opener = find(".open"), messages = find("ol"), form = find("form"), input = find("textarea");
  opener.textContent = title;
  find("h2").textContent = title;

  let socket = null;
  let pause = 500;
  let retry = 0;
  let claim = null;
  const unacknowledged = new Map();
  const seen = new Set();

  const remember = (token) => { try { localStorage.setItem(tokenKey, token); } catch { /* a page may forbid storage */ } };
  const remembered = () => { try { return localStorage.getItem(tokenKey); } catch { return null; } };
  const forget = () => { try { localStorage.removeItem(tokenKey); } catch { /* then there is nothing to forget */ } };
  const send = (frame) => { if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame)); };
  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  function show(text, kind) {
    const item = document.createElement("li");
    item.className = kind;
    item.textContent = text;
    messages.append(item);
    messages.scrollTop = messages.scrollHeight;
    return item;
  }

  function connect() {
    clearTimeout(retry);
    const token = remembered();
    socket = new WebSocket(token ? `${address}?token=${encodeURIComponent(token)}` : address);
    socket.onmessage = (event) => take(JSON.parse(event.data));
    socket.onclose = (event) => {
      socket = null;
      if (event.code === 4401) forget();
      if (panel.hidden && unacknowledged.size === 0) return;
      retry = setTimeout(connect, pause);
      pause = Math.min(pause * 2, longestPause);
    };
  }

  function take(frame) {
    if (frame.type === "welcome") {
      pause = 500;
      remember(frame.token);
      if (claim) send(claim);
      for (const waiting of unacknowledged.values()) send(waiting.frame);
    } else if (frame.type === "ack" && unacknowledged.has(frame.id)) {
      unacknowledged.get(frame.id).item.classList.remove("waiting");
      unacknowledged.delete(frame.id);
    } else if (frame.type === "message" && !seen.has(frame.id)) {
      seen.add(frame.id);
      show(frame.text, "theirs");
    } else if (frame.type === "ended") {
      show("The chat has ended.", "note");
    } else if (frame.type === "error") {
      show(frame.reason, "note");
    }
  }

  function say(text) {
    const frame = { type: "message", id: newId(), text };
    unacknowledged.set(frame.id, { frame, item: show(text, "mine waiting") });
    send(frame);
    if (!socket) connect();
  }

  function open() {
    panel.hidden = false;
    opener.hidden = true;
    input.focus();
    if (!socket) connect();
  }

  function hide() {
    panel.hidden = true;
    opener.hidden = false;
    opener.focus();
  }

  opener.addEventListener("click", open);
  find(".close").addEventListener("click", hide);
  find(".leave").addEventListener("click", () => { send({ type: "leave" }); hide(); });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text) say(text);
    input.value = "";
  });

  window.InteractionHubChat = {
    open,
    identify: (email, name) => {
      claim = { type: "identify", email, ...(name ? { name } : {}) };
      if (socket) send(claim); else connect();
    },
  };
  const place = () => document.body.append(host);
  if (document.body) place(); else document.addEventListener("DOMContentLoaded", place);
})();
