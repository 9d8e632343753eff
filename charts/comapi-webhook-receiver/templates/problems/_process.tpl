{{- define "comapi.problems.process" -}}
{{- with .Values -}}
{{- if not .enabled }}
enabled is false: only a parent chart can disable this chart. Use condition: {{ $.Chart.Name }}.enabled in its dependency
{{- end }}
{{- include "comapi.problems.twoSecrets" (list "tls" .tls) }}
{{- if and .tls.issuerRef .tls.secretProviderClass }}
tls.issuerRef and tls.secretProviderClass are both set: cert-manager writes into a Secret. Choose one
{{- end }}
{{- end -}}
{{- end -}}
