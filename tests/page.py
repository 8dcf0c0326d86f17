#!/usr/bin/env python3
"""Looks at pages of `--report` in a browser: accessibility, phone, print, and that nothing foreign runs.

    python3 tests/page.py PAGE...

Needs Chromium, pdftotext of poppler, and axe-core, which it takes from the registry of npm. Exits with 1 if anything is
wrong, and says what.
"""
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.request

AXE = "https://registry.npmjs.org/axe-core/-/axe-core-4.10.3.tgz"
AXE_SHA256 = "880970c081707360e64f34cea25ff91892f5bc95675b0776925b9709dd8a68bb"
PHONE = (375, 800)
DESK = (1280, 900)
# Rules of axe whose breach keeps somebody from reading the page.
SERIOUS = ("serious", "critical")

OVERLAPS = """
const boxes = (svg) => [...svg.querySelectorAll('text')].filter((t) => t.textContent.trim() && t.getClientRects().length)
  .map((t) => [t.textContent, t.getBoundingClientRect()]);
const hit = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
const overlaps = [];
for (const svg of document.querySelectorAll('svg')) {
  const all = boxes(svg);
  all.forEach(([text, box], index) => all.slice(index + 1).forEach(([other, that]) => { if (hit(box, that)) overlaps.push(text + ' | ' + other); }));
}
const wide = document.documentElement.scrollWidth - window.innerWidth;
"""


def axe_core():
    with urllib.request.urlopen(AXE, timeout=120) as answer:
        package = tarfile.open(fileobj=io.BytesIO(answer.read()))
    script = package.extractfile("package/axe.min.js").read()
    found = hashlib.sha256(script).hexdigest()
    if found != AXE_SHA256:
        sys.exit(f"axe.min.js of {AXE} has the SHA-256 {found}, not {AXE_SHA256}")
    return script.decode()


def chromium(page, *options, size=DESK):
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
                   f"--window-size={size[0]},{size[1]}", "--virtual-time-budget=20000", *options, page.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


def asked(page, script, size):
    """What `script` leaves in `answer`, run in a copy of the page that lets it."""
    text = page.read_text()
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    script = "<script>(async () => {" + script + "document.body.setAttribute('data-answer', JSON.stringify(answer));})();</script>"
    with tempfile.TemporaryDirectory() as place:
        copy = pathlib.Path(place) / "page.html"
        copy.write_text(text.replace("</body>", script + "</body>"))
        dom = chromium(copy, "--dump-dom", size=size)
    found = re.search(r'data-answer="([^"]*)"', dom)
    if not found:
        return None
    answer = found.group(1)
    for entity, letter in (("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        answer = answer.replace(entity, letter)
    return json.loads(answer)


def accessibility(page, axe):
    script = axe + "\nconst found = await axe.run();" \
        "const answer = found.violations.map((of) => [of.impact, of.id, of.nodes.length, of.nodes[0].html.slice(0, 150)]);"
    found = asked(page, script, DESK)
    if found is None:
        return ["axe did not run"]
    for impact, rule, n, example in found:
        print(f"   {impact}: {rule}, {n} times, such as {example}")
    return [f"{rule} ({impact}), {n} times" for impact, rule, n, _ in found if impact in SERIOUS]


def layout(page, size):
    answer = asked(page, OVERLAPS + "const answer = {overlaps, wide};", size)
    faults = [f"texts overlap at {size[0]}: {pair}" for pair in answer["overlaps"]]
    if answer["wide"] > 0:
        faults.append(f"the page is {answer['wide']} pixels too wide at {size[0]}")
    return faults


def own_script_only(page):
    """The page as it is: its own script makes buttons, and no other one runs."""
    dom = chromium(page, "--dump-dom")
    faults = []
    if "data-series" in dom and "aria-pressed" not in dom:
        faults.append("the page's own script did not run: is its hash right?")
    if "<title>pwned" in dom or dom.count("<script") != 1:
        faults.append("a foreign script ran")
    return faults


def printed(page):
    """The summary is pages 1 and 2, and the annex begins on page 3."""
    with tempfile.TemporaryDirectory() as place:
        pdf = pathlib.Path(place) / "page.pdf"
        chromium(page, "--no-pdf-header-footer", f"--print-to-pdf={pdf}")
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")
    def page_of(words):
        return next((1 + index for index, page in enumerate(pages) if words in page), None)
    expected = {"Will we hit the target?": 1, "Revenue over time": 1, "What could go wrong": 2, "How to read this": 2,
                "The funnel": 3}
    faults = [f"printed, '{words}' stands on page {page_of(words)}, not {number}"
              for words, number in expected.items() if page_of(words) != number]
    if "Table:" in pages[0] + pages[1]:
        faults.append("a table is printed in the summary")
    if page_of("every metric") is None or page_of("Scenario text") is None:
        faults.append("tables or texts are not printed in the annex")
    print(f"   {len(pages) - 1} pages printed")
    return faults


def main():
    axe = axe_core()
    wrong = False
    for name in sys.argv[1:]:
        page = pathlib.Path(name).resolve()
        print(page.name)
        faults = accessibility(page, axe) + layout(page, DESK) + layout(page, PHONE) + own_script_only(page) + printed(page)
        for fault in faults:
            print("   wrong:", fault)
        wrong |= bool(faults)
    sys.exit(int(wrong))


if __name__ == "__main__":
    main()
