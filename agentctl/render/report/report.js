"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  document.documentElement.classList.add("has-script");

  // Filter: rows are hidden, never taken out, so that links into the table keep their targets.
  const rows = Array.from(document.querySelectorAll("#events tbody tr.event"));
  const others = Array.from(document.querySelectorAll("#events tbody tr:not(.event)"));
  const [text, agent, mark, flagged, count] = ["text", "agent", "mark", "flagged", "count"].map(find);
  const groups = Array.from(document.querySelectorAll("#events tbody"));
  const groupOf = new Map(groups.map((group, n) => [group, n]));
  let texts = null;
  const filter = () => {
    const wanted = text.value.trim().toLowerCase();
    const who = agent ? agent.value : "";
    const what = mark ? mark.value : "";
    const bad = Boolean(flagged && flagged.checked);
    if (wanted && !texts) texts = rows.map((row) => row.textContent.toLowerCase());
    let shown = 0;
    const inGroup = groups.map(() => 0);
    rows.forEach((row, n) => {
      const fits = (!wanted || texts[n].includes(wanted)) && (!who || row.dataset.agent === who) &&
        (!what || row.dataset.mark === what) && (!bad || row.classList.contains("flagged"));
      if (row.hidden === fits) row.hidden = !fits;
      if (!fits) return;
      shown += 1;
      inGroup[groupOf.get(row.parentElement)] += 1;
    });
    const all = !wanted && !who && !what && !bad;
    others.forEach((row) => { row.hidden = !all; });
    groups.forEach((group, n) => {
      group.hidden = !all && !inGroup[n];
      group.style.containIntrinsicHeight = all ? "" : `${inGroup[n] * 55}px`;
    });
    count.textContent = all ? "" : `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
  };
  let due = 0;
  const soon = () => {
    if (!due) due = requestAnimationFrame(() => { due = 0; filter(); });
  };
  if (text) {
    [text, agent, mark, flagged].forEach((one) => { if (one) one.addEventListener("input", soon); });
    text.form.addEventListener("submit", (event) => event.preventDefault());
    filter();
  }
  const payloads = find("payloads");
  if (payloads) {
    payloads.addEventListener("input", () => {
      document.querySelectorAll("#events details").forEach((one) => { one.open = payloads.checked; });
    });
  }
  // A link to a row that the filter hides shows it.
  window.addEventListener("hashchange", () => {
    const row = document.querySelector("tr.event:target, tr.event[id='" + CSS.escape(location.hash.slice(1)) + "']");
    if (row && row.hidden) { row.hidden = row.parentElement.hidden = false; row.scrollIntoView({ block: "center" }); }
  });

  const block = find("data");
  const picture = find("lanes");
  if (!block || !picture) return;  // an answer without lanes
  const data = JSON.parse(block.textContent);
  const axis = data.axis;

  // Zoom: places are shares of the width, so a wider drawing is a closer look.
  const scroll = picture.parentElement;
  const cursor = find("cursor");
  let zoom = 1;
  const setZoom = (next) => {
    zoom = Math.min(Math.max(next, 1), 64);
    const middle = share(now) / 100;
    picture.style.width = `${zoom * 100}%`;
    scroll.scrollLeft = middle * picture.clientWidth - scroll.clientWidth / 2;
  };
  find("zoom-in").addEventListener("click", () => setZoom(zoom * 2));
  find("zoom-out").addEventListener("click", () => setZoom(zoom / 2));
  find("zoom-fit").addEventListener("click", () => setZoom(1));

  // Between a place on the axis and a time: the axis is cut at silences, which take a fixed place.
  const knots = axis.flatMap(([since, until, x0, x1]) => [[since, x0], [until, x1]]);
  const along = (value, from, to) => {
    let last = knots[0];
    for (const knot of knots) {
      if (value <= knot[from]) {
        const length = knot[from] - last[from];
        return length > 0 ? last[to] + (value - last[from]) / length * (knot[to] - last[to]) : knot[to];
      }
      last = knot;
    }
    return last[to];
  };
  const share = (time) => along(time, 0, 1) / 100;
  const timeAt = (place) => Math.round(along(place, 1, 0));

  const slider = find("slider");
  const when = find("when");
  const body = document.querySelector("#state tbody");
  const events = data.events;
  const byTime = events.map(([, time]) => time).sort((a, b) => a - b);
  const iso = (time) => {
    const date = new Date(time);
    return Number(date) === time ? date.toISOString() : `${time} ms`;
  };
  const local = (time) => {
    if (!data.zone) return "";
    let shift = data.shift[0] || 0;
    axis.forEach(([since], n) => { if (time >= since) shift = data.shift[n]; });
    return `  (${iso(time + shift * 60000).slice(11, 19)} ${data.zone})`;
  };
  const cell = (row, title, parts) => {
    const made = row.insertCell();
    made.dataset.title = title;
    parts.forEach((part, n) => {
      if (n) made.append(", ");
      made.append(part);
    });
  };
  const linked = (n, more) => {
    const span = document.createElement("span");
    const link = document.createElement("a");
    link.href = `#e${n}`;
    link.textContent = `#${n}`;
    span.append(link, more ? ` (${more})` : "");
    return span;
  };
  const few = (found, most, make) => {
    const parts = found.slice(0, most).map(make);
    if (found.length > most) parts.push(`${(found.length - most).toLocaleString("en")} more`);
    return parts;
  };
  const words = { own: "wrote it", commits: "by its commits", cause: "acted on it" };
  const agents = data.agents.map((name, n) => ({
    name,
    doing: data.doing.filter((one) => one[0] === n),
    claims: data.claims.filter((one) => one[0] === n),
    sights: data.sights.filter((one) => one[0] === n),
  }));
  let now = 0;
  let lit = null;
  const draw = () => {
    const place = share(now).toFixed(3);
    cursor.setAttribute("x1", `${place}%`);
    cursor.setAttribute("x2", `${place}%`);
    when.textContent = iso(now) + local(now);
    const past = events.filter(([, time]) => time <= now);
    body.textContent = "";
    for (const one of agents) {
      const row = body.insertRow();
      const busy = one.doing.filter(([, since, until]) => since <= now && now <= until).pop();
      const before = one.doing.filter(([, , until]) => until < now).pop();
      row.className = busy ? "busy" : "idle";
      cell(row, "", [one.name]);
      const idle = before ? together(before, "nothing known since ") : "nothing known yet";
      cell(row, "was doing", [busy ? together(busy) : idle]);
      const held = one.claims.filter(([, since, until]) => since <= now && now < until);
      cell(row, "held", few(held, 4, (claim) => `${claim[3]} (token ${claim[4]})`));
      const seen = new Map(one.sights.filter(([, time]) => time <= now).map((sight) => [sight[2], sight[3]]));
      const latest = Array.from(seen).sort((a, b) => b[0] - a[0]);
      cell(row, "had before it", few(latest, 4, ([n, by]) => linked(n, words[by] || by)));
      const unseen = past.filter(([n]) => !seen.has(n)).reverse();
      cell(row, "not known to have had", seen.size || one.sights.length ? few(unseen, 4, ([n]) => linked(n)) : ["nothing is known"]);
    }
    if (lit) lit.classList.remove("now");
    const last = past.reduce((a, b) => (a && a[1] > b[1] ? a : b), null);
    lit = last ? find(`e${last[0]}`) : null;
    if (lit) lit.classList.add("now");
  };
  const together = (stretch, lead) => {
    const span = document.createElement("span");
    span.append(lead || "", stretch[3] + " ", linked(stretch[4]));
    return span;
  };
  let drawing = 0;
  const show = (time) => {
    now = time;
    if (!drawing) drawing = requestAnimationFrame(() => { drawing = 0; draw(); });
  };
  const move = (time) => {
    slider.value = String(share(time) * 100);
    show(time);
  };
  slider.addEventListener("input", () => show(timeAt(Number(slider.value))));
  find("before").addEventListener("click", () => {
    const earlier = byTime.filter((time) => time < now);
    if (earlier.length) move(earlier[earlier.length - 1]);
  });
  find("behind").addEventListener("click", () => {
    const later = byTime.find((time) => time > now);
    if (later !== undefined) move(later);
  });
  document.querySelectorAll("#events .time").forEach((one) => {
    one.title = "Show how things stood then";
  });
  find("events").addEventListener("click", (event) => {
    const clicked = event.target.closest(".time");
    if (!clicked) return;
    const number = Number(clicked.parentElement.id.slice(1));
    const found = events.find(([n]) => n === number);
    if (found) {
      move(found[1]);
      picture.scrollIntoView({ block: "start" });
    }
  });
  if (byTime.length) move(data.start === null ? byTime[byTime.length - 1] : data.start);
})();
