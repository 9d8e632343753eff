{{- define "comapi.problems.spool" -}}
{{- if .Values.spool.enabled -}}
{{- $leastBytes := mul 4 (include "comapi.envNumber" (list . "MAX_BODY_BYTES" 10485760)) -}}
{{- if lt (include "comapi.spoolMaxBytes" . | int64) $leastBytes }}
spool.size is {{ .Values.spool.size }}: the spool may use 80 % of it, which must hold four bodies of the maximum size ({{ $leastBytes }} bytes). Raise it
{{- end -}}
{{- end -}}
{{- end -}}
