{{- /* A dashboard of this release, as JSON. Call with (list $ path). The uid and the file name are unique to the release, because
       Grafana shows only one of two dashboards with the same uid or file name. */ -}}
{{- define "comapi.dashboard" -}}
{{- $root := index . 0 -}}
{{- $dashboard := $root.Files.Get (index . 1) | fromJson -}}
{{- $release := printf "%s/%s" $root.Release.Namespace (include "comapi.fullname" $root) -}}
{{- $_ := set $dashboard "uid" (printf "%s-%s" $dashboard.uid (sha256sum $release | trunc 12)) -}}
{{- $_ := set $dashboard "title" (printf "%s (%s/%s)" $dashboard.title $root.Release.Namespace $root.Release.Name) -}}
{{- range $dashboard.templating.list -}}
{{- if eq .name "objective" }}{{ $_ := set . "query" (toString $root.Values.prometheusRule.objective) }}{{ end -}}
{{- if and (eq .name "namespace") (has $root.Values.monitor.kind (list "ServiceMonitor" "PodMonitor")) -}}
{{- $_ := set . "current" (dict "text" (list $root.Release.Namespace) "value" (list $root.Release.Namespace)) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $dashboard "panels" (include "comapi.dashboardPanels" (list $root $dashboard.panels) | fromJsonArray) -}}
{{- $runbooks := trimSuffix "/" $root.Values.prometheusRule.runbookBaseUrl -}}
{{- if $runbooks -}}
{{- range $dashboard.panels -}}
{{- $runbook := regexFind "[a-z-]+\\.md$" (default "" .description) -}}
{{- if $runbook -}}
{{- $link := dict "title" "Runbook" "type" "link" "url" (printf "%s/%s" $runbooks $runbook) "targetBlank" true -}}
{{- $_ := set . "links" (list $link) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toRawJson $dashboard -}}
{{- end -}}

{{- /* The panels of a dashboard. If this release has no spool, the row of the spool is omitted, and the panels below it move up. Call
       with (list $ panels). */ -}}
{{- define "comapi.dashboardPanels" -}}
{{- $hasSpool := (index . 0).Values.spool.enabled -}}
{{- $kept := list -}}
{{- $isAbsent := false -}}
{{- $rowAt := 0 -}}
{{- $up := 0 -}}
{{- range index . 1 -}}
{{- if eq .type "row" -}}
{{- if $isAbsent }}{{ $up = add $up (sub (int .gridPos.y) $rowAt) }}{{ end -}}
{{- $isAbsent = and (eq .title "Spool") (not $hasSpool) -}}
{{- $rowAt = int .gridPos.y -}}
{{- end -}}
{{- if not $isAbsent -}}
{{- $_ := set .gridPos "y" (sub (int .gridPos.y) $up) -}}
{{- $kept = append $kept . -}}
{{- end -}}
{{- end -}}
{{- toRawJson $kept -}}
{{- end -}}
