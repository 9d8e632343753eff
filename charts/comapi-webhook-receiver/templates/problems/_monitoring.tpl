{{- define "comapi.problems.monitoring" -}}
{{- with .Values -}}
{{- if and .prometheusRule.enabled (not .prometheusRule.selector) (not (has .monitor.kind (list "ServiceMonitor" "PodMonitor"))) }}
prometheusRule.enabled is true but monitor.kind is {{ default "empty" .monitor.kind }}: the alerts would select jobs that do not exist. Set monitor.kind to ServiceMonitor or PodMonitor, or name what scrapes the pods, for example prometheusRule.selector='job="kubernetes-pods",namespace="messaging"'
{{- end }}
{{- if and .networkPolicy.enabled (not .networkPolicy.metricsFrom) .monitor.kind }}
networkPolicy.metricsFrom is empty but monitor.kind is {{ .monitor.kind }}: Prometheus could not scrape. Name its namespace, for example --set 'networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.kubernetes\.io/metadata\.name=monitoring', or set networkPolicy.enabled=false
{{- end }}
{{- end -}}
{{- end -}}
