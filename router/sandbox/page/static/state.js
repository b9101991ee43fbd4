// All that the page knows, and how it comes to know it. Whatever changes calls `changed`, and the views draw anew.

import { call, listen, me, people } from "./api.js";

export const state = {
  me: null, // the user acted as
  team: null,
  users: new Map(),
  channels: new Map(), // those one is in
  members: new Map(), // channel id -> one's own membership: what is unread there
  commands: [], // slash commands to suggest
  posts: new Map(),
  whole: new Set(), // channels whose oldest post has been read
  threads: { threads: [], total_unread_mentions: 0, total_unread_threads: 0 },
  dialogs: [], // opened for this person, oldest first
  route: { channel: null, thread: null, isThreads: false },
  newSince: 0, // what was written after this is new in the open channel
  isOffline: false,
  problem: "",
};

const watchers = [];
let isDue = false;

/** Call `watcher` after every change, once for those that come together. */
export const watch = (watcher) => watchers.push(watcher);

export function changed() {
  if (isDue) return;
  isDue = true;
  queueMicrotask(() => {
    isDue = false;
    for (const watcher of watchers) watcher();
  });
}

// ------------------------------------------------------------------------------------------------ reading

/** Read everything that all views need, and keep it as it changes. */
export function start() {
  listen(heard, async (isThere) => {
    state.isOffline = !isThere;
    if (isThere) await attempt(read);
    changed();
  });
}

/** Do something that may fail, and show why where it does. */
export async function attempt(work) {
  try {
    state.problem = "";
    await work();
  } catch (error) {
    state.problem = error.message;
  }
  changed();
}

async function read() {
  state.me ??= await call("GET", "/users/me");
  state.team ??= (await call("GET", "/users/me/teams"))[0];
  await Promise.all([readUsers(), readCommands(), readChannels().then(readMembers), readThreads()]);
  route();
  await openRoute();
}

async function readUsers() {
  keep(state.users, await call("GET", `/users?in_team=${state.team.id}&per_page=200`));
}

async function readCommands() {
  const offered = await call("GET", `/teams/${state.team.id}/commands/autocomplete`);
  state.commands = offered.filter((command) => command.id); // the built-in ones have none, and do nothing here
}

async function readChannels() {
  const channels = await call("GET", `/users/me/teams/${state.team.id}/channels`);
  state.channels = new Map(channels.map((channel) => [channel.id, channel]));
  await knowPeople(channels.filter((one) => one.type === "D").flatMap((one) => one.name.split("__")));
}

const readMembers = () => Promise.all([...state.channels.keys()].map(readMember));

async function readMember(channelId) {
  const [member, unread] = await Promise.all([
    call("GET", `/channels/${channelId}/members/me`),
    call("GET", `/users/me/channels/${channelId}/unread`),
  ]);
  state.members.set(channelId, { ...member, unread });
  changed();
}

async function readThreads() {
  state.threads = await call("GET", `/users/me/teams/${state.team.id}/threads`);
  keepPosts(state.threads.threads.map((thread) => thread.post));
}

const PAGE = 200;

async function readPosts(channelId, before = "") {
  const query = before ? `&before=${before}` : "";
  const list = await call("GET", `/channels/${channelId}/posts?per_page=${PAGE}${query}`);
  if (list.order.length < PAGE) state.whole.add(channelId);
  await keepPosts(Object.values(list.posts));
}

/** Read what came before the oldest post that is known of the open channel. */
export async function readOlder() {
  const { channel } = state.route;
  const [oldest] = postsOf(channel.id, true);
  if (oldest) await readPosts(channel.id, oldest.id);
}

async function readThread(rootId) {
  const list = await call("GET", `/posts/${rootId}/thread?direction=down`);
  await keepPosts(Object.values(list.posts));
}

function keep(map, items) {
  for (const item of items) map.set(item.id, item);
  changed();
}

/** Keep posts as they are now: an answer may be older than what an event told meanwhile. */
async function keepPosts(posts) {
  keep(state.posts, posts.filter((post) => !post.delete_at && !(state.posts.get(post.id)?.update_at > post.update_at)));
  await knowPeople(posts.map((post) => post.user_id));
}

async function knowPeople(ids) {
  const unknown = [...new Set(ids)].filter((id) => id && !state.users.has(id));
  if (unknown.length) keep(state.users, await call("POST", "/users/ids", unknown));
}

// ------------------------------------------------------------------------------------------------ hearing

function heard(event, data) {
  const reaction = () => JSON.parse(data.reaction);
  const post = () => JSON.parse(data.post);
  const does = {
    posted: () => wrote(post()),
    post_edited: () => keepPosts([post()]),
    post_deleted: () => removed(post()),
    reaction_added: () => reacted(reaction(), true),
    reaction_removed: () => reacted(reaction(), false),
    ephemeral_message: () => keepPosts([post()]),
    open_dialog: () => state.dialogs.push(JSON.parse(data.dialog)),
    user_updated: () => keep(state.users, [data.user]),
    multiple_channels_viewed: () => Promise.all(Object.keys(data.channel_times).map(readMember)),
    thread_read_changed: readThreads,
    thread_updated: readThreads,
  }[event];
  const isPlace = /^(channel_|user_added|user_removed|direct_added|group_added|added_to_team|new_user)/.test(event);
  const doing = does ?? (isPlace && (async () => { await readUsers(); await readChannels(); await readMembers(); route(); }));
  if (doing) attempt(doing);
}

async function wrote(post) {
  await keepPosts([post]);
  if (!state.channels.has(post.channel_id)) await readChannels();
  if (post.root_id) await readRoot(post.root_id);
  await readMember(post.channel_id);
  await look();
}

async function readRoot(rootId) {
  keepPosts([await call("GET", `/posts/${rootId}`)]);
}

async function removed(post) {
  for (const one of [...state.posts.values()]) {
    if (one.id === post.id || one.root_id === post.id) state.posts.delete(one.id);
  }
  if (state.route.thread === post.id) go({ thread: null });
  if (post.root_id && state.posts.has(post.root_id)) await readRoot(post.root_id);
  await readThreads();
}

function reacted(reaction, isThere) {
  const post = state.posts.get(reaction.post_id);
  if (!post) return;
  const others = reactionsOf(post).filter((one) => one.user_id !== reaction.user_id || one.emoji_name !== reaction.emoji_name);
  const reactions = isThere ? [...others, reaction] : others;
  keep(state.posts, [{ ...post, metadata: { ...post.metadata, reactions } }]);
}

// ------------------------------------------------------------------------------------------------ places

/** Where the address says one is: `#/channels/name`, `#/messages/@name`, either with `/thread/id`; `#/threads`. */
export function route() {
  const [kind, name, , thread] = decodeURIComponent(location.hash).replace(/^#\/?/, "").split("/");
  const named = [...state.channels.values()].find((one) => kind === "messages" ? `@${partner(one)?.username}` === name : one.name === name);
  const isThreads = kind === "threads";
  const channel = named ?? (isThreads ? null : home());
  if (channel?.id !== state.route.channel?.id) state.newSince = state.members.get(channel?.id)?.last_viewed_at ?? 0;
  state.route = { channel, thread: (isThreads ? name : thread) || null, isThreads };
  changed();
}

/** The busiest channel is where one starts. */
function home() {
  const channels = [...state.channels.values()].filter((channel) => channel.type !== "D");
  return channels.sort((one, other) => other.last_post_at - one.last_post_at)[0] ?? null;
}

/** Write an address for a place; what is not named stays as it is. */
export function address({ channel = state.route.channel, thread = state.route.thread, isThreads = state.route.isThreads }) {
  if (isThreads) return `#/threads${thread ? `/${thread}` : ""}`;
  const place = channel.type === "D" ? `messages/@${partner(channel)?.username}` : `channels/${channel.name}`;
  return `#/${place}${thread ? `/thread/${thread}` : ""}`;
}

export const go = (place) => { location.hash = address(place); };

/** Read what the present place shows, and take it for seen. */
export async function openRoute() {
  const { channel, thread } = state.route;
  if (channel) await readPosts(channel.id);
  if (thread) await readThread(thread);
  await look();
}

/** Take what is open for read, while somebody looks. */
export async function look() {
  if (document.visibilityState !== "visible" || !document.hasFocus()) return;
  const { channel, thread } = state.route;
  const unread = state.members.get(channel?.id)?.unread;
  if (unread && unread.msg_count + unread.mention_count > 0) {
    await call("POST", "/channels/members/me/view", { channel_id: channel.id });
    await readMember(channel.id);
  }
  if (thread && state.threads.threads.some((one) => one.id === thread && one.unread_replies + one.unread_mentions)) {
    await call("PUT", `/users/me/teams/${state.team.id}/threads/${thread}/read/${Date.now()}`);
    await readThreads();
  }
  changed();
}

// ------------------------------------------------------------------------------------------------ asking

/** The posts that are known of a channel, oldest first: the roots, or with replies. */
export function postsOf(channelId, withReplies = false) {
  return inOrder([...state.posts.values()].filter((one) => one.channel_id === channelId && (withReplies || !one.root_id)));
}

export const repliesTo = (rootId) => inOrder([...state.posts.values()].filter((one) => one.root_id === rootId));

const inOrder = (posts) => posts.sort((one, other) => one.create_at - other.create_at);

export const reactionsOf = (post) => post.metadata?.reactions ?? [];

export const isEphemeral = (post) => post.type === "system_ephemeral";

export const userNamed = (username) => [...state.users.values()].find((user) => user.username === username);

export const fullName = (user) => [user.first_name, user.last_name].filter(Boolean).join(" ") || user.username;

/** The other person of a direct channel. */
export function partner(channel) {
  if (channel.type !== "D") return null;
  const ids = channel.name.split("__");
  return state.users.get(ids.find((id) => id !== state.me.id) ?? state.me.id);
}

export const titleOf = (channel) => channel.type === "D" ? (partner(channel)?.username ?? "…") : channel.display_name;

/** How often one is mentioned in the root posts of a channel; its threads are counted under Threads. */
export const mentionsIn = (channel) => state.members.get(channel.id)?.mention_count_root ?? 0;

/** Whether a channel has root posts that one has not seen. */
export const isUnread = (channel) => (state.members.get(channel.id)?.unread.msg_count_root ?? 0) > 0 || mentionsIn(channel) > 0;

export const mentions = () => [...state.channels.values()].reduce((sum, one) => sum + mentionsIn(one), state.threads.total_unread_mentions);

/** Those whom one may be: the first is the person acted as. */
export const others = () => [me, ...people.filter((name) => name !== me)];
