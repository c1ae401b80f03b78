// Trims Tabler's stylesheet to what the portal can show: the words of its templates, code and scripts,
// and whole families of components, so that a new template rarely needs a new build.
const families = [
  "btn", "card", "table", "form", "input", "is-invalid", "is-valid", "invalid", "valid", "alert", "badge", "nav", "dropdown",
  "page-(header|title|pretitle|subtitle|body)", "row", "col", "container", "d", "flex", "gap", "m", "mt", "mb", "ms", "me", "mx",
  "my", "p", "pt", "pb", "ps", "pe", "px", "py", "text-(center|end|start|muted|secondary|danger|warning|success|primary|nowrap|truncate|wrap|break)",
  "fw", "fs", "w", "h", "justify", "align", "list", "datagrid", "breadcrumb", "pagination", "page-item", "page-link",
  "visually", "border", "rounded", "position", "overflow", "progress", "spinner", "small", "h[1-6]", "float", "order", "hr",
];
module.exports = {
  content: ["portal/**/*.html", "portal/**/*.py", "portal/web/static/*.js"],
  css: ["node_modules/@tabler/core/dist/css/tabler.min.css"],
  safelist: { standard: [new RegExp(`^(${families.join("|")})(-(auto|[0-5]|sm|md|lg|full|half|third|primary|secondary|danger|success|warning|info|ghost|outline|link|icon|list|group|control|select|check|label|hint|feedback|inline|input|switch|body|header|title|footer|actions|item|active|disabled|none|block|flex|grid|fill|wrap|nowrap|column|row|center|start|end|between|around|stretch|baseline|responsive|vcenter|hover|bold|medium|normal|content|text|tabs|link|toggle|menu|hidden|visible|100|75|50|25|1[0-2]|[6-9]))*$`)] },
  blocklist: [/^(theme|placeholder|carousel|offcanvas|toast|tooltip|popover|avatar|ribbon|timeline|steps|chart|apex|litepicker|noUi|ts-|plyr|jvm|dropzone|fc-|stars|clr-|turbo|flag|payment|social)/],
  variables: true,
  keyframes: true,
  fontFace: true,
};
