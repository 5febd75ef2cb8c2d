# SPDX-License-Identifier: Apache-2.0
"""The pieces of Grafana's classic dashboard model that the four dashboards are made of."""

import re

SCHEMA_VERSION = 42
WIDTH = 24  # Columns of Grafana's grid.
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Every selector asks for these, so that one Prometheus may hold several estates.
TARGETS = 'job=~"$job", instance=~"$instance"'
SERVICES = TARGETS + ', dr_tier=~"$dr_tier", dr_service=~"$dr_service"'

# An instant or a state that nobody measured must not look like a good one: the first colour is also
# that of no value.
RED, AMBER, GREEN, BLUE, GREY = "red", "orange", "green", "blue", "text"
GOOD_FROM_ONE = [(None, RED), (1, GREEN)]
BAD_FROM_ONE = [(None, RED), (0, GREEN), (1, RED)]
RATIO_TO_OBJECTIVE = [(None, RED), (0, GREEN), (0.8, AMBER), (1, RED)]
LEFT_SECONDS = [(None, RED), (0, AMBER), (7 * 86400, GREEN)]
NEUTRAL = [(None, BLUE)]
# Grafana draws no infinite value, and that is what everything being lost is.
RATIO_OF_EXPOSURE = """clamp_max(max by (%s) (
    dr_rpo_exposure_seconds{$S} / (dr_service_rpo_objective_seconds{$S} > 0)), 10)"""
READY_WORDS = {"0": ("NOT READY", RED), "1": ("ready", GREEN)}
GATE_WORDS = {"0": ("NO-GO", RED), "1": ("GO", GREEN)}
UP_WORDS = {"0": ("down", RED), "1": ("up", GREEN)}


def expand(text):
    """`name{}` and `name{a="b"}` with the selectors that the metric's labels allow.

    `$$` stands for the job and instance, `$S` for these and the service.
    """
    return re.sub(r"\s+", " ", text.replace("$$", TARGETS).replace("$S", SERVICES)).strip()


def query(expression, legend="__auto", instant=False, table=False):
    return {"datasource": DATASOURCE, "expr": expand(expression), "legendFormat": legend,
            "instant": instant or table, "range": not (instant or table),
            "format": "table" if table else "time_series"}


def _thresholds(steps):
    return {"mode": "absolute", "steps": [{"color": color, "value": value}
                                          for value, color in steps]}


def _mappings(words):
    return [{"type": "value", "options": {
        value: {"text": text, "color": color, "index": index}
        for index, (value, (text, color)) in enumerate(words.items())}}] if words else []


def panel(kind, title, description, queries, *, unit, width=12, height=8, steps=NEUTRAL,
          words=None, options=None, custom=None, decimals=None, transformations=None, maximum=None,
          links=None, overrides=None):
    """One panel; `unit` is Grafana's name of it. Its position comes with the dashboard."""
    defaults = {"unit": unit, "thresholds": _thresholds(steps), "mappings": _mappings(words),
                "color": {"mode": "palette-classic" if steps is NEUTRAL else "thresholds"},
                "noValue": "no data", "custom": custom or {}, "links": links or []}
    if decimals is not None:
        defaults["decimals"] = decimals
    if maximum is not None:
        defaults["max"] = maximum
    return {"type": kind, "title": title, "description": " ".join(description.split()),
            "datasource": DATASOURCE, "gridPos": {"w": width, "h": height},
            "targets": [{**one, "refId": chr(ord("A") + number)}
                        for number, one in enumerate(queries)],
            "fieldConfig": {"defaults": defaults, "overrides": overrides or []},
            "options": options or {}, "transformations": transformations or []}


def stat(title, description, queries, **more):
    more.setdefault("width", 4)
    more.setdefault("height", 4)
    return panel("stat", title, description, queries,
                 options={"colorMode": "background", "graphMode": "none", "textMode": "auto",
                          "reduceOptions": {"calcs": ["lastNotNull"]}}, **more)


def series(title, description, queries, **more):
    custom = {"lineWidth": 2, "fillOpacity": 8, "showPoints": "never", "spanNulls": False,
              **more.pop("custom", {})}
    return panel("timeseries", title, description, queries, custom=custom,
                 options={"tooltip": {"mode": "multi", "sort": "desc"},
                          "legend": {"displayMode": "list", "placement": "bottom"}}, **more)


def ratio_series(title, description, queries, **more):
    """Against an objective: tiers differ, so the ratio is drawn, with lines at 0.8 and 1."""
    return series(title, description, queries, unit="percentunit", steps=RATIO_TO_OBJECTIVE,
                  custom={"thresholdsStyle": {"mode": "line"}}, **more)


def timeline(title, description, queries, words, **more):
    return panel("state-timeline", title, description, queries, unit="short", words=words,
                 steps=GOOD_FROM_ONE, custom={"fillOpacity": 80, "lineWidth": 0},
                 options={"showValue": "never", "mergeValues": True, "rowHeight": 0.85,
                          "legend": {"displayMode": "list", "placement": "bottom"}}, **more)


def bars(title, description, queries, **more):
    return panel("bargauge", title, description, queries,
                 options={"displayMode": "basic", "orientation": "horizontal", "minVizWidth": 8,
                          "reduceOptions": {"calcs": ["lastNotNull"]}}, **more)


def table(title, description, queries, columns, *, unit="short", **more):
    """`columns`: {label or "Value": heading}, in this order; the others are hidden."""
    hidden = {name: True for name in ("Time", "__name__", "job", "instance") if name not in columns}
    organize = {"id": "organize", "options": {
        "excludeByName": hidden, "renameByName": columns,
        "indexByName": {name: index for index, name in enumerate(columns)}}}
    return panel("table", title, description,
                 [{**one, "format": "table", "instant": True, "range": False} for one in queries],
                 unit=unit, transformations=[organize],
                 options={"showHeader": True, "cellHeight": "sm"}, **more)


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "panels": [],
            "gridPos": {"w": WIDTH, "h": 1}}


def _variable(name, label, expression, several):
    return {"type": "query", "name": name, "label": label, "datasource": DATASOURCE,
            "query": {"query": expression, "refId": name}, "definition": expression,
            "refresh": 2, "sort": 1, "multi": several, "includeAll": several,
            **({"allValue": ".+", "current": {"text": "All", "value": "$__all"}} if several
               else {})}


def variables(extra=(), one_service=False):
    return [
        {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus",
         "current": {}, "refresh": 1},
        _variable("job", "Job", "label_values(dr_exporter_build_info, job)", True),
        _variable("instance", "Instance",
                  'label_values(dr_exporter_build_info{job=~"$job"}, instance)', True),
        _variable("dr_tier", "Tier", f"label_values(dr_service_info{{{TARGETS}}}, dr_tier)", True),
        _variable("dr_service", "Service",
                  f'label_values(dr_service_info{{{TARGETS}, dr_tier=~"$dr_tier"}}, dr_service)',
                  not one_service),
        *(_variable(name, label, expand(expression), True) for name, label, expression in extra)]


def _lay_out(panels):
    """Left to right, top to bottom; a row of panels is as high as its highest."""
    x = y = highest = 0
    for number, one in enumerate(panels, 1):
        place = one["gridPos"]
        if x + place["w"] > WIDTH:
            x, y, highest = 0, y + highest, 0
        place.update({"x": x, "y": y})
        one["id"] = number
        x += place["w"]
        highest = max(highest, place["h"])
    return panels


def dashboard(uid, title, description, panels, *, templating, time_from="now-6h"):
    return {
        "uid": uid, "title": title, "description": " ".join(description.split()),
        "tags": ["dr_exporter"], "schemaVersion": SCHEMA_VERSION, "version": 1, "editable": False,
        "graphTooltip": 1, "refresh": "30s", "time": {"from": time_from, "to": "now"},
        "timezone": "browser", "annotations": {"list": []},
        "templating": {"list": templating},
        "links": [{"type": "dashboards", "title": "Disaster recovery", "tags": ["dr_exporter"],
                   "asDropdown": True, "includeVars": True, "keepTime": True,
                   "icon": "external link", "tooltip": "The other dashboards of dr_exporter",
                   "targetBlank": False, "url": ""}],
        "panels": _lay_out(panels)}
