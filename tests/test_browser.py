"""The HTML report in a real browser: what a reader can do with it, and that it asks the network for nothing."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samples import MEMORY, TEMPLATE, VISIBILITY, WILDCARD, finding, nasty, place, sample

from lambdalint.check.finding import Report, Subject
from lambdalint.record import replace
from lambdalint.report import render
from lambdalint.source.node import Document

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    if BROWSER is None:
        pytest.skip(f"no browser on PATH (looked for {', '.join(NAMES)}): install chromium")
    with playwright.sync_playwright() as session:
        started = session.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def many(number: int) -> Report:
    """A report with findings of three rules in files of 50."""
    findings = []
    for at in range(number):
        document = Document(f"services/app{at // 50}/template.yaml", TEMPLATE)
        rule = (VISIBILITY, WILDCARD, MEMORY)[at % 3]
        subject = Subject("AWS::Lambda::Function", f"Worker{at}", None, f"Worker{at % 7}")
        findings.append(finding(rule, place(document, "Timeout"), f"problem {at}", f"{at:016x}", subject))
    return replace(sample(), findings=tuple(findings))


class Opened:
    """A page, and everything it did that a report must not do."""

    def __init__(self, browser: Any, report: Report, folder: Path, fragment: str = "", **context: Any) -> None:
        path = folder / "report.html"
        path.write_text(render(report, "html"), encoding="utf-8")
        self.faults: list[str] = []
        self.page = browser.new_context(**context).new_page()
        self.page.on("console", lambda message: self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)
        self.page.goto(path.as_uri() + fragment)

    def _request(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.faults.append(request.url)

    def _dialog(self, dialog: Any) -> None:
        self.faults.append(dialog.message)
        dialog.dismiss()

    def shown(self) -> int:
        return int(self.page.locator(".finding:visible").count())


@pytest.mark.parametrize("build", [sample, nasty], ids=["sample", "nasty"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_opens_quietly_and_fits(browser: Any, tmp_path: Path, build: Any, scheme: str, width: int) -> None:
    view = Opened(browser, build(), tmp_path, color_scheme=scheme, viewport={"width": width, "height": 900})
    assert view.shown() == 4
    assert view.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert view.faults == []


def test_filters_search_and_groups(browser: Any, tmp_path: Path) -> None:
    view = Opened(browser, many(300), tmp_path)
    page = view.page
    status = page.locator("#status")
    assert status.inner_text() == "300 findings"
    page.locator(".tile.critical").click()
    assert status.inner_text() == "100 of 300 findings"
    assert page.locator(".tile.critical").get_attribute("aria-pressed") == "true"
    rules = page.locator("#by-rule option").all_inner_texts()
    assert rules == ["All", "role-allows-everything (100)"]
    page.select_option("#by-file", "services/app2/template.yaml")
    assert status.inner_text() == "17 of 300 findings"
    page.locator("#reset").click()
    assert status.inner_text() == "300 findings"
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("PROBLEM 29 memory")
    page.locator("#status", has_text="5 of 300 findings").wait_for()
    page.keyboard.press("Escape")
    page.select_option("#group", "owner")
    assert page.locator(".group").count() == 7
    page.select_option("#group", "rule")
    assert page.locator(".group h3 .title").all_inner_texts() == [
        "role-allows-everything",
        "sqs-visibility-timeout-too-short",
        "memory-left-at-default",
    ]
    page.fill("#search", "no such thing")
    page.wait_for_selector("#nothing:visible")
    assert view.shown() == 0
    assert view.faults == []


def test_the_keyboard_opens_a_finding_and_its_reason(browser: Any, tmp_path: Path) -> None:
    view = Opened(browser, many(20), tmp_path)
    first = view.page.locator(".finding").first
    assert not first.locator(".body").is_visible()
    first.locator("summary").focus()
    view.page.keyboard.press("Enter")
    first.locator(".why .prose").wait_for()
    assert "owns the account" in first.locator(".why").inner_text()
    assert view.faults == []


def test_a_deep_link_opens_its_finding(browser: Any, tmp_path: Path) -> None:
    fingerprint = f"{150:016x}"
    view = Opened(browser, many(300), tmp_path, fragment=f"#{fingerprint}")
    target = view.page.locator(f"[id='{fingerprint}']")
    assert target.get_attribute("open") is not None
    assert target.locator(".message").is_visible()
    view.page.locator(f"[id='{fingerprint}'] > summary:focus").wait_for()
    assert view.faults == []


def test_csv_export_holds_the_filtered_findings(browser: Any, tmp_path: Path) -> None:
    view = Opened(browser, nasty(), tmp_path, accept_downloads=True)
    view.page.fill("#search", "hyperlink")
    view.page.locator("#status", has_text="1 of 4 findings").wait_for()
    with view.page.expect_download() as download:
        view.page.locator("#export").click()
    saved = tmp_path / "saved.csv"
    download.value.save_as(saved)
    (row,) = csv.DictReader(saved.read_text("utf-8-sig").splitlines())
    assert row["message"].startswith("'=HYPERLINK(1) <script>")
    assert row["line"] == "3"
    assert view.faults == []


def test_without_javascript_everything_can_be_read(browser: Any, tmp_path: Path) -> None:
    view = Opened(browser, many(60), tmp_path, java_script_enabled=False)
    assert view.shown() == 60
    assert not view.page.locator("#bar").is_visible()
    view.page.locator(".finding").first.locator("summary").click()
    link = view.page.locator(".finding").first.locator(".why a")
    assert link.is_visible()
    link.click()
    assert view.page.locator("#rule-role-allows-everything .prose").is_visible()


def test_thousands_of_findings_stay_usable(browser: Any, tmp_path: Path) -> None:
    view = Opened(browser, many(5000), tmp_path)
    took = view.page.evaluate(
        """() => {
            const start = performance.now();
            document.querySelector('.tile.low').click();
            document.body.getBoundingClientRect();
            return performance.now() - start;
        }"""
    )
    assert view.page.locator("#status").inner_text() == "1666 of 5000 findings"
    # About 0.1 s on a fast machine; the bound is there for a cost that grows with the square.
    assert took < 3000
    assert view.faults == []
