{{- define "comapi.problems.scaling" -}}
{{- with .Values.autoscaling -}}
{{- if .enabled -}}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
autoscaling.minReplicas is larger than autoscaling.maxReplicas: lower it, or raise maxReplicas
{{- end }}
{{- if not (or .targetCPUAverageValue .metrics) }}
autoscaling has no metric to scale by: set autoscaling.targetCPUAverageValue or autoscaling.metrics
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
