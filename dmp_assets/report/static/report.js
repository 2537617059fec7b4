// What a page does beyond being read: charts at the window's width, periods, tables that sort, filter and leave as CSV.
"use strict";
(() => {
  const root = document.documentElement;
  const words = window.dmpWords || {};
  root.classList.add("scripted");

  const drawn = new Set();
  function draw(holder) {
    const specification = (window.dmpCharts || {})[holder.dataset.chart];
    if (!specification || !window.vegaEmbed || !holder.clientWidth || drawn.has(holder)) return;
    drawn.add(holder);
    const before = [...holder.childNodes], place = document.createElement("div");
    holder.append(place);
    vegaEmbed(place, specification, { mode: "vega", renderer: "svg", actions: false }).then(() => {
      before.forEach((node) => node.remove());
      const picture = place.querySelector("svg");
      place.querySelectorAll("[role], [aria-roledescription]").forEach((one) => {
        one.removeAttribute("role");
        one.removeAttribute("aria-roledescription");
      });
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", holder.dataset.words);
      holder.dataset.drawn = "yes";
    });
  }
  function drawAll() { document.querySelectorAll(".chart").forEach(draw); }
  document.querySelectorAll("details").forEach((one) => one.addEventListener("toggle", drawAll));

  function choose(periods, name) {
    periods.querySelectorAll(".period").forEach((one) => one.classList.toggle("shown", one.dataset.period === name));
    periods.querySelectorAll(".period-buttons button").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.period === name)));
    drawAll();
  }
  document.querySelectorAll(".periods").forEach((periods) => {
    const buttons = periods.querySelector(".period-buttons");
    buttons.hidden = false;
    buttons.addEventListener("click", (event) => { if (event.target.dataset.period) choose(periods, event.target.dataset.period); });
    const chosen = periods.querySelector(".period[data-chosen]") || periods.querySelector(".period");
    if (chosen) choose(periods, chosen.dataset.period);
  });

  // A spreadsheet runs a cell that begins with one of these; an apostrophe makes it text. Numbers stay numbers.
  function guarded(text) {
    const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? "'" + text : text;
    return /[",\n\r]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
  }
  const cellText = (cell) => (cell.dataset.value !== undefined ? cell.dataset.value : cell.textContent);
  function sort(table, column, button) {
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    const descending = heads[column].getAttribute("aria-sort") === "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
    const isNumber = ["number", "decimal", "money", "percent"].includes(heads[column].className);
    const key = (row) => (isNumber ? Number(cellText(row.cells[column])) : cellText(row.cells[column]));
    const compare = (a, b) => (isNumber ? (isNaN(a) - isNaN(b)) || a - b : String(a).localeCompare(String(b)));
    [...body.rows].sort((a, b) => (descending ? -1 : 1) * compare(key(a), key(b))).forEach((row) => body.append(row));
    button.focus();
  }
  function equip(table) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sort(table, column, button));
      head.replaceChildren(button);
    });
    const tools = document.createElement("div");
    tools.className = "tools";
    if (table.tBodies[0].rows.length > 8) {
      const filter = document.createElement("input");
      filter.type = "search";
      filter.placeholder = filter.ariaLabel = words.filter;
      filter.addEventListener("input", () => [...table.tBodies[0].rows].forEach((row) => {
        row.hidden = !row.textContent.toLowerCase().includes(filter.value.toLowerCase());
      }));
      tools.append(filter);
    }
    const save = document.createElement("button");
    save.type = "button";
    save.textContent = words.csv;
    save.addEventListener("click", () => {
      const rows = [...table.rows].filter((row) => !row.hidden);
      const text = rows.map((row) => [...row.cells].map((cell) => guarded(cellText(cell))).join(",")).join("\r\n");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob(["\ufeff" + text + "\r\n"], { type: "text/csv" }));
      link.download = table.dataset.name + ".csv";
      link.click();
      URL.revokeObjectURL(link.href);
    });
    tools.append(save);
    table.parentElement.before(tools);
  }
  document.querySelectorAll(".table table").forEach(equip);

  const theme = document.getElementById("theme");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  try { if (localStorage.getItem("dmp-theme")) root.dataset.theme = localStorage.getItem("dmp-theme"); } catch { /* no storage for files here */ }
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("dmp-theme", root.dataset.theme); } catch { /* the choice holds for this page */ }
  });
  // Served beside the Dagster UI, the tables lead to their assets; a page that is opened from a file has no server.
  if (location.protocol.startsWith("http")) document.querySelectorAll("[data-asset]").forEach((one) => {
    const link = document.createElement("a");
    link.href = "/assets/" + one.dataset.asset;
    link.textContent = one.textContent;
    one.replaceChildren(link);
  });
  if (window.dmpEdition) document.getElementById("edition").textContent = window.dmpEdition;
  drawAll();
})();
