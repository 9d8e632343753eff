{{- define "comapi.problems.scaling" -}}
{{- with .Values -}}
{{- $cpu := or .autoscaling.targetCPUAverageValue .autoscaling.targetCPUUtilizationPercentage -}}
{{- $keda := .autoscaling.keda -}}
{{- if .autoscaling.enabled -}}
{{- if gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas) }}
autoscaling.minReplicas is larger than autoscaling.maxReplicas
{{- end }}
{{- if not (or $cpu (ternary $keda.triggers .autoscaling.metrics $keda.enabled)) }}
autoscaling has nothing to scale by: set autoscaling.targetCPUAverageValue or {{ ternary "autoscaling.keda.triggers" "autoscaling.metrics" $keda.enabled }}
{{- end }}
{{- if and .autoscaling.targetCPUAverageValue .autoscaling.targetCPUUtilizationPercentage }}
autoscaling.targetCPUAverageValue and autoscaling.targetCPUUtilizationPercentage are both set: choose one, and null for the other
{{- end }}
{{- if and .autoscaling.targetCPUUtilizationPercentage (not (dig "requests" "cpu" "" .resources)) }}
autoscaling.targetCPUUtilizationPercentage is of the requested CPU but resources.requests.cpu is not set: set it, or use autoscaling.targetCPUAverageValue
{{- end }}
{{- if and $keda.enabled .autoscaling.metrics }}
autoscaling.metrics is set but autoscaling.keda.enabled is true: a ScaledObject has autoscaling.keda.triggers instead
{{- end }}
{{- else if $keda.enabled }}
autoscaling.keda.enabled is true but autoscaling.enabled is false: set both to true
{{- end }}
{{- if and $keda.triggers (not $keda.enabled) }}
autoscaling.keda.triggers is set but autoscaling.keda.enabled is false: nothing would scale by them. Set it to true
{{- end }}
{{- $receivers := ternary .autoscaling.minReplicas .replicaCount .autoscaling.enabled -}}
{{- include "comapi.problems.budget" (list "" .podDisruptionBudget $receivers) }}
{{- $pods := list -}}
{{- range (include "comapi.filters" $ | fromJson).filters -}}
{{- $pods = append $pods (ternary .own.replicaCount $.Values.revisionFilter.replicaCount (hasKey .own "replicaCount")) -}}
{{- end -}}
{{- range uniq $pods }}{{ include "comapi.problems.budget" (list "revisionFilter." $.Values.revisionFilter.podDisruptionBudget .) }}{{ end -}}
{{- end -}}
{{- end -}}

{{- /* Call with (list "prefix of the path" budget LEAST-NUMBER-OF-PODS). */ -}}
{{- define "comapi.problems.budget" -}}
{{- $path := printf "%spodDisruptionBudget" (index . 0) -}}
{{- $pods := index . 2 -}}
{{- with index . 1 -}}
{{- if .enabled -}}
{{- if eq (kindIs "invalid" .minAvailable) (kindIs "invalid" .maxUnavailable) }}
{{ $path }} needs either minAvailable or maxUnavailable, and null for the other
{{- else if has (toString .maxUnavailable) (list "0" "0%") }}
{{ $path }}.maxUnavailable is {{ .maxUnavailable }}: no node with such a pod could ever be drained. Set 1 or more
{{- else if eq (toString .minAvailable) "100%" }}
{{ $path }}.minAvailable is 100%: no node with such a pod could ever be drained. Set less
{{- else if and (regexMatch "^[0-9]+$" (toString .minAvailable)) (not (kindIs "invalid" $pods)) -}}
{{- if and (gt (int $pods) 0) (ge (int .minAvailable) (int $pods)) }}
{{ $path }}.minAvailable is {{ .minAvailable }} and there may be no more than {{ $pods }} pods: no node with such a pod could be drained. Have more pods, or set less
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
