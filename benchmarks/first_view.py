"""
What a first visit costs a cheap phone: bytes, time until the content stands, and how far it still moves.

Chromium, nothing kept, four times slower processor, 1.6 Mbit/s and 150 ms there and back, as a phone of 390 by 844.
Content stands at the largest contentful paint. Where there is no Chromium, this says so and measures nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.home_page import HOST, hall, run
from benchmarks.registry import Bench, Result, measures

RUNS = 7
SLOWER, BYTES_A_SECOND, LATENCY_MS = 4, 1.6e6 / 8, 150
KILOBYTES, CONTENT_S, SHIFT = 80, 0.8, 0.02
SETTLED_MS = 1_500
_WATCH = """
window.seen = {content: 0, shift: 0};
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.seen.content = one.startTime; })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.seen.shift += one.value;
}).observe({type: "layout-shift", buffered: true});
"""


@measures("first_view")
def what_a_first_visit_costs(bench: Bench) -> Iterator[Result]:
    """Open home and a bill, again and again, each time as for the first time."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        bench.say("not measured: there is no Chromium, or no Playwright, here")
        return
    points, months = (400, 4) if bench.quick else (20_000, 14)
    with hall(bench, points, months) as (port, environment), sync_playwright() as playwright:
        customers = json.loads(run("-m", "benchmarks.home_customers", "50", "--measured", env=environment))
        customer = next(one for one in customers if one["bill"])
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for name, path in (("home", "/"), ("bill", f"/bills/{customer['bill']}/")):
            _visit(browser, port, customer, path)  # the server, not the phone, may be warm
            seen = [_visit(browser, port, customer, path) for _ in range(2 if bench.quick else RUNS)]
            yield from _tell(name, seen)
        browser.close()


def _tell(name: str, seen: list[dict[str, float]]) -> Iterator[Result]:
    note = f"{SLOWER}x slower processor, 1.6 Mbit/s, {LATENCY_MS} ms; of {len(seen)} visits"
    for part, unit, budget in (("kilobytes", "kB", KILOBYTES), ("content", "s", CONTENT_S), ("shift", "", SHIFT)):
        values = [one[part] for one in seen]
        value = float(np.median(values)) if part == "content" else max(values)
        how = "the median" if part == "content" else "the most"
        yield Result(
            f"first_view_{name}_{part}", value, unit, budget=budget, lower_is_better=True, note=f"{note} {how}"
        )


def _visit(browser: Any, port: int, customer: dict[str, str], path: str) -> dict[str, float]:
    """Open a page with an empty cache; gives what came over the line, and what the phone saw of it."""
    name, _, value = customer["cookie"].partition("=")
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, locale="zh-CN",
        service_workers="block",
    )  # fmt: skip
    context.add_cookies([{"name": name, "value": value, "domain": HOST, "path": "/"}])
    page = context.new_page()
    page.add_init_script(_WATCH)
    line = context.new_cdp_session(page)
    came: list[float] = []
    line.on("Network.loadingFinished", lambda event: came.append(event["encodedDataLength"]))
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    limits = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": BYTES_A_SECOND}
    line.send("Network.emulateNetworkConditions", limits | {"uploadThroughput": BYTES_A_SECOND / 2})
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    answer = page.goto(f"http://{HOST}:{port}{path}", wait_until="load")
    if answer is None or answer.status != 200 or page.url.rstrip("/") != f"http://{HOST}:{port}{path}".rstrip("/"):
        raise RuntimeError(f"{path} led to {page.url}")
    page.wait_for_timeout(SETTLED_MS)
    seen = page.evaluate("window.seen")
    context.close()
    return {"kilobytes": sum(came) / 1e3, "content": seen["content"] / 1e3, "shift": seen["shift"]}
