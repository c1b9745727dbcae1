"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const byId = (id) => document.getElementById(id);
  const list = byId("list");
  const bar = byId("bar");
  // A long reason is written once, at its rule, and copied into a finding when that is opened.
  const explain = (finding) => {
    const why = finding.querySelector(".why");
    const rule = why && !why.dataset.filled && byId("rule-" + why.dataset.rule);
    if (!rule) return;
    const prose = rule.querySelector(".prose").cloneNode(true);
    const title = document.createElement("h4");
    title.textContent = "Why this matters";
    why.dataset.filled = "1";
    why.replaceChildren(title, prose);
  };
  const elements = Array.from(document.querySelectorAll(".finding"));
  document.addEventListener("toggle", (event) => {
    if (event.target.classList.contains("finding") && event.target.open) explain(event.target);
  }, true);
  elements.filter((element) => element.open).forEach(explain);
  addEventListener("beforeprint", () => {
    elements.filter((element) => !element.hidden).slice(0, 500).forEach((element) => { element.open = true; explain(element); });
  });
  if (!bar) return;

  const words = (element, selector) => (element.querySelector(selector) || { textContent: "" }).textContent;
  const findings = elements.map((element) => {
    const data = element.dataset;
    const message = words(element, ".message");
    return {
      element, message, severity: data.severity, category: data.category, rule: data.rule, file: data.file,
      line: data.line, function: data.function, owner: data.owner, resource: data.resource, confidence: data.confidence,
      text: [message, data.rule, data.category, data.file, data.function, data.resource].join("\n").toLowerCase(),
    };
  });
  const facets = ["severity", "category", "rule", "file"];
  const ranks = ["critical", "high", "medium", "low"];
  const selects = Object.fromEntries(facets.map((name) => [name, byId("by-" + name)]));
  const search = byId("search");
  const group = byId("group");
  const status = byId("status");
  const reset = byId("reset");
  const unfold = byId("unfold");
  const tiles = Array.from(document.querySelectorAll(".tile"));
  const chosen = Object.fromEntries(facets.map((name) => [name, ""]));
  let visible = findings;

  const terms = () => search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (finding, wanted, except) =>
    facets.every((name) => name === except || !chosen[name] || finding[name] === chosen[name]) &&
    wanted.every((term) => finding.text.includes(term));

  const fill = (name, wanted) => {
    const counts = new Map();
    for (const finding of findings) {
      const count = counts.get(finding[name]) || 0;
      counts.set(finding[name], count + (matches(finding, wanted, name) ? 1 : 0));
    }
    const values = Array.from(counts.keys());
    values.sort(name === "severity" ? (a, b) => ranks.indexOf(a) - ranks.indexOf(b) : (a, b) => (a < b ? -1 : 1));
    const options = [new Option("All", "")];
    for (const value of values) {
      const count = counts.get(value);
      if (count || value === chosen[name]) options.push(new Option(value + " (" + count + ")", value));
    }
    selects[name].replaceChildren(...options);
    selects[name].value = chosen[name];
    selects[name].classList.toggle("on", Boolean(chosen[name]));
  };

  const regroup = () => {
    const groups = new Map();
    for (const finding of visible) {
      const name = finding[group.value] || (group.value === "owner" ? "No function" : "");
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(finding);
    }
    const worst = (members) => Math.min(...members.map((member) => ranks.indexOf(member.severity)));
    const ordered = Array.from(groups, ([name, members]) => ({ name, members, rank: worst(members) }));
    ordered.sort((a, b) => a.rank - b.rank || b.members.length - a.members.length || (a.name < b.name ? -1 : 1));
    const sections = [];
    for (const { name, members } of ordered) {
      const section = document.createElement("section");
      section.className = "group";
      const heading = document.createElement("h3");
      const title = document.createElement("span");
      const pill = document.createElement("span");
      title.className = "title";
      title.textContent = name;
      pill.className = "pill";
      pill.textContent = String(members.length);
      heading.append(title, " ", pill);
      section.append(heading, ...members.map((member) => member.element));
      sections.push(section);
    }
    list.replaceChildren(...sections);
  };

  const apply = () => {
    const wanted = terms();
    visible = findings.filter((finding) => matches(finding, wanted, null));
    facets.forEach((name) => fill(name, wanted));
    tiles.forEach((tile) => tile.setAttribute("aria-pressed", String(tile.dataset.severity === chosen.severity)));
    regroup();
    const filtered = visible.length !== findings.length;
    status.textContent = filtered ? visible.length + " of " + findings.length + " findings" : findings.length + (findings.length === 1 ? " finding" : " findings");
    reset.hidden = !wanted.length && !facets.some((name) => chosen[name]);
    byId("nothing").hidden = visible.length > 0;
  };

  const clear = () => {
    facets.forEach((name) => { chosen[name] = ""; });
    search.value = "";
    apply();
  };

  facets.forEach((name) => selects[name].addEventListener("change", () => { chosen[name] = selects[name].value; apply(); }));
  tiles.forEach((tile) => tile.addEventListener("click", () => {
    chosen.severity = chosen.severity === tile.dataset.severity ? "" : tile.dataset.severity;
    apply();
  }));
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  bar.addEventListener("submit", (event) => event.preventDefault());
  group.addEventListener("change", regroup);
  reset.addEventListener("click", () => { clear(); search.focus(); });
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-pressed") !== "true";
    unfold.setAttribute("aria-pressed", String(open));
    unfold.textContent = open ? "Collapse all" : "Expand all";
    visible.forEach((finding) => { finding.element.open = open; });
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search && search.value) {
      search.value = "";
      apply();
    }
  });

  const cell = (value) => {
    const safe = /^\s*[=+\-@]/.test(value) ? "'" + value : value;
    return /[",\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
  };
  byId("export").addEventListener("click", () => {
    const columns = ["severity", "confidence", "category", "rule", "message", "file", "line", "resource", "function"];
    const rows = [columns, ...visible.map((finding) => columns.map((name) => finding[name]))];
    const text = rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + text], { type: "text/csv" }));
    link.download = "lambdalint-findings.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });

  const follow = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { return; }
    const found = findings.find((finding) => finding.element.id === id);
    if (!found) return;
    if (!visible.includes(found)) clear();
    found.element.open = true;
    found.element.scrollIntoView();
    found.element.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", follow);
  bar.hidden = false;
  apply();
  follow();
  // When the page has loaded, the browser goes to the link's target itself and takes the focus away.
  addEventListener("load", () => setTimeout(follow));
})();
