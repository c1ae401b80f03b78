// The list of rules shows the one that the page is about.
(() => {
  "use strict";
  const list = document.querySelector(".rule-list"), now = list && list.querySelector("[aria-current]");
  if (now) list.scrollTop = now.offsetTop - list.clientHeight / 3;
})();
