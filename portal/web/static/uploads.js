// Files of forms: sent while the form is being filled in, with progress; the form waits for them.
(() => {
  "use strict";

  const kept = (window.portalKept = window.portalKept || { sessionOver: () => {}, renew: async () => false });
  const running = new Map(); // form -> Map(name of the control -> upload)
  const refused = new Map(); // form -> Map(name -> reason), told at the field until another file is chosen
  const of = (store, form) => store.get(form) || store.set(form, new Map()).get(form);

  function start(root) {
    root.querySelectorAll("input[data-upload]").forEach(attach);
  }

  // The control that stands in the page now: a refresh may have made a new one.
  function live(form, name) {
    return [...form.querySelectorAll("input[data-upload]")].find((field) => field.name === name);
  }

  function attach(field) {
    if (field.dataset.ready) return;
    field.dataset.ready = "1";
    const make = (tag, className) => Object.assign(document.createElement(tag), { className });
    const file = make("input", "form-control"), line = make("div", "upload-line");
    const state = make("span", "form-hint upload-state"), bar = make("progress", "upload-bar");
    const remove = make("button", "btn btn-sm upload-remove"), error = make("div", "invalid-feedback upload-error");
    file.type = "file";
    file.id = field.id;
    ["aria-label", "aria-describedby", "aria-invalid", "aria-required"].forEach((n) => field.hasAttribute(n) && file.setAttribute(n, field.getAttribute(n)));
    state.setAttribute("role", "status");
    error.setAttribute("role", "alert");
    bar.max = 100;
    remove.type = "button";
    remove.textContent = field.dataset.remove;
    field.type = "hidden";
    field.id = `${field.id}-code`;
    line.append(state, bar, remove);
    field.after(file, line, error);
    field.parts = { file, state, bar, remove, error };
    file.addEventListener("change", () => { if (file.files.length) send(field.form, field.name, file.files[0]); });
    remove.addEventListener("click", () => {
      const upload = of(running, field.form).get(field.name);
      if (upload) { upload.stop(); return; }
      of(refused, field.form).delete(field.name);
      set(field, "", "");
      file.focus();
    });
    draw(field);
  }

  // What is shown is what is sent: the file whose number the control holds.
  function draw(field) {
    const { file, state, bar, remove, error } = field.parts;
    const upload = of(running, field.form).get(field.name), reason = of(refused, field.form).get(field.name);
    const name = field.value ? field.dataset.label || field.value : "";
    bar.hidden = !upload;
    if (upload) {
      bar.value = upload.percent;
      bar.setAttribute("aria-label", `${field.dataset.underWay}: ${upload.name}`);
      state.textContent = `${field.dataset.underWay}: ${upload.name} ${upload.percent} %`;
    } else state.textContent = name && reason ? `${field.dataset.still}: ${name}` : name;
    error.textContent = reason ? `${field.dataset.refused}: ${reason}` : "";
    error.hidden = !reason;
    remove.hidden = !upload && !field.value;
    remove.setAttribute("aria-label", `${field.dataset.remove}: ${upload ? upload.name : name}`);
    file.classList.toggle("is-invalid", Boolean(reason));
    if (!upload) file.value = "";
  }

  function set(field, id, name) {
    field.value = id;
    field.dataset.label = name;
    draw(field);
    field.dispatchEvent(new CustomEvent("portal:file", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function send(form, name, file, again = false) {
    const earlier = of(running, form).get(name);
    if (earlier) earlier.stop();
    of(refused, form).delete(name);
    const field = live(form, name), token = form.querySelector("[name=csrf_token]");
    const request = new XMLHttpRequest(), data = new FormData(), upload = { name: file.name, percent: 0 };
    if (token) data.append("csrf_token", token.value);
    data.append("file", file);
    const failed = field.dataset.failed;
    upload.done = new Promise((resolve) => {
      const end = (arrived, act) => {
        if (of(running, form).get(name) === upload) of(running, form).delete(name);
        const now = live(form, name);
        if (act) act(now);
        if (now) draw(now);
        resolve(arrived);
      };
      upload.stop = () => { request.abort(); end(true); };
      const because = (reason) => end(false, () => of(refused, form).set(name, reason.includes(file.name) ? reason : `${file.name} – ${reason}`));
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) upload.percent = Math.floor((event.loaded / event.total) * 100);
        const now = live(form, name);
        if (now) draw(now);
      });
      request.addEventListener("load", () => {
        let answer = null;
        try { answer = JSON.parse(request.responseText); } catch { answer = null; }
        if (request.status === 201 && answer) return end(true, (now) => { if (now) set(now, answer.id, answer.name); });
        if (request.status === 401) kept.sessionOver(() => send(form, name, file));
        if (request.status === 400 && answer && answer.error && answer.error.code === "csrf" && !again) {
          kept.renew().then((here) => { if (here) send(form, name, file, true); }); // signed in anew in another tab
        }
        return because((answer && answer.error && answer.error.message) || failed);
      });
      request.addEventListener("error", () => because(failed));
      request.addEventListener("timeout", () => because(failed));
    });
    of(running, form).set(name, upload);
    draw(field);
    request.open("POST", field.dataset.upload);
    request.setRequestHeader("Accept", "application/json");
    request.send(data);
  }

  const busy = (form) => of(running, form).size > 0;
  async function uploadsOf(form) {
    const results = await Promise.all([...of(running, form).values()].map((upload) => upload.done));
    const well = results.every(Boolean);
    const wrong = !well && form.querySelector("input[type=file].is-invalid");
    if (wrong) { wrong.focus(); wrong.scrollIntoView({ block: "center" }); }
    return well;
  }
  Object.assign(kept, { busy, uploadsOf });

  // Rows do not move while a file is on its way into one of them.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("form[data-form] button[name^='_']");
    if (!button) return;
    of(refused, button.form).clear(); // it was told, and the rows are about to get other names
    if (!busy(button.form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { form, name } = button;
    button.disabled = true;
    await Promise.all([...of(running, form).values()].map((upload) => upload.done));
    button.disabled = false;
    const again = [...form.querySelectorAll("button")].find((one) => one.name === name);
    if (again) again.click();
  }, true);

  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.matches(".form-body")) start(event.detail.target); });
  document.addEventListener("portal:shown", (event) => start(event.target));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start(document));
  else start(document);
})();
