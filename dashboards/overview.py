# SPDX-License-Identifier: Apache-2.0
"""DR readiness overview: may we fail over, and if not, why not?"""

from grafana import (BAD_FROM_ONE, GATE_WORDS, GOOD_FROM_ONE, NEUTRAL, RATIO_OF_EXPOSURE,
                     RATIO_TO_OBJECTIVE, READY_WORDS, bars, dashboard, query, row, series, stat,
                     table, timeline, variables)

SERVICE_LINK = [{"title": "Service detail", "targetBlank": False,
                 "url": "/d/dr-service?${datasource:queryparam}&var-dr_service="
                        "${__data.fields.dr_service}&${__url_time_range}"}]


def now():
    return [
        row("Now"),
        stat("Not ready",
             """Pairs of service and disruption of which at least one check does not pass, seen by
             any exporter. Unknown counts as not ready.""",
             [query("sum(1 - min by (dr_service, disruption) (dr_ready{$S}))", instant=True)],
             unit="short", steps=BAD_FROM_ONE),
        stat("Judged",
             "Pairs of service and disruption that an exporter judges.",
             [query("count(group by (dr_service, disruption) (dr_ready{$S}))", instant=True)],
             unit="short", steps=GOOD_FROM_ONE),
        stat("Silent services",
             """Services of which at least one check is unknown: nobody can tell. They are listed
             first below.""",
             [query("""count(max by (dr_service) (dr_check{$S, state="unknown"}) == 1)
                    or 0 * count(group by (dr_service) (dr_check{$S}))""", instant=True)],
             unit="short", steps=BAD_FROM_ONE),
        stat("Sources down",
             "Sources whose latest collection failed or is overdue at any exporter.",
             [query("""sum(1 - min by (source) (dr_source_up{$$}))""", instant=True)],
             unit="short", steps=BAD_FROM_ONE),
        stat("Exporters",
             "Exporters that Prometheus scrapes with success. Two are better than one.",
             [query("count(dr_exporter_build_info{$$})", instant=True)],
             unit="short", steps=GOOD_FROM_ONE),
        stat("Oldest reload",
             "How long ago an exporter last took over a configuration.",
             [query("time() - min(dr_exporter_config_last_reload_success_timestamp_seconds{$$})",
                    instant=True)],
             unit="s", steps=NEUTRAL),
        stat("Go or no-go for each tier",
             """GO when the gate of every service of the tier is open for this disruption at every
             exporter: what a failover script is told.""",
             [query("min by (dr_tier, disruption) (dr_gate_open{$S})",
                    "tier {{dr_tier}} {{disruption}}", instant=True)],
             unit="short", steps=GOOD_FROM_ONE, words=GATE_WORDS, width=24, height=5),
    ]


def reasons():
    return [
        row("Why not"),
        table("Checks that do not pass",
              """What keeps services from being ready; unknown ones first. The board of an exporter
              gives the reasons in words.""",
              [query("""sort_desc(max by (dr_service, dr_tier, disruption, check, state) (
                     (dr_check{$S, state="unknown"} == 1) * 2
                     or dr_check{$S, state="fail"} == 1))""")],
              {"dr_tier": "Tier", "dr_service": "Service", "disruption": "Disruption",
               "check": "Check", "state": "State", "Value": "Rank"}, links=SERVICE_LINK),
        table("Weakest link",
              """The dataset and source that decide what a service would lose. No source: nothing
              survives that disruption.""",
              [query("""max by (dr_service, dr_tier, disruption, dataset, source) (
                     dr_rpo_weakest_info{$S})""")],
              {"dr_tier": "Tier", "dr_service": "Service", "disruption": "Disruption",
               "dataset": "Dataset", "source": "Source", "Value": "Known"}, links=SERVICE_LINK),
    ]


def exposure():
    return [
        row("Against the objectives"),
        bars("Exposure against RPO",
             """What would be lost now as a share of what may be; beyond 1 it is too much, at 10
             it is ten times that or more. Services that may lose nothing are in the panel
             beside.""",
             [query(RATIO_OF_EXPOSURE % "dr_service, disruption", "{{dr_service}} {{disruption}}",
                    instant=True)],
             unit="percentunit", steps=RATIO_TO_OBJECTIVE, maximum=1.2, width=12, height=10),
        stat("Nothing may be lost",
             """Whether every dataset with RPO 0 is proven to wait for its copy (synchronous
             commit); where no source can tell, it is not. No data: there is no such dataset.""",
             [query("""min by (dataset) (max by (job, instance, dataset) (
                    dr_zero_data_loss_enforced{$$}))
                    and on (dataset) dr_dataset_rpo_objective_seconds{$$} == 0
                    or on (dataset)
                    min by (dataset) (dr_dataset_rpo_objective_seconds{$$} == 0)""",
                    "{{dataset}}", instant=True)],
             unit="short", steps=GOOD_FROM_ONE,
             words={"0": ("NOT ENFORCED", "red"), "1": ("enforced", "green")}, width=12, height=10),
        row("Over time"),
        timeline("Readiness", "Whether all checks passed, at every exporter. A gap: nobody judged.",
                 [query("min by (dr_service, disruption) (dr_ready{$S})",
                        "{{dr_service}} {{disruption}}")], READY_WORDS, width=24, height=10),
        series("Exposure", "What would have been lost: the worse view of all exporters. A year "
               "stands for everything.",
               [query("""clamp_max(max by (dr_service, disruption) (
                      dr_rpo_exposure_seconds{$S}), 31536000)""",
                      "{{dr_service}} {{disruption}}")], unit="s", width=24),
    ]


def build():
    return dashboard("dr-overview", "DR readiness overview",
                     "Could every service be recovered in time and with what may be lost, now?",
                     [*now(), *reasons(), *exposure()], templating=variables())
