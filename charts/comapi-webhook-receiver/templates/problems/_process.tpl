{{- define "comapi.problems.process" -}}
{{- with .Values -}}
{{- if not .enabled }}
enabled is false: only a parent chart can leave this one out, by condition: {{ $.Chart.Name }}.enabled of its dependency
{{- end }}
{{- $least := add .shutdown.delaySeconds (divf .config.requestBudgetMs 1000 | ceil | int) -}}
{{- if lt (int .shutdown.timeoutSeconds) (int $least) }}
shutdown.timeoutSeconds is {{ .shutdown.timeoutSeconds }}: it must be at least {{ $least }} (shutdown.delaySeconds plus config.requestBudgetMs), so that every request under way is answered
{{- end }}
{{- $limit := dig "limits" "memory" "" .resources | toString -}}
{{- if regexMatch "^[0-9]+[MG]i$" $limit -}}
{{- $limitBytes := mul (regexFind "^[0-9]+" $limit) (ternary 1073741824 1048576 (hasSuffix "Gi" $limit)) -}}
{{- if lt (max 16777216 (div $limitBytes 8)) (int64 .config.maxBodyBytes) }}
config.maxBodyBytes is {{ int64 .config.maxBodyBytes }}, more than an eighth of resources.limits.memory ({{ $limit }}), which is what bodies may take: the largest one could never be admitted. Raise the limit, or lower it
{{- end -}}
{{- end -}}
{{- include "comapi.problems.twoSecrets" (list "tls" .tls) }}
{{- if and .tls.certManager.enabled .tls.secretProviderClass }}
tls.certManager.enabled is true but tls.secretProviderClass is set: cert-manager writes into a Secret. Choose one
{{- end }}
{{- if and .tls.certManager.enabled (not .tls.certManager.issuerRef.name) }}
tls.certManager.issuerRef.name is missing: name the Issuer or ClusterIssuer, for example --set tls.certManager.issuerRef.name=internal,tls.certManager.issuerRef.kind=ClusterIssuer
{{- end }}
{{- range $component, $own := dict "" . "revisionFilter." .revisionFilter -}}
{{- range $own.extraContainers -}}
{{- if eq .name (ternary "receiver" "filter" (eq $component "")) }}
{{ $component }}extraContainers has a container named {{ .name }}, which is the chart's: give it another name
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
