"""What the page makes of Markdown: what Mattermost shows, and nothing that runs, loads or misleads."""

import pytest

from router.sandbox import Sandbox
from router.sandbox.page import Page

RENDER = """async (text) => {
  const { render } = await import("/static/markdown.js");
  const context = {
    person: (name) => ({ alice: "me", bob: "other", "c.d": "other" })[name] ?? null,
    channel: (name) => name === "desk" ? "The Desk" : null,
  };
  const box = document.createElement("div");
  box.append(render(text, context));
  return { html: box.innerHTML };
}"""


@pytest.fixture(scope="module")
def window(browser):
    """A window of the page; what a test renders is not put into it."""
    with Sandbox.start() as sandbox:
        sandbox.add_user("alice")
        with Page.start(sandbox, ["alice"]) as page:
            context = browser.new_context()
            opened = context.new_page()
            opened.goto(f"{page.url}/as/alice")
            yield opened
            context.close()


@pytest.fixture
def render(window):
    return lambda text: window.evaluate(RENDER, text)


SHOWN = {
    "plain text": "<p>plain text</p>",
    "one\ntwo": "<p>one<br>two</p>",
    "one\n\ntwo": "<p>one</p><p>two</p>",
    "**bold** and __bold__": "<p><strong>bold</strong> and <strong>bold</strong></p>",
    "*slanted* and _slanted_": "<p><em>slanted</em> and <em>slanted</em></p>",
    "***both***": "<p><strong><em>both</em></strong></p>",
    "~~gone~~": "<p><del>gone</del></p>",
    "snake_case_name and 2*3*4": "<p>snake_case_name and 2<em>3</em>4</p>",
    "** not bold **": "<p>** not bold **</p>",
    "*unclosed **also": "<p>*unclosed **also</p>",
    r"\*\*plain\*\* \[x\] \\ \`": "<p>**plain** [x] \\ `</p>",
    r"**bold \** still**": "<p><strong>bold ** still</strong></p>",
    "`a *b* @alice`": "<p><code>a *b* @alice</code></p>",
    "``a ` b``": "<p><code>a ` b</code></p>",
    "`unclosed @alice": '<p>`unclosed <span class="mention me">@alice</span></p>',
    "```python\n<b>&amp;\n```": (
        '<pre tabindex="0"><span class="language">python</span><code>&lt;b&gt;&amp;amp;</code></pre>'
    ),
    "````\n```\n````": '<pre tabindex="0"><code>```</code></pre>',
    "    indented": '<pre tabindex="0"><code>indented</code></pre>',
    "> one\n> two": "<blockquote><p>one<br>two</p></blockquote>",
    "> > deep": "<blockquote><blockquote><p>deep</p></blockquote></blockquote>",
    "# Title #": "<h1>Title</h1>",
    "#not a title": '<p><span class="hashtag">#not</span> a title</p>',
    "---": "<hr>",
    "- a\n- b": "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
    "- a\n  - b": "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li></ul>",
    "3. c\n4. d": '<ol start="3"><li><p>c</p></li><li><p>d</p></li></ol>',
    "a | b\n- | -\n1 | 2": (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    ),
    "@alice, @bob. @c.d.": (
        '<p><span class="mention me">@alice</span>, <span class="mention other">@bob</span>. '
        '<span class="mention other">@c.d</span>.</p>'
    ),
    "@Alice @here": '<p><span class="mention me">@Alice</span> <span class="mention me">@here</span></p>',
    "@nobody mail@alice @@alice": "<p>@nobody mail@alice @@alice</p>",
    "@\u200balice": "<p>@\u200balice</p>",
    "~desk ~nowhere": '<p><a href="#/channels/desk">~The Desk</a> ~nowhere</p>',
    ":eyes: :nonsense:": '<p><span class="emoji" role="img" title=":eyes:" aria-label="eyes">👀</span> :nonsense:</p>',
    "&#64;alice &amp; &lt;": "<p>@alice &amp; &lt;</p>",
}


@pytest.mark.parametrize(("text", "html"), SHOWN.items())
def test_it_shows_what_mattermost_shows(render, text, html):
    assert render(text)["html"] == html


ADDRESS = 'target="_blank" rel="noopener noreferrer"'
LINKS = {
    "see https://a.example/b_c_d.": f'<p>see <a href="https://a.example/b_c_d" {ADDRESS}>https://a.example/b_c_d</a>.</p>',
    "(https://a.example/x(y))": f'<p>(<a href="https://a.example/x(y)" {ADDRESS}>https://a.example/x(y)</a>)</p>',
    "<https://a.example>": f'<p><a href="https://a.example" {ADDRESS}>https://a.example</a></p>',
    "www.a.example": f'<p><a href="http://www.a.example" {ADDRESS}>www.a.example</a></p>',
    "[**here**](https://a.example)": f'<p><a href="https://a.example" {ADDRESS}><strong>here</strong></a></p>',
    "[https://b.example](https://a.example)": f'<p><a href="https://a.example" {ADDRESS}>https://b.example</a></p>',
}


@pytest.mark.parametrize(("text", "html"), LINKS.items())
def test_links_lead_away_and_tell_nothing(render, text, html):
    assert render(text)["html"] == html


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "![x](https://evil.example/pixel.png)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](  javascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox)",
    "<javascript:alert(1)>",
    '[x](https://a.example" onclick="alert(1))',
    'https://a.example/"onmouseover="alert(1)',
    "```\n</code></pre><script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "> <svg onload=alert(1)>",
    "a | b\n- | -\n<img src=x onerror=alert(1)> | x",
    "@<script>alert(1)</script>",
    "~<b>x</b>",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&#x110000; &#0; &#xD800;",
    "\u202emoc.live\u202c",
]


ALIVE = """(html) => {
  const box = new DOMParser().parseFromString(html, "text/html");
  const alive = /^(script|img|svg|iframe|object|embed|link|style|form|input|video|audio)$/i;
  const safe = /^(https?|mailto|tel|ftp|#):?/i;
  return [...box.querySelectorAll("*")].flatMap((node) => [
    ...(alive.test(node.tagName) ? [node.tagName] : []),
    ...[...node.attributes].filter((one) => /^on/i.test(one.name)).map((one) => one.name),
    ...(node.href && !safe.test(node.getAttribute("href")) ? [node.getAttribute("href")] : []),
  ]);
}"""


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert(window, render, text):
    rendered = render(text)
    assert window.evaluate(ALIVE, rendered["html"]) == []


PIECES = (
    "[",
    "*a ",
    "**",
    "`",
    "``` ",
    "> ",
    "- ",
    "_a_",
    "![](",
    "~~a",
    "@a.",
    "((",
    "\\",
    "|\n",
    "<",
    "&#",
    "www.",
    ":a",
)


@pytest.mark.parametrize("piece", PIECES)
def test_the_longest_post_of_any_kind_is_shown(render, piece):
    """Quadratic ways through a text would show here as seconds, exponential ones as a test that never ends."""
    text = (piece * 16_383)[:16_383]
    assert render(text)["html"]
