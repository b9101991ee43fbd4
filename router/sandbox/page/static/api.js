// The server, as the person this page acts as sees it: Mattermost's REST API, and its events.

const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;

export const me = meta("me");
export const people = meta("people").split(" ");
const base = `/as/${encodeURIComponent(me)}`;

/** Call the REST API; gives the answer, throws an Error with the server's own message. */
export async function call(method, path, body) {
  const headers = method === "GET" ? {} : { "Content-Type": "application/json", "X-CSRF-Token": meta("csrf") };
  return answered(await fetch(`${base}/api/v4${path}`, { method, headers, body: body && JSON.stringify(body) }));
}

/** Read as somebody else who can be acted as. */
export async function readAs(username, path) {
  return answered(await fetch(`/as/${encodeURIComponent(username)}/api/v4${path}`));
}

async function answered(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer?.message || `The server answered ${response.status}.`);
  return answer;
}

/**
 * Hear what happens: `onEvent(name, data)` for each event, `onLine(true)` whenever the stream is there (again), after
 * which everything is to be read anew, `onLine(false)` when it is lost.
 */
export function listen(onEvent, onLine) {
  const source = new EventSource(`${base}/events`);
  source.onopen = () => onLine(true);
  source.onerror = () => {
    onLine(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(onEvent, onLine), 2000);
  };
  source.onmessage = (message) => {
    const { event, data } = JSON.parse(message.data);
    onEvent(event, data);
  };
}
