{{- define "comapi.problems.canary" -}}
{{- if and .Values.canary.enabled (not (include "comapi.baseUrl" .)) }}
publicUrl is missing: canary needs it. Set it, or enable ingress or httpRoute with a host name
{{- end }}
{{- end -}}
