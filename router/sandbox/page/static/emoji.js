// The few emoji that the sandbox knows, by their names in Mattermost.

export const EMOJI = new Map(Object.entries({
  "+1": "👍", "-1": "👎", 100: "💯", bell: "🔔", books: "📚", bulb: "💡", clap: "👏", construction: "🚧", eyes: "👀",
  exclamation: "❗", fire: "🔥", green_circle: "🟢", hand: "✋", heart: "❤️", heavy_check_mark: "✔️", hourglass: "⌛",
  lock: "🔒", memo: "📝", no_entry: "⛔", ok_hand: "👌", pray: "🙏", question: "❓", red_circle: "🔴", robot: "🤖",
  rocket: "🚀", smile: "😄", smiley: "😃", speech_balloon: "💬", tada: "🎉", thinking_face: "🤔", thumbsdown: "👎",
  thumbsup: "👍", warning: "⚠️", wave: "👋", white_check_mark: "✅", x: "❌", yellow_circle: "🟡", zzz: "💤",
}));

/** Those offered for a quick reaction. */
export const QUICK = ["+1", "white_check_mark", "eyes", "pray", "tada", "heart", "question", "x"];
