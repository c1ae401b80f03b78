"""What only time brings: releases that followed one another while cases were open, one to come, a case destroyed."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

from portal.adapters.pack_files import PackFiles
from portal.core.access import Access, Origin
from portal.core.packs import resolve
from portal.services import releases
from portal.services.records.entering.deleting import destroy
from portal.services.releases.publishing import Terms
from tests.browser.world import World, refer
from tests.web.records.seeded_site import changed, uid_of

ROOT = Path(__file__).parents[2]
COUNTY, PACK = "530115", "county/jinning"
# One field goes elsewhere, one goes, one is asked for, one takes fewer values.
MOVED = [
    {
        "from": "/forms/case/schema/properties/boundaries",
        "to": "/forms/case/schema/properties/land_bounds",
        "in": "1.3.0",
    }
]
ENGLISH = {
    "现场核查": "Survey on the spot",
    "到现场核查": "Survey on the spot",
    "核查完毕": "Survey done",
    "网格编号": "Number of the grid",
    "四至界址": "Limits",
}
CASE = {
    "/patrol_kind": "special",
    "/village_group": "第三村民小组",
    "/place": "530115001",
    "/dispute_type": "D0401",
    "/land_area": "12.5",
    "/boundaries": "东至沟，西至路，南至李家地界，北至滇池",
}


def add_newer_releases(world: World, folder: Path) -> None:
    """Publish three releases of a county in turn, and enter cases under the first."""
    for kind in ("seed", "form_definitions", "rule_sets", "translations"):
        shutil.copytree(ROOT / kind, folder / kind)
    _change(folder / "translations" / PACK / "en.json", lambda words: words.update(ENGLISH))
    _stage(folder)
    _publish(world, folder, "1.2.0", "核查土地纠纷先到现场")
    clerk = world.person("jinning")
    older, moving = (uid_of(world.site.register(clerk, **CASE)) for _ in range(2))
    refer(world, f"/records/case/show/{moving}", "root")
    surveyed = f"/records/case/transition/{older}/survey"
    assert clerk.post(surveyed, clerk.form(surveyed)).status_code == 303
    clerk.get(f"/records/case/show/{older}")  # says that it was done
    _form(folder)
    _publish(world, folder, "1.3.0", "按市中心通知调整登记内容和期限")
    _publish(world, folder, "1.4.0", "下季度起试行新的来源渠道", dt.timedelta(days=26))
    world.places |= {"older": older, "moving": moving, "county": COUNTY}


def add_destroyed(world: World) -> None:
    """Enter a case, change it and destroy it: the log keeps that, and no value."""
    clerk = world.person("clerk")
    gone = uid_of(world.site.register(clerk))
    edit = f"/records/case/edit/{gone}"
    assert clerk.post(edit, changed(clerk.form(edit), {"/claim": "退还定金"})).status_code == 303
    assert destroy(world.site.portal, gone, "保存期限届满")
    clerk.get("/")  # says that it was done
    world.places["gone"] = gone


def _change(path: Path, change: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(change(content) or content, ensure_ascii=False), encoding="utf-8")


def _stage(folder: Path) -> None:
    """Let the county's cases have a stage of their own."""

    def change(cycle: dict[str, Any]) -> None:
        cycle["stages"]["survey"] = {"title": "现场核查", "canonical": "assign", "order": 20}
        cycle["transitions"]["survey"] = {
            "title": "到现场核查",
            "from": ["intake"],
            "to": "survey",
            "roles": ["clerk"],
            "order": 11,
        }
        cycle["transitions"]["surveyed"] = {
            "title": "核查完毕",
            "from": ["survey"],
            "to": "mediate",
            "roles": ["clerk"],
            "order": 11,
        }

    _change(folder / "seed" / PACK / "lifecycles/case.json", change)


def _form(folder: Path) -> None:
    """Take the stage back, and change the form and a period."""

    def cycle(content: dict[str, Any]) -> None:
        del content["stages"]["survey"], content["transitions"]["survey"], content["transitions"]["surveyed"]

    def form(content: dict[str, Any]) -> None:
        properties, fields = content["schema"]["properties"], content["ui"]["fields"]
        del properties["village_group"], fields["/village_group"]
        properties["land_bounds"] = properties.pop("boundaries") | {"title": "四至界址"}
        fields["/land_bounds"] = fields.pop("/boundaries")
        properties["land_area"]["maximum"] = 10
        properties["grid_number"] = {"type": "string", "title": "网格编号", "minLength": 1, "maxLength": 20}
        fields["/grid_number"] = {"section": "matter", "order": 35, "width": "half"}
        content["schema"]["required"]["$add"].append("grid_number")
        content["entity"]["index"]["$add"].append("/grid_number")

    def rules(content: dict[str, Any]) -> None:
        del content["rules"]["jinning_kunyang"], content["examples"]["$add"][0]

    _change(folder / "seed" / PACK / "lifecycles/case.json", cycle)
    _change(folder / "form_definitions" / PACK / "case.json", form)
    _change(folder / "rule_sets" / PACK / "referral.json", rules)
    _change(folder / "seed" / PACK / "deadlines.json", lambda _old: {"T45": {"length": {"n": 20}}})
    _change(folder / "seed" / PACK / "pack.json", lambda manifest: manifest.update(moved=MOVED))


def _publish(
    world: World, folder: Path, version: str, reason: str, later: dt.timedelta | None = None
) -> None:
    _change(folder / "seed" / PACK / "pack.json", lambda manifest: manifest.update(version=version))
    resolved = resolve(PACK, PackFiles([folder]))
    with world.site.portal.writing(Access.system("publish"), Origin(channel="cli")) as uow:
        terms = Terms(in_force=later is None)
        made = releases.publish(uow, resolved, reason=reason, verify=False, terms=terms)
        if later is not None:
            when = world.site.portal.clock.now() + later
            releases.put_in_force(uow, COUNTY, made.id, reason, effective_at=when)
        uow.commit()
