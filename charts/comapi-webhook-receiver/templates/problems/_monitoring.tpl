{{- define "comapi.problems.monitoring" -}}
{{- with .Values -}}
{{- $ways := list -}}
{{- range $name, $on := dict "serviceMonitor.enabled" .serviceMonitor.enabled "podMonitor.enabled" .podMonitor.enabled "scrapeAnnotations" .scrapeAnnotations -}}
{{- if $on }}{{ $ways = append $ways $name }}{{ end -}}
{{- end -}}
{{- $ways = $ways | sortAlpha | reverse -}}
{{- if gt (len $ways) 1 }}
{{ join " and " $ways }} are {{ ternary "both" "all" (eq (len $ways) 2) }} true: choose one, or pods are scraped twice
{{- end }}
{{- if and .prometheusRule.enabled (not .serviceMonitor.enabled) (not .podMonitor.enabled) (not .prometheusRule.selector) }}
prometheusRule.enabled is true but serviceMonitor.enabled is false: the alerts would select jobs that do not exist. Set serviceMonitor.enabled=true or podMonitor.enabled=true, or name what scrapes the pods, for example prometheusRule.selector='job="kubernetes-pods",namespace="messaging"'
{{- end }}
{{- range $name := keys .prometheusRule.labelsOfAlerts | sortAlpha }}
{{- if not (hasKey $.Values.prometheusRule.alerts $name) }}
prometheusRule.labelsOfAlerts names {{ $name }}, and there is no such alert: give its whole name
{{- end }}
{{- end }}
{{- if and .networkPolicy.enabled (not .networkPolicy.metricsFrom) $ways }}
networkPolicy.metricsFrom is empty but {{ first $ways }} is true: Prometheus could not scrape. Name its namespace, for example --set 'networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.kubernetes\.io/metadata\.name=monitoring', or set networkPolicy.enabled=false
{{- end }}
{{- if and .grafanaDashboards.operator.enabled (not .grafanaDashboards.enabled) }}
grafanaDashboards.operator.enabled is true but grafanaDashboards.enabled is false: set both to true
{{- end }}
{{- if and .grafanaDashboards.cluster (not (has "cluster" .prometheusRule.groupLabels)) .prometheusRule.enabled }}
grafanaDashboards.cluster is set but prometheusRule.groupLabels has no cluster: alerts would mix the clusters that the dashboards tell apart. Add it
{{- end }}
{{- end -}}
{{- end -}}
