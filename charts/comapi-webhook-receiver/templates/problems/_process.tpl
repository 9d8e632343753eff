{{- define "comapi.problems.process" -}}
{{- with .Values -}}
{{- if not .enabled }}
enabled is false: only a parent chart can leave this one out, by condition: {{ $.Chart.Name }}.enabled of its dependency
{{- end }}
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
